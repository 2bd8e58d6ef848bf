"""Answers that are spoiled at random: what the adapters make of them."""

from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import pytest

from botd.brokers.port import Broker, CapabilityCard, Environment
from botd.brokers.tradier.access import TradierAccess
from botd.brokers.tradier.adapter import TradierBroker
from botd.brokers.transport.door import Carriers
from botd.clock import Clock
from botd.domain.orders import Holding, OrderIntent, OrderReport
from botd.errors import (
    BrokerError,
    BrokerUnavailable,
    OrderRefused,
    OutcomeUnknown,
    Refusal,
    RefusalReason,
)
from tests.malformed.__main__ import SEED
from tests.malformed.day import STANDS, Recording, record
from tests.malformed.oracle import described
from tests.malformed.playing import Cases
from tests.malformed.running import tallied
from tests.servers.tradier import TOKEN

_COUNT = 2_000  # of each adapter; `python -m tests.malformed` plays 100,000
_SLICE = 500
_FAULTY = 300

recorded = lru_cache(record)


def card_of(name: str) -> CapabilityCard:
    return STANDS[name](Path()).broker.card


@pytest.mark.parametrize("first", range(0, _COUNT, _SLICE))
@pytest.mark.parametrize("name", STANDS)
def test_malformed_answers_do_no_harm(name: str, first: int) -> None:
    """Each call ends as the port says, and nothing is read that is not there."""
    tally = tallied(Cases(recorded(name), SEED), range(first, first + _SLICE))

    assert [] == tally.violations
    assert _SLICE == tally.count


@pytest.mark.parametrize("name", STANDS)
def test_recorded_day_touches_every_call(name: str) -> None:
    """What no scene asks for, no case spoils."""
    scenes = recorded(name).scenes
    calls = {"account", "holdings", "market", "orders", "settlements", "official_close"}
    if card_of(name).closes:
        calls |= {"session", "terms", "submit", "cancel"}  # elsewhere these ask nothing

    assert calls <= {scene.call for scene in scenes}
    assert {True, False} == {scene.ending.error is None for scene in scenes}


@pytest.mark.parametrize("name", STANDS)
def test_a_case_can_be_had_again(name: str) -> None:
    """The same seed and number make the same case, also after another recording."""
    one, other = Cases(recorded(name), SEED), Cases(record(name), SEED)

    assert [described(one.case(index)) for index in range(50)] == [
        described(other.case(index)) for index in range(50)
    ]


class _Careless(TradierBroker):
    """An adapter with the faults of one that trusts what it hears."""

    async def submit(self, intent: OrderIntent) -> OrderReport:
        """Take whatever is no answer for a no."""
        try:
            return await super().submit(intent)
        except OutcomeUnknown as error:
            raise OrderRefused(Refusal(RefusalReason.OTHER, str(error)[:100])) from error

    async def holdings(self) -> tuple[Holding, ...]:
        """Take whatever is no answer for nothing."""
        try:
            return await super().holdings()
        except BrokerError:
            return ()

    async def orders(self, since: datetime) -> tuple[OrderReport, ...]:
        """Pass over the first order."""
        return (await super().orders(since))[1:]

    async def cancel(self, broker_order_id: str) -> None:
        """Let an error of Python's escape."""
        try:
            await super().cancel(broker_order_id)
        except OutcomeUnknown as error:
            raise KeyError(broker_order_id) from error


class _Hasty(TradierBroker):
    """An adapter that would send again what may have been taken."""

    async def submit(self, intent: OrderIntent) -> OrderReport:
        """Say of whatever is no answer that nothing was sent."""
        try:
            return await super().submit(intent)
        except OutcomeUnknown as error:
            raise BrokerUnavailable("nothing was sent") from error


def _with(kind: type[TradierBroker]) -> Recording:
    """Put a faulty adapter in the place of Tradier's."""
    recording = recorded("tradier")

    def broker(carriers: Carriers, clock: Clock) -> Broker:
        access = TradierAccess("https://tradier.invalid/v1", Environment.PAPER, lambda: TOKEN)
        return kind(access, clock, account=recording.account, carriers=carriers)

    return replace(recording, broker=broker)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (_Careless, "read as a refusal"),
        (_Careless, "a value out of what is no list"),
        (_Careless, "is told as []"),
        (_Careless, "KeyError escaped"),
        (_Hasty, "read as never sent"),
    ],
)
def test_faulty_adapter_is_found_out(kind: type[TradierBroker], words: str) -> None:
    """The cases would show each of these faults."""
    found = tallied(Cases(_with(kind), SEED), range(_FAULTY))

    assert any(words in each for each in found.violations), found.violations
