"""The table of outcomes: those first that need a person."""

from collections.abc import Sequence
from decimal import Decimal

from botd.domain.pnl import leaves_shares_out, price_beside_shares
from botd.web.report import draw
from botd.web.report.badge import standing_badge
from botd.web.report.data import ReportAttempt, ReportPosition
from botd.web.report.figures import clock_time, count, dollars, done_at, limit
from botd.web.report.markup import Child, Element, make
from botd.web.report.standing import Standing
from botd.web.report.words import decision_of, legs_of, name_of

_COLUMNS = ("Position", "What happened", "Attempts", "Closed at, cap", "P/L", "A person types")
_BAR = 84  # pixels of the P/L bar
_MOST_WORDS = 240  # of a broker's message; the whole stands with the order


def outcome_table(pairs: Sequence[tuple[ReportPosition, Standing]]) -> Element:
    """Make the table; one group of rows needs a person, the other does not."""
    if not pairs:
        return make("p", "No position was managed on this day.", class_="empty")
    largest = max(
        (abs(e.realized_pnl) for e, _ in pairs if e.realized_pnl is not None), default=None
    )
    groups: list[Child] = []
    for needs_person, heading in ((True, "A person must act"), (False, "Nobody has to act")):
        rows = [_row(e, s, largest) for e, s in pairs if s.needs_person is needs_person]
        if rows:
            title = f"{heading}: {count(len(rows), 'position')}"
            cell = make("th", title, colspan=len(_COLUMNS), scope="rowgroup")
            groups.append(make("tbody", make("tr", cell, class_="group"), *rows))
    head = make("tr", *(make("th", name, scope="col") for name in _COLUMNS))
    return make("table", make("thead", head), *groups, class_="outcomes")


def position_anchor(entry: ReportPosition) -> str:
    """Name the place of a position on the page."""
    return f"p{entry.position.number}"


def _row(entry: ReportPosition, standing: Standing, largest: Decimal | None) -> Element:
    cells: tuple[tuple[Child, ...], ...] = (
        _who(entry),
        _what(entry, standing),
        _attempts(entry.attempts),
        _prices(entry),
        _pnl(entry, largest),
        (make("code", standing.command),) if standing.command else ("",),
    )
    return make(
        "tr",
        *(make("td", *cell, data_label=name) for name, cell in zip(_COLUMNS, cells, strict=True)),
        class_=standing.tone.value,
    )


def _who(entry: ReportPosition) -> tuple[Child, ...]:
    position = entry.position
    return (
        make(
            "a",
            f"{position.number} ",
            make("b", name_of(position)),
            href=f"#{position_anchor(entry)}",
        ),
        make("div", legs_of(position.legs), class_="legs"),
        make("div", f"{position.id}, bot {position.bot}", class_="id"),
    )


def _what(entry: ReportPosition, standing: Standing) -> tuple[Child, ...]:
    position = entry.position
    fact = make("strong", position.fact, class_="fact") if position.fact else None
    said = position.broker_error
    quoted = None
    if said is not None:
        short = said.message[:_MOST_WORDS]
        quoted = make("q", short if short == said.message else f"{short} …")
    return (standing_badge(standing), fact, make("div", standing.words), quoted)


def _attempts(attempts: Sequence[ReportAttempt]) -> tuple[Child, ...]:
    """Write attempts line by line; those that went alike share a line."""
    by_words: dict[str, list[str]] = {}
    for attempt in attempts:
        late = f", {int(attempt.late.total_seconds())} s late" if attempt.late else ""
        flag = " (flagged)" if attempt.is_flagged else ""
        by_words.setdefault(f"{decision_of(attempt)}{late}{flag}", []).append(attempt.lead)
    lines = (
        make("div", make("b", ", ".join(leads)), f" {words}") for words, leads in by_words.items()
    )
    return tuple(lines) or ("none",)


def _prices(entry: ReportPosition) -> tuple[Child, ...]:
    caps = [
        order.cap for attempt in entry.attempts for order in attempt.orders if order.cap is not None
    ]
    price = entry.close_net_price
    if price is None:
        price = price_beside_shares(entry.position) or None  # 0: expired, nothing was traded
    closed = "not closed" if price is None else done_at(price)
    if not caps:
        return (closed,)
    return (closed, make("div", f"cap: {limit(caps[-1])}", class_="id"))


def _pnl(entry: ReportPosition, largest: Decimal | None) -> tuple[Child, ...]:
    known = entry.realized_pnl
    if known is None:
        return (make("span", "not known", class_="figure open"),)
    partly = None if entry.pnl_complete else make("div", "not complete", class_="id")
    if partly is None and leaves_shares_out(entry.position):
        partly = make("div", "premium; shares not in it", class_="id")
    return (make("span", dollars(known), class_="figure"), partly, _bar(known, largest or known))


def _bar(known: Decimal, largest: Decimal) -> Element | None:
    """Draw a gain to the right of the middle, a loss to the left."""
    if not known:
        return None
    half = _BAR / 2
    length = max(float(abs(known) / largest) * half, 1.0)
    left, kind = (half, "gain") if known > 0 else (half - length, "loss")
    return draw.picture(
        _BAR, 8, f"P/L {dollars(known)}",
        draw.box(0, 1, _BAR, 6, "track"),
        draw.box(left, 1, length, 6, kind),
        draw.line(half, 0, half, 8, "axis"), class_="bar",
    )  # fmt: skip


def when(attempt: ReportAttempt) -> str:
    """Name an attempt with its instant: `T-10 12:50:00`."""
    return f"{attempt.lead} {clock_time(attempt.due_at)}"
