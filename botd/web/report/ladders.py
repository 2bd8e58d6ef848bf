"""Each position's ladder: what was sent when, at which price, and what came of it."""

from collections.abc import Sequence

from botd.domain.decision import LegMoneyness
from botd.errors import Refusal
from botd.web.report.badge import standing_badge
from botd.web.report.data import ReportAttempt, ReportEvent, ReportOrder, ReportPosition
from botd.web.report.figures import clock_time, count, exact, limit, strike
from botd.web.report.ladder_chart import ladder_panel
from botd.web.report.ladder_frame import PriceRange, price_range
from botd.web.report.markup import Child, Element, make
from botd.web.report.standing import Standing
from botd.web.report.table import position_anchor, when
from botd.web.report.words import decision_of, fate_of, legs_of, name_of

_LEAVING = frozenset({"leave", "settle", "accept"})


def ladders(pairs: Sequence[tuple[ReportPosition, Standing]]) -> list[Child]:
    """Make one section a position; those where nothing was to do are folded away."""
    eventful = [pair for pair in pairs if _is_eventful(*pair)]
    quiet = [pair for pair in pairs if not _is_eventful(*pair)]
    parts: list[Child] = [_section(entry, standing) for entry, standing in eventful]
    if quiet:
        title = f"{count(len(quiet), 'position')} for which nothing had to be sent"
        folded = [_section(entry, standing) for entry, standing in quiet]
        parts.append(make("details", make("summary", title), *folded, class_="quiet-ones"))
    return parts


def _is_eventful(entry: ReportPosition, standing: Standing) -> bool:
    has_orders = any(attempt.orders for attempt in entry.attempts)
    decided = {attempt.decision for attempt in entry.attempts}
    return has_orders or standing.needs_person or bool(decided - _LEAVING)


def _section(entry: ReportPosition, standing: Standing) -> Element:
    position = entry.position
    shown = price_range(entry)
    return make(
        "section",
        make("h3", f"{position.number}  {name_of(position)} ", standing_badge(standing)),
        make("p", f"{legs_of(position.legs)}; {position.id}", class_="id"),
        make("p", make("strong", position.fact)) if position.fact else None,
        make("p", standing.words, make("code", standing.command) if standing.command else None),
        _market_note(entry),
        make(
            "div", *(_attempt(attempt, entry, shown) for attempt in entry.attempts), class_="panels"
        ),
        _record(entry.events),
        id=position_anchor(entry),
        class_="position",
    )


def _market_note(entry: ReportPosition) -> Element | None:
    has_orders = any(attempt.orders for attempt in entry.attempts)
    if entry.market or not has_orders:
        return None
    return make(
        "p", "No quote of this package is known: the pictures show its orders alone.", class_="note"
    )


def _attempt(attempt: ReportAttempt, entry: ReportPosition, shown: PriceRange | None) -> Element:
    picture = ladder_panel(attempt, entry, shown) if attempt.orders and shown is not None else None
    return make(
        "article",
        make("h4", f"{when(attempt)}  ", make("span", decision_of(attempt), class_="decided")),
        make("p", _why(attempt), _warning(attempt), class_="why"),
        picture,
        _orders(attempt.orders),
    )


def _why(attempt: ReportAttempt) -> str:
    legs = "; ".join(_leg(leg) for leg in attempt.moneyness)
    caps = [order.cap for order in attempt.orders if order.cap is not None]
    cap = f"cap: {limit(caps[-1])}" if caps else ""
    parts = (attempt.reason, legs, attempt.note, cap)
    return " ".join(f"{part[:1].upper()}{part[1:]}." for part in parts if part)


def _warning(attempt: ReportAttempt) -> Child:
    parts = []
    if attempt.late:
        parts.append(f"{int(attempt.late.total_seconds())} s late")
    if attempt.is_flagged:
        parts.append("flagged: decided on old, implied or missing data")
    return make("b", f" {'; '.join(parts).capitalize()}.") if parts else None


def _leg(leg: LegMoneyness) -> str:
    spot = "no spot" if leg.spot is None else f"spot {exact(leg.spot)}"
    note = f" ({leg.note})" if leg.note else ""
    return f"{strike(leg.strike)} {leg.state.value}, {spot}{note}"


def _orders(orders: tuple[ReportOrder, ...]) -> Element | None:
    if not orders:
        return None
    head = make(
        "tr", *(make("th", name, scope="col") for name in ("Step", "Sent", "Limit", "Came of it"))
    )
    return make(
        "table", make("thead", head), make("tbody", *(_order(o) for o in orders)), class_="orders"
    )


def _order(order: ReportOrder) -> Element:
    sent = "not sent" if order.submitted_at is None else clock_time(order.submitted_at)
    remarks = "; ".join((*_own_notes(order), *order.notes))
    return make(
        "tr",
        make("td", str(order.step)),
        make("td", sent),
        make("td", limit(order.net_price)),
        make(
            "td",
            fate_of(order),
            make("div", remarks, class_="id") if remarks else None,
            _refusal(order.refusal),
        ),
    )


def _own_notes(order: ReportOrder) -> list[str]:
    """Say what the figures alone would not tell."""
    notes = []
    if order.legs:
        notes.append(f"only {legs_of(order.legs)}")
    if order.cap is not None and order.net_price == order.cap:
        notes.append("at the cap")
    return notes


def _refusal(refusal: Refusal | None) -> Element | None:
    if refusal is None:
        return None
    codes = [f"HTTP {refusal.http_status}"] if refusal.http_status is not None else []
    codes += [f"code {refusal.code}"] if refusal.code is not None else []
    told = f" ({', '.join(codes)})" if codes else ""
    return make("blockquote", make("q", refusal.message), told)


def _record(events: tuple[ReportEvent, ...]) -> Element | None:
    if not events:
        return None
    lines = (
        make("li", f"{clock_time(e.at)} {e.text}{f', by {e.by}' if e.by else ''}") for e in events
    )
    return make(
        "details",
        make("summary", f"Its record: {count(len(events), 'entry', 'entries')}"),
        make("ul", *lines),
    )
