import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from botd.domain import lots
from botd.domain.position import ClosedBy, How
from botd.ledger import attempts, campaigns, positions
from tests.cli.book import NOW, Book, position, spread
from tests.cli.conftest import Shell

JANUARY = datetime(2016, 1, 15, 21, 0, tzinfo=UTC)


def wheel(book: Book) -> None:
    """A put that was assigned, and a call on the shares that expired."""
    put = replace(
        position("ko-put", "-1 KO151224P00043000", price="0.50", bot="wheel"), campaign="ko"
    )
    call = replace(
        position("ko-call", "-1 KO160115C00044000", price="0.30", bot="wheel"), campaign="ko"
    )
    found = book.add(put)
    book.change(
        found,
        "assigned",
        lambda one: lots.end_legs(one, [one.legs[0].symbol], {}, How.ASSIGNED, NOW),
    )
    shares = campaigns.Entry(
        "ko",
        "r-1",
        "shares",
        NOW,
        "ko-put",
        "KO",
        100,
        Decimal("43.00"),
    )
    book.write(lambda tx: campaigns.add(tx, shares))
    found = book.add(call)
    book.write(
        lambda tx: positions.change(
            tx,
            "ko-call",
            "expired",
            lambda one: lots.end_legs(one, [one.legs[0].symbol], {}, How.EXPIRED, JANUARY),
            at=JANUARY,
            by="bot",
        )
    )


def test_what_is_over(shell: Shell, day: Book) -> None:
    """Each end with its P/L, totals by kind and together, and what still waits."""
    said = shell("history")

    assert (
        """\
ended             no  position     bot      how            opened  closed      P/L
2015-12-24 12:52   5  IWM 110P -1  condors  closed by bot    0.50   -0.45    +5.00
2015-12-24 12:52   6  DIA 170P -6  condors  expired          0.35    0.00  +105.00

closed         1  +5.00
expired        1  +105.00
together       2  +110.00
1 position ended, but how is not known yet: botd
"""
        == said.out
    )


def test_nothing_is_over(shell: Shell, book: Book) -> None:
    """An empty history is an answer."""
    assert (0, ["no completed position"]) == (shell("history").code, shell("history").lines)


def test_history_in_json(shell: Shell, day: Book) -> None:
    """Positions, totals by status, and campaigns in one document."""
    found = shell("history", "--from", "2015-12-24", "--to", "today", "--json").document

    assert {
        "from": "2015-12-24",
        "to": "2015-12-24",
        "bot": None,
        "total": 2,
        "waiting": 1,
    }.items() <= found.items()
    assert ["iwm-1", "dia-1"] == [one["id"] for one in found["items"]]
    assert {
        "count": 2,
        "realized_pnl": "110.00",
        "pnl_complete": True,
        "fees": None,
        "by_status": {
            "closed": {"count": 1, "realized_pnl": "5.00", "pnl_complete": True, "fees": None},
            "expired": {"count": 1, "realized_pnl": "105.00", "pnl_complete": True, "fees": None},
        },
    } == found["totals"]
    assert [] == found["campaigns"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(("--from", "2015-12-25"), [], id="later"),
        pytest.param(("--to", "2015-12-23"), [], id="earlier"),
        pytest.param(("--to", "2015-12-24"), ["iwm-1", "dia-1"], id="the last day counts whole"),
        pytest.param(("--bot", "wheel"), [], id="of another bot"),
    ],
)
def test_spans_and_bots(
    shell: Shell, day: Book, options: tuple[str, ...], expected: list[str]
) -> None:
    """Days are New York's, both ends included."""
    assert expected == [one["id"] for one in shell("history", "--json", *options).document["items"]]


def test_csv(shell: Shell, day: Book) -> None:
    """One row a position, readable by a spreadsheet."""
    rows = list(csv.DictReader(io.StringIO(shell("history", "--csv").out)))

    assert [
        ("iwm-1", "-1xIWM151224P00110000", "5.00", "true", "", "false"),
        ("dia-1", "-2xDIA151224P00170000", "105.00", "true", "", "false"),
    ] == [
        (
            row["id"],
            row["legs"],
            row["realized_pnl"],
            row["pnl_complete"],
            row["fees"],
            row["confirmed"],
        )
        for row in rows
    ]


def test_csv_or_json(shell: Shell, day: Book) -> None:
    """One answer has one form."""
    said = shell("history", "--csv", "--json")

    assert 2 == said.code
    assert "exclude each other" in said.err


def test_an_unknown_bot(shell: Shell, day: Book) -> None:
    """Exit 3, with the bots there are; a bot that is in the ledger alone is known."""
    day.close(day.add(position("old", "-1 GE151224P00030000", bot="retired")))

    assert 3 == shell("history", "--bot", "whel").code
    assert ["old"] == [
        one["id"] for one in shell("history", "--bot", "retired", "--json").document["items"]
    ]


def test_parts_that_ended_in_different_ways(shell: Shell, book: Book) -> None:
    """Ten units can end three ways; what is not known is never 0."""
    found = book.add(spread(units=3))
    book.close(found, units=1)
    book.change(found, "gone", lambda one: lots.end_unknown(one, 2, How.ASSIGNED, NOW))

    said = shell("history")

    assert "1 closed, 2 assigned" in said.lines[1]
    assert "+80.00 so far" in said.lines[1]
    assert "so far; some prices are not known" in said.out


def test_parts_that_ended_alike(shell: Shell, book: Book) -> None:
    """Two fills of one close are one way to end."""
    found = book.add(spread(units=2))
    book.close(found, "-0.45", units=1)
    book.close(found, "-0.55", units=1)

    assert "closed by bot" in shell("history").lines[1]


def test_fees_are_told_apart(shell: Shell, book: Book) -> None:
    """P/L is before fees; where all fees are known their sum is told."""
    found = book.add(spread())
    book.close(found)
    book.change(
        found,
        "fees",
        lambda one: replace(
            one, outcomes=tuple(replace(each, fees=Decimal("1.30")) for each in one.outcomes)
        ),
    )

    assert "closed         1  +80.00, fees 1.30" in shell("history").lines
    assert "1.30" == shell("history", "--json").document["totals"]["fees"]


def test_a_wheel(shell: Shell, book: Book) -> None:
    """Premiums and shares of a campaign are added up together, nothing twice."""
    wheel(book)

    said, found = shell("history"), shell("history", "--json").document

    assert [
        "campaign  on  premiums  shares  gain of shares  together  state",
        "ko        KO    +80.00     100           +0.00    +80.00  open, even at 42.20 a share",
    ] == said.lines[-2:]
    assert [
        {
            "name": "ko",
            "bot": "wheel",
            "underlying": "KO",
            "positions": ["ko-put", "ko-call"],
            "premiums": "80.00",
            "shares": 100,
            "share_cost": "4300.00",
            "share_gain": "0.00",
            "net_pnl": "80.00",
            "adjusted_basis": "42.20",
            "is_open": True,
            "is_complete": True,
        }
    ] == found["campaigns"]


def test_a_wheel_that_ended_in_the_dark(shell: Shell, book: Book) -> None:
    """A campaign without shares has no basis, and an unknown price is told."""
    found = book.add(replace(spread(), campaign="goog"))
    book.change(found, "gone", lambda one: lots.end_unknown(one, 1, How.CLOSED, NOW))

    assert shell("history").lines[-1].endswith("ended, some prices are not known")
    assert None is shell("history", "--json").document["campaigns"][0]["adjusted_basis"]


def observed(book: Book) -> None:
    """A short that would have been closed, and was bought back by hand."""
    at = NOW - timedelta(hours=1)
    put = position("watched", "-1 GOOG151224P00750000", price="1.25")
    found = book.add(put)
    claim = attempts.Claim("watched", at, "T-10", at)
    book.write(lambda tx: attempts.claim(tx, [claim], "test"))
    note = "would close 1 from -2.50 to -2.60, cap -7.75"
    book.write(lambda tx: attempts.decide(tx, "watched", at, "skip", "observe mode", (), note))
    book.change(
        found,
        "closed",
        lambda one: lots.apply_fill(one, one.legs, 1, Decimal("-3.00"), at, ClosedBy.OTHER),
    )


def test_what_observe_mode_would_have_done(shell: Shell, day: Book) -> None:
    """The range of prices beside what really came, and the difference."""
    observed(day)
    said = shell("history", "--observed", "--from", "2015-12-20", "--to", "2015-12-26")

    assert "observed: 1 would have been closed, 0 left; 40.00 dollars better" in said.out
    assert "would close 1 from -2.50 to -2.60, cap -7.75" in said.out


def test_what_observe_mode_would_have_done_for_a_script(shell: Shell, day: Book) -> None:
    """One document, with prices as strings."""
    observed(day)
    said = shell("history", "--observed", "--from", "2015-12-20", "--to", "2015-12-26", "--json")
    found = json.loads(said.out)

    assert ("40.00", 1) == (found["difference"], found["total"])
    assert [
        {"units": 1, "first_net_price": "-2.50", "last_net_price": "-2.60", "cap": "-7.75"}
    ] == found["items"][0]["would"]


def test_nothing_was_observed(shell: Shell, day: Book) -> None:
    """The last seven days are asked for where no date is."""
    said = shell("history", "--observed")

    assert "nothing was observed in that time" in said.out


def test_observed_goes_with_dates_alone(shell: Shell, day: Book) -> None:
    """A bot or a table of commas is refused, naming what goes."""
    said = shell("history", "--observed", "--csv")

    assert 2 == said.code
    assert "--observed goes with --from, --to and --json only" in said.err
