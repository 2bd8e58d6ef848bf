"""
JSON of strangers, read field by field.

    numbers      `Decimal`, never `float`; strings that hold numbers count as numbers
    absent       a missing key, null, and "" are the same
    odd          anything else than what was asked for is `Unreadable`, with the key's path

An adapter turns `Unreadable` into `OutcomeUnknown`: an answer that cannot be read is no
answer.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NoReturn

_DIGITS = 30  # more of them are no price, quantity or id
_LARGEST = Decimal(10) ** 15
_DEEPEST = 32
_SHOWN = 60
_FRACTION = re.compile(r"(\.\d{6})\d+")  # nanoseconds, which Python does not keep
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
_LONGEST_NAME = 64
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_FURTHEST = timedelta(days=366 * 200)


class Unreadable(ValueError):  # noqa: N818 - a property of the answer
    """An answer that is not what its sender's documents describe."""


def parse_json(body: bytes) -> object:
    """
    Read a body as JSON; numbers with a point are `Decimal`.

    Raises:
        Unreadable: it is none, nested or long beyond reason, or says two things under one key,
            of which a reader would take either (RFC 8259, section 4).
    """
    try:
        found: object = json.loads(
            body,
            object_pairs_hook=_once,
            parse_float=_decimal,
            parse_int=_whole,
            parse_constant=_refuse,
        )
    except Unreadable:
        raise
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"no JSON: {shown(body[:_SHOWN])}") from error
    _refuse_depth(found)
    return found


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object, and the path to it for messages."""

    values: Mapping[str, Any]
    path: str = ""

    @classmethod
    def of(cls, found: object, path: str = "") -> "Fields":
        """Take *found* for an object."""
        if not isinstance(found, dict):
            raise Unreadable(f"{path or 'the answer'}: {shown(found)} is no object")
        return cls(found, path)

    def has(self, key: str) -> bool:
        """Whether the key is there, and not null or empty."""
        return self.values.get(key) not in (None, "")

    def text(self, key: str) -> str:
        """Read words; a number is taken as it is written."""
        found = self.values.get(key)
        if isinstance(found, str) and found:
            return storable(found)
        if isinstance(found, int | Decimal) and not isinstance(found, bool):
            return str(found)
        raise self._odd(key, "text")

    def maybe_text(self, key: str) -> str | None:
        """Read words, or None where there are none."""
        return self.text(key) if self.has(key) else None

    def name(self, key: str) -> str:
        """Read an id: letters, digits, "-" and "_", at most 64; or a number above zero."""
        found = self.values.get(key)
        if isinstance(found, int) and not isinstance(found, bool) and found > 0:
            found = str(found)
        if not isinstance(found, str) or not _NAME.fullmatch(found):
            raise self._odd(key, "an id")
        return found

    def symbol(self, key: str) -> str:
        """Read what an instrument is called: words, never a number, at most 64 letters."""
        found = self.values.get(key)
        if not isinstance(found, str) or len(found) > _LONGEST_NAME:
            raise self._odd(key, "a symbol")
        if not found.strip() or not found.isprintable():
            raise self._odd(key, "a symbol")
        return found

    def decimal(self, key: str) -> Decimal:
        """Read a finite number of ordinary size."""
        return self._number(key)

    def maybe_decimal(self, key: str) -> Decimal | None:
        """Read a number, or None where there is none."""
        return self._number(key) if self.has(key) else None

    def whole(self, key: str) -> int:
        """Read a whole number; `2.0` is one."""
        found = self._number(key)
        if found != found.to_integral_value():
            raise self._odd(key, "a whole number")
        return int(found)

    def maybe_whole(self, key: str) -> int | None:
        """Read a whole number, or None where there is none."""
        return self.whole(key) if self.has(key) else None

    def flag(self, key: str) -> bool:
        """Read true or false."""
        found = self.values.get(key)
        if not isinstance(found, bool):
            raise self._odd(key, "true or false")
        return found

    def maybe_flag(self, key: str) -> bool | None:
        """Read true or false, or None where there is neither."""
        return self.flag(key) if self.has(key) else None

    def instant(self, key: str) -> datetime:
        """Read an ISO 8601 instant with its offset, nanoseconds cut to microseconds."""
        found = self.values.get(key)
        if not isinstance(found, str):
            raise self._odd(key, "an instant")
        try:
            at = datetime.fromisoformat(_FRACTION.sub(r"\1", found))
        except ValueError:
            raise self._odd(key, "an instant") from None
        if at.tzinfo is None or not _FIRST_YEAR < at.year < _LAST_YEAR:
            raise self._odd(key, "an instant with its offset")
        return at.astimezone(UTC)

    def maybe_instant(self, key: str) -> datetime | None:
        """Read an instant, or None where there is none."""
        return self.instant(key) if self.has(key) else None

    def epoch_ms(self, key: str) -> datetime:
        """Read milliseconds since 1970 as an instant."""
        milliseconds = self.whole(key)
        if abs(milliseconds) > _FURTHEST / timedelta(milliseconds=1):
            raise self._odd(key, "milliseconds since 1970")
        return _EPOCH + timedelta(milliseconds=milliseconds)

    def maybe_epoch_ms(self, key: str) -> datetime | None:
        """Read milliseconds since 1970, or None where there are none or zero."""
        if not self.has(key) or self.values.get(key) in (0, "0"):
            return None
        return self.epoch_ms(key)

    def day(self, key: str) -> date:
        """Read a date; of an instant, the date as written."""
        found = self.values.get(key)
        if not isinstance(found, str):
            raise self._odd(key, "a date")
        try:
            return date.fromisoformat(found[:10])
        except ValueError:
            raise self._odd(key, "a date") from None

    def inner(self, key: str) -> "Fields":
        """Read an object."""
        return Fields.of(self.values.get(key), self._where(key))

    def maybe_inner(self, key: str) -> "Fields | None":
        """Read an object, or None where there is none."""
        return self.inner(key) if self.has(key) else None

    def items(self, key: str) -> tuple["Fields", ...]:
        """Read a list of objects."""
        return tuple(objects(self.values.get(key), self._where(key)))

    def maybe_items(self, key: str) -> tuple["Fields", ...]:
        """Read a list of objects; none where there is none."""
        return self.items(key) if self.has(key) else ()

    def _number(self, key: str) -> Decimal:
        found = self.values.get(key)
        if isinstance(found, bool) or not isinstance(found, int | Decimal | str):
            raise self._odd(key, "a number")
        try:
            number = _decimal(found) if isinstance(found, str) else Decimal(found)
        except Unreadable:
            raise self._odd(key, "a number") from None
        if abs(number) > _LARGEST:
            raise self._odd(key, "a number of ordinary size")
        return number

    def _where(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _odd(self, key: str, wanted: str) -> Unreadable:
        return Unreadable(f"{self._where(key)}: {shown(self.values.get(key))} is not {wanted}")


def objects(found: object, path: str = "") -> Iterator[Fields]:
    """Take *found* for a list of objects."""
    if not isinstance(found, list):
        raise Unreadable(f"{path or 'the answer'}: {shown(found)} is no list")
    for number, each in enumerate(found):
        yield Fields.of(each, f"{path}[{number}]")


def shown(found: object) -> str:
    """Show a stranger's value, shortened."""
    words = repr(found)
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}..."


def storable(words: str) -> str:
    """Replace what no database takes: NUL, and half of a character, which JSON may escape."""
    return words.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def distinct(rows: Iterable[Fields], key: str) -> tuple[Fields, ...]:
    """
    Give the rows of one page, what is said twice only once.

    Raises:
        Unreadable: two rows say different things under one value of *key*.
    """
    found: dict[str, Fields] = {}
    rest = []
    for row in rows:
        name = row.values.get(key)
        if isinstance(name, bool) or not isinstance(name, str | int):
            rest.append(row)  # whoever reads it has to say what it is
        elif found.setdefault(str(name), row).values != row.values:
            raise Unreadable(f"{row.path}: {shown(name)} stands there twice")
    return (*found.values(), *rest)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs) and any(found[key] != value for key, value in pairs):
        twice = next(key for key, value in pairs if found[key] != value)
        raise Unreadable(f"{shown(twice)} stands there twice")
    return found


def _decimal(found: str) -> Decimal:
    if len(found) > _DIGITS or not _NUMBER.fullmatch(found):
        raise Unreadable(f"{shown(found)} is no number")
    return Decimal(found)


def _whole(found: str) -> int:
    if len(found) > _DIGITS:
        raise Unreadable(f"{shown(found)} is too long for a number")
    return int(found)


def _refuse(found: str) -> NoReturn:
    raise Unreadable(f"{found} is no number")


def _refuse_depth(found: object) -> None:
    """Refuse what is nested deeper than any broker nests."""
    level: list[object] = [found]
    for _ in range(_DEEPEST):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return
    raise Unreadable("nested too deeply")


def _inside(found: object) -> list[object]:
    if isinstance(found, dict):
        return list(found.values())
    return found if isinstance(found, list) else []
