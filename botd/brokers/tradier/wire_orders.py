"""
botd's closing orders as forms for Tradier.

    one leg       class=option, side=buy_to_close | sell_to_close, type=limit | market
    2 to 4 legs   class=multileg, indexed legs, type=debit | credit | even | market
    price         always positive, dollars per share of the smallest package
    quantity      contracts of each leg, of all units together; there are no ratios
    tag           our client order id: letters, digits and "-", at most 255

A unit that holds several of the smallest package (two short puts, say) is counted in
contracts by the broker. How many make one of our units stands at the end of the tag
("-x2"), because a list of orders is all that is left after a restart.

Sources: documentation.tradier.com, "Place an Option Order", "Place a Multileg Order".
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from math import gcd

from botd.brokers.tradier.wire import their_symbol
from botd.domain import order_id
from botd.domain.contract import Leg, OptionContract
from botd.domain.orders import OrderIntent
from botd.errors import OrderRefused, Refusal, RefusalReason

Form = tuple[tuple[str, str], ...]

_MOST_LEGS = 4
_TAG = re.compile(r"[A-Za-z0-9-]{1,240}")
_FACTOR = re.compile(order_id.PREFIX + r"(?P<rest>.+)-x(?P<factor>[2-9]|[1-9][0-9]{1,3})")
_CENT = Decimal("0.01")
_FINEST = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Tag:
    """What a tag tells: whose order it is, and how many packages make one of its units."""

    client_order_id: str
    factor: int = 1

    @classmethod
    def read(cls, text: str) -> "Tag":
        """Read a tag; whatever other people write is an id, whole."""
        found = _FACTOR.fullmatch(text)
        return (
            cls(text)
            if found is None
            else cls(order_id.PREFIX + found["rest"], int(found["factor"]))
        )

    def __str__(self) -> str:
        return self.client_order_id + (f"-x{self.factor}" if self.factor > 1 else "")


def form_of(intent: OrderIntent) -> Form:
    """
    Write an order.

    Raises:
        OrderRefused: it cannot be said to this broker; nothing was sent.
    """
    contracts = _contracts(intent)
    factor = gcd(*(leg.quantity for leg in intent.legs))
    if not _TAG.fullmatch(intent.client_order_id):
        raise _impossible(f"{intent.client_order_id!r} is no tag")
    tag = ("tag", str(Tag(intent.client_order_id, factor)))
    symbol = ("symbol", their_symbol(contracts[0].underlying))
    price = None if intent.net_price is None else intent.net_price / factor
    if len(intent.legs) == 1:
        return (("class", "option"), symbol, *_single(intent, price), ("duration", "day"), tag)
    kind = _package_price(price)
    return (("class", "multileg"), symbol, *kind, ("duration", "day"), *_indexed(intent), tag)


def side_of(leg: Leg) -> str:
    """Name the side of a closing leg as sent."""
    return "buy_to_close" if leg.quantity > 0 else "sell_to_close"


def _contracts(intent: OrderIntent) -> list[OptionContract]:
    found = [leg.instrument for leg in intent.legs if isinstance(leg.instrument, OptionContract)]
    if len(found) != len(intent.legs) or not 1 <= len(found) <= _MOST_LEGS:
        raise _impossible(f"an order of {len(intent.legs)} legs, {len(found)} of them options")
    if len({contract.underlying for contract in found}) > 1:
        raise _impossible("options on several underlyings in one order")
    if any(leg.quantity == 0 for leg in intent.legs) or intent.units < 1:
        raise _impossible("an order for nothing")
    return found


def _single(intent: OrderIntent, price: Decimal | None) -> Form:
    (leg,) = intent.legs
    named = (
        ("option_symbol", leg.symbol),
        ("side", side_of(leg)),
        ("quantity", str(abs(leg.quantity) * intent.units)),
    )
    if price is None:
        return (*named, ("type", "market"))
    amount = -price if leg.quantity > 0 else price
    if amount <= 0:
        raise _impossible(f"{side_of(leg)} at a net price of {intent.net_price}")
    return (*named, ("type", "limit"), ("price", _written(amount)))


def _package_price(price: Decimal | None) -> Form:
    if price is None:
        return (("type", "market"),)
    if price == 0:
        return (("type", "even"),)
    return (("type", "credit" if price > 0 else "debit"), ("price", _written(abs(price))))


def _indexed(intent: OrderIntent) -> Form:
    return tuple(
        pair
        for index, leg in enumerate(intent.legs)
        for pair in (
            (f"option_symbol[{index}]", leg.symbol),
            (f"side[{index}]", side_of(leg)),
            (f"quantity[{index}]", str(abs(leg.quantity) * intent.units)),
        )
    )


def _written(amount: Decimal) -> str:
    step = _CENT if amount == amount.quantize(_CENT) else _FINEST
    if amount != amount.quantize(step):
        raise _impossible(f"a price of {amount} for one package")
    return f"{amount.quantize(step):f}"


def _impossible(words: str) -> OrderRefused:
    return OrderRefused(Refusal(RefusalReason.MALFORMED, f"not sent: {words}"))
