"""How instants, amounts and counts are written for people."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from botd.calendar.new_york import to_wall
from botd.domain.contract import Leg
from botd.domain.quoted import currency, price_text

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_MINUTE = 60
_HOUR = 3600
_DAY = 86_400


def clock_time(instant: datetime) -> str:
    """Write a New York wall time: `15:52`, with seconds where there are any."""
    wall = to_wall(instant)
    return f"{wall:%H:%M:%S}" if wall.second else f"{wall:%H:%M}"


def day_and_time(instant: datetime) -> str:
    """Write an instant with its zone: `THU 2015-12-24 12:50 New York`."""
    return f"{weekday(to_wall(instant).date())} {clock_time(instant)} New York"


def day_and_minute(instant: datetime | None) -> str:
    """Write an instant for a column whose title needs no zone: `2015-12-24 12:50`; "" for none."""
    return "" if instant is None else f"{to_wall(instant):%Y-%m-%d %H:%M}"


def in_new_york(text: str) -> str:
    """Rewrite the UTC instants in a text of the ledger as New York times."""
    return _INSTANT.sub(lambda found: clock_time(datetime.fromisoformat(found[0])), text)


def weekday(day: date) -> str:
    """Write a date with its weekday: `THU 2015-12-24`."""
    return f"{day:%a}".upper() + f" {day}"


def countdown(left: timedelta) -> str:
    """Write a time that is left: `2:49`, `1:02:49`, `3 days`."""
    seconds = max(int(left.total_seconds()), 0)
    if seconds >= 2 * _DAY:
        return f"{seconds // _DAY} days"
    hours, rest = divmod(seconds, _HOUR)
    minutes, seconds = divmod(rest, _MINUTE)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def age(passed: timedelta) -> str:
    """Write how old something is: `2 s`, `4 min`, `3 h`, `2 days`."""
    seconds = max(int(passed.total_seconds()), 0)
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR} h"
    return f"{seconds // _DAY} days"


def dollars(amount: Decimal | None) -> str:
    """Write dollars with their sign and thousands: `+1,250.00`; `?` while not known."""
    return "?" if amount is None else f"{amount:+,.2f}"


def price(net_price: Decimal | None) -> str:
    """Write a price per share, to the cent at least: `-0.725`."""
    if net_price is None:
        return "?"
    cents = net_price.quantize(Decimal("0.01"))
    return f"{cents if cents == net_price else net_price.normalize():f}"


def price_of(legs: tuple[Leg, ...], net_price: Decimal | None) -> str:
    """Write a price of *legs* as their market does: `-0.725`, `-6200 c`, `-1350.50 USDT`."""
    return "?" if net_price is None else price_text(legs, net_price)


def profit_of(legs: tuple[Leg, ...], pnl: Decimal | None) -> str:
    """Write what *legs* brought, with the currency where that is not the dollar."""
    return dollars(pnl) + ("" if pnl is None else currency(legs))


def counted(count: int, noun: str) -> str:
    """Write a number of things: `1 position`, `2 positions`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def spaced(word: str) -> str:
    """Write a status or a reason as words."""
    return word.replace("_", " ")
