import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from botd import __main__ as process
from botd._version import VERSION


def test_the_process_runs_what_the_shell_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Arguments, environment and folder are the process's own."""
    monkeypatch.setattr("sys.argv", ["botd", "--version"])

    assert 0 == process.main()
    assert f"botd {VERSION}\n" == capsys.readouterr().out


def test_one_version() -> None:
    """What the command says is what the package is published as."""
    project = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text())

    assert project["project"]["version"] == VERSION


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        pytest.param(["--version"], {"sqlalchemy", "asyncio", "tomllib", "pytz"}, id="version"),
        pytest.param(
            ["status"], {"pandas", "alembic", "apscheduler", "httpx", "structlog"}, id="status"
        ),
    ],
)
def test_starting_carries_nothing_heavy(
    arguments: list[str], heavy: set[str], tmp_path: Path
) -> None:
    """An everyday command imports only what it needs: a hurried person waits for nothing."""
    script = (
        "import sys\nfrom pathlib import Path\nfrom botd.cli.app import run\n"
        "from botd.cli.options import World\n"
        f"run({arguments!r}, World(environ={{}}, cwd=Path({str(tmp_path)!r})))\n"
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert set() == heavy & set(done.stdout.split())


def test_a_removed_folder_is_no_obstacle(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the shell's folder is gone, botd stands at the root."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setattr("sys.argv", ["botd", "--version"])

    assert 0 == process.main()


def test_a_silenced_stream_swallows_the_rest(tmp_path: Path) -> None:
    """What stands in the buffer of a stream without a reader is lost without a word."""
    path = tmp_path / "out"
    with path.open("w") as stream:
        stream.write("late")
        process.silence(stream)

    assert "" == path.read_text()
