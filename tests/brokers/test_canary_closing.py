"""No error of the adapters of other products tells a credential, whatever the broker says back."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from botd.brokers.clickoptions.adapter import ClickOptionsAccess, ClickOptionsBroker
from botd.brokers.crosstrade.adapter import CrosstradeAccess, CrosstradeBroker
from botd.brokers.intotes.adapter import IntotesAccess, IntotesBroker
from botd.brokers.port import Broker, Environment
from botd.brokers.transport.door import Carriers
from botd.clock import Clock
from tests.brokers.canary import SQUAWKS, Caged, Parrot, found_in, told_by
from tests.contract import clickoptions_stand, crosstrade_stand, intotes_stand
from tests.contract.server_stand import ServerStand
from tests.contract.stand import order
from tests.malformed.recording import ended
from tests.servers import clickoptions, crosstrade, intotes
from tests.servers.face import FaceTransport

_CROSSTRADE, _CLICKOPTIONS = "CANARYtoken/of+0006==", "CANARYtoken/of+0007=="
_INTOTES = "CANARYrefresh/token+0008=="
Call = Callable[[Broker], Awaitable[object]]


def _crosstrade(carriers: Carriers, clock: Clock, stream: str | None) -> Broker:
    access = CrosstradeAccess(
        "https://crosstrade.invalid", stream or "", Environment.PAPER, lambda: _CROSSTRADE
    )
    return CrosstradeBroker(access, clock, account=crosstrade_stand.ACCOUNT, carriers=carriers)


def _intotes(carriers: Carriers, clock: Clock, _: str | None) -> Broker:
    access = IntotesAccess("https://intotes.invalid", Environment.LIVE, lambda: _INTOTES)
    return IntotesBroker(access, clock, account=intotes_stand.ACCOUNT, carriers=carriers)


def _clickoptions(carriers: Carriers, clock: Clock, _: str | None) -> Broker:
    access = ClickOptionsAccess(
        "https://clickoptions.invalid/api", Environment.PAPER, lambda: _CLICKOPTIONS
    )
    account = clickoptions_stand.ACCOUNT
    return ClickOptionsBroker(access, clock, account=account, carriers=carriers)


STANDS: dict[str, tuple[type[ServerStand], Caged]] = {
    "crosstrade": (
        crosstrade_stand.CrosstradeStand,
        Caged(
            crosstrade_stand.CrosstradeStand.dialect, {_CROSSTRADE: crosstrade.TOKEN}, _crosstrade
        ),
    ),
    "intotes": (
        intotes_stand.IntotesStand,
        Caged(intotes_stand.IntotesStand.dialect, {_INTOTES: intotes.REFRESH}, _intotes),
    ),
    "clickoptions": (
        clickoptions_stand.ClickOptionsStand,
        Caged(
            clickoptions_stand.ClickOptionsStand.dialect,
            {_CLICKOPTIONS: clickoptions.TOKEN},
            _clickoptions,
        ),
    ),
}


def _calls(stand: ServerStand) -> dict[str, Call]:
    now, coin = stand.now(), stand.product.underlying
    sent = order(stand, "bd1-a", stand.product.first.close, None, units=3)
    return {
        "account": lambda broker: broker.account(),
        "holdings": lambda broker: broker.holdings(),
        "market": lambda broker: broker.market(frozenset(), frozenset({coin})),
        "terms": lambda broker: broker.terms(frozenset({stand.product.first.symbol})),
        "submit": lambda broker: broker.submit(sent),
        "orders": lambda broker: broker.orders(now - timedelta(hours=1)),
        "settlements": lambda broker: broker.settlements(now - timedelta(hours=1)),
    }


CASES = [pytest.param(name, word) for name in STANDS for word in SQUAWKS]


@pytest.mark.parametrize(("name", "word"), CASES)
async def test_no_error_of_other_products_tells_a_credential(name: str, word: str) -> None:
    """Neither words, `repr` nor traceback do, and no value; at the login or behind it."""
    kind, cage = STANDS[name]
    stand, repeated = kind(Path()), 0
    stand.hold({stand.product.first.symbol: 3 * stand.product.first.held})
    for call, ask in _calls(stand).items():
        for skip in (0, 1, 2):
            left = [skip]

            def word_now(_: object, left: list[int] = left) -> str | None:
                left[0] -= 1
                return word if left[0] < 0 else None

            parrot = Parrot(FaceTransport(stand.gate, stand.clock), cage, word_now)
            broker = cage.broker(Carriers(parrot, parrot), stand.clock, None)
            ending = await ended(ask(broker))
            await broker.aclose()
            told = repr(ending.value) if ending.error is None else told_by(ending.error)
            repeated += len(parrot.heard)

            assert [] == found_in(told, cage.secrets(stand.gate.face)), call
            stand.clock.at += timedelta(minutes=2)

    assert repeated
