"""What the tests of the whole program share."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from botd.calendar.load import load_sessions
from tests.system import clock
from tests.system.clock import MovedClock, SteppedClock
from tests.system.stage import Stage, at

_RATE = 10
_FILE = "sessions.json"

MakeStage = Callable[..., Stage]


@pytest.fixture(scope="session")
def library() -> str:
    if not clock.is_installed():
        pytest.skip(clock.MISSING)
    return clock.library()


@pytest.fixture(autouse=True)
def _no_clocks_of_the_dead() -> None:
    clock.forget_the_dead()


@pytest.fixture(scope="session")
def calendar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compute the sessions once for all daemons: at ten times the speed it would take long."""
    directory = tmp_path_factory.mktemp("calendar")
    load_sessions(directory, (), datetime(2026, 11, 27, tzinfo=UTC))
    return directory / _FILE


@pytest.fixture
def make_stage(tmp_path: Path, calendar: Path) -> Iterator[MakeStage]:
    """Make stages; end every process that was started on them."""
    made: list[Stage] = []

    def make(moved: MovedClock | SteppedClock, state: Path | None = None, extra: str = "") -> Stage:
        state = state or tmp_path / "state"
        state.mkdir(mode=0o700, exist_ok=True)
        shutil.copy(calendar, state / _FILE)
        stage = Stage(tmp_path, moved, state)
        stage.prepare(extra)
        made.append(stage)
        return stage

    yield make
    for stage in made:
        for daemon in stage.daemons:
            daemon.kill()


@pytest.fixture
def start_clock(library: str) -> Callable[..., MovedClock]:
    """Make a clock that begins at a time of the half-day."""

    def start(shown: str, rate: int = _RATE) -> MovedClock:
        return MovedClock(library, at(shown), rate)

    return start


@pytest.fixture
def stage_at(make_stage: MakeStage, start_clock: Callable[..., MovedClock]) -> MakeStage:
    """Make a stage whose clock begins at a time of the half-day."""

    def make(shown: str, rate: int = _RATE, state: Path | None = None) -> Stage:
        return make_stage(start_clock(shown, rate), state)

    return make


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of two megabytes, where that is allowed."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", str(place)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S607 - as above
