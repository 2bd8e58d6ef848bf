from datetime import timedelta

import pytest

from botd.domain.position import Policy
from tests.cli.book import CLOSE, NOW, Book, position, spread
from tests.cli.conftest import FILES, FixedClock, Shell


def test_the_next_expiration(shell: Shell, day: Book) -> None:
    """Left out, the date is the next on which something that is held stops trading."""
    said = shell("plan", COLUMNS="80")

    assert (
        f"""\
THU 2015-12-24   half day   close 13:00 New York   5 positions stop trading
paper PAPER armed   no cut-off of its own   no limit of requests
attempts   T-10 12:50   T-5 12:55   T-1 12:59

no  position            managed by  in the money    attempts  now
 1  GOOG 745/750P x1    condors     close           as above  ITM 750P
 3  KO 42C covered      wheel       accept          as above  ITM 42C
 4  QQQ iron condor x1  condors     close           as above  OTM
 8  XOM 78C -1          a person    yours to close  none      ITM 78C
 9  MSFT 56P -1         a person    yours to close  none      ITM 56P

ledger {shell.ledger_path}
"""
        == said.out
    )


def test_after_the_bell_the_next_day_is_planned(shell: Shell, day: Book) -> None:
    """What has stopped trading is no longer ahead."""
    shell.clock = FixedClock(CLOSE)

    found = shell("plan", "--json").document

    assert ("2016-01-15", [7]) == (found["date"], [one["number"] for one in found["positions"]])


def test_a_plan_in_json(shell: Shell, book: Book) -> None:
    """A planned position is a position with policy, attempts and moneyness beside it."""
    book.policy(book.add(spread()), Policy.HAND_OVER)
    book.mark("GOOG", "748")

    found = shell("plan", "--json").document

    [one] = found["positions"]
    assert {
        "id": "goog-1",
        "effective_policy": "hand_over",
        "planned_attempts": {
            "T-10": "2015-12-24T17:50:00Z",
            "T-5": "2015-12-24T17:55:00Z",
            "T-1": "2015-12-24T17:59:00Z",
        },
    }.items() <= one.items()
    assert ["OTM", "ITM"] == [leg["state"] for leg in one["moneyness"]]
    assert ("half", "2015-12-24T18:00:00Z", str(shell.ledger_path)) == (
        found["kind"],
        found["closes_at"],
        found["ledger"],
    )
    assert [
        {
            "broker": "paper",
            "account": "paper",
            "environment": "paper",
            "mode": "armed",
            "cutoff_at": None,
            "attempts_after_cutoff": 0,
            "requests_per_minute": None,
            "positions": 0,
            "steps_each": 0,
            "fits": True,
        }
    ] == found["accounts"]


def test_an_adjusted_contract_is_handed_over(shell: Shell, book: Book) -> None:
    """The spot does not judge it: whatever its policy, a person gets it, and the plan says so."""
    book.policy(book.add(position("a", "-1 AAPL1151224C00150000")), Policy.CLOSE)

    said = shell("plan", COLUMNS="120")
    [one] = shell("plan", "--json").document["positions"]

    assert "1 AAPL1 150C -1 condors hand over (adjusted contract) as above no quote" in {
        " ".join(line.split()) for line in said.lines
    }
    assert ("hand_over", "adjusted contract") == (one["effective_policy"], one["policy_reason"])


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        pytest.param("750", NOW, "ATM 750P", id="at the strike"),
        pytest.param(None, NOW, "no quote", id="nothing known"),
        pytest.param("748", NOW + timedelta(minutes=20), "no quote", id="too old"),
    ],
)
def test_how_it_stands_now(
    shell: Shell, book: Book, last: str | None, now: object, expected: str
) -> None:
    """Moneyness is told from the newest quotes, if there are any."""
    book.add(spread())
    book.mark("GOOG", last)
    shell.clock = FixedClock(now)  # type: ignore[arg-type]  # an instant

    assert any(line.endswith(expected) for line in shell("plan", "--date", "today").lines)


def test_the_pin_band_counts(shell: Shell, book: Book) -> None:
    """A bot's own pin band decides what is at the strike."""
    shell.write(
        {"bots/condors.toml": f'{FILES["bots/condors.toml"]}[expiration]\npin_band = "0.50"\n'}
    )
    book.add(spread())
    book.mark("GOOG", "750.50")

    [one] = shell("plan", "--json").document["positions"]
    assert ["OTM", "ATM"] == [leg["state"] for leg in one["moneyness"]]


def test_a_cut_off_and_other_attempts(shell: Shell, book: Book) -> None:
    """A position with attempts of its own shows them; the cut-off shifts with the close."""
    shell.write(
        {
            "botd.toml": '[brokers.paper]\nkind = "paper"\ncutoff = "15:15"\nmode = "observe"\n',
            "bots/wheel.toml": f'{FILES["bots/wheel.toml"]}[expiration]\nattempts = ["20m"]\n',
        }
    )
    for name in ("goog-1", "goog-2"):
        book.add(spread(name))
    book.add(position("ko", "-1 KO151224C00042000", bot="wheel"))
    shell.clock = FixedClock(CLOSE - timedelta(hours=3))

    said = shell("plan")

    assert (
        "paper PAPER observe   may act on its own from 12:15 New York, 4 attempts after that "
        "(see anchor)   no limit of requests"
    ) in said.lines
    assert "attempts   T-10 12:50   T-5 12:55   T-1 12:59" in said.lines
    assert "3 KO 42C -1 wheel close T-20 12:40 no quote" in {
        " ".join(line.split()) for line in said.lines
    }


def test_attempts_before_the_cut_off(shell: Shell, book: Book) -> None:
    """With `anchor = "cutoff"` there is nothing to warn of."""
    shell.write(
        {
            "botd.toml": '[brokers.paper]\nkind = "paper"\ncutoff = "15:15"\n',
            "bots/condors.toml": f'{FILES["bots/condors.toml"]}[expiration]\nanchor = "cutoff"\n',
        }
    )
    book.add(spread("goog-1"))
    shell.clock = FixedClock(CLOSE - timedelta(hours=3))

    [account] = shell("plan", "--json").document["accounts"]

    assert ("2015-12-24T17:15:00Z", 0) == (
        account["cutoff_at"],
        account["attempts_after_cutoff"],
    )
    assert (
        "paper PAPER armed   may act on its own from 12:15 New York   no limit of requests"
        in shell("plan").lines
    )


def test_a_day_on_which_nothing_stops(shell: Shell, day: Book) -> None:
    """A day without positions is an answer; a closed one says so."""
    said = shell("plan", "--date", "2015-12-25")

    assert "FRI 2015-12-25   closed   0 positions stop trading" == said.lines[0]
    assert 0 == said.code


def test_one_position_stops(shell: Shell, book: Book) -> None:
    """Numbers agree with their verbs."""
    book.add(spread())

    assert shell("plan").lines[0].endswith("1 position stops trading")


def test_only_people_have_positions(shell: Shell, book: Book) -> None:
    """Where nothing is under bot management there are no attempts."""
    book.take(book.add(spread()))

    assert "attempts   none" in shell("plan").lines


def test_nothing_is_held(shell: Shell, book: Book) -> None:
    """An empty book has no next expiration."""
    book.add(position("shares", "+100 KO"))

    said, found = shell("plan"), shell("plan", "--json").document

    assert "nothing that is held stops trading: no options, futures or events" == said.lines[0]
    assert (None, None, []) == (found["date"], found["kind"], found["positions"])


def test_a_halt_is_told(shell: Shell, book: Book) -> None:
    """A plan that a halt prevents says so."""
    book.add(spread())
    book.halt("odd fills")

    said = shell("plan")

    assert "HALTED: odd fills; nothing is sent until botd resume" in said.lines
    assert ["odd fills"] == [halt["reason"] for halt in shell("plan", "--json").document["halts"]]


def test_a_broker_that_no_file_names(shell: Shell, book: Book) -> None:
    """An account whose broker is not configured is marked."""
    shell.write(
        {
            "botd.toml": '[brokers.other]\nkind = "paper"\n',
            "bots/condors.toml": 'name = "condors"\nbroker = "other"\n',
            "bots/wheel.toml": 'name = "wheel"\nbroker = "other"\n',
        }
    )
    book.add(spread())

    assert (
        "paper not configured   no cut-off of its own   no limit of requests" in shell("plan").lines
    )


def test_a_day_beyond_the_calendar(shell: Shell, book: Book) -> None:
    """What the calendar does not know cannot be planned."""
    said = shell("plan", "--date", "1999-01-04")

    assert 2 == said.code
    assert "outside the calendar's horizon" in said.err
