"""Whose account the credentials open."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from botd.brokers.port import Environment
from botd.domain.bot import Mode
from botd.engine.identity import admit, tell_mode
from botd.engine.loop import AccountEngine
from botd.engine.reads import read_account_until
from botd.errors import BrokerUnavailable
from botd.ledger import accounts
from botd.ledger.accounts import BoundAccount
from botd.ledger.halts import HaltKind
from botd.service import wiring
from botd.service.wiring import Surroundings
from tests.engine.given import KEY, Day, Days, OddBroker, position
from tests.engine.market import SESSIONS, instant, market


@dataclass
class StrangersDay(Day):
    """A day whose credentials open somebody else's account, which holds the same."""

    def _open(self) -> None:
        self.broker = OddBroker(
            self.store, self.shown, self.clock, SESSIONS, account="PA9", card=self.card
        )
        around = Surroundings(self.ledger, self.clock, SESSIONS, "test")
        self.desk = wiring.make_desk(KEY, self.broker, around, [self.rules], mode=self.mode)
        self.engine = AccountEngine(self.desk)


@contextmanager
def strangers_day() -> Iterator[Day]:
    day = StrangersDay(market("748"), (position("p", "-1 750P"),))
    try:
        yield day
    finally:
        day.shut()


def bound(day: Day) -> tuple[BoundAccount, ...]:
    return day.ledger.read_now(accounts.everything)


def test_an_account_is_bound_at_its_first_read(open_day: Days) -> None:
    """The ledger knows from then on whose positions it looks after."""
    day = open_day(market("748"), position("p", "-1 750P"))

    assert day.start()
    assert [(*KEY, "paper", "armed")] == [
        (one.broker, one.account, one.environment, one.mode) for one in bound(day)
    ]


def test_another_mode_is_bound_too(open_day: Days) -> None:
    """A person arms an account while the daemon runs."""
    day = open_day(market("748"), position("p", "-1 750P"), mode=Mode.OBSERVE)
    day.start()
    day.desk.mode = Mode.ARMED
    day.run(read_account_until(day.desk, instant("17:41")))

    assert ["armed"] == [one.mode for one in bound(day)]


def test_another_mode_is_told_without_a_read(open_day: Days) -> None:
    """What counts after a reload is shown at once, not only when the broker is next read."""
    day = open_day(market("748"), position("p", "-1 750P"))
    day.run(tell_mode(day.desk))

    assert () == bound(day)

    day.start()
    day.desk.mode = Mode.OBSERVE
    day.run(tell_mode(day.desk))

    assert ["observe"] == [one.mode for one in bound(day)]


def test_another_account_gets_no_order() -> None:
    """Its positions look like ours and are in the money: all day nothing leaves for it."""
    with strangers_day() as day:
        day.play_through()

        assert () == day.orders("p")
        assert () == bound(day)
        assert [HaltKind.GUARD] == [halt.kind for halt in day.halts()]
        told = day.words("stop/")
        assert "open account 'PA9', the bots' files say account 'paper'" in told
        assert "[brokers.paper]" in told


def test_another_account_is_not_asked_again_and_again() -> None:
    """No number of reads makes it ours."""
    with strangers_day() as day:
        assert not day.start()
        assert instant("17:40") == day.clock.now()


def test_resuming_does_not_make_it_ours() -> None:
    """Whoever resumes without a correction is told again."""
    with strangers_day() as day:
        day.start()
        day.resume()
        day.clock_to("17:45")

        day.play_through()

        assert () == day.orders("p")
        assert 1 == len(day.halts())


def test_the_other_environment_is_no_account_of_ours(open_day: Days) -> None:
    """The word in botd.toml is what a person relies on."""
    day = open_day(market("748"), position("p", "-1 750P"))
    day.desk.environment = Environment.LIVE

    assert not day.start()
    assert () == bound(day)
    assert "open the paper account 'paper', botd.toml says environment 'live'" in day.words("stop/")


def test_a_ledger_of_the_other_environment_is_no_ledger_of_ours(open_day: Days) -> None:
    """A live account never meets what was recorded of a paper one, whatever its number."""
    day = open_day(market("748"), position("p", "-1 750P"))
    day.ledger.write_now(
        lambda tx: accounts.bind(
            tx,
            broker=KEY[0],
            account="another",
            environment="live",
            mode="armed",
            at=day.clock.now(),
        )
    )

    assert not day.start()
    assert "this ledger holds its live account 'another'" in day.words("stop/")


def test_an_account_that_is_ours_again_is_let_through(open_day: Days) -> None:
    """What kept it out is forgotten once it has passed."""
    day = open_day(market("748"), position("p", "-1 750P"))
    state = day.run(day.broker.account())
    with pytest.raises(BrokerUnavailable):
        day.run(admit(day.desk, replace(state, account="PA9")))

    day.run(admit(day.desk, state))

    assert None is day.desk.stranger
