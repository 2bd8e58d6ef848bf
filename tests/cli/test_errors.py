import click
import pytest

from botd.cli import errors
from botd.errors import (
    BrokerUnavailable,
    CalendarError,
    ConfigError,
    LedgerError,
    NotFoundError,
    OrderRefused,
    OutcomeUnknown,
    Refusal,
    RefusalReason,
    StateError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(LedgerError("x"), 1, id="the ledger failed"),
        pytest.param(CalendarError("x"), 1, id="the calendar failed"),
        pytest.param(
            OrderRefused(Refusal(RefusalReason.OTHER, "no")), 1, id="an order was refused"
        ),
        pytest.param(PermissionError(13, "denied"), 1, id="a file may not be read"),
        pytest.param(ConfigError("x"), 2, id="configuration"),
        pytest.param(NotFoundError("x"), 3, id="no such thing"),
        pytest.param(FileNotFoundError(2, "no such file"), 3, id="no such file"),
        pytest.param(StateError("x"), 4, id="the state forbids it"),
        pytest.param(BrokerUnavailable("x"), 5, id="the broker is away"),
        pytest.param(OutcomeUnknown("x"), 5, id="its answer is unknown"),
    ],
)
def test_every_error_has_its_exit_code(error: Exception, code: int) -> None:
    """The table of exit codes is a contract."""
    assert code == errors.exit_code_of(error)


def test_all_faults_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Each fault is a line; nothing in it steers the terminal."""
    code = errors.tell(ConfigError("a.toml: one", "b.toml: \x1b[2J two"), verbose=False)

    assert (2, "botd: a.toml: one\nbotd: b.toml: ?[2J two\n") == (code, capsys.readouterr().err)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(
            PermissionError(13, "Permission denied", "/x"),
            "botd: /x: Permission denied\n",
            id="a file",
        ),
        pytest.param(
            OSError(28, "No space left"), "botd: [Errno 28] No space left\n", id="no file"
        ),
        pytest.param(LedgerError(), "botd: LedgerError\n", id="without words"),
    ],
)
def test_what_is_told(
    error: LedgerError | OSError, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error of the system is told with its file, and none silently."""
    errors.tell(error, verbose=False)

    assert expected == capsys.readouterr().err


def test_a_file_that_a_command_cannot_open(capsys: pytest.CaptureFixture[str]) -> None:
    """A missing file that click opens is a missing file."""
    assert 3 == errors.tell_usage(click.FileError("x.toml", "no such file"))
    assert "x.toml" in capsys.readouterr().err
