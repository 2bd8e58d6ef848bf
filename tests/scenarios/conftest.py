"""Days for whole days, and silence for its log."""

import logging
from collections.abc import Iterator

import pytest
import structlog

from tests.engine.given import Days


@pytest.fixture
def open_day() -> Iterator[Days]:
    days = Days()
    yield days
    days.shut()


@pytest.fixture(autouse=True, scope="package")
def silence() -> Iterator[None]:
    """Drop every log line, and give the log back as it was."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)
