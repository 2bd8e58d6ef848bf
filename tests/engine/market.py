"""A small market made by hand: a spot that jumps, and the quotes of a few contracts."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from botd.brokers.paper.pack import Pack, Tape
from botd.domain import occ
from botd.domain.contract import Leg, OptionContract
from botd.domain.quote import LastTrade, Quote
from tests.domain.trading_days import weekdays

# The half-day before Christmas 2015 closes at 13:00 New York, 18:00 UTC.
DAY = date(2015, 12, 24)
SESSIONS = weekdays(
    date(2015, 12, 1),
    date(2016, 2, 29),
    closed={date(2015, 12, 25), date(2016, 1, 1), date(2016, 1, 18), date(2016, 2, 15)},
    half={DAY},
)

Steps = Mapping[str, str]  # "17:50" -> spot, from then on
Sides = Mapping[str, str]  # "17:50" -> "0.70/1.00", "0.70/" or "/" from then on; "" no more rows
_FIRST_ROW = "17:20"
_SIZE = 10


def instant(text: str) -> datetime:
    """Read `17:50`, `17:50:10` or `12-28 14:36` as UTC; the day is that of the half-day."""
    day, _, time = text.rpartition(" ")
    return datetime.fromisoformat(f"2015-{day or '12-24'}T{time}").replace(tzinfo=UTC)


def symbol(name: str) -> str:
    """Read `750P`, `750P 160115` or `SPXW 2050C` as a compact OCC symbol."""
    words = name.split()
    root = words.pop(0) if not words[0][0].isdigit() else "GOOG"
    day = words[1] if words[1:] else "151224"
    strike, right = Decimal(words[0][:-1]), words[0][-1]
    return f"{root}{day}{right}{int(strike * 1000):08d}"


def legs(*names: str) -> tuple[Leg, ...]:
    """Read legs as held: `-1 750P`, `+100 shares`."""
    return tuple(_leg(*name.split(maxsplit=1)) for name in names)


def _leg(quantity: str, name: str) -> Leg:
    text = "GOOG" if name == "shares" else symbol(name)
    return Leg(occ.parse_instrument(text), int(quantity))


def market(
    spot: Steps | str = "748",
    quotes: Mapping[str, Sides | str] | None = None,
    *,
    underlying: str = "GOOG",
    official: str | None = "748",
    spot_until: str = "18:00",
    quote_until: str = "18:00",
    size: int = _SIZE,
    after: Mapping[str, str] | None = None,
) -> Pack:
    """
    Make the half-day's market.

    Args:
        spot: the underlying's last trades, one a minute.
        quotes: sides of contracts, one row a minute from 17:20 on.
        underlying: its name.
        official: the official close; None: nobody tells it.
        spot_until: the last trade's instant.
        quote_until: the last row's instant.
        size: contracts shown on each side.
        after: quotes of the underlying, for what it does after the close.
    """
    tapes = {
        symbol(name): _tape(symbol(name), _steps(sides), quote_until, size)
        for name, sides in (quotes or {}).items()
    }
    contracts = {name: occ.parse(name) for name in tapes}
    return Pack(
        name="made by hand",
        day=DAY,
        underlying=underlying,
        contracts=contracts,
        tapes=tapes,
        trades=tuple(_trades(underlying, _steps(spot), spot_until)),
        underlying_tape=_after(underlying, after),
        official_close=None if official is None else Decimal(official),
        closes_at=instant("18:00"),
        skipped={},
        redated={},
    )


def is_option(leg: Leg) -> bool:
    """Whether a leg is no share."""
    return isinstance(leg.instrument, OptionContract)


def _steps(found: Mapping[str, str] | str) -> list[tuple[datetime, str]]:
    steps = {"14:30": found} if isinstance(found, str) else found
    return sorted((instant(at), value) for at, value in steps.items())


def _at(steps: list[tuple[datetime, str]], at: datetime) -> str:
    known = [value for begins_at, value in steps if begins_at <= at]
    return known[-1] if known else ""


def _minutes(first: str, last: str) -> Iterator[datetime]:
    at = instant(first)
    while at <= instant(last):
        yield at
        at += timedelta(minutes=1)


def _trades(underlying: str, steps: list[tuple[datetime, str]], until: str) -> Iterator[LastTrade]:
    for at in _minutes("14:31", until):
        if value := _at(steps, at):
            yield LastTrade(underlying, Decimal(value), at)


def _tape(name: str, steps: list[tuple[datetime, str]], until: str, size: int) -> Tape:
    rows = [
        _quote(name, value, at, size)
        for at in sorted({*_minutes(_FIRST_ROW, until), *(at for at, _ in steps)})
        if at <= instant(until) and (value := _at(steps, at))
    ]
    return Tape(tuple(row.quoted_at for row in rows), tuple(rows))


def _quote(name: str, sides: str, at: datetime, size: int) -> Quote:
    bid, _, ask = sides.partition("/")
    return Quote(
        name,
        Decimal(bid) if bid else None,
        Decimal(ask) if ask else None,
        at,
        size if bid else 0,
        size if ask else 0,
    )


def _after(underlying: str, rows: Mapping[str, str] | None) -> Tape | None:
    if rows is None:
        return None
    found = [_quote(underlying, sides, instant(at), _SIZE) for at, sides in rows.items()]
    return Tape(tuple(row.quoted_at for row in found), tuple(found))
