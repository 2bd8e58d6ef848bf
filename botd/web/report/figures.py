"""How money, prices and instants are written for a person."""

from datetime import datetime
from decimal import Decimal

from botd.calendar import new_york

MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
_PLACES = 4  # of averages that no decimal writes out


def exact(value: Decimal) -> str:
    """
    Write a number without its sign: two places at least, all that it has up to four.

    Beyond four places (an average of thirds) it is rounded and marked `≈`.
    """
    plain = abs(value).normalize()
    exponent = plain.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else 0
    if places > _PLACES:
        return f"≈{plain:,.{_PLACES}f}"
    return f"{plain:,.{max(places, 2)}f}"


def dollars(value: Decimal) -> str:
    """Write dollars with their sign: `+$1,245.00`, `$0.00`, a loss with a true minus."""
    sign = "+" if value > 0 else MINUS if value < 0 else ""
    return f"{sign}${exact(value)}"


def strike(value: Decimal) -> str:
    """Write a strike as traders do, without needless zeros: `745`, `747.5`."""
    whole = value == value.to_integral_value()
    return f"{int(value)}" if whole else f"{value.normalize():f}"


def limit(net_price: Decimal | None) -> str:
    """Write an order's price toward the account: `pay 0.72`, `get 3.10`, `at market`."""
    if net_price is None:
        return "at market"
    return _toward(net_price, "pay", "get")


def done_at(net_price: Decimal) -> str:
    """Write a price that was traded: `paid 0.72`, `got 3.10`."""
    return _toward(net_price, "paid", "got")


def _toward(net_price: Decimal, debit: str, credit: str) -> str:
    if not net_price:
        return "0.00"
    return f"{debit if net_price < 0 else credit} {exact(net_price)}"


def clock_time(instant: datetime) -> str:
    """Write an instant's New York time to the second."""
    return f"{new_york.to_wall(instant):%H:%M:%S}"


def clock_minute(instant: datetime) -> str:
    """Write an instant's New York time to the minute."""
    return f"{new_york.to_wall(instant):%H:%M}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Write a number with its noun: `1 order`, `12 orders`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
