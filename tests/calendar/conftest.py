"""The real calendar, computed once for all tests of the folder."""

from datetime import UTC, datetime

import pytest

from botd.calendar.load import CalendarLoad, load_sessions
from botd.domain.session import Sessions

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def computed() -> CalendarLoad:
    return load_sessions(None, (), NOW)


@pytest.fixture(scope="session")
def sessions(computed: CalendarLoad) -> Sessions:
    return computed.sessions
