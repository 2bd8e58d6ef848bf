"""What will be exercised or assigned at the next close unless somebody acts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from botd.domain.contract import Future, OptionContract, ending_legs, option_legs
from botd.domain.decision import Moneyness
from botd.domain.lots import remaining_legs
from botd.domain.moneyness import classify
from botd.domain.position import Position
from botd.ledger import Tx, attempts, marks, positions
from botd.ledger.marks import Mark

_SAME_DAY = timedelta(hours=12)  # closes of one day lie no further apart


@dataclass(frozen=True, slots=True)
class Exposure:
    """One position that is in the money, or may be."""

    position: Position
    closes_at: datetime
    inside: Decimal | None  # dollars per share in the money, of the leg furthest in, if any
    spot: Decimal | None  # None: nobody knows, so that it may be in the money
    spot_at: datetime | None


def exposed(tx: Tx, now: datetime) -> tuple[Exposure, ...]:
    """
    Give what is in the money, or may be, of the positions that stop trading next.

    By the newest marks; where there are none, by the last attempt. Worst first.
    """
    coming = [
        (one, one.closes_at)
        for one in positions.live(tx)
        if one.closes_at is not None and now < one.closes_at
    ]
    if not coming:
        return ()
    until = min(closes_at for _, closes_at in coming) + _SAME_DAY
    seen = {(mark.account_key, mark.symbol): mark for mark in marks.get(tx)}
    found = [
        _of(tx, one, closes_at, seen.get((one.account_key, one.underlying)))
        for one, closes_at in coming
        if closes_at <= until
    ]
    worst = sorted(
        (one for one in found if one is not None),
        key=lambda one: (one.spot is not None, -(one.inside or Decimal(0))),
    )
    return tuple(worst)


def _of(tx: Tx, position: Position, closes_at: datetime, mark: Mark | None) -> Exposure | None:
    spot, spot_at = _spot(tx, position, mark)
    contracts = [
        contract
        for contract, _ in option_legs(remaining_legs(position))
        if contract.expiration == position.expiration
    ]
    if any(isinstance(one, Future) for one, _ in ending_legs(remaining_legs(position))):
        return Exposure(position, closes_at, None, spot, spot_at)
    states = {contract: classify(contract, spot, pin_band=Decimal(0)) for contract in contracts}
    if not set(states.values()) & {Moneyness.ITM, Moneyness.UNKNOWN}:
        return None
    return Exposure(position, closes_at, _inside(contracts, spot), spot, spot_at)


def _inside(contracts: list[OptionContract], spot: Decimal | None) -> Decimal | None:
    if spot is None:
        return None
    return max(contract.intrinsic(spot) for contract in contracts)


def _spot(tx: Tx, position: Position, mark: Mark | None) -> tuple[Decimal | None, datetime | None]:
    if mark is not None and mark.last is not None:
        return mark.last, mark.as_of
    if mark is not None and mark.bid is not None and mark.ask is not None:
        return (mark.bid + mark.ask) / 2, mark.as_of
    for attempt in reversed(attempts.of_position(tx, position.id)):
        for leg in attempt.moneyness:
            if leg.spot is not None:
                return leg.spot, leg.spot_at
    return None, None
