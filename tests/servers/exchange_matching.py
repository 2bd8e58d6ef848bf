"""How orders meet quotes: at the touch, up to the size shown, all legs in ratio."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tests.servers.orders import BidAsk, ExchangeOrder, LegPair


@dataclass(frozen=True, slots=True)
class Natural:
    """What a package trades at now, and for how many units."""

    net_price: Decimal  # per share toward the account
    units: int
    leg_prices: dict[str, Decimal]


def natural(legs: tuple[LegPair, ...], quotes: Mapping[str, BidAsk]) -> Natural | None:
    """Give what legs, as sent, trade at; None where one of them does not trade."""
    net_price = Decimal(0)
    sizes = []
    prices = {}
    for symbol, ratio in legs:
        shown = quotes.get(symbol)
        if shown is None:
            return None
        price = shown.ask if ratio > 0 else shown.bid
        if not price or (shown.bid is not None and shown.ask is not None and shown.bid > shown.ask):
            return None
        net_price -= ratio * price
        sizes.append((shown.ask_size if ratio > 0 else shown.bid_size) // abs(ratio))
        prices[symbol] = price
    return Natural(net_price, min(sizes), prices)


def fillable(order: ExchangeOrder, shown: Natural | None) -> int:
    """Tell how many units of a working order fill against what is shown."""
    if shown is None or (order.net_limit is not None and shown.net_price < order.net_limit):
        return 0
    cap = order.units if order.fill_cap is None else order.fill_cap
    return max(min(shown.units, order.remaining_units, cap - order.filled_units), 0)


def consume(legs: tuple[LegPair, ...], units: int, quotes: Mapping[str, BidAsk]) -> None:
    """Take the sizes that a fill has traded."""
    for symbol, ratio in legs:
        shown = quotes[symbol]
        if ratio > 0:
            shown.ask_size -= ratio * units
        else:
            shown.bid_size += ratio * units


def worth(
    order: ExchangeOrder, net_price: Decimal, quotes: Mapping[str, BidAsk]
) -> dict[str, Decimal]:
    """
    Give prices of the legs that add up to a net price of the package.

    The touch, with the difference laid on the first leg whose price stays positive.
    """
    prices = {}
    for symbol, ratio in order.legs:
        shown = quotes.get(symbol)
        touch = None if shown is None else shown.ask if ratio > 0 else shown.bid
        prices[symbol] = touch or Decimal("0.01")
    missing = net_price + sum(ratio * prices[symbol] for symbol, ratio in order.legs)
    for symbol, ratio in order.legs:
        moved = prices[symbol] - missing / ratio
        if moved > 0:
            return prices | {symbol: moved}
    return prices
