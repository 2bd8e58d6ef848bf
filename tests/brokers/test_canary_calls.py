"""No error of an adapter tells a credential, whatever the broker says back."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from botd.brokers.port import Broker
from botd.brokers.transport.door import Carriers
from tests.brokers.canary import (
    CAGES,
    SQUAWKS,
    Parrot,
    chain,
    forms,
    found_in,
    told_by,
    written,
)
from tests.contract.server_stand import ServerStand
from tests.contract.stand import LONG_PUT, SHORT_PUT, UNDERLYING, order
from tests.malformed.recording import ended
from tests.servers.face import FaceTransport

Call = Callable[[Broker], Awaitable[object]]


def _stand(name: str) -> ServerStand:
    """Let an account hold something."""

    class Caged(ServerStand):
        dialect = CAGES[name].dialect

    stand = Caged(Path())
    stand.hold({SHORT_PUT: -3, LONG_PUT: 3})
    return stand


def _calls(stand: ServerStand) -> dict[str, Call]:
    now = stand.now()
    sent = order(stand, "bd1-a", ((SHORT_PUT, 1),), "-0.80")
    return {
        "account": lambda broker: broker.account(),
        "session": lambda broker: broker.session(now.date()),
        "holdings": lambda broker: broker.holdings(),
        "market": lambda broker: broker.market(frozenset({SHORT_PUT}), frozenset({UNDERLYING})),
        "terms": lambda broker: broker.terms(frozenset({SHORT_PUT})),
        "submit": lambda broker: broker.submit(sent),
        "replace": lambda broker: broker.replace("257460", sent),
        "cancel": lambda broker: broker.cancel("257460"),
        "look_up": lambda broker: broker.look_up("bd1-a"),
        "orders": lambda broker: broker.orders(now - timedelta(hours=1)),
        "settlements": lambda broker: broker.settlements(now - timedelta(hours=1)),
        "official_close": lambda broker: broker.official_close(UNDERLYING, now.date()),
    }


@pytest.mark.parametrize("word", SQUAWKS)
@pytest.mark.parametrize("name", CAGES)
async def test_no_error_tells_a_credential(name: str, word: str) -> None:
    """Words, `repr`, traceback and all that is behind an error; and no value tells one either."""
    cage, stand = CAGES[name], _stand(name)
    repeated = 0
    for call, ask in _calls(stand).items():
        for skip in (0, 1):  # with a login, it is repeated there as well as behind it
            left = [skip]

            def word_now(_: object, left: list[int] = left) -> str | None:
                left[0] -= 1
                return word if left[0] < 0 else None

            parrot = Parrot(FaceTransport(stand.gate, stand.clock), cage, word_now)
            broker = cage.broker(Carriers(parrot, parrot), stand.clock, None)
            ending = await ended(ask(broker))
            await broker.aclose()
            told = repr(ending.value) if ending.error is None else told_by(ending.error)
            behind = () if ending.error is None else chain(ending.error)
            repeated += len(parrot.heard)

            secrets = cage.secrets(stand.gate.face)

            assert not [each for each in behind if "httpx" in type(each).__module__], call
            assert [] == found_in(told, secrets), call
            assert [] == found_in(repr(broker) + repr(vars(broker)), secrets), call
            stand.clock.at += timedelta(minutes=2)

    assert repeated


@pytest.mark.parametrize("name", CAGES)
def test_a_canary_would_be_found(name: str) -> None:
    """The search finds each way of writing a credential."""
    for secret in CAGES[name].canaries:
        for form in (*forms(secret), *written(secret)):
            assert found_in(f"x {form} y", (secret,))
