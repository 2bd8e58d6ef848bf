"""All dialects that can be played: how each is recorded, and by what it is judged."""

from collections.abc import Iterator

from tests.malformed.closing_day import CLOSING_STANDS, record_closing
from tests.malformed.closing_oracle import closing_complaints
from tests.malformed.day import STANDS, Recording, record
from tests.malformed.oracle import complaints
from tests.malformed.playing import Played

NAMES = tuple(sorted({*STANDS, *CLOSING_STANDS}))


def recorded(name: str) -> Recording:
    """Live through the day of a dialect."""
    return record_closing(name) if name in CLOSING_STANDS else record(name)


def judged(played: Played, name: str) -> Iterator[str]:
    """Give everything that must not have come of a case; none: all is well."""
    is_closing = name in CLOSING_STANDS
    return closing_complaints(played, name) if is_closing else complaints(played, name)
