import json
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import botd
from botd.calendar import kept

GOOD = {
    "format": 1,
    "library": "4.13.2",
    "first_day": "2026-11-26",
    "last_day": "2026-11-30",
    "hours": {"A": [52200, 75600, 0], "B": [52200, 64800, 1]},
    "days": ".B..A",
}


def test_a_letter_is_a_session() -> None:
    """Letters stand for opening, close and early close; a dot is a closed day."""
    found = kept.parse(json.dumps(GOOD))
    half = found.sessions.on(date(2026, 11, 27))

    assert "4.13.2" == found.library
    assert half is not None
    assert datetime(2026, 11, 27, 14, 30, tzinfo=UTC) == half.opens_at
    assert datetime(2026, 11, 27, 18, 0, tzinfo=UTC) == half.closes_at
    assert half.early_close
    assert found.sessions.on(date(2026, 11, 26)) is None
    assert date(2026, 11, 26) == found.sessions.first_day
    assert date(2026, 11, 30) == found.sessions.last_day


@pytest.mark.parametrize(
    "document",
    [
        pytest.param("", id="empty"),
        pytest.param(json.dumps(GOOD)[:-20], id="cut off"),
        pytest.param("[]", id="a list"),
        pytest.param("{}", id="without format"),
        pytest.param(json.dumps(GOOD | {"format": 2}), id="another format"),
        pytest.param(json.dumps(GOOD | {"days": ".B..AA"}), id="a day too many"),
        pytest.param(json.dumps(GOOD | {"days": ".B..C"}), id="an unknown letter"),
        pytest.param(json.dumps(GOOD | {"days": "....."}), id="no session at all"),
        pytest.param(json.dumps(GOOD | {"days": None}), id="no days"),
        pytest.param(json.dumps(GOOD | {"first_day": "yesterday"}), id="no date"),
        pytest.param(json.dumps(GOOD | {"hours": {"A": [1, 2]}}), id="hours too short"),
        pytest.param(json.dumps(GOOD | {"hours": {"A": [9, 9, 0], "B": [1, 2, 0]}}), id="no hours"),
        pytest.param(json.dumps(GOOD | {"hours": []}), id="hours as a list"),
        pytest.param("[" * 100_000, id="nested without end"),
    ],
)
def test_damaged_documents_are_refused(document: str) -> None:
    """What cannot be trusted is never a calendar."""
    with pytest.raises(ValueError, match=r".+"):
        kept.parse(document)


@pytest.mark.parametrize("computed", ["", "[]", "null", "Traceback"])
def test_only_a_table_is_completed(computed: str) -> None:
    """A child that printed something else has computed nothing."""
    with pytest.raises(ValueError, match=r".+"):
        kept.complete(computed, "4.13.2")


def test_written_files_are_private_and_whole(tmp_path: Path) -> None:
    """The file appears under its name with mode 0600, replaces the old one, and leaves no rest."""
    path = tmp_path / "state" / "sessions.json"
    kept.write(path, "old")
    kept.write(path, json.dumps(GOOD))

    assert 0o600 == path.stat().st_mode & 0o777
    assert 0o700 == path.parent.stat().st_mode & 0o777
    assert "4.13.2" == kept.read(path).library
    assert [path] == list(path.parent.iterdir())


def test_a_failed_write_leaves_no_rest(tmp_path: Path) -> None:
    """When the file cannot take its name, the error is told and nothing stays behind."""
    path = tmp_path / "sessions.json"
    path.mkdir()
    (path / "in the way").touch()

    with pytest.raises(OSError, match=r".+"):
        kept.write(path, "{}")

    assert [path] == list(tmp_path.iterdir())


def test_forty_years_load_in_milliseconds(tmp_path: Path) -> None:
    """A command waits less than ten milliseconds for the whole calendar."""
    days = {"first_day": "2000-01-03", "last_day": "2036-12-28", "days": "AAAAA.." * 1930}
    path = tmp_path / "sessions.json"
    path.write_text(json.dumps(GOOD | days))
    script = (
        "import sys, time, pathlib\n"
        "from botd.calendar import kept\n"
        "def seconds():\n"
        "    begun = time.process_time()\n"
        "    kept.read(pathlib.Path(sys.argv[1]))\n"
        "    return time.process_time() - begun\n"
        "print(min(seconds() for _ in range(20)))\n"
    )  # in a process of its own: tracing for coverage would be measured, too
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        cwd=Path(botd.__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )

    assert float(done.stdout) < 0.010
