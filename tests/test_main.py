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
