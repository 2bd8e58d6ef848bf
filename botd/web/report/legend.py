"""What the report's words and marks mean, in a trader's words."""

from botd.web.report import draw
from botd.web.report.markup import Element, make

_STATUSES = (
    ("closed", "The position is flat. The price is what was paid or got, per share."),
    ("expired", ("Out of the money at the close: a short keeps its credit, a long loses what it "
     "cost. The broker's records confirm it the next morning.")),
    ("settled", "Cash-settled at what it was worth; estimated until the broker's record."),
    ("awaiting settlement", ("It trades no more, but its settlement value is not published yet. "
     "Nothing is booked.")),
    ("presumed assigned", ("The broker said no to the close, so expect shares unless its records "
     "say otherwise. botd sends nothing more for it.")),
    ("assigned, exercised", "The broker's records say that shares changed hands at the strike."),
    ("unresolved", ("In the money and not closed, or not enough is known. It is never booked as "
     "worthless; look at the account.")),
    ("manual override", "A person looks after it; only a person gives it back (botd release)."),
    ("cap", ("The worst price a close may have: more than it can cost at expiration is never "
     "paid, less than it is worth at the least is never taken.")),
    ("HOW", "In botd override resolve: one of closed, expired, settled, assigned, exercised."),
)  # fmt: skip


def legend() -> Element:
    """Make the legend: marks of the ladders, then words."""
    return make(
        "section",
        make("h2", "Legend"),
        make("div", *_marks(), class_="marks"),
        make("dl", *(part for name, text in _STATUSES for part in _entry(name, text))),
        class_="legend",
    )


def _entry(name: str, text: str) -> tuple[Element, Element]:
    return make("dt", name), make("dd", text)


def _marks() -> list[Element]:
    return [
        _mark("an order at its limit, with its step", draw.line(2, 12, 34, 12, "order"),
              draw.words(2, 8, "2", class_="step")),
        _mark("an order of unknown fate", draw.line(2, 9, 34, 9, "order unsure")),
        _mark("a fill", draw.diamond(18, 9, 5.5, "fill")),
        _mark("a refusal", draw.cross(18, 9, 5, "refused")),
        _mark("far side: the package's ask", draw.line(2, 9, 34, 9, "ask")),
        _mark("natural: closes at once (the package's bid)", draw.line(2, 9, 34, 9, "bid")),
        _mark("cap", draw.line(2, 9, 34, 9, "cap")),
        _mark("the close", draw.line(18, 0, 18, 18, "bell")),
        _mark("an attempt", draw.line(18, 0, 18, 18, "due")),
    ]  # fmt: skip


def _mark(text: str, *shapes: Element) -> Element:
    return make("span", draw.picture(36, 18, text, *shapes), f" {text}")
