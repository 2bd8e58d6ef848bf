"""
What the close made of legs that have stopped trading, as far as it is known.

    in this order                                                judgement
    before T                                                     Wait
    an order of it may still fill     before T + 20 min          Wait
                                      then                       Unresolved
    adjusted contract                                            Unresolved
    future                                                       Unresolved
    event contract                                               AwaitSettlement
    settles in the morning (AM)                                  AwaitSettlement
    no official close                 before T + 20 min          Wait
      then the last trade at or before T:
        none                                                     Unresolved
        physical, within 0.5 % of a strike                       Unresolved
    all out of or at the money                                   Expire
    any in the money                  settles in cash            SettleAt intrinsic value
                                      policy `accept`            AwaitDelivery
                                      else                       Unresolved

What is in the money and physically settled is never booked as worthless. All that is
booked here is an estimate until the broker's own records agree (`confirm`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from botd.domain.booked import with_booked
from botd.domain.contract import (
    Delivery,
    Future,
    Leg,
    OptionContract,
    Settlement,
    ending_legs,
    option_legs,
)
from botd.domain.decision import Moneyness
from botd.domain.label import called, short
from botd.domain.lots import end_legs, quantities, remaining_legs
from botd.domain.moneyness import classify
from botd.domain.override import hand_over
from botd.domain.position import How, ManualReason, Policy, Position, Status
from botd.domain.schedule import closes_at as first_close
from botd.domain.schedule import expiration_of, expiring_legs
from botd.domain.session import Sessions

PATIENCE = timedelta(minutes=20)  # after T an outcome is due, whatever is known
_NEAR = Decimal("0.005")  # of the strike
_AWAITS = "awaits_delivery"  # tag: T of the legs whose delivery was accepted


@dataclass(frozen=True, slots=True)
class ClosePrice:
    """Where an underlying stood at T."""

    price: Decimal  # dollars per share
    source: str  # "official close", "last trade"
    is_official: bool


@dataclass(frozen=True, slots=True)
class Expire:
    """These legs ended worthless."""

    legs: tuple[Leg, ...]
    note: str = ""  # the after-hours risk of a short leg exactly at its strike


@dataclass(frozen=True, slots=True)
class SettleAt:
    """These legs settle in cash, by estimate at these values."""

    values: dict[str, Decimal]  # symbol -> dollars per share, never signed


@dataclass(frozen=True, slots=True)
class AwaitSettlement:
    """The settlement value is not known yet; nothing is booked."""

    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class AwaitDelivery:
    """Exercise or assignment was accepted; the broker's records will tell."""

    fact: str


@dataclass(frozen=True, slots=True)
class Unresolved:
    """What happened is not known well enough to be booked."""

    fact: str


@dataclass(frozen=True, slots=True)
class Wait:
    """It is too early to judge."""

    until: datetime


Judgement = Expire | SettleAt | AwaitSettlement | AwaitDelivery | Unresolved | Wait


def judge(
    position: Position,
    *,
    closes: Mapping[str, ClosePrice],
    closes_at: datetime,
    now: datetime,
    sessions: Sessions,
    last_states: Mapping[str, Moneyness],
    has_live_order: bool,
    policy: Policy,
) -> Judgement:
    """
    Judge the legs of *position* that stopped trading at T, *closes_at*.

    *closes* are by underlying; *last_states* by symbol, as of the last attempt; *policy*
    is the position's own, else its bot's. Where sources of the close disagree *closes_at*
    is the latest.

    Raises:
        ValueError: no leg of it has stopped trading.
    """
    if now < closes_at:
        return Wait(closes_at)
    legs = expiring_legs(remaining_legs(position), closes_at, sessions)
    if not legs:
        raise ValueError(f"position {position.id!r} has no leg that stopped trading")
    deadline = closes_at + PATIENCE
    if has_live_order:
        words = "an order of it may still have filled, its fate is not known"
        return Wait(deadline) if now < deadline else Unresolved(words)
    if early := _judged_without_price(legs):
        return early
    price = closes.get(position.underlying)
    if now < deadline and (price is None or not price.is_official):
        return Wait(deadline)
    if price is None:
        return Unresolved(f"no closing price of {position.underlying} is known")
    return _by_price(legs, price, last_states, policy)


def book(position: Position, judgement: Judgement, at: datetime, sessions: Sessions) -> Position:
    """
    Book a *judgement*; while later legs remain the position stays open with these.

    Raises:
        StateError: the position has ended meanwhile.
    """
    if isinstance(judgement, Expire):
        worthless = {leg.symbol: Decimal(0) for leg in judgement.legs}
        ended = _end(position, worthless, How.EXPIRED, at)
        return rescheduled(replace(ended, fact=judgement.note or ended.fact), sessions)
    if isinstance(judgement, SettleAt):
        return rescheduled(_end(position, judgement.values, How.SETTLED, at), sessions)
    if isinstance(judgement, AwaitSettlement):
        return replace(position, status=Status.AWAITING_SETTLEMENT)
    if isinstance(judgement, AwaitDelivery):
        tags = {**position.tags, _AWAITS: _instant(position.closes_at)}
        return replace(position, fact=judgement.fact, tags=tags)
    if isinstance(judgement, Unresolved):
        return hand_over(position, ManualReason.UNRESOLVED, judgement.fact)
    return position


def awaits_delivery(position: Position) -> bool:
    """Whether its exercise or assignment was accepted at this T: it is not judged again."""
    return position.tags.get(_AWAITS) == _instant(position.closes_at)


def rescheduled(position: Position, sessions: Sessions) -> Position:
    """Tell anew when the first of the legs that are left stops trading."""
    if not position.lots:
        return position
    legs = remaining_legs(position)
    return replace(
        position,
        expiration=expiration_of(legs, sessions),
        closes_at=first_close(legs, sessions),
    )


def crossed_after_hours(
    legs: tuple[Leg, ...],
    close: Decimal,
    spot: Decimal,
) -> tuple[Leg, ...]:
    """
    Give the short physical legs that were not in the money at *close* and are at *spot*.

    Holders may exercise until 90 minutes after the close, whatever the close was.
    """
    return tuple(
        leg
        for leg in legs
        if isinstance(leg.instrument, OptionContract)
        and leg.quantity < 0
        and leg.instrument.spec.delivery is Delivery.SHARES
        and not leg.instrument.intrinsic(close)
        and leg.instrument.intrinsic(spot)
    )


def _judged_without_price(legs: tuple[Leg, ...]) -> Judgement | None:
    future = next((one for one, _ in ending_legs(legs) if isinstance(one, Future)), None)
    if future is not None:
        return Unresolved(f"{called(future)} was not closed before its last trading day ended")
    contracts = [contract for contract, _ in option_legs(legs)]
    adjusted = next((each for each in contracts if each.spec.is_adjusted), None)
    if adjusted is not None:
        return Unresolved(f"{adjusted.symbol} is adjusted: its deliverable is not the spot's")
    if any(_settles_later(each) for each in contracts):
        return AwaitSettlement(legs)
    return None


def _settles_later(contract: OptionContract) -> bool:
    """Whether the close says nothing: the next opening does, or how an event came out."""
    return contract.spec.settlement is Settlement.AM or contract.spec.payout is not None


def _by_price(
    legs: tuple[Leg, ...],
    close: ClosePrice,
    last_states: Mapping[str, Moneyness],
    policy: Policy,
) -> Judgement:
    contracts = [contract for contract, _ in option_legs(legs)]
    physical = [each for each in contracts if each.spec.delivery is Delivery.SHARES]
    if not close.is_official and (pinned := _near(physical, close.price)):
        return Unresolved(
            f"{_where(pinned, close)}: too near its strike to be judged without the official close",
        )
    inside = [each for each in contracts if each.intrinsic(close.price)]
    if not inside:
        return Expire(legs, _strike_risk(legs, close.price))
    if not physical:
        return SettleAt({each.symbol: each.intrinsic(close.price) for each in contracts})
    fact = _where(inside[0], close)
    if policy is Policy.ACCEPT:
        return AwaitDelivery(f"{fact}: accepted, the broker's records will confirm it")
    if last_states.get(inside[0].symbol) is Moneyness.OTM:
        fact += ", out of the money at the last attempt"
    return Unresolved(f"{fact}, and not closed: exercise or assignment is to be expected")


def _near(contracts: list[OptionContract], price: Decimal) -> OptionContract | None:
    near = (each for each in contracts if abs(price - each.strike) <= each.strike * _NEAR)
    return next(near, None)


def _where(contract: OptionContract, close: ClosePrice) -> str:
    inside = contract.intrinsic(close.price)
    name = f"{contract.underlying} {short(contract)}"
    stands = f"in the money by {inside}" if inside else "out of the money"
    return f"{name} ended {stands} ({close.source} {close.price})"


def _strike_risk(legs: tuple[Leg, ...], price: Decimal) -> str:
    """Tell of short physical legs exactly at the strike, which holders may still exercise."""
    names = [
        f"{contract.underlying} {short(contract)}"
        for contract, quantity in option_legs(legs)
        if quantity < 0
        and contract.spec.delivery is Delivery.SHARES
        and classify(contract, price, pin_band=Decimal(0)) is Moneyness.ATM
    ]
    if not names:
        return ""
    return (
        f"{', '.join(names)} ended exactly at the strike: "
        "holders may exercise until 90 minutes after the close"
    )


def _end(position: Position, value: Mapping[str, Decimal], how: How, at: datetime) -> Position:
    held = quantities(position)
    ended = replace(end_legs(position, value.keys(), value, how, at), confirmed=False)
    for symbol, price in value.items():
        if symbol in held:
            ended = with_booked(ended, symbol, held[symbol], price)
    return ended


def _instant(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).isoformat()
