import pytest

from botd.domain.orders import OrderStatus
from botd.domain.position import ManualReason
from tests.cli.book import Book, position, spread
from tests.cli.conftest import Shell


def test_the_book_newest_first(shell: Shell, day: Book) -> None:
    """Every position is a line with its status, who manages it, and what it brought."""
    said = shell("positions", "list")

    assert 0 == said.code
    assert (
        """\
no  position            bot      stops trading     status                           P/L  account
 9  MSFT 56P -1         wheel    2015-12-24 13:00  open  manual: broken spread           paper
 8  XOM 78C -1          condors  2015-12-24 13:00  open  manual: person                  paper
 7  AAPL 105P -1        wheel    2016-01-15 16:00  open                                  paper
 6  DIA 170P -6         condors  2015-12-24 13:00  expired                      +105.00  paper
 5  IWM 110P -1         condors  2015-12-24 13:00  closed                         +5.00  paper
 4  QQQ iron condor x1  condors  2015-12-24 13:00  open                                  paper
 3  KO 42C covered      wheel    2015-12-24 13:00  open                                  paper
 2  SPY 205P -1         wheel    2015-12-24 13:00  assigned  manual: refused             paper
 1  GOOG 745/750P x1    condors  2015-12-24 13:00  closing                               paper
"""
        == said.out
    )


def test_eighty_columns_hold_the_book(shell: Shell, day: Book) -> None:
    """On a narrow screen only why a person has it is parted."""
    assert max(map(len, shell("positions", "list", COLUMNS="80").lines)) <= 80


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param((), [9, 8, 7, 6, 5, 4, 3, 2, 1], id="everything"),
        pytest.param(("--bot", "wheel"), [9, 7, 3, 2], id="of a bot"),
        pytest.param(("--symbol", "goog"), [1], id="of an underlying, in small letters"),
        pytest.param(("--status", "open"), [9, 8, 7, 4, 3], id="open without an order"),
        pytest.param(("--status", "closing"), [1], id="with an order at work"),
        pytest.param(("--status", "closing", "--bot", "wheel"), [], id="closing, of another bot"),
        pytest.param(("--status", "open", "--symbol", "KO"), [3], id="open, of an underlying"),
        pytest.param(("--status", "expired"), [6], id="expired"),
        pytest.param(("--size", "2", "--page", "2"), [7, 6], id="the second page"),
        pytest.param(
            ("--status", "open", "--size", "2", "--page", "3"), [3], id="the last page of open ones"
        ),
    ],
)
def test_what_is_asked_for(
    shell: Shell, day: Book, options: tuple[str, ...], expected: list[int]
) -> None:
    """Each option narrows the list; in JSON `total` counts all that match."""
    found = shell("positions", "list", "--json", *options).document

    assert expected == [one["number"] for one in found["items"]]
    assert {"total", "page", "size", "items"} == found.keys()
    assert found["total"] >= len(expected)


def test_a_position_has_the_keys_that_people_script_against(shell: Shell, day: Book) -> None:
    """The keys of a position in JSON are a contract."""
    found = shell("positions", "list", "--symbol", "GOOG", "--json").document["items"][0]

    promised = [
        "id",
        "bot",
        "broker",
        "account",
        "underlying",
        "strategy",
        "legs",
        "units",
        "units_open",
        "opened_at",
        "open_net_price",
        "expiration",
        "closes_at",
        "status",
        "managed_by",
        "manual_reason",
        "assignment",
        "confirmed",
        "broker_error",
        "policy",
        "outcomes",
        "closed_by",
        "close_net_price",
        "realized_pnl",
        "pnl_complete",
        "fees",
        "closed_at",
    ]
    assert set(promised) <= found.keys()
    assert ("closing", "1.25", "2015-12-24T18:00:00Z") == (
        found["status"],
        found["open_net_price"],
        found["closes_at"],
    )


def test_a_page_says_that_there_are_more(shell: Shell, day: Book) -> None:
    """Below a page stands which part of the whole it is."""
    assert "1 to 4 of 9; --page 2" == shell("positions", "list", "--size", "4").lines[-1]
    assert "9 to 9 of 9" == shell("positions", "list", "--size", "4", "--page", "3").lines[-1]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(("--symbol", "TSLA"), "no such position", id="nothing matches"),
        pytest.param(("--page", "7"), "no page 7: 9 in all", id="beyond the last page"),
    ],
)
def test_nothing_to_list(shell: Shell, day: Book, options: tuple[str, ...], expected: str) -> None:
    """An empty list is an answer, and says which."""
    said = shell("positions", "list", *options)

    assert (0, [expected]) == (said.code, said.lines)


def test_an_unknown_bot_is_no_empty_list(shell: Shell, day: Book) -> None:
    """A slip in a bot's name is answered with the names there are."""
    said = shell("positions", "list", "--bot", "whel")

    assert 3 == said.code
    assert "no bot 'whel'; configured: condors, wheel" in said.err


def test_everything_about_a_position(shell: Shell, day: Book) -> None:
    """One screen tells legs, attempts with their orders, and events."""
    said = shell("positions", "show", "1")

    expected = """\
1  GOOG 745/750P x1   goog-1
status        closing
strategy      vertical of condors in paper paper
legs          +1 GOOG151224P00745000, -1 GOOG151224P00750000
units         1
opened        FRI 2015-12-18 10:00 New York for 1.25
stops trading THU 2015-12-24 13:00 New York
managed by    its bot; botd take 1 takes it over
policy        as its bot's
P/L           not known yet

T-10          THU 2015-12-24 12:50 New York, 2 s late: close (in the money; 745P ITM, 750P ITM; a note), at work
  step  price    cap  units  filled  sent      status
     1  -0.60  -5.00      1       0  12:52:11  canceled
     2  -0.72  -5.00      1       0  12:52:11  working

event  at                by      what
    1  2015-12-18 10:00  import  opened
"""  # noqa: E501 - as it stands on a wide screen
    assert expected == said.out


def test_a_refused_position_shows_the_brokers_words(shell: Shell, day: Book) -> None:
    """What the broker said, what is probably true, and who has it now."""
    said = shell("positions", "show", "spy-put", COLUMNS="80")

    assert "status        assigned (presumed)" in said.lines
    assert "managed by    a person (refused)" in said.lines
    assert 'broker        "active assignment lock on "this" account"' in said.lines
    assert "2015-12-24 12:52  broker  refused: status assigned, managed by" in said.out
    assert 'refused: "active' in shell("positions", "show", "2").out
    assert max(map(len, said.lines)) <= 80


def test_an_ended_position_shows_how(shell: Shell, book: Book) -> None:
    """Each part that ended is told with its price, and the P/L of the known parts."""
    found = book.add(spread(units=3))
    book.close(found, "-0.45", units=2)

    said = shell("positions", "show", "goog-1")

    assert "units         3, 1 still open" in said.lines
    assert "ended         2 units closed at -0.45 on THU 2015-12-24 12:52:11 New York" in said.lines
    assert (
        "P/L           +160.00 before fees so far, of the known parts, closed at -0.45"
        in said.lines
    )
    assert "filled: " in said.lines[-1]


def test_a_wholly_closed_position(shell: Shell, book: Book) -> None:
    """The P/L of a position that is over is whole."""
    book.close(book.add(spread()), "-0.45")

    said = shell("positions", "show", "1")

    assert "P/L           +80.00 before fees, closed at -0.45" in said.lines


def test_an_order_by_hand_stands_apart(shell: Shell, book: Book) -> None:
    """A person's close belongs to no attempt."""
    found = book.add(spread())
    book.order(found, price=None, cap=None, is_extra=True, status=OrderStatus.INTENT)

    said = shell("positions", "show", "1")

    assert "orders by hand" in said.lines
    assert any(
        line.split() == ["1", "market", "1", "0", "not", "sent", "intent"] for line in said.lines
    )


def test_shares_never_stop_trading(shell: Shell, book: Book) -> None:
    """A position of shares has no last day."""
    book.add(position("shares", "+100 KO"))

    assert "stops trading never" in shell("positions", "show", "1").lines


def test_show_in_json(shell: Shell, day: Book) -> None:
    """By id or number it is one object with attempts and events."""
    found = shell("positions", "show", "1", "--json").document

    [attempt] = found["attempts"]
    assert ("T-10", "2015-12-24T17:50:00Z", 2.0, "close") == (
        attempt["lead"],
        attempt["due_at"],
        attempt["late_seconds"],
        attempt["decision"],
    )
    assert ["canceled", "working"] == [order["status"] for order in attempt["orders"]]
    assert ["opened"] == [event["kind"] for event in found["events"]]
    assert found == shell("positions", "show", "goog-1", "--json").document


def test_an_underlying_is_a_list(shell: Shell, day: Book) -> None:
    """By underlying JSON is a list, however many there are, so that scripts needn't guess."""
    book = day
    book.add(spread("goog-2"))

    found = shell("positions", "show", "goog", "--json").document
    said = shell("positions", "show", "GOOG")

    assert (2, ["goog-1", "goog-2"]) == (found["total"], [one["id"] for one in found["items"]])
    assert {"1  GOOG 745/750P x1   goog-1", "10  GOOG 745/750P x1   goog-2"} <= set(said.lines)


def test_an_unknown_position_says_what_there_is(shell: Shell, day: Book) -> None:
    """Exit 3, and the message names the open positions."""
    said = shell("positions", "show", "77")

    assert (3, "") == (said.code, said.out)
    assert "no position '77'" in said.err
    assert "open: 1 (GOOG), 2 (SPY), 3 (KO), 4 (QQQ), 7 (AAPL), 8 (XOM), 9 (MSFT)" in said.err


def test_an_unknown_position_among_many(shell: Shell, book: Book) -> None:
    """A long list is cut."""
    for number in range(14):
        book.add(spread(f"goog-{number}"))

    assert "and 2 more" in shell("positions", "show", "x").err


def test_an_unknown_position_in_an_empty_book(shell: Shell, book: Book) -> None:
    """Where nothing is open, that is what is said."""
    assert "no position is open" in shell("positions", "show", "x").err


def test_what_people_look_after(shell: Shell, day: Book) -> None:
    """Taken over, handed over and refused ones, with the reason."""
    said = shell("override", "list")

    assert (
        """\
no  position     account  status    since             why
 2  SPY 205P -1  paper    assigned                    refused; REFUSED, ASSIGNMENT UNDER WAY, \
STILL HELD, 7 minutes left: botd close 2
 8  XOM 78C -1   paper    open      2015-12-24 12:52  person; earnings; taken over by ann at \
12:52:11
 9  MSFT 56P -1  paper    open                        broken spread; the long leg is gone: sold \
by the broker
"""
        == said.out
    )


def test_overrides_in_json(shell: Shell, day: Book) -> None:
    """A taken position carries who took it, when and why."""
    found = shell("override", "list", "--json").document

    assert [2, 8, 9] == [one["number"] for one in found["items"]]
    assert ("ann", "2015-12-24T17:52:11Z", "earnings") == (
        found["items"][1]["taken_by"],
        found["items"][1]["taken_at"],
        found["items"][1]["reason"],
    )
    assert None is found["items"][0]["taken_by"]


def test_no_override(shell: Shell, book: Book) -> None:
    """Nobody's hands are full, and that is said."""
    assert ["every open position is managed by its bot"] == shell("override", "list").lines


def test_a_resolved_position_is_off_the_list(shell: Shell, book: Book) -> None:
    """What a person has ended, or the protocol has booked, waits for nobody."""
    found = book.add(spread())
    book.hand_over(found, ManualReason.MISMATCH, "the account holds 3")
    book.close(found)

    assert [] == shell("override", "list", "--json").document["items"]
