"""What a broker's no leads to, where whole days do not show it."""

from dataclasses import replace

import pytest

from botd.domain.refusal import RefusalKind
from botd.engine import refused
from botd.engine.attempt import Attempt
from botd.engine.refused import Verdict
from botd.engine.send import Fate, Window, send
from botd.errors import Refusal, RefusalReason
from tests.engine.given import Day, Days, position
from tests.engine.market import instant, market, symbol

PUT = {"750P": "2.40/2.60"}
T = instant("18:00")
WINDOW = Window(instant("17:40"), T)
ATTEMPT = Attempt("p", "T-10", instant("17:50"), T, WINDOW, T, T, 0, is_last=False)


@pytest.fixture
def day(open_day: Days) -> Day:
    """Open a day whose first order was refused, and not judged yet."""
    found = open_day(market("748", PUT, size=0), position("p", "-1 750P"))
    found.start()
    found.befall("refuse", "17:40")
    assert Fate.REFUSED is found.run(send(found.desk, found.intent("p", "+1 750P"), WINDOW)).fate
    return found


def verdict(
    day: Day, reason: RefusalReason, cured: frozenset[RefusalKind] = frozenset()
) -> Verdict:
    refusal = Refusal(reason, "no")
    order = day.intent("p", "+1 750P")
    return day.run(refused.on_refusal(day.desk, ATTEMPT, order, refusal, cured=cured))


@pytest.mark.parametrize(
    ("reason", "expected", "status"),
    [
        pytest.param(RefusalReason.OTHER, Verdict.STOP, "assigned", id="of this close"),
        pytest.param(RefusalReason.ACCOUNT_BLOCKED, Verdict.STOP, "open", id="of the account"),
        pytest.param(RefusalReason.PRICE_TICK, Verdict.RETRY, "open", id="of the price"),
        pytest.param(RefusalReason.WASH_TRADE, Verdict.RETRY, "open", id="of another order"),
    ],
)
def test_verdict(day: Day, reason: RefusalReason, expected: Verdict, status: str) -> None:
    """Only a refusal of this close presumes an assignment."""
    assert expected is verdict(day, reason)
    assert status == day.position("p").status.value
    assert ["refused"] == day.statuses("p")


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        pytest.param(RefusalReason.PRICE_BAND, RefusalKind.RETRY_PRICE, id="price"),
        pytest.param(
            RefusalReason.HELD_BY_OTHER_ORDER, RefusalKind.BLOCKED_BY_ORDER, id="quantity"
        ),
    ],
)
def test_second_complaint_waits(day: Day, reason: RefusalReason, kind: RefusalKind) -> None:
    """The next attempt tries again."""
    assert Verdict.HELD is verdict(day, reason, frozenset({kind}))
    assert "open" == day.position("p").status.value


def test_duplicate_that_lives_is_adopted(day: Day) -> None:
    """It is there: looked up, and followed."""
    day.run(day.broker.submit(day.intent("p", "+1 750P")))

    assert Verdict.RETRY is verdict(day, RefusalReason.DUPLICATE_CLIENT_ID)
    assert ["working"] == day.statuses("p")


def test_refusal_of_what_has_ended_refuses_nothing(day: Day) -> None:
    """A person has resolved it meanwhile."""
    day.take("p")
    day.resolve("p")
    day.broker.book({symbol("750P"): 1})
    day.run(day.engine.refresh())

    assert Verdict.CLOSED is verdict(day, RefusalReason.OTHER)
    assert day.position("p").broker_error is None


def test_account_that_cannot_be_read_after_it(day: Day) -> None:
    """Nobody knows whether it is still held: that is said, with the command that helps."""
    day.befall("unavailable", "17:40", seconds=60)

    assert Verdict.STOP is verdict(day, RefusalReason.OTHER)
    assert "REFUSED, HOLDING UNKNOWN, 20 minutes left: botd close 1" == day.position("p").fact

    words = day.position("p").broker_error

    assert words is not None
    assert "no" == words.message


def test_other_words_begin_the_count_anew(day: Day) -> None:
    """Three must be alike."""
    for code in ("1", "1", "2", "1", "1"):
        refusal = Refusal(RefusalReason.FUNDS, "no", code)
        order = replace(day.intent("p", "+1 750P"), client_order_id="p-01")
        day.run(refused.on_refusal(day.desk, ATTEMPT, order, refusal, cured=frozenset()))

    assert () == day.halts()
    assert 2 == day.desk.alike_count


def test_holding_stayed_unknown_to_the_end_of_the_day(day: Day) -> None:
    """A look that failed right after the refusal is made up for, and the fact told anew."""
    day.befall("unavailable", "17:40", seconds=60)
    verdict(day, RefusalReason.OTHER)

    day.play("17:41:10")

    assert "REFUSED, STILL HELD, 19 minutes left: botd close 1" == day.position("p").fact


def test_look_that_is_owed_says_nothing_of_what_a_person_resolved(day: Day) -> None:
    """Closed by hand meanwhile: the refusal is no news any more."""
    day.befall("unavailable", "17:40", seconds=60)
    verdict(day, RefusalReason.OTHER)
    day.resolve("p")
    day.run(day.engine.refresh())

    day.play("17:41:10")

    assert "STILL HELD" not in (day.position("p").fact or "")
