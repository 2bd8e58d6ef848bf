"""The recorded day that a scenario's exchange shows."""

from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from botd.brokers.paper.pack import Pack, Tape
from botd.domain.contract import OptionContract
from botd.domain.quote import LastTrade, Quote
from tests.property.scenario import (
    CLOSES_AT,
    DAY,
    STRIKES,
    UNDERLYING_OF,
    Held,
    Quirk,
    Scenario,
    at,
)

_FIRST = -1500.0  # the first row, seconds before T
_ROWS_EVERY = 30.0  # seconds between quote rows of one contract
_TIME_VALUE = Decimal("0.15")


def pack_of(scenario: Scenario) -> Pack:
    """Make the pack: prints of the underlying, quotes of every contract that may be held."""
    underlying = UNDERLYING_OF[scenario.root]
    found = [
        (held.what, contract)
        for right in "CP"
        for strike in STRIKES
        for is_later in (False, True)
        if isinstance(
            contract := (held := Held(f"{right}{strike}", 1, is_later)).instrument(scenario.root),
            OptionContract,
        )
    ]
    return Pack(
        name="property",
        day=DAY,
        underlying=underlying,
        contracts={contract.symbol: contract for _, contract in found},
        tapes={contract.symbol: _tape(scenario, what, contract) for what, contract in found},
        trades=tuple(_prints(scenario, underlying)),
        underlying_tape=None,
        official_close=spot_at(scenario, 0.0) if scenario.card.has_close else None,
        closes_at=CLOSES_AT,
        skipped={},
        redated={},
    )


def spot_at(scenario: Scenario, offset: float) -> Decimal:
    """Tell where the underlying stands *offset* seconds after T."""
    before = [price for since, price in scenario.spot if since <= offset]
    return Decimal(before[-1] if before else scenario.spot[0][1])


def prints_of(scenario: Scenario) -> tuple[tuple[float, Decimal], ...]:
    """Give every print of the underlying as (offset, price), in order."""
    stops = 0.0 if scenario.prints_stop is None else scenario.prints_stop
    instants = {since for since, _ in scenario.spot if since <= 0}
    each = _FIRST
    while each <= 0:
        instants.add(each)
        each += scenario.print_every
    return tuple(
        (offset, spot_at(scenario, offset)) for offset in sorted(instants) if offset <= stops
    )


def _prints(scenario: Scenario, underlying: str) -> Iterator[LastTrade]:
    for offset, price in prints_of(scenario):
        yield LastTrade(underlying, price, at(offset))


def _tape(scenario: Scenario, what: str, contract: OptionContract) -> Tape:
    rows = [_quote(scenario, what, contract, offset) for offset in _instants(scenario, what)]
    return Tape(tuple(row.quoted_at for row in rows), tuple(rows))


def _instants(scenario: Scenario, what: str) -> list[float]:
    instants = {since for since, _ in scenario.spot if since <= 0}
    each = _FIRST
    while each < 0:
        instants.add(each)
        each += _ROWS_EVERY
    for quirk in _quirks(scenario, what):
        instants |= {offset for offset in (quirk.since, quirk.until) if offset <= 0}
    stale = [quirk for quirk in _quirks(scenario, what) if quirk.kind == "stale"]
    return sorted(
        offset
        for offset in instants
        if not any(quirk.since < offset < quirk.until for quirk in stale)
    )


def _quirks(scenario: Scenario, what: str) -> list[Quirk]:
    return [quirk for quirk in scenario.quirks if quirk.what in (None, what)]


def _quote(scenario: Scenario, what: str, contract: OptionContract, offset: float) -> Quote:
    half = Decimal(scenario.width) / 2
    mid = contract.intrinsic(spot_at(scenario, offset)) + _TIME_VALUE
    if contract.expiration != DAY:
        mid += 5
    kinds = {quirk.kind for quirk in _quirks(scenario, what) if quirk.since <= offset < quirk.until}
    if "wide" in kinds:
        half *= 20
    low, high = max(mid - half, Decimal(0)), mid + half
    if scenario.root != "SPY" and "odd" not in kinds:
        low, high = _on_grid(low, ROUND_FLOOR), _on_grid(high, ROUND_CEILING)
    bid: Decimal | None = low
    ask: Decimal | None = high
    if "crossed" in kinds:
        bid, ask = high, low
    if kinds & {"no_bid", "nothing"}:
        bid = None
    if kinds & {"no_ask", "nothing"}:
        ask = None
    size = 1 if "thin" in kinds else 50
    return _row(contract.symbol, bid, ask, size, at(offset))


def _on_grid(price: Decimal, rounding: str) -> Decimal:
    """Round onto the steps of nickels and dimes, as exchanges quote most classes."""
    step = Decimal("0.05") if price < 3 else Decimal("0.10")
    return (price / step).to_integral_value(rounding) * step


def _row(
    symbol: str, bid: Decimal | None, ask: Decimal | None, size: int, quoted_at: datetime
) -> Quote:
    return Quote(symbol, bid, ask, quoted_at, size, size, quoted_at, quoted_at)
