"""
Wheels over several expirations: real command lines, ledger, engine and account.

Every session plays the recorded day: GOOG closes at 748.40 on each of them. So a 740 put
and a 760 call expire, a 752.50 put is assigned, and a 745 call is called away. All
dollars are worked out by hand, per hundred shares.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from botd.ledger import audit, campaigns
from tests.service.house import ALIGNED, Answer, House, entry, house_in

THURSDAY = datetime(2015, 12, 24, 18, 0, tzinfo=UTC)  # the half-day's close
MONDAY = datetime(2015, 12, 28, 21, 0, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
WHEEL = 'bot = "wheel"'
PLAIN = 'bot = "condors"'
_FIRST_LOOK = timedelta(minutes=11)
_JUDGED = timedelta(seconds=40)


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    for made in house_in(tmp_path, capsys):
        made.configure(ALIGNED)
        yield made


def put(day: datetime, strike: str) -> str:
    return f"GOOG{day:%y%m%d}P00{strike}00"


def call(day: datetime, strike: str) -> str:
    return f"GOOG{day:%y%m%d}C00{strike}00"


def sell(house: House, name: str, *held: str, price: str, more: str = WHEEL) -> Answer:
    """Sell something, as a bot tells it: the account holds it from then on."""
    opened_at = f"{house.clock.now() - timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
    text = entry(name, *held, price=price, more=more).replace("2015-12-18T15:00:00Z", opened_at)
    answer = house.run("positions", "import", str(house.write(f"{name}.toml", text)))
    assert (0, "") == (answer.code, answer.err)
    return answer


def live_through(house: House, close: datetime) -> None:
    """Let a daemon carry the account over a close."""
    house.pass_until(close - _FIRST_LOOK)
    house.start_daemon()
    house.pass_until(close + _JUDGED)
    house.kill_daemon()


def morning_after(house: House, close: datetime) -> None:
    """Let a daemon read the broker's records on the next session's morning."""
    days = 4 if close == THURSDAY else 1
    opened_at = (close + timedelta(days=days)).replace(hour=14, minute=34)
    house.pass_until(opened_at)
    house.start_daemon()
    house.pass_until(opened_at + timedelta(minutes=2))
    house.kill_daemon()


def wheel(house: House, name: str) -> dict[str, Any]:
    """Give what `botd history` tells of a campaign."""
    document = house.run("history", "--json").json
    found: dict[str, Any] = next(one for one in document["campaigns"] if one["name"] == name)
    return found


def account_of(house: House, name: str) -> tuple[str, int, str, str, bool, bool]:
    """Tell premiums, shares, their gain, the net, whether it is open, and complete."""
    found = wheel(house, name)
    return (
        found["premiums"],
        found["shares"],
        found["share_gain"],
        found["net_pnl"],
        found["is_open"],
        found["is_complete"],
    )


def pnl(house: House, name: str) -> tuple[str, str, str | None, bool]:
    """Tell status, assignment, P/L of a position, and whether the broker has confirmed it."""
    found = house.run("positions", "show", name, "--json").json
    return found["status"], str(found["assignment"]), found["realized_pnl"], found["confirmed"]


def resolve(house: House, name: str, how: str) -> Answer:
    """Take a position over, and tell how it ended."""
    assert 0 == house.run("take", name).code
    answer = house.run("override", "resolve", name, "--as", how)
    assert (0, "") == (answer.code, answer.err)
    return answer


def check(house: House) -> None:
    """The ledger's states fold from its events."""
    assert () == tuple(house.read(audit.faults))


def test_a_put_expires_and_the_next_one_is_assigned(house: House) -> None:
    """The first ends its campaign with the premium; the second becomes shares at the strike."""
    sell(house, "put-1", f"-1 {put(THURSDAY, '7400')}", price="1.25")
    live_through(house, THURSDAY)
    assert ("expired", "None", "125.00", False) == pnl(house, "put-1")
    assert ("125.00", 0, "0.00", "125.00", False, True) == account_of(house, "put-1")

    morning_after(house, THURSDAY)
    assert ("expired", "None", "125.00", True) == pnl(house, "put-1")

    sell(house, "put-2", f"-1 {put(MONDAY, '7525')}", price="4.90")
    live_through(house, MONDAY)
    assert ("open", "None", None, False) == pnl(house, "put-2")
    assert "accepted" in (house.position("put-2").fact or "")

    morning_after(house, MONDAY)
    assert ("assigned", "confirmed", "490.00", True) == pnl(house, "put-2")
    assert ("490.00", 100, "0.00", "490.00", True, True) == account_of(house, "put-2")
    # A share has cost 752.50 less 4.90.
    found = wheel(house, "put-2")
    assert ("75250.00", "747.60") == (found["share_cost"], found["adjusted_basis"])
    assert {"GOOG": 100} == house.held()


def test_a_whole_turn(house: House) -> None:
    """A put is assigned, a call on its shares expires, the next one takes them away."""
    sell(house, "put-1", f"-1 {put(THURSDAY, '7525')}", price="4.90")
    live_through(house, THURSDAY)
    morning_after(house, THURSDAY)
    sell(house, "call-1", f"-1 {call(MONDAY, '7600')}", price="1.10")
    live_through(house, MONDAY)
    assert ("expired", "None", "110.00", False) == pnl(house, "call-1")
    assert ("600.00", 100, "0.00", "600.00", True, True) == account_of(house, "put-1")

    told = house.run("expire", "call-1", "--next-call", call(TUESDAY, "7450"), "--net-price", "6.2")
    assert (0, "") == (told.code, told.err)
    assert "GOOG 745C -1: taken under management at 6.20 credit" in told.out
    following = house.positions()[0].id
    assert ("1220.00", 100, "0.00", "1220.00", True, True) == account_of(house, "put-1")

    morning_after(house, MONDAY)
    assert ("expired", "None", "110.00", True) == pnl(house, "call-1")
    live_through(house, TUESDAY)
    morning_after(house, TUESDAY)

    # Premiums 490 + 110 + 620; shares bought at 752.50 and sold at 745.00.
    assert ("1220.00", 0, "-750.00", "470.00", False, True) == account_of(house, "put-1")
    assert ["put-1", "call-1", following] == wheel(house, "put-1")["positions"]
    assert ("assigned", "confirmed", "620.00", True) == pnl(house, following)
    assert {} == house.held()
    check(house)


def test_history_shows_both(house: House) -> None:
    """The positions with their P/L, and the campaign with premiums and shares together."""
    sell(house, "put-1", f"-1 {put(THURSDAY, '7525')}", price="4.90")
    live_through(house, THURSDAY)
    morning_after(house, THURSDAY)
    sell(house, "call-1", f"-1 {call(MONDAY, '7600')}", price="1.10")
    live_through(house, MONDAY)

    lines = house.run("history").out.splitlines()

    assert "assigned (confirmed)" in lines[1]
    assert lines[1].endswith("+490.00")
    assert lines[2].endswith("+110.00")
    assert [
        "campaign  on    premiums  shares  gain of shares  together  state",
        "put-1     GOOG   +600.00     100           +0.00   +600.00  open, even at 746.50 a share",
    ] == lines[-2:]


def test_a_covered_call_in_one_position(house: House) -> None:
    """Its shares stay with the position, under two calls more, until they are called away."""
    sell(house, "cc", "100 GOOG", f"-1 {call(THURSDAY, '7600')}", price="-740")
    live_through(house, THURSDAY)
    assert ("0.00", 100, "0.00", "0.00", True, True) == account_of(house, "cc")

    # The daemon has booked the expiry already; nothing but the next call is left to do.
    first = house.run("expire", "cc", "--next-call", call(MONDAY, "7600"), "--net-price", "2.35")
    assert (0, "") == (first.code, first.err)
    again = house.run("expire", "cc", "--next-call", call(MONDAY, "7600"), "--net-price", "2.35")
    assert (4, True) == (again.code, "holds 100 shares of GOOG, 100 of them" in again.err)
    second = house.positions()[0].id

    morning_after(house, THURSDAY)
    live_through(house, MONDAY)
    house.run("expire", second, "--next-call", call(TUESDAY, "7450"), "--net-price", "5.00")
    third = house.positions()[0].id
    assert ("735.00", 100, "0.00", "735.00", True, True) == account_of(house, "cc")

    morning_after(house, MONDAY)
    live_through(house, TUESDAY)
    morning_after(house, TUESDAY)

    # Premiums 235 + 500; shares and the first call cost 740.00, and brought 745.00.
    assert ("735.00", 0, "500.00", "1235.00", False, True) == account_of(house, "cc")
    assert ("assigned", "confirmed", "500.00", True) == pnl(house, "cc")
    assert ("expired", "None", "235.00", True) == pnl(house, second)
    assert ("assigned", "confirmed", "500.00", True) == pnl(house, third)
    assert {} == house.held()
    check(house)


def test_an_assignment_that_a_person_tells(house: House) -> None:
    """The shares come at once, at the strike, and the broker's record brings none twice."""
    sell(house, "put-1", f"-1 {put(THURSDAY, '7525')}", price="4.90")
    house.pass_until(THURSDAY + timedelta(minutes=1))

    told = resolve(house, "put-1", "assigned")

    assert "; +100 GOOG at 752.50: booked into campaign put-1" in told.out
    assert ("assigned", "presumed", "490.00", False) == pnl(house, "put-1")
    assert ("490.00", 100, "0.00", "490.00", True, True) == account_of(house, "put-1")

    morning_after(house, THURSDAY)

    assert ("assigned", "confirmed", "490.00", True) == pnl(house, "put-1")
    assert ("490.00", 100, "0.00", "490.00", True, True) == account_of(house, "put-1")

    sell(house, "call-1", f"-1 {call(MONDAY, '7450')}", price="5.00")
    assert "put-1" == house.position("call-1").campaign
    house.pass_until(MONDAY + timedelta(minutes=1))
    resolve(house, "call-1", "assigned")

    # Premiums 490 + 500; shares bought at 752.50 and sold at 745.00.
    expected = ("990.00", 0, "-750.00", "240.00", False, True)
    assert expected == account_of(house, "put-1")

    morning_after(house, MONDAY)

    assert expected == account_of(house, "put-1")
    assert ("assigned", "confirmed", "500.00", True) == pnl(house, "call-1")
    assert {} == house.held()
    assert 2 == len(house.read(lambda tx: campaigns.entries(tx, "put-1")))
    check(house)


def test_a_person_calls_away_the_shares_of_a_position(house: House) -> None:
    """They leave the position that holds them, once, whoever says it twice."""
    sell(house, "cc", "100 GOOG", f"-1 {call(THURSDAY, '7600')}", price="-740")
    live_through(house, THURSDAY)
    house.run("expire", "cc", "--next-call", call(MONDAY, "7450"), "--net-price", "5.00")
    following = house.positions()[0].id
    morning_after(house, THURSDAY)
    house.pass_until(MONDAY + timedelta(minutes=1))

    resolve(house, following, "assigned")

    # Premium 500; shares and the first call cost 740.00, and brought 745.00.
    expected = ("500.00", 0, "500.00", "1000.00", False, True)
    assert expected == account_of(house, "cc")

    morning_after(house, MONDAY)

    assert expected == account_of(house, "cc")
    assert ("assigned", "presumed", "500.00", True) == pnl(house, "cc")
    assert ("assigned", "confirmed", "500.00", True) == pnl(house, following)
    check(house)


def test_a_covered_call_that_a_person_tells_as_assigned(house: House) -> None:
    """Its own shares are gone at the strike, and the record changes nothing."""
    sell(house, "cc", "100 GOOG", f"-1 {call(THURSDAY, '7450')}", price="-738")
    house.pass_until(THURSDAY + timedelta(minutes=1))

    resolve(house, "cc", "assigned")

    expected = ("0.00", 0, "700.00", "700.00", False, True)
    assert expected == account_of(house, "cc")

    morning_after(house, THURSDAY)

    assert expected == account_of(house, "cc")
    assert ("assigned", "confirmed", "700.00", True) == pnl(house, "cc")
    assert {} == house.held()


@pytest.mark.parametrize(
    ("held", "price", "how"),
    [
        pytest.param(put(THURSDAY, "7525"), "4.90", "assigned", id="a put told as assigned"),
        pytest.param(put(THURSDAY, "7525"), "4.90", "expired", id="a put told as expired"),
    ],
)
def test_a_plain_put_becomes_shares_with_the_record(
    house: House, held: str, price: str, how: str
) -> None:
    """Outside of a campaign the broker's record starts one, whatever a person has told."""
    sell(house, "p", f"-1 {held}", price=price, more=PLAIN)
    house.pass_until(THURSDAY + timedelta(minutes=1))
    resolve(house, "p", how)
    assert None is house.position("p").campaign

    morning_after(house, THURSDAY)

    assert ("assigned", "confirmed", "490.00", True) == pnl(house, "p")
    assert ("490.00", 100, "0.00", "490.00", True, True) == account_of(house, "p")


def test_an_exercise_that_a_person_tells(house: House) -> None:
    """A long call becomes shares at its strike with the record; its cost is the premium."""
    sell(house, "long", f"1 {call(THURSDAY, '7450')}", price="-4.00", more=PLAIN)
    house.pass_until(THURSDAY + timedelta(minutes=1))

    told = resolve(house, "long", "exercised")
    assert "exercised, P/L not known" in told.out
    assert ("exercised", "None", None, False) == pnl(house, "long")

    morning_after(house, THURSDAY)

    assert ("exercised", "None", "-400.00", True) == pnl(house, "long")
    assert ("-400.00", 100, "0.00", "-400.00", True, True) == account_of(house, "long")
    assert {"GOOG": 100} == house.held()


def test_a_person_was_mistaken(house: House) -> None:
    """What was told as assigned had expired: its shares leave the campaign again."""
    sell(house, "put-1", f"-1 {put(THURSDAY, '7400')}", price="1.25")
    house.pass_until(THURSDAY + timedelta(minutes=1))
    resolve(house, "put-1", "assigned")
    assert ("125.00", 100, "0.00", "125.00", True, True) == account_of(house, "put-1")

    morning_after(house, THURSDAY)

    assert ("expired", "None", "125.00", True) == pnl(house, "put-1")
    assert ("125.00", 0, "0.00", "125.00", False, True) == account_of(house, "put-1")
    assert "records say" in (house.position("put-1").fact or "")
    assert {} == house.held()


def test_a_person_was_mistaken_about_shares_of_a_position(house: House) -> None:
    """Shares told as called away are still there: they are the campaign's, at that price."""
    sell(house, "cc", "100 GOOG", f"-1 {call(THURSDAY, '7600')}", price="-740")
    live_through(house, THURSDAY)
    house.run("expire", "cc", "--next-call", call(MONDAY, "7600"), "--net-price", "2.00")
    following = house.positions()[0].id
    morning_after(house, THURSDAY)
    house.pass_until(MONDAY + timedelta(minutes=1))
    resolve(house, following, "assigned")
    assert ("200.00", 0, "2000.00", "2200.00", False, True) == account_of(house, "cc")

    morning_after(house, MONDAY)

    assert ("expired", "None", "200.00", True) == pnl(house, following)
    assert ("200.00", 100, "2000.00", "2200.00", True, True) == account_of(house, "cc")
    assert "76000.00" == wheel(house, "cc")["share_cost"]
    assert {"GOOG": 100} == house.held()


def test_a_price_that_a_person_tells_holds_the_shares(house: House) -> None:
    """Whoever has sold the shares already says what everything brought: none are booked."""
    sell(house, "put-1", f"-1 {put(THURSDAY, '7525')}", price="4.90")
    house.pass_until(THURSDAY + timedelta(minutes=1))
    assert 0 == house.run("take", "put-1").code

    answer = house.run("override", "resolve", "put-1", "--as", "assigned", "--net-price", "-4.10")

    assert 0 == answer.code
    assert ("80.00", 0, "0.00", "80.00", False, True) == account_of(house, "put-1")
