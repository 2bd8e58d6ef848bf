"""The calls of Intotes: what is read, and what is sent."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NoReturn, TypeVar

from botd.brokers.intotes import wire
from botd.brokers.intotes.access import IntotesAccess, TokenDesk
from botd.brokers.intotes.card import CARD
from botd.brokers.intotes.wire import Ended
from botd.brokers.transport.answer import Answer, Lane
from botd.brokers.transport.budget import RequestBudget
from botd.brokers.transport.credentials import BearerCredentials
from botd.brokers.transport.dates import http_date
from botd.brokers.transport.door import Carriers, HttpDoor
from botd.brokers.transport.fields import Unreadable
from botd.clock import Clock
from botd.domain.orders import Holding
from botd.errors import BrokerUnavailable, OutcomeUnknown

_Found = TypeVar("_Found")
_PER_PAGE = 100
_MOST_PAGES = 40
_FORBIDDEN = 403
_NO_SUCH_MARKET = (400, 404)  # an id that is none of theirs; none of this id
_HALF_A_SECOND = timedelta(seconds=0.5)  # a header tells whole seconds, cut off
_HOME = "/api/v1"
_POSITIONS = f"{_HOME}/market/positions"


class Calls:
    """The doors to Intotes: its interface, and its tokens."""

    def __init__(self, access: IntotesAccess, clock: Clock, carriers: Carriers) -> None:
        """Open nothing yet."""
        self._clock = clock
        self._ahead = timedelta(0)
        budget = RequestBudget(clock, per_minute=CARD.requests_per_minute)
        self._tokens = TokenDesk(access, clock, budget=budget, carriers=carriers)
        self._bearer = BearerCredentials(self._tokens.fetch, clock)
        self._door = HttpDoor(
            base_url=access.url,
            clock=clock,
            budget=budget,
            credentials=self._bearer,
            quota=wire.quota_of,
            carriers=carriers,
            secrets=self._tokens.secrets,
        )

    def now(self) -> datetime:
        """Tell the broker's present instant, by the date of its last answer."""
        return self._clock.now() + self._ahead

    async def me(self) -> Answer:
        """Read the profile."""
        return await self._read(f"{_HOME}/auth/me")

    async def held(self, lane: Lane = Lane.READ) -> tuple[Holding, ...]:
        """Read the open positions of all markets."""
        path = f"{_POSITIONS}/my"
        return _readable(path, wire.holdings_of, await self._read(path, lane=lane))

    async def ended(self, since: datetime, lane: Lane = Lane.READ) -> tuple[Ended, ...]:
        """
        Read the record, the newest first, up to a page that is older than *since*.

        The order is that of the documents' example.
        """
        path = f"{_POSITIONS}/completed"
        found: list[Ended] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            params = [("limit", str(_PER_PAGE))]
            if cursor is not None:
                params.append(("cursor", cursor))
            page = _readable(path, wire.page_of, await self._read(path, params, lane=lane))
            found += page.ended
            is_old = page.ended and all(one.closed_at < since for one in page.ended)
            if page.cursor is None or is_old:
                return tuple({one.record_id: one for one in found}.values())
            if page.cursor == cursor:
                raise OutcomeUnknown(f"GET {path}: the cursor goes in circles")
            cursor = page.cursor
        raise OutcomeUnknown(f"GET {path}: more than {_MOST_PAGES} pages")

    async def market(self, market: str) -> wire.Market | None:
        """Read one market; None: there is none of this id."""
        path = f"{_HOME}/markets/{market}"
        answer = await self._door.ask("GET", path, lane=Lane.READ)
        self._note(answer)
        if answer.status in _NO_SUCH_MARKET:
            return None
        _check(path, answer)
        return _readable(path, lambda body: wire.market_in(body, market), answer)

    async def close(self, market: str) -> Answer:
        """Close the whole position of a market, and give the answer whatever it says."""
        path = f"{_POSITIONS}/{market}/close"
        answer = await self._door.ask("POST", path, lane=Lane.ORDER)
        self._note(answer)
        return answer

    async def aclose(self) -> None:
        """Close all connections."""
        await self._bearer.aclose()
        await self._tokens.aclose()
        await self._door.aclose()

    async def _read(
        self,
        path: str,
        params: list[tuple[str, str]] | None = None,
        *,
        lane: Lane = Lane.READ,
    ) -> Answer:
        answer = await self._door.ask("GET", path, lane=lane, params=params or ())
        self._note(answer)
        _check(path, answer)
        return answer

    def _note(self, answer: Answer) -> None:
        at = http_date(answer.headers.get("date", ""))
        if at is not None:
            self._ahead = at + _HALF_A_SECOND - self._clock.now()


def _check(path: str, answer: Answer) -> None:
    if not answer.is_success:
        words = f"GET {path}: {answer.status} {answer.words[:200]}"
        raise BrokerUnavailable(words, is_auth=answer.status == _FORBIDDEN)


def _readable(path: str, read: Callable[[bytes], _Found], answer: Answer) -> _Found:
    try:
        return read(answer.body)
    except (Unreadable, ValueError, ArithmeticError) as error:
        _unreadable(path, error)


def _unreadable(path: str, error: Exception) -> NoReturn:
    raise OutcomeUnknown(f"GET {path}: {error}") from error
