import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from botd.brokers.paper.pack_files import SAMPLE
from botd.cli.running import together
from botd.domain.position import How, Outcome, Position, Status
from botd.service.inspection import lock_path
from botd.service.lock import hold
from tests.cli.book import CLOSE, NOW, Book, position, spread
from tests.cli.conftest import Shell

POSITION = """
[[position]]
id = "goog-1"
bot = "condors"
opened_at = 2015-12-18T15:00:00Z
units = 1
net_price = "1.25"
legs = [
  { symbol = "GOOG151224P00745000", quantity = 1 },
  { symbol = "GOOG151224P00750000", quantity = -1 },
]
"""


@pytest.fixture
def one_spread(shell: Shell) -> Path:
    path = shell.cwd / "book.toml"
    path.write_text(POSITION)
    return path


def test_a_day_line_by_line(shell: Shell, one_spread: Path) -> None:
    """A replay shows what happens in New York time, and what each position came to."""
    said = shell("replay", "--positions", "book.toml")

    assert 0 == said.code
    words = [line.split() for line in said.lines]
    assert ["12:50:00", "order", "GOOG", "745/750P", "x1"] in [line[:5] for line in words]
    assert ["1", "GOOG", "745/750P", "x1"] in [line[:4] for line in words]
    assert said.lines[-1].startswith("together ")
    assert not shell.ledger_path.exists()


def delivered(name: str, *held: str, campaign: str | None) -> Position:
    """A position whose option was assigned, with the premium kept."""
    ended = Outcome(1, How.ASSIGNED, Decimal(0), CLOSE)
    opened = replace(position(name, *held), status=Status.ASSIGNED, campaign=campaign)
    return replace(opened, lots=(), outcomes=(ended,))


@pytest.mark.parametrize(
    ("book", "expected"),
    [
        pytest.param((), "together not known", id="nothing"),
        pytest.param(
            (spread(),), "together not known, so far: not every price is known", id="open"
        ),
        pytest.param(
            (delivered("p", "-1 KO151224P00042000", campaign="p"),),
            "together +125.00, without the shares of 1 delivery",
            id="a put's shares are in its campaign",
        ),
        pytest.param(
            (delivered("p", "-1 KO151224P00042000", campaign="p"),) * 2,
            "together +250.00, without the shares of 2 deliveries",
            id="two of them",
        ),
        pytest.param(
            (
                delivered("s", "-1 KO151224P00042000", "+1 KO151224P00041000", campaign=None),
                delivered("c", "+100 KO", "-1 KO151224C00042000", campaign="c"),
            ),
            "together +250.00",
            id="a spread and a covered call hold theirs",
        ),
    ],
)
def test_what_the_total_does_not_hold(book: tuple[Position, ...], expected: str) -> None:
    """Delivered shares are named where they are outside of the total, only there."""
    assert expected == "".join(text for text, _ in together(book))


def test_a_day_in_json(shell: Shell, one_spread: Path) -> None:
    """One document, and nothing else, on standard output."""
    said = shell("replay", "--positions", "book.toml", "--json")

    found = said.document
    assert {
        "date": "2015-12-24",
        "closes_at": "2015-12-24T18:00:00Z",
        "early_close": True,
    } == found["session"]
    assert ["goog-1"] == [one["id"] for one in found["positions"]]
    assert ["T-10", "T-5", "T-1"][: len(found["positions"][0]["attempts"])] == [
        attempt["lead"] for attempt in found["positions"][0]["attempts"]
    ]
    assert found["orders_sent"] > 0
    assert "" == said.err
    assert found == shell("replay", "--positions", "book.toml", "--json", "-v").document


def test_a_verbose_day_in_json_tells_its_lines(shell: Shell, one_spread: Path) -> None:
    """With -v the lines go to standard error."""
    said = shell("-v", "replay", "--positions", "book.toml", "--json")

    assert "step 1: pay" in said.err


def test_a_report(shell: Shell, one_spread: Path) -> None:
    """--report writes a page for a browser."""
    said = shell("replay", "--positions", "book.toml", "--report", "day.html", "--json")

    assert 0 == said.code
    assert "<html" in (shell.cwd / "day.html").read_text("utf-8")
    assert "report in" in said.err


@pytest.mark.parametrize(
    ("place", "code", "words"),
    [
        pytest.param("no/day.html", 3, "there is no folder", id="no folder"),
        pytest.param("book.toml/day.html", 3, "there is no folder", id="a file for a folder"),
        pytest.param(".", 2, "cannot be written", id="a folder"),
    ],
)
def test_a_report_that_cannot_be_written(
    shell: Shell, one_spread: Path, place: str, code: int, words: str
) -> None:
    """It is refused at once: no day is played that nobody could read."""
    said = shell("replay", "--positions", "book.toml", "--report", place)

    assert (code, "") == (said.code, said.out)
    assert words in said.err


def test_a_kept_ledger(shell: Shell, one_spread: Path) -> None:
    """--ledger keeps the replay's ledger, which must be a new one."""
    url = f"sqlite:///{shell.cwd}/kept.sqlite3"

    first = shell("replay", "--positions", "book.toml", "--ledger", url)
    again = shell("replay", "--positions", "book.toml", "--ledger", url)

    assert (0, 4) == (first.code, again.code)
    assert "a replay keeps its own in a new file" in again.err
    assert 1 == shell("--ledger", url, "positions", "list", "--json").document["total"]


def test_a_bot_of_its_own(shell: Shell, one_spread: Path) -> None:
    """--bot takes the place of a configured bot; of one in no file it is told."""
    (shell.cwd / "bot.toml").write_text(
        'name = "condors"\nbroker = "x"\n[expiration]\nitm_policy = "hand_over"\n'
    )
    one_spread.write_text(
        POSITION.replace("condors", "unknown") + POSITION.replace("goog-1", "goog-2")
    )

    said = shell("replay", "--positions", "book.toml", "--bot", "bot.toml", "--json")

    by_id = {one["id"]: one for one in said.document["positions"]}
    assert "hand_over" == by_id["goog-2"]["attempts"][0]["decision"]
    assert "close" == by_id["goog-1"]["attempts"][0]["decision"]
    assert "'unknown' is in no file: it gets the defaults" in said.err


def test_a_pack_needs_positions(shell: Shell, kept_sessions: Path) -> None:
    """A pack without a book of its own is a fault of the call."""
    pack = shell.cwd / "pack"
    shutil.copytree(SAMPLE, pack, ignore=shutil.ignore_patterns("positions.toml"))

    said = shell("replay", "pack")

    assert 2 == said.code
    assert "needs --positions FILE" in said.err


def test_a_replay_needs_no_configuration(shell: Shell, one_spread: Path) -> None:
    """From a fresh checkout the packaged day plays."""
    (shell.config).rename(shell.cwd / "elsewhere")

    assert 0 == shell("replay", "--positions", "book.toml", "--json").code


def test_a_ledger_that_a_daemon_holds(shell: Shell, book: Book) -> None:
    """Exit 4: one daemon per ledger."""
    with hold(lock_path(shell.ledger_path), now=NOW, purpose="run"):
        said = shell("run")

    assert 4 == said.code
    assert "the ledger is held by process" in said.err


def test_a_daemon_that_may_not_start(shell: Shell) -> None:
    """A configuration at fault keeps the daemon from starting."""
    shell.write({"bots/wheel.toml": "name = 7\n"})

    assert 2 == shell("run").code
