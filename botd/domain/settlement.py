"""A broker's record of how a contract ended, and what it means for one leg of a position."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from botd.domain.contract import Delivery, Leg, OptionContract, Right, Shares
from botd.domain.position import How, Lot


class FactKind(Enum):
    """What a settlement record tells; the values are those of the broker port."""

    ASSIGNMENT = "assignment"
    EXERCISE = "exercise"
    EXPIRATION = "expiration"
    CASH_SETTLEMENT = "cash_settlement"


_HOW = {
    FactKind.ASSIGNMENT: How.ASSIGNED,
    FactKind.EXERCISE: How.EXERCISED,
    FactKind.EXPIRATION: How.EXPIRED,
    FactKind.CASH_SETTLEMENT: How.SETTLED,
}


@dataclass(frozen=True, slots=True)
class SettlementFact:
    """One line of a broker's record of how a contract ended."""

    record_id: str
    kind: FactKind
    symbol: str
    quantity: int  # contracts, signed as they were held
    price: Decimal | None  # of a cash settlement: dollars per share
    recorded_at: datetime

    @property
    def how(self) -> How:
        """How the units end that it speaks of."""
        return _HOW[self.kind]


class Ending:
    """How one leg ended by a record, and how many own shares went with it."""

    def __init__(self, leg: Leg, fact: SettlementFact, value: Decimal) -> None:
        if not isinstance(leg.instrument, OptionContract):
            raise TypeError(f"only options end by record, not {leg.symbol!r}")
        self.leg = leg
        self.contract = leg.instrument
        self.symbol = leg.symbol
        self.how = fact.how
        self.at = fact.recorded_at
        self.record_id = fact.record_id
        self.value = value
        self.delivered = 0

    @property
    def is_delivery(self) -> bool:
        """Whether shares moved at the strike."""
        return self.how in {How.ASSIGNED, How.EXERCISED}

    def shares_delivered(self, lot: Lot) -> Leg | None:
        """Give the lot's own shares, where the leg's end sells them at the strike."""
        is_sale = (self.contract.right is Right.CALL) is (self.leg.quantity < 0)
        shares = (leg for leg in lot.legs if isinstance(leg.instrument, Shares))
        return next(shares, None) if self.is_delivery and is_sale else None


def value_of(fact: SettlementFact, leg: Leg | None) -> Decimal | None:
    """Tell the dollars per share that the leg ended at; None: the record does not say."""
    if leg is None or not isinstance(leg.instrument, OptionContract):
        return None
    if fact.kind is FactKind.CASH_SETTLEMENT:
        return fact.price
    is_moved = fact.kind in {FactKind.ASSIGNMENT, FactKind.EXERCISE}
    if is_moved and leg.instrument.spec.delivery is Delivery.CASH:
        return None
    return Decimal(0)
