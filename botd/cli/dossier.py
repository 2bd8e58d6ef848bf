"""A position on one screen: how it stands, its attempts with their orders, its events."""

from collections.abc import Mapping

from botd.cli import words
from botd.cli.output import Line, plain
from botd.cli.tables import Column, flow, table
from botd.domain.contract import Leg
from botd.domain.label import label, short
from botd.domain.pnl import close_net_price, realized_pnl
from botd.domain.position import Management, Outcome, Position, Status
from botd.domain.refusal import without_moment
from botd.ledger.attempts import Attempt
from botd.ledger.events import Event
from botd.ledger.orders import Order
from botd.service.listing import Dossier

_TITLE = 14
_DANGEROUS = frozenset({Status.ASSIGNED, Status.UNRESOLVED})
_ORDERS = (
    Column("  step", is_right=True),
    Column("price", is_right=True),
    Column("cap", is_right=True),
    Column("units", is_right=True),
    Column("filled", is_right=True),
    Column("sent"),
    Column("status", can_wrap=True),
)
_OPENED = "opened"  # its event carries every column
_WORTH_TELLING = frozenset(
    {
        "status",
        "units_open",
        "managed_by",
        "manual_reason",
        "assignment",
        "confirmed",
        "fact",
        "policy",
        "closed_by",
        "campaign",
    }
)
_EVENTS = (
    Column("event", is_right=True),
    Column("at"),
    Column("by"),
    Column("what", can_wrap=True),
)


def lines(found: Dossier, width: int | None) -> list[Line]:
    """Lay out everything about one position."""
    position = found.position
    head = [((f"{position.number}  {label(position)}", "bold"), (f"   {position.id}", "dim"))]
    parts = [*head, *_facts(found, width)]
    if found.attempts:
        parts += [(), *_attempts(found, width)]
    extra = [one for one in found.orders if one.intent.is_extra]
    if extra:
        parts += [(), (("orders by hand", "dim"),), *table(_ORDERS, map(_order, extra), width)]
    return [*parts, (), *table(_EVENTS, map(_event, found.events), width)]


def _facts(found: Dossier, width: int | None) -> list[Line]:
    position = found.position
    facts = [
        (
            "strategy",
            f"{position.strategy} of {position.bot} in {position.broker} {position.account}",
        ),
        ("legs", ", ".join(_leg(leg) for leg in position.legs)),
        ("units", _units(position)),
        (
            "opened",
            (
                f"{words.day_and_time(position.opened_at)} for "
                f"{words.price_of(position.legs, position.open_net_price)}"
            ),
        ),
        (
            "stops trading",
            words.day_and_time(position.closes_at) if position.closes_at else "never",
        ),
        ("managed by", _management(position)),
        ("policy", words.spaced(position.policy.value) if position.policy else "as its bot's"),
        *(("ended", _outcome(outcome, position)) for outcome in position.outcomes),
        ("P/L", _pnl(position)),
    ]
    style = "danger" if position.status in _DANGEROUS else "bold"
    status = "closing" if found.has_live_order else words.spaced(position.status.value)
    told = [_fact("status", status + _assignment(position), width, style)]
    told += [_fact(title, text, width) for title, text in facts]
    if position.fact:
        told.append(
            _fact("fact", words.in_new_york(plain(without_moment(position.fact))), width, "warn")
        )
    if position.broker_error:
        told.append(_fact("broker", f'"{plain(position.broker_error.message)}"', width, "warn"))
    return [line for fact in told for line in fact]


def _fact(title: str, text: str, width: int | None, style: str = "") -> list[Line]:
    room = None if width is None else width - _TITLE
    flowed = flow(((text, style),), room)
    titles = [f"{title:<{_TITLE}}", *[" " * _TITLE] * (len(flowed) - 1)]
    return [((left, "dim"), *line) for left, line in zip(titles, flowed, strict=True)]


def _leg(leg: Leg) -> str:
    return f"{leg.quantity:+d} {leg.symbol}"


def _units(position: Position) -> str:
    if position.units_open == position.units:
        return str(position.units)
    return f"{position.units}, {position.units_open} still open"


def _management(position: Position) -> str:
    if position.managed_by is Management.BOT:
        return f"its bot; botd take {position.number} takes it over"
    reason = (
        words.spaced(position.manual_reason.value) if position.manual_reason else "no reason told"
    )
    return f"a person ({reason})"


def _assignment(position: Position) -> str:
    if position.assignment is not None:
        return f" ({position.assignment.value})"
    return ", confirmed by the broker" if position.confirmed else ""


def _outcome(outcome: Outcome, position: Position) -> str:
    price = "an unknown price"
    if outcome.net_price is not None:
        price = words.price_of(position.legs, outcome.net_price)
    fees = "" if outcome.fees is None else f", fees {outcome.fees:,.2f}"
    when = words.day_and_time(outcome.at)
    return f"{words.counted(outcome.units, 'unit')} {outcome.how.value} at {price}{fees} on {when}"


def _pnl(position: Position) -> str:
    pnl, is_complete = realized_pnl(position)
    if pnl is None:
        return "not known yet"
    whole = "" if is_complete else " so far, of the known parts"
    price = words.price_of(position.legs, close_net_price(position))
    return f"{words.profit_of(position.legs, pnl)} before fees{whole}, closed at {price}"


def _attempts(found: Dossier, width: int | None) -> list[Line]:
    told: list[Line] = []
    names = {contract.symbol: short(contract) for contract in found.position.options()}
    for attempt in found.attempts:
        told += _fact(attempt.lead, _attempt(attempt, names), width)
        sent = [one for one in found.orders if one.intent.attempt_due_at == attempt.due_at]
        told += table(_ORDERS, map(_order, sent), width) if sent else []
    return told


def _attempt(attempt: Attempt, names: Mapping[str, str]) -> str:
    late = f", {attempt.late_seconds:.0f} s late" if attempt.late_seconds >= 1 else ""
    states = ", ".join(
        f"{names.get(leg.symbol, leg.symbol)} {leg.state.value}" for leg in attempt.moneyness
    )
    decision = words.spaced(attempt.decision or "not decided")
    outcome = words.spaced(attempt.outcome or "at work")
    why = "; ".join(plain(part) for part in (attempt.reason, states, attempt.note) if part)
    return f"{words.day_and_time(attempt.due_at)}{late}: {decision} ({why}), {outcome}"


def _order(order: Order) -> tuple[str, ...]:
    intent = order.intent
    filled_at = order.average_net_price
    average = "" if filled_at is None else f" at {words.price_of(intent.legs, filled_at)}"
    refusal = "" if order.refusal is None else f': "{plain(order.refusal.message)}"'
    return (
        str(intent.step),
        "market" if intent.net_price is None else words.price_of(intent.legs, intent.net_price),
        "" if intent.cap is None else words.price_of(intent.legs, intent.cap),
        str(intent.units),
        f"{order.filled_units}{average}",
        words.clock_time(order.submitted_at) if order.submitted_at else "not sent",
        f"{words.spaced(order.status.value)}{refusal}",
    )


def _event(event: Event) -> tuple[str, ...]:
    changes = ", ".join(
        f"{words.spaced(name)} {_value(name, value)}"
        for name, value in event.changes.items()
        if name in _WORTH_TELLING and event.kind != _OPENED
    )
    return (
        str(event.number),
        words.day_and_minute(event.at),
        plain(event.by),
        plain(f"{words.spaced(event.kind)}: {changes}" if changes else words.spaced(event.kind)),
    )


def _value(name: str, value: object) -> str:
    """Write what a column of the ledger became."""
    if name == "confirmed":
        return "yes" if value else "no"
    if name == "fact" or value is None:
        return "none" if value is None else str(value)
    return words.spaced(str(value))
