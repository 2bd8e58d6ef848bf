import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from botd.cli.doctoring import code_of
from botd.service.doctor import Cause, Finding, Grade, Report
from botd.service.inspection import lock_path
from botd.service.lock import hold
from tests.cli.book import NOW, Book, spread
from tests.cli.conftest import FILES, FixedClock, Shell
from tests.service.house import PUT_752, House, entry

TRADIER = """
[brokers.tradier]
kind = "tradier"
token = { env = "TOKEN" }
"""
AT_TRADIER = 'name = "condors"\nbroker = "tradier"\naccount = "VA1"\n'


def test_a_first_look(shell: Shell) -> None:
    """Before the first start nothing is wrong, and nothing is there yet."""
    said = shell("doctor")

    assert 0 == said.code
    assert "5 warnings" == said.lines[-1]
    assert any(
        re.fullmatch(r"warn  daemon +alive +not running: nobody closes anything  botd run", line)
        for line in said.lines
    )
    assert not shell.ledger_path.exists()


def test_a_look_in_json(shell: Shell, book: Book) -> None:
    """One document with a line for each thing that was looked at."""
    book.add(spread())

    found = shell("doctor", "--json").document

    assert {"ok": True, "faults": 0, "unreachable": []}.items() <= found.items()
    assert {
        "about": "ledger",
        "check": "whole",
        "result": "ok",
        "found": f"{shell.ledger_path}: 1 positions, 0 orders",
        "help": None,
        "cause": None,
    } in found["checks"]


def test_a_daemon_that_runs(shell: Shell, book: Book) -> None:
    """Whoever holds the ledger is named."""
    with hold(lock_path(shell.ledger_path), now=NOW, purpose="run"):
        found = shell("doctor", "--json").document

    [alive] = [one for one in found["checks"] if one["about"] == "daemon"]
    assert "ok" == alive["result"]
    assert "since 12:52:11 New York" in alive["found"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        pytest.param(
            {"bots/wheel.toml": 'name = "wheel"\nbroker = "papre"\n'},
            "did you mean paper?",
            id="a file at fault",
        ),
        pytest.param(
            {"botd.toml": FILES["botd.toml"] + TRADIER, "bots/condors.toml": AT_TRADIER},
            "environment variable TOKEN is not set",
            id="a credential that cannot be had",
        ),
    ],
)
def test_what_keeps_the_daemon_from_starting(
    shell: Shell, files: dict[str, str], words: str
) -> None:
    """A person must change a file, or hand a credential over: no broker is asked for that."""
    shell.write(files)

    said = shell("doctor")

    assert 2 == said.code
    assert words in said.out + said.err


def test_a_calendar_that_cannot_be_computed(shell: Shell) -> None:
    """It is one line among the others; accounts are not asked without it."""
    (shell.ledger_path.parent / "sessions.json").unlink()
    shell.clock = FixedClock(NOW.replace(year=2255))

    said = shell("doctor", "--json")
    found = {(one["about"], one["check"]): one for one in said.document["checks"]}

    assert 1 == said.code
    assert "none are kept" in found["calendar", "sessions"]["found"]
    assert ("paper/paper", "cut-off") in found


def test_a_damaged_ledger(shell: Shell) -> None:
    """It is one line among the others, which are told all the same."""
    shell.ledger_path.write_text("no ledger, " * 100)

    said = shell("doctor")

    assert 1 == said.code
    assert said.lines[-1].startswith("1 fault, ")
    assert any(line.startswith("FAULT  ledger") for line in said.lines)


@pytest.mark.parametrize(
    ("causes", "expected"),
    [
        pytest.param((), 0, id="all is well"),
        pytest.param((Cause.AWAY,), 5, id="a broker that is away"),
        pytest.param((Cause.AWAY, Cause.WORLD), 1, id="waiting for the broker heals nothing else"),
        pytest.param((Cause.WORLD, Cause.CONFIG), 2, id="a file comes before everything"),
    ],
)
def test_what_the_exit_code_tells(causes: tuple[Cause, ...], expected: int) -> None:
    """What a person must change comes before what another look may find."""
    warning = Finding("host", "disk", Grade.WARN, "0.5 GiB free", "df -h", Cause.CONFIG)
    faults = (Finding("a/b", "answer", Grade.FAULT, "odd", "help", cause) for cause in causes)

    assert expected == code_of(Report((warning, *faults)))


def test_the_help_tells_the_exit_codes(shell: Shell) -> None:
    """Somebody scripts against them."""
    said = " ".join(shell("doctor", "--help").out.split())

    assert "the first that applies: 2: a file must change, or a credential is missing; 1:" in said


def test_a_paper_account_that_holds_something(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its exchange answers: account, calendar and the quotes of what is held."""

    def capture() -> tuple[str, str]:
        told = capsys.readouterr()
        return told.out, told.err

    house = House(tmp_path, capture, at=datetime(2015, 12, 24, 17, 30, tzinfo=UTC))
    try:
        house.take_in(entry("put", PUT_752))
        before = house.path.read_bytes()
        said = house.run("doctor", "--json")
        after = house.path.read_bytes()
    finally:
        house.shut()

    found = {
        one["check"]: (one["result"], one["found"])
        for one in said.json["checks"]
        if one["about"] == "paper/paper"
    }
    assert (0, before) == (said.code, after)
    assert ("ok", "paper, paper, armed") == found["account"]
    assert ("ok", "agrees on the next 5 sessions, to 2015-12-31") == found["calendar"]
    assert found["quotes"][0] == "ok"
    assert found["quotes"][1].startswith("real-time: 2 of 2, the newest ")
    assert ("ok", "1 holdings, 0 orders of the day") == found["reads"]
