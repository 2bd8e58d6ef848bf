"""
Reading a table key by key, collecting every fault on the way.

A key that is asked for is a known key; `done` reports the others, each with the
nearest known one. A value that cannot be used becomes a fault and its default, so that
one run finds all there is to find. Whoever reads must look at the faults before use.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

_Value = TypeVar("_Value")
_Default = TypeVar("_Default")


@dataclass(frozen=True, slots=True)
class Faults:
    """Every fault found so far: file, key, what was found, what is allowed."""

    found: list[str] = field(default_factory=list)

    def add(self, file: str, words: str) -> None:
        """Note one fault of *file*."""
        self.found.append(f"{file}: {words}")


class Table:
    """
    One table of a file, read key by key.

    *where* stands before each key in a fault: `expiration.` for a table in a table,
    `position 3 (goog-ic-1), leg 2: ` for an entry of a list.
    """

    def __init__(
        self,
        data: Mapping[str, object],
        *,
        file: str,
        faults: Faults,
        where: str = "",
    ) -> None:
        self.file = file
        self.where = where
        self._data = data
        self._faults = faults
        self._known: list[str] = []

    def get(
        self,
        key: str,
        parse: Callable[[object], _Value],
        default: _Default,
    ) -> _Value | _Default:
        """Read an optional *key*; its default also stands in for a value at fault."""
        self._known.append(key)
        if key not in self._data:
            return default
        try:
            return parse(self._data[key])
        except ValueError as error:
            self.fault(key, str(error))
            return default

    def need(self, key: str, parse: Callable[[object], _Value], allowed: str = "") -> _Value | None:
        """Read a required *key*; None only after a fault was noted, with what is *allowed*."""
        if key not in self._data:
            self.fault(key, f"missing; {allowed}" if allowed else "missing")
        return self.get(key, parse, None)

    def names(self) -> tuple[str, ...]:
        """Give the keys as the file has them."""
        return tuple(self._data)

    def has(self, key: str) -> bool:
        """Whether the file gives *key* at all."""
        return key in self._data

    def says(self, key: str, within: str) -> bool:
        """Whether the file gives *key* in the table under *within*; asking makes no fault."""
        found = self._data.get(within)
        return isinstance(found, dict) and key in found

    def inner(self, key: str) -> "Table":
        """Give the table under *key*; empty where it is left out, or at fault."""
        found = self.get(key, _mapping, {})
        return Table(found, file=self.file, faults=self._faults, where=f"{self.where}{key}.")

    def named(self, key: str) -> dict[str, "Table"]:
        """Give the tables under *key*, each by its own name: `[key.NAME]`."""
        group = self.inner(key)
        return {name: group.inner(name) for name in group.names()}

    def entries(self, key: str, words: str, *, at_least_one: bool = False) -> list["Table"]:
        """Give the tables of the list under *key*; a fault calls the second one `WORDS 2`."""
        found = self.get(key, _list, None)
        if at_least_one and not found and (found == [] or not self.has(key)):
            self.fault(key, f"{'empty' if self.has(key) else 'missing'}; give at least one {words}")
        return [
            self._entry(entry, f"{self.where}{words} {number}")
            for number, entry in enumerate(found or [], start=1)
        ]

    def fault(self, key: str, words: str) -> None:
        """Note a fault of *key*."""
        self._faults.add(self.file, f"{self.where}{key}: {words}")

    def done(self) -> None:
        """Report every key that nobody asked for."""
        for key in self._data:
            if key not in self._known:
                self.fault(key, f"unknown key{_nearest(key, self._known)}")

    def _entry(self, entry: object, where: str) -> "Table":
        try:
            data = _mapping(entry)
        except ValueError as error:
            self._faults.add(self.file, f"{where}: {error}")
            return Table({}, file=self.file, faults=Faults(), where=f"{where}: ")
        named = f" ({data['id']})" if isinstance(data.get("id"), str) else ""
        return Table(data, file=self.file, faults=self._faults, where=f"{where}{named}: ")


def did_you_mean(word: str, known: list[str]) -> str:
    """Give `; did you mean X?` where a known word is near, else nothing."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def _nearest(key: str, known: list[str]) -> str:
    return did_you_mean(key, known) or f"; allowed: {', '.join(known) or 'none'}"


def _mapping(found: object) -> Mapping[str, object]:
    if isinstance(found, dict):
        return found
    raise ValueError(f"{found!r} is not a table")


def _list(found: object) -> list[object]:
    if isinstance(found, list):
        return found
    raise ValueError(f"{found!r} is not a list")
