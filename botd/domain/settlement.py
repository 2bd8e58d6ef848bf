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


@dataclass(slots=True)
class Ending:
    """How one leg ended by a record, and how many own shares went with it."""

    leg: Leg
    contract: OptionContract
    how: How
    value: Decimal  # dollars per share, never signed; 0 where shares moved at the strike
    at: datetime
    record_id: str
    delivered: int = 0  # own shares that left, of all units

    @property
    def symbol(self) -> str:
        """The leg's symbol."""
        return self.leg.symbol

    @property
    def is_delivery(self) -> bool:
        """Whether shares moved at the strike."""
        return self.how in {How.ASSIGNED, How.EXERCISED}

    def shares_delivered(self, lot: Lot) -> Leg | None:
        """Give the lot's own shares, where the leg's end sells them at the strike."""
        is_sale = (self.contract.right is Right.CALL) is (self.leg.quantity < 0)
        shares = (leg for leg in lot.legs if isinstance(leg.instrument, Shares))
        return next(shares, None) if self.is_delivery and is_sale else None


def ending_of(fact: SettlementFact, leg: Leg) -> Ending | None:
    """
    Tell how *leg* ended; None: the record does not say it.

    Shares do not end, a settlement needs its value, and what delivers cash has no strike
    at which shares could be booked.
    """
    if not isinstance(leg.instrument, OptionContract):
        return None
    value: Decimal | None = Decimal(0)
    if fact.kind is FactKind.CASH_SETTLEMENT:
        value = fact.price
    elif fact.how is not How.EXPIRED and leg.instrument.spec.delivery is Delivery.CASH:
        value = None
    if value is None:
        return None
    return Ending(leg, leg.instrument, fact.how, value, fact.recorded_at, fact.record_id)
