"""One account, looked at through its broker."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

import pytest

from botd.brokers.port import Environment
from botd.clock import VirtualClock, VirtualTimeLoop
from botd.domain.position import Position
from botd.errors import BrokerError, BrokerUnavailable, OutcomeUnknown
from botd.service.doctor import Cause, Finding, Grade, Notebook
from botd.service.doctor_account import PATIENCE, examine
from botd.service.doctor_answers import Patient, of_clock
from botd.settings.model import AccountEnvironment
from tests.domain.trading_days import weekdays
from tests.engine.given import position
from tests.engine.market import SESSIONS, instant, symbol
from tests.service.sickbed import CARD, SickBroker
from tests.service.test_anchors import EXCHANGE, PAPER

KEY = ("broker", "PA1")
IN_SESSION, AT_NIGHT = "17:00", "12-24 02:00"
SPREAD = position("spread", "+1 745P", "-1 750P")
SHORT = position("short", "-1 750P")


class Visit:
    """A look at an account, in virtual time."""

    def __init__(self, at: str = IN_SESSION) -> None:
        self.loop = VirtualTimeLoop(instant(at))
        self.clock = VirtualClock(self.loop)
        self.sessions = SESSIONS
        self.broker = SickBroker(self.clock, SESSIONS)
        self.patient = Patient(KEY, PAPER)

    def look(self, *held: Position) -> dict[str, Finding]:
        """Look once; give the findings by what was looked at."""
        patient = replace(self.patient, held=held)
        work = examine(patient, self.broker, self.clock, self.sessions)
        found = self.loop.run_until_complete(work)
        assert len(found) == len({one.check for one in found})
        return {one.check: one for one in found}


@pytest.fixture
def visit() -> Iterator[Visit]:
    made = Visit()
    with closing(made.loop):
        yield made


@pytest.fixture
def night() -> Iterator[Visit]:
    made = Visit(AT_NIGHT)
    with closing(made.loop):
        yield made


def graded(found: dict[str, Finding], grade: Grade) -> set[str]:
    return {check for check, one in found.items() if one.grade is grade}


def test_an_account_that_is_well(visit: Visit) -> None:
    """Every line tells what was found; reads only were asked for."""
    found = visit.look(SPREAD)

    assert set() == graded(found, Grade.FAULT) | graded(found, Grade.WARN)
    assert {
        "answer": "after 0.00 s",
        "account": "PA1, paper, observe",
        "trading": "options level 3",
        "clock": "0.0 s behind the broker's",
        "adapter": "the alpaca adapter is proven by: own server, 2026-11-20",
        "reads": "1 holdings, 0 orders of the day",
        "calendar": "agrees on the next 5 sessions, to 2015-12-31",
        "quotes": "real-time: 3 of 3, the newest 1 s old",
    } == {check: one.found for check, one in found.items()}
    assert {"broker/PA1"} == {one.about for one in found.values()}
    assert {"account", "holdings", "orders", "session", "market"} == set(visit.broker.asked)


def test_another_account(visit: Visit) -> None:
    """Both are named, and nothing more is asked of somebody else's account."""
    visit.broker.number = "PA9"

    found = visit.look()

    assert "the credentials open PA9, paper; configured is PA1, paper" == found["account"].found
    assert Grade.FAULT is found["account"].grade
    assert ["account"] == visit.broker.asked


def test_the_other_environment(visit: Visit) -> None:
    """Real money behind the word paper."""
    visit.broker.environment = Environment.LIVE

    assert "open PA1, live; configured is PA1, paper" in visit.look()["account"].found


@pytest.mark.parametrize(
    ("level", "held", "grade", "words"),
    [
        pytest.param(3, (SPREAD,), Grade.OK, "options level 3", id="spreads"),
        pytest.param(
            2,
            (SPREAD,),
            Grade.FAULT,
            "options level 2; 1 spreads are held, which need 3",
            id="a spread that cannot be closed as one",
        ),
        pytest.param(
            2,
            (SHORT,),
            Grade.WARN,
            "options level 2: closes single legs; spreads need 3",
            id="single legs can",
        ),
        pytest.param(0, (), Grade.FAULT, "options level 0", id="no options at all"),
        pytest.param(
            None,
            (SPREAD,),
            Grade.OK,
            "it may trade; the broker tells no options level",
            id="the broker does not say",
        ),
    ],
)
def test_what_the_account_may_trade(
    visit: Visit, level: int | None, held: tuple[Position, ...], grade: Grade, words: str
) -> None:
    """The level is held against what the ledger says is held."""
    visit.broker.options_level = level

    found = visit.look(*held)["trading"]

    assert (grade, words) == (found.grade, found.found)


@pytest.mark.parametrize(
    ("blocked", "words"),
    [
        pytest.param(("account_blocked",), "account_blocked", id="in the broker's words"),
        pytest.param((), "the broker says that it may not trade", id="without a reason"),
    ],
)
def test_a_blocked_account(visit: Visit, blocked: tuple[str, ...], words: str) -> None:
    """It cannot close anything, whatever its level."""
    visit.broker.can_trade, visit.broker.blocked = False, blocked

    found = visit.look()["trading"]

    assert (Grade.FAULT, words) == (found.grade, found.found)


@pytest.mark.parametrize(
    ("seconds", "way", "grade"),
    [
        pytest.param(1, 0, Grade.OK, id="a second"),
        pytest.param(1.01, 0, Grade.WARN, id="more than a second"),
        pytest.param(-1.01, 0, Grade.WARN, id="more than a second behind"),
        pytest.param(5, 0, Grade.WARN, id="five seconds"),
        pytest.param(5.01, 0, Grade.FAULT, id="more than five"),
        pytest.param(2, 2, Grade.OK, id="an answer that was as long on its way"),
        pytest.param(2.01, 2, Grade.WARN, id="more than its way"),
    ],
)
def test_how_far_the_clocks_are_apart(seconds: float, way: float, grade: Grade) -> None:
    """The middle of question and answer is compared; half the way is given to the broker."""
    asked_at = instant("17:00")
    told_at = asked_at + timedelta(seconds=way)
    as_of = asked_at + timedelta(seconds=way / 2 - seconds)

    found = of_clock(Notebook("a"), asked_at, told_at, as_of)

    assert grade is found.grade


def test_which_clock_is_ahead(visit: Visit) -> None:
    """The host's is told against the broker's."""
    visit.broker.skew = timedelta(seconds=-7)

    found = visit.look()["clock"]

    assert (Grade.FAULT, "7.0 s ahead of the broker's") == (found.grade, found.found)
    assert "timedatectl status" == found.help


def test_another_calendar(visit: Visit) -> None:
    """Each day that differs is told with both closes."""
    visit.broker.closes = {
        date(2015, 12, 24): instant("21:00"),
        date(2015, 12, 29): None,
    }

    found = visit.look()["calendar"]

    assert Grade.FAULT is found.grade
    assert (
        "2015-12-24: ours 13:00, the broker's 16:00; 2015-12-29: ours 16:00, the broker's closed"
        == found.found
    )
    assert "calendar.toml: [[override]]" == found.help


def test_a_day_that_only_the_broker_trades_on(visit: Visit) -> None:
    """A weekday that we take for a holiday is compared too."""
    visit.broker.closes = {date(2015, 12, 25): instant("12-25 21:00")}

    assert "2015-12-25: ours closed, the broker's 16:00" == visit.look()["calendar"].found


@pytest.mark.parametrize(
    "has_calendar", [pytest.param(True, id="silent"), pytest.param(False, id="none at all")]
)
def test_a_broker_without_a_calendar(visit: Visit, *, has_calendar: bool) -> None:
    """There is nothing to compare, and no fault in that."""
    visit.broker.card = replace(CARD, has_calendar=has_calendar)
    visit.broker.has_session = False

    found = visit.look()["calendar"]

    assert (Grade.OK, "the broker tells none") == (found.grade, found.found)


def test_no_quotes_while_the_market_is_open(visit: Visit) -> None:
    """Everything that is held is named."""
    visit.broker.quoted_ago = None

    found = visit.look(SHORT)["quotes"]

    assert (Grade.FAULT, f"none of GOOG, {symbol('750P')}") == (found.grade, found.found)


def test_no_quotes_at_night(night: Visit) -> None:
    """None is expected."""
    night.broker.quoted_ago = None

    found = night.look()["quotes"]

    assert (Grade.OK, "none of SPY; the market is closed") == (found.grade, found.found)


@pytest.mark.parametrize(
    ("ago", "is_indicative", "grade", "words"),
    [
        pytest.param(60, False, Grade.OK, "real-time: 1 of 1, the newest 60 s old", id="a minute"),
        pytest.param(61, False, Grade.WARN, "1 of 1, the newest 61 s old", id="older"),
        pytest.param(
            900,
            True,
            Grade.WARN,
            "indicative (delayed or modified): 1 of 1, the newest 15 min old",
            id="delayed",
        ),
    ],
)
def test_which_quotes_arrive(
    visit: Visit, ago: int, *, is_indicative: bool, grade: Grade, words: str
) -> None:
    """Real-time or indicative, with the age of the newest."""
    visit.broker.quoted_ago = timedelta(seconds=ago)
    visit.broker.is_indicative = is_indicative

    found = visit.look()["quotes"]

    assert (grade, words) == (found.grade, found.found)


def test_quotes_of_yesterday_at_night(night: Visit) -> None:
    """Old quotes are no fault while the market is closed."""
    night.broker.quoted_ago = timedelta(hours=5)

    found = night.look()["quotes"]

    assert (Grade.OK, "1 of 1, the newest 5 h old; closed now") == (found.grade, found.found)


def test_an_empty_paper_exchange_is_asked_for_nothing(visit: Visit) -> None:
    """It shows a recorded day, which has no quotes of anything else."""
    visit.patient = Patient(KEY, EXCHANGE)

    assert "nothing is held that could be asked for" == visit.look()["quotes"].found
    assert "market" not in visit.broker.asked


def test_real_money_on_an_adapter_that_has_not_seen_any(visit: Visit) -> None:
    """It is proven on paper; a person should know before arming it."""
    live = replace(PAPER, environment=AccountEnvironment.LIVE)
    visit.patient = Patient(KEY, live)
    visit.broker.environment = Environment.LIVE

    assert Grade.WARN is visit.look()["adapter"].grade

    visit.broker.card = replace(CARD, proven="live, 2026-12-01")

    assert Grade.OK is visit.look()["adapter"].grade


@pytest.mark.parametrize(
    ("error", "cause", "words"),
    [
        pytest.param(
            BrokerUnavailable("connection refused"),
            Cause.AWAY,
            "not reached: connection refused",
            id="away",
        ),
        pytest.param(
            BrokerUnavailable("HTTP 401", is_auth=True),
            Cause.WORLD,
            "credentials refused: HTTP 401",
            id="credentials",
        ),
        pytest.param(
            OutcomeUnknown("HTTP 503"),
            Cause.AWAY,
            "no readable answer: HTTP 503",
            id="an answer that cannot be read",
        ),
    ],
)
def test_a_broker_that_does_not_answer(
    visit: Visit, error: BrokerError, cause: Cause, words: str
) -> None:
    """One line says why, and nothing more is asked."""
    visit.broker.fails = {"account": error}

    found = visit.look()

    assert [("answer", Grade.FAULT, cause, words)] == [
        (one.check, one.grade, one.cause, one.found) for one in found.values()
    ]
    assert ["account"] == visit.broker.asked


@pytest.mark.parametrize(
    ("call", "check"),
    [
        pytest.param("holdings", "reads", id="holdings"),
        pytest.param("orders", "reads", id="orders"),
        pytest.param("session", "calendar", id="the calendar"),
        pytest.param("market", "quotes", id="quotes"),
    ],
)
def test_an_answer_that_does_not_come(visit: Visit, call: str, check: str) -> None:
    """Ten seconds are all that one account is given; what came by then is told."""
    visit.broker.takes = {call: timedelta(hours=1)}

    found = visit.look()

    assert {check} == graded(found, Grade.FAULT)
    assert ("no answer within 10 s", Cause.AWAY) == (found[check].found, found[check].cause)
    assert instant(IN_SESSION) + PATIENCE == visit.clock.now()


def test_a_calendar_of_ours_that_ends(visit: Visit) -> None:
    """Days beyond our own horizon cannot be compared."""
    visit.sessions = weekdays(date(2015, 12, 1), date(2015, 12, 26))

    found = visit.look()["calendar"]

    assert (Grade.FAULT, "botd calendar") == (found.grade, found.help)
