import json
import signal
from datetime import date

import pytest

from botd.calendar import compute


@pytest.mark.filterwarnings("ignore")  # pandas speaks inside exchange_calendars
def test_a_week_with_thanksgiving(capsys: pytest.CaptureFixture[str]) -> None:
    """One letter a day: full days, a holiday, a half-day and a weekend."""
    try:
        compute.main(["2026-11-23", "2026-11-30"])
    finally:
        signal.alarm(0)
    found = json.loads(capsys.readouterr().out)
    full, half = found["days"][0], found["days"][4]

    assert f"{full}{full}{full}.{half}..{full}" == found["days"]
    assert [14.5 * 3600, 21 * 3600, 0] == found["hours"][full]
    assert [14.5 * 3600, 18 * 3600, 1] == found["hours"][half]


@pytest.mark.filterwarnings("ignore")  # pandas speaks inside exchange_calendars
def test_summer_and_winter_have_their_own_letters() -> None:
    """The same wall time is another UTC time after the clocks have changed."""
    found = compute.compute(date(2026, 10, 30), date(2026, 11, 2))

    assert "A..B" == found["days"]
    assert {"A": (48600, 72000, 0), "B": (52200, 75600, 0)} == found["hours"]
