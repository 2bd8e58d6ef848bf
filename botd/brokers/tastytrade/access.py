"""
How an account of tastytrade is opened: a refresh token for ever, access tokens for 15 minutes.

    POST /oauth/token {grant_type, refresh_token, client_secret}  ->  access_token, expires_in

Source: developer.tastytrade.com, OAuth2 authentication.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from botd.brokers.port import Environment
from botd.brokers.transport.answer import Answer, Lane
from botd.brokers.transport.budget import RequestBudget
from botd.brokers.transport.credentials import StaticCredentials, Token
from botd.brokers.transport.door import Carriers, HttpDoor
from botd.brokers.transport.fields import Fields, Unreadable, parse_json
from botd.clock import Clock
from botd.errors import BrokerUnavailable, ConfigError, OutcomeUnknown

_LIFE = 15 * 60  # seconds, where the answer does not tell
_SANDBOX = "://api.cert."


@dataclass(frozen=True, slots=True)
class TastytradeAccess:
    """Where tastytrade is, whose money it is, and how its secrets are read when needed."""

    url: str
    environment: Environment
    client_secret: Callable[[], str] = field(repr=False)
    refresh_token: Callable[[], str] = field(repr=False)
    stream_url: str | None = None

    @property
    def is_sandbox(self) -> bool:
        """Whether quotes are fifteen minutes old, as the sandbox's are."""
        return _SANDBOX in self.url


class TokenDesk:
    """Fetches access tokens, through connections of its own."""

    def __init__(
        self, access: TastytradeAccess, clock: Clock, *, budget: RequestBudget, carriers: Carriers
    ) -> None:
        """Fetch nothing yet."""
        self._access = access
        self._clock = clock
        self._secrets: tuple[str, ...] = ()
        self._door = HttpDoor(
            base_url=access.url,
            clock=clock,
            budget=budget,
            credentials=StaticCredentials(dict),
            quota=lambda _: None,
            carriers=carriers,
            secrets=self.secrets,
        )

    def secrets(self) -> tuple[str, ...]:
        """Name what no answer may repeat."""
        return self._secrets

    async def fetch(self) -> Token:
        """
        Ask for an access token.

        Raises:
            BrokerUnavailable: there is none; `is_auth` where the secrets are at fault.
            OutcomeUnknown: no readable answer came.
        """
        body = self._body()
        asked_at = self._clock.now()
        answer = await self._door.ask("POST", "/oauth/token", lane=Lane.CANCEL, json=body)
        if not answer.is_success:
            raise BrokerUnavailable(f"token refused: {answer.status} {_told(answer)}", is_auth=True)
        try:
            told = Fields.of(parse_json(answer.body))
            life = timedelta(seconds=min(told.maybe_whole("expires_in") or _LIFE, _LIFE))
            return Token(told.text("access_token"), asked_at + life)
        except Unreadable:
            # Its message would show a part of what may be a token.
            failure = OutcomeUnknown("the answer with the token is not readable")
        raise failure

    async def aclose(self) -> None:
        """Close its connections."""
        await self._door.aclose()

    def _body(self) -> dict[str, str]:
        try:
            secret, token = self._access.client_secret(), self._access.refresh_token()
        except ConfigError as error:
            failure = BrokerUnavailable(str(error), is_auth=True)
        else:
            self._secrets = (secret, token)
            return {
                "grant_type": "refresh_token",
                "refresh_token": token,
                "client_secret": secret,
            }
        raise failure


def _told(answer: Answer) -> str:
    return answer.words[:200]
