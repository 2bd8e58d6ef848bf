"""
Who we are to a broker: header values that no message, `repr` or log ever holds.

    StaticCredentials    keys that stand somewhere; after a 401 they are read once more
    BearerCredentials    an access token that ends; renewed ahead of its end, by one task for all
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from botd.clock import Clock
from botd.errors import BrokerError, BrokerUnavailable, ConfigError

_FIRST_PAUSE = timedelta(seconds=2)
_LONGEST_PAUSE = timedelta(minutes=5)  # failed logins can block an address for hours
_AHEAD = timedelta(minutes=2)


class Credentials(Protocol):
    """What a request says of who sends it."""

    async def headers(self) -> Mapping[str, str]:
        """
        Give the headers that open the account; every value is a secret.

        Raises:
            BrokerUnavailable: they cannot be had.
        """
        ...

    async def renew(self, stale: Mapping[str, str]) -> bool:
        """
        Replace *stale*, which the broker answered with 401; False: there is nothing else.

        Raises:
            BrokerUnavailable: others cannot be had now.
        """
        ...


class StaticCredentials:
    """Keys that are written down somewhere."""

    def __init__(self, headers: Callable[[], Mapping[str, str]]) -> None:
        """Begin; *headers* is called when they are first needed, and after a 401."""
        self._read = headers
        self._headers: Mapping[str, str] | None = None

    async def headers(self) -> Mapping[str, str]:
        """Give the headers as they were read last."""
        if self._headers is None:
            self._headers = self._reread()
        return self._headers

    async def renew(self, stale: Mapping[str, str]) -> bool:
        """Read again; somebody may have written new keys there."""
        self._headers = self._reread()
        return self._headers != stale

    def _reread(self) -> Mapping[str, str]:
        try:
            return dict(self._read())
        except ConfigError as error:
            unavailable = BrokerUnavailable(str(error), is_auth=True)
        raise unavailable


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and the instant at which it ends."""

    value: str = field(repr=False)
    ends_at: datetime


class BearerCredentials:
    """
    An access token that is fetched anew before it ends.

    However many ask, one fetch is under way; a caller who is cancelled does not end it for
    the others. After a failure the next fetch waits a growing pause, and whoever asks
    meanwhile hears of the failure at once.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Token]],
        clock: Clock,
        *,
        ahead: timedelta = _AHEAD,
    ) -> None:
        """
        Begin without a token.

        Args:
            fetch: asks for a new one; bounded in time; raises only `BrokerError`.
            clock: the time.
            ahead: how long before its end a token is replaced.
        """
        self._fetch = fetch
        self._clock = clock
        self._ahead = ahead
        self._token: Token | None = None
        self._task: asyncio.Task[None] | None = None
        self._failure: BrokerUnavailable | None = None
        self._not_before: datetime | None = None
        self._pause = _FIRST_PAUSE

    async def token(self) -> str:
        """Give a token that is not about to end; for a stream's opening words too."""
        token, now = self._token, self._clock.now()
        if token is None or token.ends_at <= now + self._ahead:
            try:
                await self._renewed()
            except BrokerUnavailable:
                if token is None or token.ends_at <= now:
                    raise
        return self._known().value

    async def headers(self) -> Mapping[str, str]:
        """Give the header with the token."""
        return {"Authorization": f"Bearer {await self.token()}"}

    async def renew(self, stale: Mapping[str, str]) -> bool:
        """Fetch another token, unless that has happened since *stale* was given."""
        if self._token is not None and stale == {"Authorization": f"Bearer {self._token.value}"}:
            await self._renewed()
        return True

    async def aclose(self) -> None:
        """End a fetch that is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))

    def _known(self) -> Token:
        if self._token is None:
            raise BrokerUnavailable("no access token")
        return self._token

    async def _renewed(self) -> None:
        """Return when a fetch that began after this call, or was under way, has succeeded."""
        if self._task is None or self._task.done():
            self._refuse_early()
            self._task = asyncio.create_task(self._renew())
        await asyncio.shield(self._task)
        self._refuse_early()

    def _refuse_early(self) -> None:
        if self._failure and self._not_before and self._clock.now() < self._not_before:
            raise BrokerUnavailable(str(self._failure), is_auth=self._failure.is_auth)

    async def _renew(self) -> None:
        """Fetch once; a failure is kept, not raised, because nobody may be left to hear it."""
        try:
            self._token = await self._fetch()
        except BrokerError as error:
            is_auth = isinstance(error, BrokerUnavailable) and error.is_auth
            self._failure = BrokerUnavailable(f"no access token: {error}", is_auth=is_auth)
            self._not_before = self._clock.now() + self._pause
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        else:
            self._failure, self._not_before, self._pause = None, None, _FIRST_PAUSE
