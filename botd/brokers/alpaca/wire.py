"""
Alpaca's account: what it is, what it holds, its calendar, its contracts, its records.

    activity          ends a contract as                 quantity        price
    OPASN             assignment                         short           the strike
    OPEXC             exercise                           long            the strike
    OPEXP             expiration                         change x -1     none
    OPASN, OPEXC,     cash settlement, where the         change x -1     dollars paid
    OPCSH             contract delivers cash                             per share

`qty` of an activity is the change of the position (an assignment of two short calls: "2").
The lines of one event share `group_id`; where the contract's own lines name no amount, the
`OPTRD` beside them does. An activity of status `canceled` never happened.
Source: reference of non-trade activities for option events, and the published description.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal

from botd.brokers.alpaca.wire_market import NEW_YORK, midnight
from botd.brokers.port import (
    AccountState,
    ContractTerms,
    Environment,
    RecordKind,
    SessionHours,
    SettlementRecord,
)
from botd.brokers.transport.budget import Quota
from botd.brokers.transport.fields import Fields, Unreadable, distinct, objects, shown
from botd.domain import occ
from botd.domain.contract import Delivery, ExerciseStyle, OptionContract, TickRule
from botd.domain.orders import Holding

_MOVED = "OPTRD"
_OWN = ("OPASN", "OPEXC", "OPEXP", "OPCSH")
RECORDS = (*_OWN, _MOVED)
_ENDS = {"OPASN": RecordKind.ASSIGNMENT, "OPEXC": RecordKind.EXERCISE}
_BLOCKS = ("account_blocked", "trading_blocked", "trade_suspended_by_user")
_STYLES = {"american": ExerciseStyle.AMERICAN, "european": ExerciseStyle.EUROPEAN}
_SHOWN = 60  # letters of a status that nobody knows
_CLOCK = len("16:00")
_LONG_AGO = 10**11  # seconds: no epoch in seconds is larger


def account_of(found: object, clock: object, environment: Environment) -> AccountState:
    """Read the account beside the broker's clock."""
    account = Fields.of(found)
    blocked = [name.replace("_", " ") for name in _BLOCKS if account.maybe_flag(name)]
    status = account.text("status")
    if status != "ACTIVE":
        blocked.append(f"account status {status[:_SHOWN]}")
    level = account.maybe_whole("options_trading_level")
    if level == 0:
        blocked.append("options trading level 0")
    return AccountState(
        account=account.text("account_number"),
        environment=environment,
        can_trade=not blocked,
        cash=account.maybe_decimal("cash"),
        as_of=Fields.of(clock).instant("timestamp"),
        options_level=level,
        blocked=tuple(blocked),
    )


def session_of(found: object, day: date) -> SessionHours:
    """Read one day out of the calendar; what it does not list is closed."""
    for each in objects(found):
        if each.day("date") == day:
            opens, closes = (_wall(each, name, day) for name in ("open", "close"))
            if opens >= closes:
                raise Unreadable(f"{each.path}: closes before it opens")
            return SessionHours(day, opens, closes)
    return SessionHours(day, None, None)


def holdings_of(found: object) -> tuple[Holding, ...]:
    """
    Read all positions, signed; parts of a share are left out, whole ones count.

    A position that is neither an option nor a stock stays under the broker's own name.
    """
    held = []
    for each in distinct(objects(found), "symbol"):
        symbol, quantity = _compact(each.symbol("symbol")), _signed(each)
        whole = int(quantity)  # toward zero
        is_option = _contract(each) is not None or each.maybe_text("asset_class") == "us_option"
        if whole != quantity and is_option:
            raise Unreadable(f"{each.path}: {quantity} contracts")
        if whole:
            held.append(Holding(symbol, whole))
    return tuple(held)


def terms_of(rows: Iterable[Fields], *, is_penny: bool | None) -> dict[str, ContractTerms]:
    """
    Read what contracts are; *is_penny*: whether they were asked for as of the programme.

    Sources: the vendor's penny programme indicator; SPY, QQQ and IWM trade in pennies at
    every price, SPX in its own steps, which no indicator tells.
    """
    found = {}
    for row in rows:
        symbol = row.text("symbol")
        found[symbol] = ContractTerms(
            symbol,
            multiplier=row.maybe_whole("multiplier"),
            exercise_style=_STYLES.get(row.maybe_text("style") or ""),
            tick_rule=_tick_rule(symbol, is_penny=is_penny),
            is_tradable=row.maybe_flag("tradable"),
        )
    return found


def records_of(rows: Iterable[Fields]) -> tuple[SettlementRecord, ...]:
    """Read how contracts ended, in the order of the list."""
    lines = [row for row in rows if row.maybe_text("status") != "canceled"]
    paid: dict[str, Decimal] = {}
    for row in lines:
        if _type(row) in RECORDS:
            amount = row.maybe_decimal("net_amount") or Decimal(0)
            name = _group(row) if _type(row) == _MOVED else _event(row)
            paid[name] = paid.get(name, Decimal(0)) + amount
    return tuple(_records(lines, paid))


def quota_of(headers: Mapping[str, str]) -> Quota | None:
    """Read the broker's own count of our requests; None: the headers do not tell."""
    remaining = _digits(headers, "x-ratelimit-remaining")
    if remaining is None:
        return None
    reset = _digits(headers, "x-ratelimit-reset")
    at = datetime.fromtimestamp(reset, UTC) if reset is not None and reset < _LONG_AGO else None
    return Quota(_digits(headers, "x-ratelimit-limit"), remaining, at)


def _signed(position: Fields) -> Decimal:
    """Read a quantity, below zero where it is held short."""
    quantity, side = position.decimal("qty"), position.maybe_text("side")
    if side not in {None, "long", "short"} or (side == "long" and quantity < 0):
        raise Unreadable(f"{position.path}: {quantity} held {shown(side)}")
    return -abs(quantity) if side == "short" else quantity


def _records(lines: Iterable[Fields], paid: Mapping[str, Decimal]) -> Iterator[SettlementRecord]:
    told = set()
    for row in lines:
        contract = _contract(row) if _type(row) in _OWN else None
        if contract is None:
            continue
        change = row.maybe_whole("qty") or 0
        is_cash = contract.spec.delivery is Delivery.CASH and _type(row) != "OPEXP"
        if is_cash and change and _event(row) not in told:
            told.add(_event(row))
            amount = paid[_event(row)] or paid.get(_group(row), Decimal(0))
            value = _per_share(amount, change, contract)
            yield _record(row, contract, (RecordKind.CASH_SETTLEMENT, -change, value))
        elif not is_cash and _type(row) in _ENDS:
            size = -abs(change) if _type(row) == "OPASN" else abs(change)
            yield _record(row, contract, (_ENDS[_type(row)], size, contract.strike))
        elif _type(row) == "OPEXP":
            yield _record(row, contract, (RecordKind.EXPIRATION, -change, None))


def _record(
    row: Fields, contract: OptionContract, end: tuple[RecordKind, int, Decimal | None]
) -> SettlementRecord:
    kind, quantity, price = end
    if not quantity:
        raise Unreadable(f"{row.path}: an end of no contract")
    at = row.maybe_instant("created_at") or midnight(row.day("date")).astimezone(UTC)
    return SettlementRecord(row.text("id"), kind, contract.symbol, quantity, price, at)


def _per_share(amount: Decimal, change: int, contract: OptionContract) -> Decimal | None:
    """Tell what a settlement paid, dollars per share; None: the record tells no amount."""
    return abs(amount) / (abs(change) * contract.multiplier) if amount else None


def _event(row: Fields) -> str:
    """Name the event that a line belongs to: of one contract."""
    return f"{_group(row)} {row.maybe_text('symbol')}"


def _group(row: Fields) -> str:
    return row.maybe_text("group_id") or row.text("id")


def _type(row: Fields) -> str:
    return row.maybe_text("activity_type") or ""


def _contract(row: Fields) -> OptionContract | None:
    """Read the contract; None: it is none that can be named, so that it is not ours."""
    try:
        return occ.parse(row.maybe_text("symbol") or "")
    except ValueError:
        return None


def _compact(symbol: str) -> str:
    try:
        return occ.parse_instrument(symbol).symbol
    except ValueError:
        return symbol


def _tick_rule(symbol: str, *, is_penny: bool | None) -> TickRule | None:
    try:
        known = occ.parse(symbol).spec.tick_rule
    except ValueError:
        return None
    if known in {TickRule.PENNY, TickRule.SPX}:
        return known
    if is_penny is None:
        return None
    return TickRule.PENNY_PROGRAM if is_penny else TickRule.NICKEL_DIME


def _wall(each: Fields, name: str, day: date) -> datetime:
    """Read a New York wall time, `HH:MM`."""
    found = each.text(name)
    try:
        wall = time.fromisoformat(found[:_CLOCK])
    except ValueError:
        raise Unreadable(f"{each.path}.{name}: {shown(found)} is no time of day") from None
    return datetime.combine(day, wall, NEW_YORK).astimezone(UTC)


def _digits(headers: Mapping[str, str], name: str) -> int | None:
    found = headers.get(name, "").strip()
    return int(found) if found.isascii() and found.isdigit() and len(found) < 12 else None  # noqa: PLR2004
