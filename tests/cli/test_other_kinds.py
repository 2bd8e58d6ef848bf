"""Futures, events and crypto options on every page that people read, and in JSON."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from botd.domain import lots, override, schedule, strategy
from botd.domain.after_close import AwaitSettlement
from botd.domain.after_close import book as judged_as
from botd.domain.contract import Leg
from botd.domain.instruments import ending, parse_instrument
from botd.domain.orders import Holding
from botd.domain.position import How, ManualReason, Position
from botd.ledger import positions, unmanaged
from tests.cli.book import CLOSE, KEY, NOW, OPENED_AT, Book
from tests.cli.conftest import FixedClock, Shell
from tests.engine.market import SESSIONS


def kind(
    name: str, symbol: str, quantity: int, price: str, ends_at: datetime | None = None
) -> Position:
    """Open one at a price."""
    own = (Leg(ending(parse_instrument(symbol), ends_at), quantity),)
    return lots.open_position(
        Position(
            id=name,
            number=0,
            bot="wheel",
            broker=KEY[0],
            account=KEY[1],
            underlying=own[0].instrument.underlying,
            strategy=strategy.name(own),
            legs=own,
            units=1,
            opened_at=OPENED_AT,
            open_net_price=Decimal(price),
            expiration=schedule.expiration_of(own, SESSIONS),
            closes_at=schedule.closes_at(own, SESSIONS),
        )
    )


@pytest.fixture
def kinds(shell: Shell) -> Iterator[Book]:
    made = Book(shell.ledger_path)
    made.add(kind("es-1", "future:ES 12-15", 2, "-11561.25", CLOSE))
    oil = made.add(kind("oil-1", "future:CL 01-16", -1, "36.12", CLOSE))
    made.close(oil, "-36.62")
    made.add(kind("vote-1", "event:100:YES", 5, "-310", CLOSE))
    won = made.add(kind("vote-2", "event:7:NO", 1, "-62", CLOSE))
    made.change(
        won,
        "confirmed",
        lambda one: lots.end_legs(
            one, ["event:7:NO"], {"event:7:NO": Decimal(100)}, How.SETTLED, NOW
        ),
    )
    waiting = made.add(kind("vote-3", "event:8:YES", 1, "-40", CLOSE))
    made.change(
        waiting,
        "judged",
        lambda one: judged_as(one, AwaitSettlement(one.legs), NOW, SESSIONS),
    )
    made.add(kind("coin-1", "crypto:BTC-25DEC15-450-C", 3, "-36"))
    coin = made.add(kind("coin-2", "crypto:ETH-25DEC15-2-P", 1, "-0.5"))
    made.close(coin, "0.65")
    for symbol, last in (("ES", "2050.25"), ("event:100", "62"), ("BTC", "455.75")):
        made.mark(symbol, last)
    yield made
    made.shut()


def test_the_board_speaks_of_each_in_its_own_words(shell: Shell, kinds: Book) -> None:
    """A future by its month and points, an event by its side and cents, a coin in USDT."""
    found = [" ".join(line.split()) for line in shell().lines[1:]]

    assert [
        "! 3 event 100 YES +5 to be closed at T-5 YES at 6200 c botd take 3",
        "! 6 BTC 25DEC15 450C +3 to be closed at T-10 ITM 5.75 botd take 6",
        "! 1 ES 12-15 +2 to be closed at T-5 at 2050.25 botd take 1",
        "= 5 event 8 YES +1 awaits the settlement value spot unknown",
        "2 CL 01-16 -1 closed P/L -500.00",
        "4 event 7 NO +1 settled P/L +38.00",
        "7 ETH 25DEC15 2P +1 closed P/L +0.02 USDT",
    ] == found


@pytest.mark.parametrize(
    "command",
    [(), ("positions", "list"), ("positions", "show", "3"), ("plan",), ("history",)],
    ids=["board", "list", "show", "plan", "history"],
)
def test_eighty_columns_hold_each_page(shell: Shell, kinds: Book, command: tuple[str, ...]) -> None:
    """Nothing is wider than the screen."""
    lines = shell(*command, COLUMNS="80").lines

    assert [] == [line for line in lines if len(line) > 80 and not line.startswith("ledger ")]


def test_the_list(shell: Shell, kinds: Book) -> None:
    """Profit in dollars, or in USDT where that is the money."""
    found = [line.split("wheel")[0].strip() for line in shell("positions", "list").lines[1:]]
    profits = [line.split()[-2:] for line in shell("positions", "list").lines[1:]]

    assert [
        "7  ETH 25DEC15 2P +1",
        "6  BTC 25DEC15 450C +3",
        "5  event 8 YES +1",
        "4  event 7 NO +1",
        "3  event 100 YES +5",
        "2  CL 01-16 -1",
        "1  ES 12-15 +2",
    ] == found
    assert [["USDT", "paper"], ["+38.00", "paper"], ["-500.00", "paper"]] == [
        profits[0],
        profits[3],
        profits[5],
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("1", "New York for -11561.25", id="points"),
        pytest.param("3", "New York for -31000 c", id="cents"),
        pytest.param("7", "closed at 0.65 USDT", id="USDT"),
        pytest.param("event:100", "strategy      long YES", id="by an event's name"),
        pytest.param("ES", "strategy      long future", id="by a future's root"),
    ],
)
def test_one_position(shell: Shell, kinds: Book, name: str, expected: str) -> None:
    """Its prices stand as its market quotes them."""
    assert expected in shell("positions", "show", name).out


@pytest.mark.parametrize("symbol", ["event:100", "es", "ES"])
def test_a_list_of_one_underlying(shell: Shell, kinds: Book, symbol: str) -> None:
    """An event's id keeps its own letters."""
    assert 1 == shell("positions", "list", "--symbol", symbol, "--json").document["total"]


def test_json_keeps_dollars_and_tells_the_end(shell: Shell, kinds: Book) -> None:
    """Scripts read decimal dollars, and `ends_at` only where it was told with the leg."""
    found = {one["id"]: one for one in shell("positions", "list", "--json").document["items"]}

    assert ("-310.00", "38.00", "0.0150") == (
        found["vote-1"]["open_net_price"],
        found["vote-2"]["realized_pnl"],
        found["coin-2"]["realized_pnl"].ljust(6, "0"),
    )
    assert [{"symbol": "event:100:YES", "quantity": 5, "ends_at": "2015-12-24T18:00:00Z"}] == (
        found["vote-1"]["legs"]
    )
    assert [{"symbol": "crypto:BTC-25DEC15-450-C", "quantity": 3}] == found["coin-1"]["legs"]


def test_the_plan_of_a_day(shell: Shell, kinds: Book) -> None:
    """A future's last trading day threatens, and an event is winning, not in the money."""
    lines = shell("plan").lines

    assert ["last trading day", "winning"] == [line[-16:].split("  ")[-1] for line in lines[5:7]]


def test_the_plan_of_a_day_without_a_session(shell: Shell, kinds: Book) -> None:
    """What trades around the clock ends on it all the same."""
    said = shell("plan", "--date", "2015-12-25").out

    assert "FRI 2015-12-25   closed   1 position stops trading" in said
    assert "attempts   T-10 02:50   T-5 02:55   T-1 02:59" in said
    assert "BTC 25DEC15 450C +3" in said


def test_the_history(shell: Shell, kinds: Book) -> None:
    """Opened and closed as quoted, P/L in money."""
    said = [" ".join(line.split()[2:]) for line in shell("history", COLUMNS="200").lines[1:4]]

    assert [
        "2 CL 01-16 -1 wheel closed by bot 36.12 -36.62 -500.00",
        "4 event 7 NO +1 wheel settled -6200 c 10000 c +38.00",
        "7 ETH 25DEC15 2P +1 wheel closed by bot -0.50 USDT 0.65 USDT +0.02 USDT",
    ] == said


def test_what_nobody_manages(shell: Shell, kinds: Book) -> None:
    """It is named as its market does; what nobody can read, as its broker does."""
    seen = [Holding("future:NQ 12-15", -1), Holding("BTC/USD", 2), Holding("event:9:NO", 3)]
    kinds.write(lambda tx: unmanaged.replace(tx, KEY, seen, NOW))

    said = shell()
    rows = [line for line in said.lines if line.startswith("?")]

    assert 0 == said.code
    assert [
        ["?", "BTC/USD", "+2", "NOBODY", "MANAGES", "THIS"],
        ["?", "NQ", "12-15", "-1", "NOBODY", "MANAGES"],
        ["?", "event", "9", "NO", "+3", "NOBODY"],
    ] == sorted(row.split()[:6] for row in rows)


CLICKOPTIONS = """
[brokers.click]
kind = "clickoptions"
environment = "live"
mode = "armed"
token = { env = "CLICKOPTIONS_TOKEN" }
"""
PAPER = '[brokers.paper]\nkind = "paper"\n'


@pytest.fixture
def read_only(shell: Shell) -> Iterator[Book]:
    """Bitcoin at a broker that has no call to close."""
    shell.write(
        {
            "botd.toml": PAPER + CLICKOPTIONS,
            "bots/coins.toml": 'name = "coins"\nbroker = "click"\naccount = "mine"\n',
        }
    )
    shell.environ |= {"CLICKOPTIONS_TOKEN": "none"}
    made = Book(shell.ledger_path)
    one = kind("coin-1", "crypto:BTC-25DEC15-450-C", 3, "-36")
    made.add(replace(one, broker="click", account="mine", bot="coins"))
    yield made
    made.shut()


def test_the_plan_where_nothing_can_be_closed(shell: Shell, read_only: Book) -> None:
    """What would be closed elsewhere is handed over, and why."""
    [found] = shell("plan", "--json").document["positions"]

    assert ("hand_over", "the broker has no call that closes a position") == (
        found["effective_policy"],
        found["policy_reason"],
    )


def test_the_board_where_nothing_can_be_closed(shell: Shell, read_only: Book) -> None:
    """It promises no close, and names none to type."""
    bots = shell().out
    read_only.change(
        read_only.ledger.read_now(lambda tx: positions.get(tx, "coin-1")),
        "handed_over",
        lambda one: override.hand_over(one, ManualReason.UNSUPPORTED, "no call"),
    )
    persons = shell().out

    assert "goes to you: the broker has no call that closes" in bots
    assert "botd close" not in persons
    assert "botd positions show 1" in persons


def test_a_future_is_not_marked_as_expired(shell: Shell, kinds: Book) -> None:
    """It is worth something, and only a price ends it by hand."""
    shell.clock = FixedClock(CLOSE)

    said = shell("expire", "1")

    assert 4 == said.code
    assert "botd override resolve 1 --as closed --net-price P" in said.err


def test_oil_does_not_settle(shell: Shell, kinds: Book) -> None:
    """A policy that cannot be followed is refused; that of an index can."""
    kinds.add(kind("oil-2", "future:CL 01-16", 1, "-36.12", CLOSE))

    assert 4 == shell("policy", "oil-2", "settle").code
    assert "CL futures are delivered: settle" in shell("policy", "oil-2", "settle").err
    assert 0 == shell("policy", "es-1", "settle").code
    assert "let it settle in cash" in shell().out


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        pytest.param("hand_over", "handed to you", id="hand over"),
        pytest.param("accept", "accept delivery", id="accept"),
        pytest.param("close", "to be closed at T-5", id="close"),
    ],
)
def test_what_is_meant_with_a_future(shell: Shell, kinds: Book, policy: str, expected: str) -> None:
    """By its policy, whatever it costs."""
    kinds.add(kind("oil-2", "future:CL 01-16", 1, "-36.12", CLOSE))
    shell("policy", "oil-2", policy)

    [row] = [line for line in shell().lines if "CL 01-16 +1" in line]

    assert expected in row


def test_a_halt_names_what_is_left_open(shell: Shell, kinds: Book) -> None:
    """A future stands where its market does, an event at what its YES costs."""
    said = shell("halt", "--reason", "a test").out

    assert "at 2050.25" in said
    assert "YES at 6200 c" in said
