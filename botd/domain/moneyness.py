"""On which side of its strike each leg that stops trading stands."""

from dataclasses import replace
from decimal import Decimal

from botd.domain.bot import Expiration
from botd.domain.contract import Leg, OptionContract, Right, option_legs
from botd.domain.decision import LegMoneyness, Moneyness
from botd.domain.quote import MarketView
from botd.domain.session import Session
from botd.domain.spot import SpotFinding, find_spot


def classify(contract: OptionContract, spot: Decimal | None, *, pin_band: Decimal) -> Moneyness:
    """
    Say on which side of the strike the underlying stands, as the holder sees it.

    Within *pin_band* (dollars per share) of the strike the answer is `ATM`, whatever
    the sign: holders decide after the close, so neither outcome may be counted on. At
    the strike it is `ATM` even without a band. Without a spot, and for contracts whose
    deliverable was adjusted, nothing is known.
    """
    if spot is None or contract.spec.is_adjusted:
        return Moneyness.UNKNOWN
    if abs(spot - contract.strike) <= pin_band:
        return Moneyness.ATM
    is_above = spot > contract.strike
    return Moneyness.ITM if is_above is (contract.right is Right.CALL) else Moneyness.OTM


def assess(
    legs_expiring: tuple[Leg, ...], view: MarketView, rules: Expiration, session: Session
) -> tuple[LegMoneyness, ...]:
    """
    Judge each option leg that stops trading, from one view of the market.

    A note stands on a leg exactly when its state rests on old, implied or missing data,
    on a halted underlying, or cannot be known. The quotes of `parity_contracts` in
    *view* let a missing spot be implied.
    """
    contracts = tuple(contract for contract, _ in option_legs(legs_expiring))
    findings = {
        underlying: _find(underlying, contracts, view, rules, session)
        for underlying in dict.fromkeys(contract.underlying for contract in contracts)
    }
    return tuple(_judge(one, findings[one.underlying], rules) for one in contracts)


def parity_contracts(legs: tuple[Leg, ...]) -> tuple[OptionContract, ...]:
    """Give the calls and puts at the strikes of *legs* whose quotes imply the spot."""
    contracts = (contract for contract, _ in option_legs(legs))
    return tuple(
        dict.fromkeys(replace(contract, right=right) for contract in contracts for right in Right)
    )


def _find(
    underlying: str,
    contracts: tuple[OptionContract, ...],
    view: MarketView,
    rules: Expiration,
    session: Session,
) -> SpotFinding:
    own = tuple(one for one in contracts if one.underlying == underlying)
    return find_spot(
        underlying,
        view,
        strikes=tuple(one.strike for one in own),
        session=session,
        max_age=rules.max_quote_age,
        options=parity_contracts(tuple(Leg(one, 1) for one in own)),
    )


def _judge(contract: OptionContract, finding: SpotFinding, rules: Expiration) -> LegMoneyness:
    spot = finding.spot
    price = None if spot is None else spot.price
    adjusted = "adjusted contract: the spot does not tell its worth"
    return LegMoneyness(
        symbol=contract.symbol,
        state=classify(contract, price, pin_band=rules.pin_band.of(contract.strike)),
        strike=contract.strike,
        spot=price,
        spot_at=None if spot is None else spot.as_of,
        note=adjusted if contract.spec.is_adjusted else finding.note,
    )
