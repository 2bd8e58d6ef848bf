"""What is claimed, and what is told to have been missed."""

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
import structlog

from botd.domain.schedule import Due, DueAttempt
from botd.engine.claims import claim
from tests.engine.given import Days, position
from tests.engine.market import instant, market

T = instant("18:00")


def due(lead: str, due_at: str) -> DueAttempt:
    return DueAttempt("p", lead, instant(due_at), T, timedelta(0), is_last=False, next_due_at=None)


@pytest.fixture
def _warnings() -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.configure(**before)


@pytest.mark.usefixtures("_warnings")
def test_an_attempt_that_was_made_is_not_told_to_be_missed(open_day: Days) -> None:
    """After a restart the log names what nobody did, not what the daemon before has done."""
    day = open_day(market("760", {"750P": "0.01/0.02"}), position("p", "-1 750P"))
    day.start()
    made, left_out = due("T-10", "17:50"), due("T-5", "17:55")
    day.run(claim(day.desk, Due(run=(made,), missed=()), instant("17:50")))
    with structlog.testing.capture_logs() as said:
        for _ in range(2):
            day.run(claim(day.desk, Due(run=(), missed=(made, left_out)), instant("17:59")))

    assert [("attempt_missed", "T-5")] == [(line["event"], line["lead"]) for line in said]
    assert ["missed"] == [one.reason for one in day.attempts("p") if one.lead == "T-5"]
    assert [None] == [one.reason for one in day.attempts("p") if one.lead == "T-10"]
