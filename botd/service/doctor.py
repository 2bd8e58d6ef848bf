"""
What a look at the world found, line by line, and what it comes to.

    ok       as it should be
    warn     nothing fails today, and somebody should know
    FAULT    something would fail
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from botd.service.shapes import Shape


class Grade(Enum):
    """How well something is."""

    OK = "ok"
    WARN = "warn"
    FAULT = "fault"


class Cause(Enum):
    """Who can do something about a fault."""

    WORLD = "world"  # whoever looks after the host, or the account
    CONFIG = "configuration"  # a person must change a file, or hand over a credential
    AWAY = "unreachable"  # the broker; another look may find it


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: about whom, what was looked at, and what was found."""

    about: str  # "alpaca/PA3ABCDEF", "ledger", "host"
    check: str
    grade: Grade
    found: str
    help: str = ""  # one command, or one file and key
    cause: Cause = Cause.WORLD

    def shape(self) -> Shape:
        """Give it as JSON has it."""
        return {
            "about": self.about,
            "check": self.check,
            "result": self.grade.value,
            "found": self.found,
            "help": self.help or None,
            "cause": self.cause.value if self.grade is Grade.FAULT else None,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was found."""

    findings: tuple[Finding, ...]

    @property
    def causes(self) -> frozenset[Cause]:
        """What the faults come from."""
        return frozenset(one.cause for one in self.findings if one.grade is Grade.FAULT)

    def count(self, grade: Grade) -> int:
        """Count the lines of a grade."""
        return Counter(one.grade for one in self.findings)[grade]

    def shape(self) -> Shape:
        """Give it as JSON has it."""
        return {
            "ok": not self.causes,
            "faults": self.count(Grade.FAULT),
            "warnings": self.count(Grade.WARN),
            "unreachable": sorted(
                {one.about for one in self.findings if _is_away(one)},
            ),
            "checks": [one.shape() for one in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Notebook:
    """Writes findings about one subject."""

    about: str

    def ok(self, check: str, found: str) -> Finding:
        """Write that something is as it should be."""
        return Finding(self.about, check, Grade.OK, found)

    def warn(self, check: str, found: str, help_: str) -> Finding:
        """Write what somebody should know."""
        return Finding(self.about, check, Grade.WARN, found, help_)

    def fault(self, check: str, found: str, help_: str, cause: Cause = Cause.WORLD) -> Finding:
        """Write what would fail."""
        return Finding(self.about, check, Grade.FAULT, found, help_, cause)


def report(findings: Iterable[Finding]) -> Report:
    """Put findings together, in the order they came in."""
    return Report(tuple(findings))


def _is_away(one: Finding) -> bool:
    return one.grade is Grade.FAULT and one.cause is Cause.AWAY
