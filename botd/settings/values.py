"""
From what a file holds to values: each parser takes one raw value and gives one fact.

A parser raises `ValueError` saying what was found and what is allowed; the table adds
file and key. Numbers arrive as `int` or `Decimal`, never as `float`.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import TypeVar

from botd.domain.bot import Amount
from botd.settings.reader import did_you_mean

_Choice = TypeVar("_Choice", bound=Enum)

_SHOWN = 60  # characters of a wrong value that a message repeats
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DURATION = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d{1,9}(?:\.\d{1,6})?", re.ASCII)
_WALL_TIME = re.compile(r"\d{2}:\d{2}", re.ASCII)
_MOST = Decimal(1_000_000_000)  # dollars; beyond it a value is a slip of the hand
_DECIMALS = 6
_YEARS = range(1990, 2200)


def shown(found: object) -> str:
    """Give a wrong value as a person wrote it, cut where it is long."""
    if isinstance(found, bool):
        return str(found).lower()
    plain = isinstance(found, Decimal | date | time)
    words = str(found) if plain else repr(found)
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}..."


def text(found: object) -> str:
    """Read words: not empty, and writable as UTF-8."""
    if isinstance(found, str):
        return _legible(found)
    raise ValueError(f"{shown(found)} is not text; write it in quotes")


def _legible(found: str) -> str:
    if not found.strip():
        raise ValueError("is empty")
    if any("\ud800" <= character <= "\udfff" or character == "\0" for character in found):
        raise ValueError(f"{shown(found)} holds characters that are no text")
    return found


def name(found: object) -> str:
    """Read a name: letters, digits, `.`, `_` and `-`, at most 64."""
    if not _NAME.fullmatch(text(found)):
        raise ValueError(
            f"{shown(found)}; allowed: up to 64 letters, digits, '.', '_' and '-', "
            "beginning with a letter or digit",
        )
    return str(found)


def flag(found: object) -> bool:
    """Read true or false."""
    if isinstance(found, bool):
        return found
    raise ValueError(f"{shown(found)}; allowed: true, false (without quotes)")


def whole(lowest: int, highest: int) -> Callable[[object], int]:
    """Make a parser of whole numbers from *lowest* to *highest*."""

    def parse(found: object) -> int:
        if isinstance(found, int) and not isinstance(found, bool) and lowest <= found <= highest:
            return found
        raise ValueError(f"{shown(found)}; allowed: whole numbers from {lowest} to {highest}")

    return parse


def one_of(choices: type[_Choice]) -> Callable[[object], _Choice]:
    """Make a parser of the words of an enumeration."""
    words = [str(choice.value) for choice in choices]

    def parse(found: object) -> _Choice:
        if found not in words:
            near = did_you_mean(found, words) if isinstance(found, str) else ""
            raise ValueError(f"{shown(found)}; allowed: {', '.join(words)}{near}")
        return choices(found)

    return parse


def duration(lowest: timedelta, highest: timedelta) -> Callable[[object], timedelta]:
    """Make a parser of durations such as `10m`, `60s` or `1h30m`."""

    def parse(found: object) -> timedelta:
        parts = _DURATION.fullmatch(found) if isinstance(found, str) else None
        if not found or parts is None:
            raise ValueError(f'{shown(found)} is no duration; write it like "10m", "60s" or "1h"')
        hours, minutes, seconds = (int(part or 0) for part in parts.groups())
        length = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        if not lowest <= length <= highest:
            raise ValueError(
                f"{shown(found)}; allowed: {spell_duration(lowest)} to {spell_duration(highest)}",
            )
        return length

    return parse


def spell_duration(length: timedelta) -> str:
    """Write a duration as files do: `1h30m`, `10m`, `60s`."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    if hours == 0 and minutes == 1 and seconds == 0:
        return "60s"
    parts = ((hours, "h"), (minutes, "m"), (seconds, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"


def money(found: object) -> Decimal:
    """Read dollars, as text (`"1.25"`) or as a number; at most six decimals."""
    if isinstance(found, str) and _DECIMAL.fullmatch(found):
        return Decimal(found)
    if isinstance(found, int) and not isinstance(found, bool):
        found = Decimal(found)
    if isinstance(found, Decimal) and _is_plain(found):
        return found
    raise ValueError(f'{shown(found)} is no amount of dollars; write it like "1.25" or "-0.40"')


def _is_plain(found: Decimal) -> bool:
    exponent = found.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_DECIMALS and abs(found) <= _MOST


def positive_money(found: object) -> Decimal:
    """Read dollars, zero or more."""
    amount = money(found)
    if amount < 0:
        raise ValueError(f"{shown(found)}; allowed: 0 or more")
    return amount


def amount(found: object) -> Amount:
    """Read dollars (`"0.05"`) or a percentage below 100 (`"0.15%"`), zero or more."""
    if not (isinstance(found, str) and found.endswith("%")):
        try:
            return Amount(positive_money(found))
        except ValueError as error:
            raise ValueError(f'{error}; or in percent: "0.15%"') from None
    figure = found.removesuffix("%").rstrip()
    if not _DECIMAL.fullmatch(figure) or not 0 <= Decimal(figure) < 100:  # noqa: PLR2004 - percent
        raise ValueError(f'{shown(found)}; allowed: "0%" to below "100%"')
    return Amount(Decimal(figure), is_percent=True)


def wall_time(found: object) -> time:
    """Read a New York time of day, `"13:00"`."""
    if isinstance(found, time) and found == found.replace(second=0, microsecond=0):
        return found
    try:
        if isinstance(found, str) and _WALL_TIME.fullmatch(found):
            return time.fromisoformat(found)
    except ValueError:
        pass  # 25:00 has the shape of a time, and is none
    raise ValueError(f'{shown(found)} is no time of day; write New York time like "13:00"')


def day(found: object) -> date:
    """Read a date, `2026-12-01`."""
    if isinstance(found, date) and not isinstance(found, datetime):
        return found
    try:
        if isinstance(found, str) and len(found) == len("2026-12-01"):
            return date.fromisoformat(found)
    except ValueError:
        pass  # the shape of a date, and none
    raise ValueError(f"{shown(found)} is no date; write it like 2026-12-01")


def instant(found: object) -> datetime:
    """Read an instant with its zone; gives aware UTC."""
    read = _moment(found)
    if read is None:
        raise ValueError(f"{shown(found)} is no instant; write it like 2015-12-18T15:00:00Z")
    if read.tzinfo is None:
        raise ValueError(f"{shown(found)} names no zone; write it like 2015-12-18T15:00:00Z")
    if read.year not in _YEARS:
        raise ValueError(f"{shown(found)}; allowed: years {_YEARS.start} to {_YEARS.stop - 1}")
    return read.astimezone(UTC)


def _moment(found: object) -> datetime | None:
    if isinstance(found, datetime):
        return found
    try:
        return datetime.fromisoformat(found) if isinstance(found, str) and "T" in found else None
    except ValueError:
        return None
