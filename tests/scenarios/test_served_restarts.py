"""Processes that die while a real dialect keeps its answer to itself."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from botd.domain.bot import Pricing
from tests.contract.alpaca_stand import AlpacaStand
from tests.contract.server_stand import Dialect
from tests.contract.tastytrade_stand import TastytradeStand
from tests.contract.tradier_stand import TradierStand
from tests.engine.given import bot, position
from tests.engine.market import symbol
from tests.scenarios.served import Account, ServedDay
from tests.servers.faults import Call, Fault, FaultKind

DIALECTS = [
    pytest.param(AlpacaStand.dialect, id="alpaca"),
    pytest.param(TradierStand.dialect, id="tradier"),
    pytest.param(TastytradeStand.dialect, id="tastytrade"),
]


@pytest.fixture
def day() -> Iterator[ServedDay]:
    made = ServedDay("17:45")
    yield made
    made.shut()


def opened(day: ServedDay, dialect: Dialect, *held: str, units: int = 1) -> Account:
    """Hold one position in the money."""
    account = day.open("broker", dialect, bot(pricing=Pricing(final_price=80)))
    day.hold(account, position("p", *held, units=units))
    account.market = {
        symbol("750P"): ("2.00", "3.00"),
        symbol("745P"): ("0.50", "0.60"),
        "GOOG": ("748.00", "748.02"),
    }
    return account


def lose(account: Account, kind: FaultKind, *, times: int = 1) -> Callable[[], object]:
    """Plan that the answers to orders are lost."""
    return lambda: account.gate.faults.plan(Fault(kind, Call.SUBMIT, times=times))


def cheaper(account: Account) -> Callable[[], None]:
    """Let everybody sell."""

    def happen() -> None:
        account.market[symbol("750P")] = ("2.00", "2.10")
        account.show()

    return happen


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("kind", [FaultKind.HANG_AFTER, FaultKind.HANG_BEFORE])
def test_a_position_was_closed_twice_around_a_restart(
    day: ServedDay, dialect: Dialect, kind: FaultKind
) -> None:
    """The last minute's orders get no answer, the process dies, everybody sells at the end."""
    account = opened(day, dialect, "-1 750P", units=2)
    day.at("17:58:59", lose(account, kind, times=2))

    day.at("17:59:45", cheaper(account))
    day.play("17:59:12")
    day.kill(timedelta(seconds=3))
    day.play("18:01")

    held = account.exchange.held.get(symbol("750P"), 0)
    closed = sum(part.units for part in day.position("p").outcomes if part.how.value == "closed")
    assert 2 == closed - held
    assert -2 <= held <= 0
    assert sum(one.units for one in day.position("p").lots) == -held


def test_a_lost_order_kept_its_position_open_to_the_bell(day: ServedDay) -> None:
    """A broker that refuses duplicate ids may be sent it again, also by the next process."""
    account = opened(day, AlpacaStand.dialect, "-1 750P")
    day.at("17:58:59", lose(account, FaultKind.HANG_BEFORE))
    day.at("17:59:45", cheaper(account))
    day.play("17:59:02")
    day.kill(timedelta(seconds=3))
    day.play("17:59:58")

    assert "closed" == day.position("p").status.value
    assert symbol("750P") not in account.exchange.held
