import io
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import click
import pytest

from botd._version import VERSION
from botd.cli.app import COMMANDS, root, run
from botd.cli.lazy import LazySet, Registry
from botd.cli.options import Here, World
from tests.cli.book import Book, spread
from tests.cli.conftest import FixedClock, Shell


def names(registry: Registry = COMMANDS, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """List every command as it is called."""
    for name, entry in registry.items():
        if isinstance(entry, LazySet):
            yield from names(entry.commands, (*before, name))
        else:
            yield (*before, name)


@pytest.mark.parametrize("name", list(names()), ids=" ".join)
def test_every_help_has_an_example(shell: Shell, name: tuple[str, ...]) -> None:
    """`--help` and `-h` of each command work without a configuration, and show a call."""
    said = shell(*name, "--help")

    assert 0 == said.code
    assert "Examples:" in said.out
    shown = said.out.split("Examples:")[1]
    assert f"botd {' '.join(name)}" in shown or f"botd {name[-1]}" in shown  # take, release
    assert said.out == shell(*name, "-h").out


def test_help_lists_every_command(shell: Shell) -> None:
    """The list of commands needs none of them imported."""
    said = shell("--help")

    assert 0 == said.code
    assert set(COMMANDS) <= {line.split()[0] for line in said.lines if line.startswith("  ")}


def test_a_set_of_commands_alone_shows_its_help(shell: Shell) -> None:
    """`botd positions` lists what it can do."""
    said = shell("positions")

    assert 2 == said.code
    assert "show" in said.err


def test_version(shell: Shell) -> None:
    """The version is one line."""
    assert (0, f"botd {VERSION}\n") == (shell("--version").code, shell("--version").out)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(("stauts",), "no command 'stauts'; did you mean status?", id="near"),
        pytest.param(("positions", "lst"), "no command 'lst'; did you mean list?", id="in a set"),
        pytest.param(("xyzzy",), "no command 'xyzzy'\n", id="far from everything"),
        pytest.param(("status", "--jsn"), "No such option '--jsn'", id="an option"),
        pytest.param(("--frobnicate",), "No such option '--frobnicate'", id="a global option"),
        pytest.param(("positions", "show"), "Missing argument 'ID'", id="an argument is missing"),
        pytest.param(
            ("--ledger", "mysql://x", "status"), "names no SQLite file", id="a ledger URL"
        ),
    ],
)
def test_a_wrong_call(shell: Shell, arguments: tuple[str, ...], words: str) -> None:
    """Exit 2, what is wrong on standard error, nothing on standard output."""
    said = shell(*arguments)

    assert (2, "") == (said.code, said.out)
    assert words in said.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(
            ("--config", "elsewhere", "status"),
            2,
            "--config: no folder 'elsewhere'",
            id="no configuration there",
        ),
        pytest.param(("status",), 3, "no ledger at", id="no ledger"),
        pytest.param(("ledger", "check"), 3, "no ledger at", id="no ledger to check"),
        pytest.param(("replay", "no-pack"), 3, "no-pack: no such file or folder", id="no pack"),
    ],
)
def test_exit_codes(shell: Shell, arguments: tuple[str, ...], code: int, words: str) -> None:
    """The exit code says what kind of no it is, and no traceback is shown."""
    said = shell(*arguments)

    assert (code, "") == (said.code, said.out)
    assert words in said.err
    assert "Traceback" not in said.err


def test_verbose_shows_the_traceback(shell: Shell) -> None:
    """With -v, on either side of the command, an error comes with its traceback."""
    assert "Traceback" in shell("-v", "status").err
    assert "Traceback" in shell("status", "-v").err


def test_global_options_stand_on_either_side(shell: Shell, book: Book) -> None:
    """`--config` and `--ledger` are taken before and after the command."""
    book.add(spread())
    shell.config.rename(shell.cwd / "elsewhere")
    url = f"sqlite:///{shell.cwd}/elsewhere/var/botd.sqlite3"

    for arguments in (
        ("--config", "elsewhere", "positions", "list"),
        ("positions", "list", "--config", "elsewhere"),
        ("--ledger", url, "positions", "list"),
        ("positions", "list", "--ledger", url),
    ):
        said = shell(*arguments)

        assert (0, "") == (said.code, said.err)
        assert "GOOG 745/750P" in said.out


def test_json_on_either_side(shell: Shell, book: Book) -> None:
    """`botd --json status` is `botd status --json`."""
    assert shell("--json", "status").document == shell("status", "--json").document


def test_the_environment_names_the_configuration(shell: Shell, book: Book) -> None:
    """$BOTD_CONFIG counts, and one that leads nowhere is a fault."""
    shell.config.rename(shell.cwd / "elsewhere")

    assert 0 == shell("status", BOTD_CONFIG="elsewhere").code
    assert 2 == shell("status", BOTD_CONFIG="nowhere").code


def test_a_slip_in_a_file_keeps_nobody_from_the_ledger(shell: Shell, book: Book) -> None:
    """The faults are told, and what the ledger knows is shown."""
    book.add(spread())
    shell.write({"bots/wheel.toml": "name = 7\n"})

    said = shell("positions", "list", "--bot", "condors")

    assert 0 == said.code
    assert "goes by the defaults" in said.err
    assert "GOOG" in said.out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("[ledger", "not valid TOML", id="no TOML"),
        pytest.param('[ledger]\nurl = "mysql://x"\n', "names no SQLite file", id="no ledger"),
    ],
)
def test_a_ledger_that_cannot_be_found(shell: Shell, text: str, words: str) -> None:
    """Where the main file does not say where the ledger is, that is a fault of the file."""
    shell.write({"botd.toml": text})

    said = shell("positions", "list")

    assert 2 == said.code
    assert words in said.err


class Gone(io.StringIO):
    """Standard output whose reader has left."""

    def write(self, text: str) -> int:
        """Say that nobody reads."""
        raise BrokenPipeError(text)


class Interrupted(FixedClock):
    """Somebody presses Ctrl-C while a command works."""

    def now(self) -> "Never":  # type: ignore[name-defined]  # noqa: F821 - never returns
        """Interrupt."""
        raise KeyboardInterrupt


def test_a_reader_who_leaves_ends_it_quietly(shell: Shell, book: Book) -> None:
    """`botd ... | head` says nothing about the pipe."""
    with redirect_stdout(Gone()):
        said = shell("status")

    assert (141, "", "") == (said.code, said.out, said.err)


def test_ctrl_c_ends_it_quietly(shell: Shell, book: Book) -> None:
    """An interrupted command says nothing."""
    shell.clock = Interrupted()

    said = shell("status")

    assert (130, "", "") == (said.code, said.out, said.err)


def test_completion_scripts(shell: Shell) -> None:
    """Each shell gets its script, and asks through the variable that the script sets."""
    for name in ("bash", "zsh", "fish"):
        said = shell("completion", name)

        assert 0 == said.code
        assert "_BOTD_COMPLETE" in said.out
    assert 2 == shell("completion", "tcsh").code


def test_a_shell_asks_for_completions(shell: Shell) -> None:
    """What begins with `pos` is completed to `positions`."""
    done = subprocess.run(
        [sys.executable, "-m", "botd"],
        env={
            **os.environ,
            "_BOTD_COMPLETE": "bash_complete",
            "COMP_WORDS": "botd pos",
            "COMP_CWORD": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert "plain,positions\n" == done.stdout


def test_completion_in_this_process(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is looked at before anything else; without words there is no completion."""
    monkeypatch.setenv("COMP_WORDS", "botd ledger ")
    monkeypatch.setenv("COMP_CWORD", "2")

    said = shell(_BOTD_COMPLETE="bash_complete")

    assert {"plain,check", "plain,backup", "plain,migrate", "plain,path"} == set(said.lines)


def sh(script: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which `botd` is this checkout's."""
    botd = f'botd() {{ {sys.executable} -m botd "$@"; }}\n'
    return subprocess.run(
        ["/bin/bash", "-c", botd + script], capture_output=True, text=True, check=False, cwd=cwd
    )


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    """From a folder that was removed botd still runs."""
    done = sh("mkdir gone; cd gone; rmdir ../gone; botd --version", tmp_path)

    assert f"botd {VERSION}\n" == done.stdout


def test_a_pipe_that_closes(tmp_path: Path) -> None:
    """The first line of forty years of calendar: the rest is not missed."""
    done = sh("botd calendar --from 2000-01-01 --to 2030-12-31 | head -1", tmp_path)

    assert "date " == done.stdout[:5]
    assert "" == done.stderr


def test_who_sits_at_the_keyboard() -> None:
    """Behind sudo it is the person who called it."""
    cwd = Path("/")

    assert "ann" == Here(World(environ={"SUDO_USER": "ann", "USER": "root"}, cwd=cwd)).person
    assert "root" == Here(World(environ={"USER": "root"}, cwd=cwd)).person
    assert pwd.getpwuid(os.getuid()).pw_name == Here(World(environ={}, cwd=cwd)).person


def test_the_hosts_clock_counts_unless_told_otherwise(shell: Shell, book: Book) -> None:
    """In real life nobody hands a clock down."""
    with redirect_stdout(io.StringIO()):
        code = run(["status"], World(environ={}, cwd=shell.cwd))

    assert 0 == code


def test_resilient_parsing_resolves_nothing() -> None:
    """While a shell completes, a half-typed command is no error."""
    context = click.Context(root, resilient_parsing=True)

    assert ("sta", None, []) == root.resolve_command(context, ["sta"])
