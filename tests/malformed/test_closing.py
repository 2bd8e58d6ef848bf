"""Answers that are spoiled at random, of brokers that close without orders."""

from functools import lru_cache

import pytest

from tests.malformed.__main__ import SEED
from tests.malformed.closing_day import CLOSING_STANDS
from tests.malformed.oracle import described
from tests.malformed.playable import recorded
from tests.malformed.playing import Cases
from tests.malformed.running import tallied

_COUNT = 2_000  # of each adapter; `python -m tests.malformed` plays 100,000
_SLICE = 500

once = lru_cache(recorded)


@pytest.mark.parametrize("first", range(0, _COUNT, _SLICE))
@pytest.mark.parametrize("name", CLOSING_STANDS)
def test_malformed_answers_close_nothing_twice(name: str, first: int) -> None:
    """Each call ends as the port says, and nothing is told that positions do not prove."""
    tally = tallied(Cases(once(name), SEED), range(first, first + _SLICE))

    assert [] == tally.violations
    assert _SLICE == tally.count


@pytest.mark.parametrize("name", CLOSING_STANDS)
def test_a_case_of_a_close_can_be_had_again(name: str) -> None:
    """The same seed and number make the same case, also after another recording."""
    one, other = Cases(once(name), SEED), Cases(recorded(name), SEED)

    assert [described(one.case(index)) for index in range(50)] == [
        described(other.case(index)) for index in range(50)
    ]
