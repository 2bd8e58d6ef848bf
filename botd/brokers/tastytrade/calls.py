"""The calls of tastytrade: one request, or all pages of a list."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from botd.brokers.tastytrade.access import TastytradeAccess, TokenDesk
from botd.brokers.tastytrade.card import CARD
from botd.brokers.tastytrade.envelope import answered_at, page_of
from botd.brokers.transport.answer import Answer, Lane
from botd.brokers.transport.budget import RequestBudget
from botd.brokers.transport.credentials import BearerCredentials
from botd.brokers.transport.door import Carriers, HttpDoor
from botd.brokers.transport.fields import Fields, Unreadable, distinct
from botd.clock import Clock
from botd.errors import BrokerUnavailable, OutcomeUnknown

_PER_PAGE = 250
_MOST_PAGES = 40  # of one list; more is an answer that goes in circles
_FORBIDDEN = 403

Params = Sequence[tuple[str, str]]


class Calls:
    """The doors to tastytrade: its interface, and its tokens."""

    def __init__(self, access: TastytradeAccess, clock: Clock, carriers: Carriers) -> None:
        """Open nothing yet."""
        self._clock = clock
        self._ahead = timedelta(0)
        budget = RequestBudget(clock, per_minute=CARD.requests_per_minute)
        self._tokens = TokenDesk(access, clock, budget=budget, carriers=carriers)
        self.bearer = BearerCredentials(self._tokens.fetch, clock)
        self._door = HttpDoor(
            base_url=access.url,
            clock=clock,
            budget=budget,
            credentials=self.bearer,
            quota=lambda _: None,  # there are no headers about it
            carriers=carriers,
            secrets=self._tokens.secrets,
        )

    async def ask(
        self, method: str, path: str, lane: Lane, body: dict[str, object] | None = None
    ) -> Answer:
        """Send what changes an order, and give the answer whatever it says."""
        return self._noted(await self._door.ask(method, path, lane=lane, json=body))

    async def read(self, path: str, params: Params = (), *, lane: Lane = Lane.READ) -> Answer:
        """
        Read.

        Raises:
            BrokerUnavailable: the answer is no; `is_auth` where the account may not.
            OutcomeUnknown: no whole answer came.
        """
        answer = self._noted(await self._door.ask("GET", path, lane=lane, params=params))
        if not answer.is_success:
            words = f"GET {path}: {answer.status} {answer.words[:200]}"
            raise BrokerUnavailable(words, is_auth=answer.status == _FORBIDDEN)
        return answer

    async def items(
        self, path: str, params: Params = (), *, lane: Lane = Lane.READ
    ) -> tuple[Fields, ...]:
        """Read a list that comes whole."""
        answer = await self.read(path, params, lane=lane)
        try:
            return page_of(answer.body).items
        except Unreadable as error:
            raise OutcomeUnknown(f"GET {path}: {error}") from error

    async def pages(
        self, path: str, params: Params = (), *, lane: Lane = Lane.READ
    ) -> tuple[Fields, ...]:
        """
        Read a list to its last page, each thing once, by its id.

        The oldest first, so that what comes while it is read is appended and moves nothing.
        """
        found: dict[str, Fields] = {}
        for number in range(_MOST_PAGES):
            wanted = [*params, ("sort", "Asc"), ("per-page", str(_PER_PAGE))]
            answer = await self.read(path, [*wanted, ("page-offset", str(number))], lane=lane)
            try:
                page = page_of(answer.body)
                found.update({item.text("id"): item for item in distinct(page.items, "id")})
            except Unreadable as error:
                raise OutcomeUnknown(f"GET {path}: {error}") from error
            is_last = (
                len(page.items) < _PER_PAGE if page.pages is None else number + 1 >= page.pages
            )
            if is_last or not page.items:
                if len(found) < (page.total or 0):
                    raise OutcomeUnknown(f"GET {path}: {len(found)} of {page.total} came")
                return tuple(found.values())
        raise OutcomeUnknown(f"GET {path}: more than {_MOST_PAGES} pages")

    def broker_now(self) -> datetime:
        """Tell the broker's present instant, by the date of its last answer."""
        return self._clock.now() + self._ahead

    def _noted(self, answer: Answer) -> Answer:
        at = answered_at(answer.headers)
        if at is not None:
            self._ahead = at - self._clock.now()
        return answer

    async def aclose(self) -> None:
        """Close all connections."""
        await self.bearer.aclose()
        await self._tokens.aclose()
        await self._door.aclose()
