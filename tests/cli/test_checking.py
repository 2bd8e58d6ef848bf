import pytest

from tests.cli.book import NOW, Book, position, spread
from tests.cli.conftest import FILES, FixedClock, Shell


def test_all_is_well(shell: Shell) -> None:
    """A sound folder is described in a few lines; no ledger is needed, and none is made."""
    said = shell("check")

    assert (0, "") == (said.code, said.err)
    assert (
        f"""\
folder    {shell.config}
ledger    {shell.ledger_path} (none yet)
brokers   paper (paper, paper, armed)
bots      condors, wheel
notify    no channel: nobody is told anything
calendar  no override
the configuration is in order
"""
        == said.out
    )
    assert not shell.ledger_path.exists()


def test_check_in_json(shell: Shell, book: Book) -> None:
    """One document with every fault; a position that fits its bot is none."""
    book.add(spread())

    assert {
        "ok": True,
        "faults": [],
        "config": str(shell.config),
        "ledger": str(shell.ledger_path),
        "brokers": ["paper"],
        "bots": ["condors", "wheel"],
        "notes": [],
    } == shell("check", "--json").document


def test_all_faults_in_one_run(shell: Shell) -> None:
    """Exit 2; each fault names file, key, what was found and what is allowed."""
    shell.write({"bots/wheel.toml": 'name = "wheel"\nbroker = "papre"\n[pricing]\nmode = "slow"\n'})

    said, found = shell("check"), shell("check", "--json")

    assert (2, "") == (said.code, said.out)
    assert 2 == len(said.err.splitlines())
    assert "did you mean paper?" in said.err
    assert "pricing.mode" in said.err
    assert (2, False, 2) == (found.code, found.document["ok"], len(found.document["faults"]))


@pytest.mark.parametrize(
    ("files", "words"),
    [
        pytest.param(
            {
                "botd.toml": f'{FILES["botd.toml"]}[notify]\nurls = [{{ env = "NOTIFY" }}]\n',
            },
            "environment variable NOTIFY is not set",
            id="a credential that is not there",
        ),
        pytest.param(
            {
                "calendar.toml": '[[override]]\ndate = 2015-12-24\ncloses = "12:00"\n'
                "[[override]]\ndate = 2015-12-24\nclosed = true\n",
            },
            "2015-12-24 stands twice",
            id="an override that contradicts another",
        ),
    ],
)
def test_faults_that_need_the_world(shell: Shell, files: dict[str, str], words: str) -> None:
    """Credentials and calendar are part of a configuration."""
    shell.write(files)

    said = shell("check")

    assert 2 == said.code
    assert words in said.err


def test_a_calendar_that_cannot_be_computed(shell: Shell) -> None:
    """Without a calendar nothing can be scheduled."""
    (shell.ledger_path.parent / "sessions.json").unlink()
    shell.clock = FixedClock(NOW.replace(year=2255))

    said = shell("check")

    assert 2 == said.code
    assert "none are kept" in said.err


LIVE = """
[brokers.alpaca]
kind = "alpaca"
environment = "live"
key_id = { env = "KEY" }
secret_key = { env = "KEY" }
"""


def test_a_live_account_without_an_anchor(shell: Shell) -> None:
    """What keeps the daemon from starting is told here already."""
    words = 'name = "condors"\nbroker = "alpaca"\naccount = "123456789"\n'
    shell.write({"botd.toml": FILES["botd.toml"] + LIVE, "bots/condors.toml": words})
    shell.environ["KEY"] = "k"

    said = shell("check")
    shell.write({"bots/condors.toml": f'{words}[expiration]\nanchor = "both"\n'})

    assert 2 == said.code
    assert "bots/condors.toml: expiration.anchor: missing" in said.err
    assert "from 15:15 New York" in said.err
    assert 0 == shell("check").code


def test_a_paper_account_with_a_cut_off(shell: Shell) -> None:
    """The default stands there, and the difference is told."""
    shell.write({"botd.toml": FILES["botd.toml"] + 'cutoff = "15:15"\n'})

    said, found = shell("check"), shell("check", "--json").document

    assert 0 == said.code
    assert (True, 2) == (found["ok"], len(found["notes"]))
    assert any(
        line.startswith("note ") and "bots/condors.toml: attempts at 15:50, 15:55, 15:59" in line
        for line in said.lines
    )


def test_positions_that_fit_no_file(shell: Shell, book: Book) -> None:
    """Exit 1: open positions are looked up in the files, each with what is wrong."""
    shell.write(
        {
            "botd.toml": '[brokers.paper]\nkind = "paper"\n[brokers.other]\nkind = "paper"\n',
            "bots/condors.toml": 'name = "condors"\nbroker = "paper"\naccount = "another"\n',
        }
    )
    book.add(spread())
    book.add(position("ko", "-1 KO151224C00042000", bot="lost"))
    book.close(book.add(position("done", "-1 IWM151224P00110000", bot="gone")))

    said = shell("check")

    assert 1 == said.code
    assert [
        (
            "botd: position 1 (goog-1): is held at paper 'paper', "
            "its bot 'condors' trades at paper 'another'"
        ),
        "botd: position 2 (ko): no file configures its bot 'lost'; its rules are the defaults",
    ] == said.err.splitlines()
    assert "see above" == said.lines[-1]


def test_a_broker_that_is_gone(shell: Shell, book: Book) -> None:
    """A position at a broker that no file names is a fault."""
    other = 'broker = "other"\n'
    shell.write(
        {
            "botd.toml": '[brokers.other]\nkind = "paper"\n'
            '[notify]\nurls = [{ env = "X" }]\nheartbeat_url = { env = "X" }\n',
            "bots/condors.toml": f'name = "condors"\n{other}',
            "bots/wheel.toml": f'name = "wheel"\n{other}',
            "calendar.toml": "[[override]]\ndate = 2015-12-29\nclosed = true\n",
        }
    )
    shell.environ["X"] = "json://localhost"
    book.add(spread())

    said = shell("check")

    assert 1 == said.code
    assert "no [brokers.paper] in the configuration; there is: other" in said.err
    assert {"notify    1 channel, heartbeat", "calendar  1 override"} <= set(said.lines)
    assert "localhost" not in said.out + said.err


def test_a_ledger_that_cannot_be_read(shell: Shell) -> None:
    """A damaged ledger is a fault of the ledger, not of the files."""
    shell.ledger_path.write_text("no ledger, " * 100)

    said = shell("check")

    assert 1 == said.code
    assert "botd.sqlite3" in said.err
