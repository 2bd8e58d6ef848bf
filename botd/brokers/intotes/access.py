"""
How an account of Intotes is opened: access tokens for 20 minutes, for a refresh token.

    POST /api/v1/auth/refresh, no body, the refresh token as a cookie
        ->  access_token as a cookie, perhaps a new refresh_token with it, and the user

A page of the documents tells one new cookie, another a new pair; both are taken, and so
are the same names in the body. A refresh token ends after 72 hours without use, and one
that has been replaced is used no more. Source: docs.intotes.com, authentication.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from botd.brokers.port import Environment
from botd.brokers.transport.answer import Answer, Lane
from botd.brokers.transport.budget import RequestBudget
from botd.brokers.transport.credentials import Token
from botd.brokers.transport.door import Carriers, HttpDoor
from botd.brokers.transport.fields import Fields, Unreadable, parse_json
from botd.brokers.transport.redaction import HIDDEN
from botd.clock import Clock
from botd.errors import BrokerUnavailable, ConfigError, OutcomeUnknown

_LIFE = timedelta(minutes=20)
_COOKIE = r"(?:^|[,;]\s*){name}=([^;,\s]+)"


@dataclass(frozen=True, slots=True)
class IntotesAccess:
    """Where Intotes is, whose money it is, and how its secret is read when needed."""

    url: str  # "https://api.intotes.com"
    environment: Environment
    refresh_token: Callable[[], str] = field(repr=False)


class RefreshCookie:
    """The newest refresh token: the one that was given last, else the one written down."""

    def __init__(self, read: Callable[[], str]) -> None:
        """Begin; *read* is called when the one written down is needed."""
        self._read = read
        self._given: str | None = None

    async def headers(self) -> Mapping[str, str]:
        """Give the cookie."""
        return {"Cookie": f"refresh_token={self._value()}"}

    async def renew(self, stale: Mapping[str, str]) -> bool:
        """Go back to the one written down: somebody may have signed in anew."""
        self._given = None
        return await self.headers() != stale

    def keep(self, given: str) -> None:
        """Use another one from now on."""
        self._given = given

    def secrets(self) -> tuple[str, ...]:
        """Name what no answer may repeat."""
        return () if self._given is None else (self._given,)

    def _value(self) -> str:
        if self._given is not None:
            return self._given
        try:
            return self._read()
        except ConfigError as error:
            failure = BrokerUnavailable(str(error), is_auth=True)
        raise failure


class TokenDesk:
    """Fetches access tokens, through connections of its own."""

    def __init__(
        self, access: IntotesAccess, clock: Clock, *, budget: RequestBudget, carriers: Carriers
    ) -> None:
        """Fetch nothing yet."""
        self._clock = clock
        self._cookie = RefreshCookie(access.refresh_token)
        self._used: tuple[str, ...] = ()
        self._door = HttpDoor(
            base_url=access.url,
            clock=clock,
            budget=budget,
            credentials=self._cookie,
            quota=lambda _: None,
            carriers=carriers,
            secrets=self.secrets,
        )

    def secrets(self) -> tuple[str, ...]:
        """Name what no answer may repeat."""
        return (*self._used, *self._cookie.secrets())

    async def fetch(self) -> Token:
        """
        Ask for an access token.

        Raises:
            BrokerUnavailable: there is none; `is_auth` where the refresh token is at fault.
            OutcomeUnknown: no readable answer came.
        """
        asked_at = self._clock.now()
        sent = (await self._cookie.headers())["Cookie"]
        self._used = (sent.partition("=")[2],)
        answer = await self._door.ask("POST", "/api/v1/auth/refresh", lane=Lane.CANCEL)
        if not answer.is_success:
            words = f"token refused: {answer.status} {answer.words[:200]}"
            raise BrokerUnavailable(words, is_auth=True)
        value = _given(answer, "access_token")
        if value is None:
            raise OutcomeUnknown("the answer to the refresh holds no access token")
        refresh = _given(answer, "refresh_token")
        if refresh is not None:
            self._cookie.keep(refresh)
        return Token(value, asked_at + _LIFE)

    async def aclose(self) -> None:
        """Close its connections."""
        await self._door.aclose()


def _given(answer: Answer, name: str) -> str | None:
    """Find a token in the cookies of an answer, else in its body; None: it is in neither."""
    found = re.search(_COOKIE.format(name=name), answer.headers.get("set-cookie", ""))
    if found is not None:
        value = found[1]
    else:
        try:
            value = Fields.of(parse_json(answer.body)).maybe_text(name) or ""
        except Unreadable:
            return None
    # What was sent and comes back unchanged has been hidden on its way.
    return value if value and HIDDEN not in value else None
