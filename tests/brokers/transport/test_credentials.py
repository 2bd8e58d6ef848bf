"""Keys that are read again after a 401, and tokens that one task renews for all."""

import asyncio
from datetime import datetime, timedelta

import pytest

from botd.brokers.transport.credentials import BearerCredentials, StaticCredentials, Token
from botd.clock import VirtualClock
from botd.errors import BrokerError, BrokerUnavailable, ConfigError, OutcomeUnknown
from tests.brokers.transport.virtual import START, at, pause, play, settle

LIFE = timedelta(minutes=15)


class Office:
    """Gives out tokens that live a quarter of an hour, each a second after it was asked for."""

    def __init__(self, clock: VirtualClock, *failures: BrokerError | None) -> None:
        self.clock = clock
        self.failures = list(failures)
        self.asked_at: list[datetime] = []

    async def fetch(self) -> Token:
        self.asked_at.append(self.clock.now())
        number = len(self.asked_at)
        await pause(self.clock, 1)
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        return Token(f"token-{number}", self.clock.now() + LIFE)


async def test_keys_are_read_once() -> None:
    """Reading may start a process, and is not done for each request."""
    reads: list[int] = []

    def read() -> dict[str, str]:
        reads.append(len(reads))
        return {"X-Key": "the-key"}

    keys = StaticCredentials(read)

    assert {"X-Key": "the-key"} == await keys.headers() == await keys.headers()
    assert [0] == reads


@pytest.mark.parametrize(("expected", "second"), [(True, "new-key"), (False, "old-key")])
async def test_after_a_401_keys_are_read_again(
    expected: bool,  # noqa: FBT001
    second: str,
) -> None:
    """Somebody may have put new ones in their place; the same ones are no help."""
    values = iter(["old-key", second])
    keys = StaticCredentials(lambda: {"X-Key": next(values)})
    stale = await keys.headers()

    assert expected is await keys.renew(stale)
    assert {"X-Key": second} == await keys.headers()


async def test_missing_keys_stop_the_account() -> None:
    """Where a person must act, the engine hears that it is about credentials."""

    def read() -> dict[str, str]:
        raise ConfigError("no such variable")

    with pytest.raises(BrokerUnavailable, match="no such variable") as raised:
        await StaticCredentials(read).headers()

    assert raised.value.is_auth
    assert None is raised.value.__context__


@pytest.mark.parametrize(
    "holder",
    [
        StaticCredentials(lambda: {"X-Key": "the-secret"}),
        Token("the-secret", START),
    ],
    ids=lambda holder: type(holder).__name__,
)
async def test_no_repr_tells_a_secret(holder: StaticCredentials | Token) -> None:
    """Whatever is logged by accident holds no value."""
    if isinstance(holder, StaticCredentials):
        await holder.headers()

    assert "the-secret" not in repr(holder)


@pytest.mark.parametrize(
    ("expected", "later"),
    [
        pytest.param("token-1", timedelta(0), id="at once"),
        pytest.param("token-1", LIFE - timedelta(seconds=120, microseconds=1), id="just before"),
        pytest.param("token-2", LIFE - timedelta(seconds=120), id="two minutes before its end"),
        pytest.param("token-2", LIFE, id="after its end"),
    ],
)
def test_a_token_is_renewed_ahead_of_its_end(expected: str, later: timedelta) -> None:
    """No order meets a token that has just ended."""

    async def main(clock: VirtualClock) -> dict[str, str]:
        bearer = BearerCredentials(Office(clock).fetch, clock)
        await bearer.headers()
        await clock.sleep_until(clock.now() + later)
        return dict(await bearer.headers())

    assert {"Authorization": f"Bearer {expected}"} == play(main)


def test_one_fetch_for_all() -> None:
    """Twenty that need a token at once make one request for it."""

    async def main(clock: VirtualClock) -> tuple[set[str], int]:
        office = Office(clock)
        bearer = BearerCredentials(office.fetch, clock)
        tokens = await asyncio.gather(*(bearer.token() for _ in range(20)))
        return set(tokens), len(office.asked_at)

    assert ({"token-1"}, 1) == play(main)


def test_one_renewal_for_all_that_met_a_401() -> None:
    """Who comes late with the same stale token gets the new one without a fetch."""

    async def main(clock: VirtualClock) -> tuple[list[bool], int, str]:
        office = Office(clock)
        bearer = BearerCredentials(office.fetch, clock)
        stale = await bearer.headers()
        renewed = list(await asyncio.gather(*(bearer.renew(stale) for _ in range(9))))
        renewed.append(await bearer.renew(stale))
        return renewed, len(office.asked_at), await bearer.token()

    assert ([True] * 10, 2, "token-2") == play(main)


def test_a_cancelled_caller_does_not_end_the_fetch() -> None:
    """Others wait for it, and the next needs no new one."""

    async def main(clock: VirtualClock) -> tuple[str, int]:
        office = Office(clock)
        bearer = BearerCredentials(office.fetch, clock)
        first, second = (asyncio.create_task(bearer.token()) for _ in range(2))
        await pause(clock, 0.5)
        first.cancel()
        await settle([first])
        assert first.cancelled()
        return await second, len(office.asked_at)

    assert ("token-1", 1) == play(main)


@pytest.mark.parametrize(
    ("expected", "failure"),
    [
        (False, BrokerUnavailable("away")),
        (True, BrokerUnavailable("invalid_grant", is_auth=True)),
        (False, OutcomeUnknown("ReadTimeout")),
    ],
    ids=["away", "refused", "lost"],
)
def test_a_failed_fetch_is_a_broker_that_is_away(
    expected: bool,  # noqa: FBT001
    failure: BrokerError,
) -> None:
    """Nothing was sent with it; only a refusal of the credentials stops the account."""

    async def main(clock: VirtualClock) -> BrokerUnavailable:
        bearer = BearerCredentials(Office(clock, failure).fetch, clock)
        with pytest.raises(BrokerUnavailable, match=str(failure)) as raised:
            await bearer.headers()
        return raised.value

    assert expected is play(main).is_auth


def test_failures_in_a_row_are_spaced() -> None:
    """An office that refuses is asked ever more seldom: it may block the address."""
    failures = [BrokerUnavailable("away")] * 4

    async def main(clock: VirtualClock) -> list[datetime]:
        office = Office(clock, *failures)
        bearer = BearerCredentials(office.fetch, clock)
        while True:
            try:
                await bearer.token()
            except BrokerUnavailable:
                await pause(clock, 0.5)
                continue
            return office.asked_at

    # A second each, then 2, 4, 8 and 16 seconds of silence.
    assert [at(0), at(3), at(8), at(17), at(34)] == play(main)


def test_while_a_token_lives_a_failed_renewal_does_no_harm() -> None:
    """The office may be away for a minute without anybody noticing."""

    async def main(clock: VirtualClock) -> tuple[str, int]:
        office = Office(clock, None, BrokerUnavailable("away"))
        bearer = BearerCredentials(office.fetch, clock)
        await bearer.token()
        await pause(clock, 14 * 60)
        return await bearer.token(), len(office.asked_at)

    assert ("token-1", 2) == play(main)


def test_when_it_has_ended_a_failed_renewal_is_told() -> None:
    """A token that has ended is not sent."""

    async def main(clock: VirtualClock) -> None:
        bearer = BearerCredentials(Office(clock, None, BrokerUnavailable("away")).fetch, clock)
        await bearer.token()
        await pause(clock, 15 * 60)
        with pytest.raises(BrokerUnavailable, match="away"):
            await bearer.token()

    play(main)


def test_closing_ends_a_fetch() -> None:
    """No task stays behind."""

    async def main(clock: VirtualClock) -> datetime:
        bearer = BearerCredentials(Office(clock).fetch, clock)
        asking = asyncio.create_task(bearer.token())
        await pause(clock, 0.5)
        await bearer.aclose()
        await settle([asking])
        assert asking.cancelled()
        await BearerCredentials(Office(clock).fetch, clock).aclose()
        return clock.now()

    assert at(0.5) == play(main)
