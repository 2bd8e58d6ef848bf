"""The legend explains what the page shows."""

from botd.web.report.ladders import ladders
from botd.web.report.legend import legend
from botd.web.report.markup import make
from botd.web.report.standing import by_need
from tests.web.report import demo
from tests.web.report.trees import find, text_of, value

MARKS = {"order", "unsure", "fill", "refused", "ask", "bid", "cap", "bell"}


def test_every_mark_of_the_pictures_is_explained() -> None:
    """A line that the pictures draw stands in the legend, drawn alike."""
    drawn = make("div", *ladders(by_need(demo.demo_day())))
    used = {
        name
        for shape in [*find(drawn, "path"), *find(drawn, "line")]
        for name in value(shape, "class").split()
    }
    explained = {
        name
        for shape in [*find(legend(), "path"), *find(legend(), "line")]
        for name in value(shape, "class").split()
    }

    assert MARKS == MARKS & used
    assert MARKS | {"due"} == (MARKS | {"due"}) & explained


def test_every_standing_is_explained() -> None:
    """Each label that the table may show is found among the legend's words."""
    terms = " ".join(text_of(term) for term in find(legend(), "dt"))

    for word in ("closed", "expired", "settled", "awaiting settlement", "presumed assigned",
                 "assigned", "exercised", "unresolved", "manual override"):  # fmt: skip
        assert word in terms
