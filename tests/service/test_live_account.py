"""A live account, wired as the daemon wires it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from botd.brokers.port import AccountState, Environment
from botd.domain.bot import Mode
from botd.engine.loop import AccountEngine
from botd.service import wiring
from botd.service.wiring import Surroundings
from botd.settings.model import Settings
from tests.engine.given import KEY, Day, OddBroker, bot, position
from tests.engine.market import SESSIONS, instant, market
from tests.service.test_anchors import LIVE, settings


class LiveBroker(OddBroker):
    """An exchange that says it is about real money."""

    async def account(self) -> AccountState:
        return replace(await super().account(), environment=Environment.LIVE)


@dataclass
class LiveDay(Day):
    """A day of a live account whose table is in `chosen`."""

    def _open(self) -> None:
        self.broker = LiveBroker(
            self.store, self.shown, self.clock, SESSIONS, account=KEY[1], card=self.card
        )
        around = Surroundings(self.ledger, self.clock, SESSIONS, "test")
        self.desk = wiring.make_desk(KEY, self.broker, around, [self.rules])
        wiring.apply_settings(_chosen(self.mode), KEY, self.desk)
        self.engine = AccountEngine(self.desk)


def _chosen(mode: Mode) -> Settings:
    return settings(replace(LIVE, name=KEY[0], mode=mode), says_anchor=True, bot=bot())


@pytest.fixture
def live_day() -> Iterator[Callable[[Mode], Day]]:
    opened: list[Day] = []

    def open_day(mode: Mode) -> Day:
        opened.append(LiveDay(market("748"), (position("p", "-1 750P"),), mode=mode))
        return opened[-1]

    yield open_day
    for day in opened:
        day.shut()


def test_a_live_account_that_is_observed_sends_nothing(live_day: Callable[[Mode], Day]) -> None:
    """All day long: everything is decided and recorded, and the exchange hears no order."""
    day = live_day(Mode.OBSERVE)

    day.play_through()

    assert () == day.run(day.broker.orders(instant("12-24 13:00")))
    assert () == day.orders("p")
    assert ["skip"] * 3 == [one.decision for one in day.attempts("p")]
    assert {"observe mode"} == {one.reason for one in day.attempts("p")}


def test_a_live_account_that_is_armed_closes(live_day: Callable[[Mode], Day]) -> None:
    """The same day with the one word that only a person writes."""
    day = live_day(Mode.ARMED)

    day.play_through()

    assert day.run(day.broker.orders(instant("12-24 13:00")))
    assert day.sent("p")
