"""`botd plan`: what would happen on an expiration day."""

from collections import Counter
from datetime import date
from pathlib import Path

import click

from botd.cli import sessions, words, workplace
from botd.cli.dates import DAY, day_named
from botd.cli.options import Here, examples, json_option, pass_here
from botd.cli.output import Line, Span, plain, show, show_json
from botd.cli.tables import Cell, Column, flow, table
from botd.domain.decision import Moneyness
from botd.domain.label import label, short
from botd.domain.position import Management
from botd.domain.quoted import is_event
from botd.service import planning
from botd.service.cards import card_of
from botd.service.days import kind_of
from botd.service.planning import Plan, PlannedAccount, PlannedPosition, Planner
from botd.service.rules import Rules

_COLUMNS = (
    Column("no", is_right=True),
    Column("position"),
    Column("managed by"),
    Column("in the money"),
    Column("attempts", can_wrap=True),
    Column("now"),
)
_STYLES = {Moneyness.ITM: "warn", Moneyness.ATM: "warn", Moneyness.UNKNOWN: "dim"}
_SIDES = {Moneyness.ITM: "winning", Moneyness.ATM: "even", Moneyness.OTM: "losing"}  # of an event
_GRAVEST = (Moneyness.ITM, Moneyness.ATM, Moneyness.UNKNOWN, Moneyness.OTM)


@click.command(epilog=examples("botd plan", "botd plan --date tomorrow", "botd plan --json"))
@click.option("--date", "on", type=DAY, metavar="DATE", help="Left out: the next expiration.")
@json_option
@pass_here
def plan(here: Here, on: str | None, as_json: bool) -> None:
    """
    Show what would happen on an expiration day: positions, attempts, policy, budget.

    It asks no broker: it goes by the ledger, and by the newest quotes that stand there.
    """
    now, settings = workplace.now_of(here), workplace.sound_settings_of(here)
    rules, path = Rules.of(settings), workplace.ledger_path_of(here)
    with workplace.ledger_at(here) as ledger:
        book = ledger.read_now(planning.read)
    cards = {name: card for name, one in rules.brokers.items() if (card := card_of(one))}
    known = sessions.calendar_of(here, settings).sessions
    day = None if on is None else day_named(on, now)
    try:
        found = Planner(rules, known, cards, now).plan(book, day)
    except LookupError as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        show_json({**found.shape(), "ledger": str(path)})
    else:
        show(_lines(found, path, here.screen.width), here.screen)


def _lines(found: Plan, path: Path, width: int | None) -> list[Line | str]:
    read: Line = (("ledger ", "dim"), (str(path), "dim"))
    if found.day is None:
        return [
            ("nothing that is held stops trading: no options, futures or events"),
            read,
        ]
    lines: list[Line | str] = [*flow(_head(found, found.day), width)]
    lines += [_halt_line(found)] if found.halts else []
    lines += [line for one in found.accounts for line in flow(_account(one), width)]
    if found.positions:
        usual = _usual(found)
        rows = [_row(one, usual) for one in found.positions]
        lines += [*flow([("attempts", "dim"), *usual], width), ""]
        lines += [*table(_COLUMNS, rows, width), ""]
    return [*lines, read]


def _head(found: Plan, day: date) -> list[Span]:
    session, kind = found.session, kind_of(found.session)
    count = words.counted(len(found.positions), "position")
    chunks = [(words.weekday(day), "bold"), (f"{kind} day" if session else kind, "")]
    if session is not None:
        chunks.append((f"close {words.clock_time(session.closes_at)} New York", ""))
    return [
        *chunks,
        (f"{count} stop trading" if len(found.positions) != 1 else f"{count} stops trading", ""),
    ]


def _halt_line(found: Plan) -> Line:
    reasons = "; ".join(plain(halt.reason) for halt in found.halts)
    return ((f"HALTED: {reasons}; nothing is sent until botd resume", "danger"),)


def _account(one: PlannedAccount) -> list[Span]:
    name = one.broker if one.broker == one.account else f"{one.broker} {one.account}"
    told = [name, (one.environment or "").upper(), one.mode or "not configured"]
    return [
        (" ".join(word for word in told if word), "danger" if one.mode is None else ""),
        _cutoff(one),
        budget_words(one),
    ]


def _cutoff(one: PlannedAccount) -> Span:
    """Say from when on the broker may act, and whether that is before our own attempts."""
    if one.cutoff_at is None:
        return "no cut-off of its own", ""
    text = f"may act on its own from {words.clock_time(one.cutoff_at)} New York"
    if not one.after_cutoff:
        return text, ""
    count = words.counted(one.after_cutoff, "attempt")
    return f"{text}, {count} after that (see anchor)", "warn"


def budget_words(one: PlannedAccount) -> Span:
    """Say how far the requests of an account reach."""
    if one.requests_per_minute is None:
        return "no limit of requests", ""
    reach = one.capacity
    text = f"{one.requests_per_minute} requests a minute: "
    if reach.fits:
        return f"{text}{words.counted(reach.steps, 'price')} each if all must be closed", ""
    return f"{text}only {reach.served} of {reach.positions} can be closed at once", "danger"


def _usual(found: Plan) -> tuple[Span, ...]:
    """Give the attempts that most of the positions have."""
    kinds = Counter(_attempts(one) for one in found.positions if one.attempts)
    return kinds.most_common(1)[0][0] if kinds else (("none", ""),)


def _attempts(one: PlannedPosition) -> tuple[Span, ...]:
    return tuple((f"{each.lead} {words.clock_time(each.due_at)}", "") for each in one.attempts)


def _row(one: PlannedPosition, usual: tuple[Span, ...]) -> tuple[Cell, ...]:
    position = one.position
    is_bots = position.managed_by is Management.BOT
    attempts = _attempts(one)
    return (
        str(position.number),
        label(position),
        position.bot if is_bots else ("a person", "warn"),
        _policy(one) if is_bots else ("yours to close", "warn"),
        (("as above", "dim"),) if attempts == usual else attempts or (("none", "dim"),),
        _now(one),
    )


def _policy(one: PlannedPosition) -> str:
    reason = "" if one.reason is None else f" ({one.reason})"
    return words.spaced(one.policy.value) + reason


def _now(one: PlannedPosition) -> Span:
    """Name the legs that are in the money, else the gravest state of all."""
    if not one.moneyness:
        return "last trading day", _STYLES[Moneyness.ITM]  # a future: no strike judges it
    states = {leg.state for leg in one.moneyness}
    gravest = next((state for state in _GRAVEST if state in states), Moneyness.UNKNOWN)
    names = {contract.symbol: short(contract) for contract in one.position.options()}
    concerned = [names[leg.symbol] for leg in one.moneyness if leg.state is gravest]
    if is_event(one.position.legs) and gravest in _SIDES:
        return _SIDES[gravest], _STYLES.get(gravest, "")
    if gravest in {Moneyness.ITM, Moneyness.ATM}:
        return f"{gravest.value} {', '.join(concerned)}", _STYLES[gravest]
    return ("no quote" if gravest is Moneyness.UNKNOWN else "OTM"), _STYLES.get(gravest, "")
