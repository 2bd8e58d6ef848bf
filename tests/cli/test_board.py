import io
import re
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from botd.cli.app import run
from botd.cli.options import World
from botd.domain.orders import Holding, OrderStatus
from botd.domain.position import ManualReason, Policy
from botd.ledger import accounts, unmanaged
from botd.service.inspection import lock_path
from botd.service.lock import hold
from tests.cli.book import CLOSE, KEY, NOW, Book, position, spread
from tests.cli.conftest import FixedClock, Shell


def test_everything_of_the_day_the_most_dangerous_first(shell: Shell, day: Book) -> None:
    """Whoever looks for a second sees the refused position first, with its command."""
    said = shell()

    expected = """\
THU 12:52:11 New York   close 13:00 (early)   T-5 in 2:49   paper PAPER armed   quotes 2 s   NO DAEMON: botd run
!!  2  SPY 205P -1         REFUSED, ASSIGNMENT UNDER WAY, STILL HELD  ITM 0.90    "active assignment lock on "this" account"  botd close 2
!!  9  MSFT 56P -1         BROKEN SPREAD                              ITM 0.30    the long leg is gone: sold by the broker    botd close 9
!   1  GOOG 745/750P x1    closing at 0.72 (step 2 of 4, cap 5.00)    ITM 1.98                                                botd take 1
!   8  XOM 78C -1          yours                                      ITM 1.10    taken over by ann at 12:52:11               botd close 8
=   3  KO 42C covered      accept assignment                          ITM 1.27                                                botd take 3
.   4  QQQ iron condor x1  leave                                      2.3 % away                                              botd take 4
.   7  AAPL 105P -1        until 2016-01-15                           2.8 % away                                              botd take 7
    5  IWM 110P -1         closed                                                 P/L +5.00
    6  DIA 170P -6         expired                                                P/L +105.00
"""  # noqa: E501 - as it stands on a wide screen
    assert expected == said.out
    assert (0, "") == (said.code, said.err)


def test_eighty_columns_break_no_word(shell: Shell, day: Book) -> None:
    """On a narrow screen lines are parted between words, and the command stays in sight."""
    said = shell(COLUMNS="80")

    expected = """\
THU 12:52:11 New York   close 13:00 (early)   T-5 in 2:49   paper PAPER armed
quotes 2 s   NO DAEMON: botd run
!!  2  SPY 205P -1         REFUSED, ASSIGNMENT UNDER WAY, STILL     botd close 2
                           HELD  ITM 0.90
                           "active assignment lock on "this"
                           account"
"""
    assert expected == "".join(f"{line}\n" for line in said.lines[:6])
    assert max(map(len, said.lines)) <= 80


def test_what_nobody_manages_stands_before_what_has_ended(shell: Shell, day: Book) -> None:
    """It has no number; its command takes it in."""
    held = [Holding("IWM151224P00195000", -1)]
    day.write(lambda tx: unmanaged.replace(tx, KEY, held, NOW))

    said = shell()

    at = next(at for at, line in enumerate(said.lines) if line.startswith("?"))
    words = ["?", "IWM 195P -1", "NOBODY MANAGES THIS", "spot unknown", "botd positions sync"]
    assert words == re.split(" {2,}", said.lines[at])
    assert said.lines[at - 1].startswith(".")
    assert said.lines[at + 1].startswith("    5  IWM 110P")
    assert ["?", "", ""] == [row["mark"] for row in shell("--json").document["rows"][-3:]]


def test_what_nobody_manages_is_no_empty_board(shell: Shell, book: Book) -> None:
    """A book without positions shows it, also on a narrow screen."""
    held = [Holding("IWM151224P00195000", -1)]
    book.write(lambda tx: unmanaged.replace(tx, KEY, held, NOW))

    said = shell(COLUMNS="50")

    assert "no positions" not in said.out
    assert any(line.startswith("?    IWM 195P -1") for line in said.lines)


def test_json_holds_what_the_screen_shows(shell: Shell, day: Book) -> None:
    """`botd --json` is one document with a row for each position."""
    said = shell("--json")

    board = said.document
    assert {
        "now": "2015-12-24T17:52:11Z",
        "closes_at": "2015-12-24T18:00:00Z",
        "early_close": True,
        "next_attempt": {"lead": "T-5", "at": "2015-12-24T17:55:00Z", "positions": 3},
        "accounts": [
            {
                "broker": "paper",
                "account": "paper",
                "environment": "paper",
                "mode": "armed",
                "mode_in_force": None,
                "cutoff_at": None,
            }
        ],
        "quotes_at": "2015-12-24T17:52:09Z",
        "daemon": {"running": False, "pid": None, "since": None, "held_by": None},
        "halts": [],
        "undelivered_alerts": 0,
    } == {key: value for key, value in board.items() if key != "rows"}
    assert {
        "mark": "!",
        "number": 1,
        "id": "goog-1",
        "label": "GOOG 745/750P x1",
        "status": "closing",
        "managed_by": "bot",
        "doing": "closing at 0.72 (step 2 of 4, cap 5.00)",
        "threat": "ITM 1.98",
        "words": None,
        "command": "botd take 1",
        "closes_at": "2015-12-24T18:00:00Z",
        "spot": "748.02",
        "spot_at": "2015-12-24T17:52:09Z",
    } == board["rows"][2]


def test_an_empty_book_says_how_to_fill_it(shell: Shell, book: Book) -> None:
    """The first screen of a new user names the next command."""
    said = shell()

    assert (
        "no positions; botd positions import FILE, or botd positions sync, takes some"
        == said.lines[-1]
    )
    assert "no attempt ahead" in said.lines[0]
    assert "no quotes" in said.lines[0]


def test_a_daemon_at_work_is_told(shell: Shell, book: Book) -> None:
    """The holder of the lock is the daemon's health, and no lock is taken to see it."""
    with hold(lock_path(shell.ledger_path), now=NOW, purpose="run"):
        said = shell()

    assert said.lines[0].endswith("daemon ok")


def test_a_command_at_work_is_no_daemon(shell: Shell, book: Book) -> None:
    """While `botd close` works nobody makes attempts."""
    with hold(lock_path(shell.ledger_path), now=NOW, purpose="close"):
        said = shell()

    assert said.lines[0].endswith("botd close at work, no daemon")


def test_a_halt_and_a_silent_channel_are_told(shell: Shell, book: Book) -> None:
    """What stops orders, or keeps people from hearing, stands at the top."""
    book.halt("odd fills")
    book.halt("3 refusals alike", scope="paper/paper")
    book.alert()
    book.add(spread())
    book.mark("GOOG", "748")

    said = shell()

    head = said.lines[0]
    assert "HALTED: odd fills (botd resume)" in head
    assert "STOPPED paper/paper: 3 refusals alike (botd resume)" in head
    assert "1 alert not delivered" in head
    assert "HALTED: nothing is sent" in said.lines[1]


def test_what_a_broker_says_cannot_steer_the_terminal(shell: Shell, book: Book) -> None:
    """Escape sequences in a fact are shown as question marks."""
    found = book.add(spread())
    book.hand_over(found, ManualReason.MISMATCH, "\x1b[2Jthe account\nholds 3")

    said = shell()

    assert "?[2Jthe account holds 3" in said.lines[1]
    assert "\x1b" not in said.out


@pytest.mark.parametrize(
    ("now", "words"),
    [
        pytest.param(CLOSE, "closed at 13:00 (early)", id="at the bell"),
        pytest.param(
            datetime.fromisoformat("2015-12-25T15:00:00Z"),
            "closed today, next MON 2015-12-28",
            id="on a holiday",
        ),
        pytest.param(
            datetime.fromisoformat("2015-12-28T15:00:00Z"), "close 16:00   ", id="on a full day"
        ),
    ],
)
def test_the_close_is_told_for_every_day(
    shell: Shell, book: Book, now: datetime, words: str
) -> None:
    """The second thing on the board is the close, whatever the day."""
    shell.clock = FixedClock(now)

    assert f"   {words}" in shell().lines[0]


def test_a_calendar_that_cannot_be_had_hides_no_position(shell: Shell, day: Book) -> None:
    """Positions are worth more than the hour of the close."""
    (shell.ledger_path.parent / "sessions.json").unlink()
    shell.clock = FixedClock(NOW.replace(year=2255))  # beyond what the library can compute

    said = shell()

    assert "none are kept" in said.err
    assert "calendar unknown: botd calendar" in said.lines[0]
    assert any("GOOG 745/750P" in line for line in said.lines)


def test_a_live_account_is_named_by_its_last_digits(shell: Shell, day: Book) -> None:
    """A long account number is shortened; who observes is told."""
    shell.write(
        {
            "botd.toml": '[brokers.paper]\nkind = "paper"\nmode = "observe"\n',
            "bots/condors.toml": 'name = "condors"\nbroker = "paper"\naccount = "PA3ABC1234"\n',
        }
    )

    assert "paper PAPER ..1234 observing" in shell().lines[0]


@pytest.mark.parametrize(
    ("mode", "in_force", "words"),
    [
        pytest.param("observe", "armed", "the daemon is ARMED until it is reloaded", id="armed"),
        pytest.param("armed", "observe", "the daemon is only observing until", id="observing"),
        pytest.param("armed", "armed", None, id="as the file says"),
    ],
)
def test_a_mode_that_no_daemon_was_told(
    shell: Shell, book: Book, mode: str, in_force: str, words: str | None
) -> None:
    """Who wrote another mode, and forgot the reload, is not told that it counts already."""
    shell.write({"botd.toml": f'[brokers.paper]\nkind = "paper"\nmode = "{mode}"\n'})
    book.ledger.write_now(
        lambda tx: accounts.bind(
            tx, broker="paper", account="paper", environment="paper", mode=in_force, at=NOW
        )
    )

    assert "the daemon is" not in shell().out

    with hold(lock_path(shell.ledger_path), now=NOW, purpose="run"):
        said = " ".join(shell().out.split())

    assert ("the daemon is" in said) is (words is not None)
    assert words is None or words in said


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(NOW, "armed acts since 12:15", id="past it"),
        pytest.param(NOW.replace(hour=17, minute=14), "armed may act from 12:15", id="before it"),
    ],
)
def test_when_the_broker_may_act_is_told(
    shell: Shell, day: Book, now: datetime, expected: str
) -> None:
    """A cut-off of the broker's own stands beside the account, shifted with a half-day."""
    shell.write({"botd.toml": '[brokers.paper]\nkind = "paper"\ncutoff = "15:15"\n'})
    shell.clock = FixedClock(now)

    assert f"paper PAPER {expected}" in shell().lines[0]


def test_a_file_at_fault_hides_no_position(shell: Shell, day: Book) -> None:
    """A slip in a bot's file is told on standard error, and the board is shown."""
    shell.write({"bots/wheel.toml": 'name = "wheel"\nbroker = "papre"\n'})

    said = shell()

    assert 0 == said.code
    assert "did you mean paper?" in said.err
    assert any("SPY 205P" in line for line in said.lines)
    assert "paper   quotes" in said.lines[0]


class Terminal(io.StringIO):
    """Standard output as a terminal of a certain size."""

    def isatty(self) -> bool:
        """Whether it is one."""
        return True


class Impatient(FixedClock):
    """A person who presses Ctrl-C at the third look."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    async def sleep_until(self, at: datetime) -> None:
        """Wait for the next look."""
        assert at > NOW
        self.looks += 1
        if self.looks == 3:
            raise KeyboardInterrupt


def on_terminal(
    shell: Shell, *arguments: str, clock: FixedClock | None = None, **environ: str
) -> tuple[int, str]:
    """Run a command whose standard output is a terminal."""
    world = World(environ=environ, cwd=shell.cwd, clock=clock or FixedClock())
    terminal = Terminal()
    with redirect_stdout(terminal):
        code = run(arguments, world)
    return code, terminal.getvalue()


def test_watch_draws_again_and_again_until_ctrl_c(shell: Shell, day: Book) -> None:
    """The board is redrawn in place on the other screen, and Ctrl-C ends it quietly."""
    clock = Impatient()

    code, shown = on_terminal(shell, "watch", clock=clock, LINES="6")

    assert (0, 3) == (code, clock.looks)
    assert 3 == shown.count("\x1b[H")
    assert shown.startswith("\x1b[?1049h")
    assert shown.endswith("\x1b[?1049l")
    assert "14 more lines: botd" in shown


def test_watch_keeps_a_short_board_whole(shell: Shell, book: Book) -> None:
    """What fits the screen is not cut."""
    _, shown = on_terminal(shell, "watch", clock=Impatient())

    assert "more lines" not in shown


@pytest.mark.parametrize("arguments", [("watch",), ("watch", "--json")])
def test_watch_without_a_terminal_shows_once(
    shell: Shell, book: Book, arguments: tuple[str, ...]
) -> None:
    """A pipe gets one board, not an endless stream."""
    assert 0 == shell(*arguments).code


def test_colour_only_on_a_terminal(shell: Shell, day: Book) -> None:
    """A terminal gets colours, unless NO_COLOR or a dumb terminal says otherwise."""
    assert "\x1b[31m" in on_terminal(shell)[1]
    assert "\x1b" not in on_terminal(shell, NO_COLOR="1")[1]
    assert "\x1b" not in on_terminal(shell, TERM="dumb")[1]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param(
            OrderStatus.WORKING,
            ("!", "closing at 0.72 (step 1 of 4, cap 5.00)", "botd take 1"),
            id="working",
        ),
        pytest.param(
            OrderStatus.CANCEL_PENDING,
            ("!", "cancelling at 0.72 (step 1 of 4, cap 5.00)", "botd take 1"),
            id="being cancelled",
        ),
        pytest.param(
            OrderStatus.UNKNOWN,
            ("!!", "FATE OF AN ORDER UNKNOWN", "botd positions show 1"),
            id="nobody knows",
        ),
    ],
)
def test_an_order_at_work(
    shell: Shell, book: Book, status: OrderStatus, expected: tuple[str, ...]
) -> None:
    """What the live order does is what is being done."""
    book.order(book.add(spread()), status=status)

    [row] = shell("--json").document["rows"]
    assert expected == (row["mark"], row["doing"], row["command"])


@pytest.mark.parametrize(
    ("price", "cap", "step", "is_extra", "expected"),
    [
        pytest.param(None, None, 1, False, "closing at the market (step 1 of 4)", id="market"),
        pytest.param(
            "0.125",
            "0.10",
            7,
            False,
            "closing at 0.125 credit (step 7, cap 0.10 credit)",
            id="a credit, beyond the ladder",
        ),
        pytest.param("-0.50", None, 1, True, "closing at 0.50 (step 1)", id="by hand"),
    ],
)
def test_prices_of_an_order(
    shell: Shell,
    book: Book,
    price: str | None,
    cap: str | None,
    step: int,
    *,
    is_extra: bool,
    expected: str,
) -> None:
    """A debit is a plain price, a credit is named; a step beyond the ladder has no total."""
    book.order(book.add(spread()), step, price, cap, is_extra=is_extra)

    [row] = shell("--json").document["rows"]
    assert expected == row["doing"]


@pytest.mark.parametrize(
    ("policy", "last", "expected"),
    [
        pytest.param(
            Policy.CLOSE,
            "749.99",
            ("!", "to be closed at T-5", "ITM 0.01"),
            id="a cent in the money",
        ),
        pytest.param(
            Policy.CLOSE, "750", ("!", "to be closed at T-5", "at the strike"), id="at the strike"
        ),
        pytest.param(Policy.CLOSE, "750.75", (".", "leave", "0.1 % away"), id="out of the money"),
        pytest.param(
            Policy.CLOSE,
            None,
            ("!", "to be closed at T-5", "spot unknown"),
            id="unknown is not out",
        ),
        pytest.param(
            Policy.SETTLE, "740", ("=", "let it settle in cash", "ITM 10.00"), id="settles"
        ),
        pytest.param(
            Policy.HAND_OVER,
            "740",
            ("=", "handed to you if in the money", "ITM 10.00"),
            id="handed over",
        ),
    ],
)
def test_what_the_bot_will_do(
    shell: Shell, book: Book, policy: Policy, last: str | None, expected: tuple[str, ...]
) -> None:
    """Spot and policy decide the mark; nothing is sent out of the money."""
    book.policy(book.add(spread()), policy)
    book.mark("GOOG", last)

    [row] = shell("--json").document["rows"]
    assert expected == (row["mark"], row["doing"], row["threat"])


@pytest.mark.parametrize(
    ("seconds_ago", "threat"),
    [
        pytest.param(60, "ITM 2.00", id="a minute is fresh"),
        pytest.param(61, "ITM 2.00 (1 min ago)", id="older is told"),
        pytest.param(900, "ITM 2.00 (15 min ago)", id="a quarter of an hour still counts"),
        pytest.param(901, "spot unknown", id="older counts for nothing"),
    ],
)
def test_old_quotes_are_told(shell: Shell, book: Book, seconds_ago: float, threat: str) -> None:
    """The age of what is shown stands beside it."""
    book.add(spread())
    book.mark("GOOG", "748", seconds_ago=seconds_ago)

    [row] = shell("--json").document["rows"]
    assert threat == row["threat"]


def test_without_a_trade_the_mid_counts(shell: Shell, book: Book) -> None:
    """An underlying that nobody has traded is seen by its quote."""
    book.add(spread())
    book.mark("GOOG", None, bid="747.90", ask="748.10")

    [row] = shell("--json").document["rows"]
    assert "748.00" == row["spot"]


@pytest.mark.parametrize(
    ("now", "doing", "last"),
    [
        pytest.param(
            CLOSE - timedelta(seconds=30), "NO ATTEMPT IS LEFT", "748", id="after the last attempt"
        ),
        pytest.param(CLOSE, "waits for the official close", "748", id="at the close"),
        pytest.param(
            CLOSE, "waits for the official close", "760", id="out of the money at the close"
        ),
    ],
)
def test_when_the_attempts_are_over(
    shell: Shell, book: Book, now: datetime, doing: str, last: str
) -> None:
    """Nobody is promised an attempt that does not come."""
    book.add(spread())
    book.mark("GOOG", last, seconds_ago=-300)
    shell.clock = FixedClock(now)

    [row] = shell("--json").document["rows"]
    assert doing == row["doing"]


def test_an_accepted_assignment_waits_for_the_records(shell: Shell, book: Book) -> None:
    """After the close it is still meant, and what is known of it stands beside it."""
    found = book.add(spread())
    book.policy(found, Policy.ACCEPT)
    book.change(found, "judged", lambda one: replace(one, fact="the records will confirm it"))
    shell.clock = FixedClock(CLOSE)

    [row] = shell("--json").document["rows"]
    assert ("=", "accept assignment", "the records will confirm it") == (
        row["mark"],
        row["doing"],
        row["words"],
    )


def test_who_only_observes_sends_nothing(shell: Shell, book: Book) -> None:
    """In observe mode the board says that the attempt will send nothing."""
    shell.write({"botd.toml": '[brokers.paper]\nkind = "paper"\nmode = "observe"\n'})
    book.add(spread())
    book.mark("GOOG", "748")

    [row] = shell("--json").document["rows"]
    assert "observed at T-5, nothing is sent" == row["doing"]


@pytest.mark.parametrize(
    ("reason", "fact", "last", "expected"),
    [
        pytest.param(
            ManualReason.POLICY,
            "in the money",
            "748",
            ("!", "handed to you", "botd close 1"),
            id="handed over, in the money",
        ),
        pytest.param(
            ManualReason.POLICY,
            "was in the money",
            "760",
            ("=", "handed to you", "botd release 1"),
            id="handed over, out of the money",
        ),
        pytest.param(
            ManualReason.GONE,
            "no longer held",
            "748",
            ("!!", "GONE", "botd override resolve 1 --as ..."),
            id="gone",
        ),
        pytest.param(
            ManualReason.UNRESOLVED,
            "ended in the money",
            "748",
            ("!!", "UNRESOLVED", "botd override resolve 1 --as ..."),
            id="unresolved",
        ),
        pytest.param(
            ManualReason.MISMATCH,
            "the account holds 3",
            "748",
            ("!!", "MISMATCH", "botd close 1"),
            id="mismatch",
        ),
    ],
)
def test_what_a_person_has(
    shell: Shell, book: Book, reason: ManualReason, fact: str, last: str, expected: tuple[str, ...]
) -> None:
    """Why a person has a position is the first word, and one command is named."""
    book.hand_over(book.add(spread()), reason, fact)
    book.mark("GOOG", last)

    [row] = shell("--json").document["rows"]
    assert expected == (row["mark"], row["doing"], row["command"])
    assert fact == row["words"]


def test_after_the_close_a_person_can_only_resolve(shell: Shell, book: Book) -> None:
    """No command is named that the exchange would refuse."""
    refused, taken = book.add(spread()), book.add(position("x", "-1 XOM151224C00078000"))
    book.refuse(refused)
    book.take(taken)
    shell.clock = FixedClock(CLOSE)

    rows = shell("--json").document["rows"]
    assert [
        ("REFUSED, STILL HELD", "botd override resolve 1 --as ..."),
        ("yours: trading stopped", "botd override resolve 2 --as ..."),
    ] == [(row["doing"], row["command"]) for row in rows]


def test_a_closing_order_of_a_person_offers_no_take_over(shell: Shell, book: Book) -> None:
    """What is under override already cannot be taken again."""
    found = book.add(spread())
    book.take(found)
    book.order(found, is_extra=True)

    [row] = shell("--json").document["rows"]
    assert "botd positions show 1" == row["command"]


def test_shares_are_never_sold(shell: Shell, book: Book) -> None:
    """A position of shares alone is quiet and has no last day."""
    book.add(position("shares", "+100 KO"))

    [row] = shell("--json").document["rows"]
    assert (".", "shares: never sold", None) == (row["mark"], row["doing"], row["command"])
