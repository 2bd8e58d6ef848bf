"""
Prices and profit in the words of the market that they belong to.

    listed option, shares   dollars a share: 0.72
    future                  points: 5779.8125; its profit is in dollars
    event contract          cents: what JSON has as 62 dollars its market calls 6200 c
    crypto option           USDT a coin: 1350.50 USDT; its profit is in USDT

JSON and the ledger keep decimal dollars throughout.
"""

from decimal import Decimal

from botd.domain.contract import Future, Leg, OptionContract, ending_legs

_CENT = Decimal("0.01")
_USDT = " USDT"


def price_text(legs: tuple[Leg, ...], net_price: Decimal) -> str:
    """Write a net price of *legs*, to the cent at least, with its unit where it is not dollars."""
    if is_event(legs):
        return f"{(net_price * 100).normalize():f} c"
    cents = net_price.quantize(_CENT)
    text = f"{cents if cents == net_price else net_price.normalize():f}"
    return f"{text}{currency(legs)}"


def currency(legs: tuple[Leg, ...]) -> str:
    """Give what stands behind an amount of money: nothing for dollars, else ` USDT`."""
    return _USDT if any(_is_crypto(one) for one, _ in ending_legs(legs)) else ""


def is_event(legs: tuple[Leg, ...]) -> bool:
    """Whether *legs* are sides of an event."""
    return any(
        isinstance(one, OptionContract) and one.spec.payout is not None
        for one, _ in ending_legs(legs)
    )


def standing(legs: tuple[Leg, ...], spot: Decimal) -> str:
    """
    Say where the market of *legs* stands that no strike measures; empty: a strike does.

    Of an event that is what its YES costs; a future is its own market.
    """
    held = ending_legs(legs)
    if is_event(legs):
        return f"YES at {price_text(legs, spot)}"
    if held and not any(isinstance(one, OptionContract) for one, _ in held):
        return f"at {price_text(legs, spot)}"
    return ""


def _is_crypto(one: OptionContract | Future) -> bool:
    return isinstance(one, OptionContract) and one.spec.ends_at_utc is not None
