"""The book, page by page, and all that is known of one position."""

from dataclasses import dataclass

from botd.domain.position import LIVE_STATUSES, Management, Position, Status
from botd.errors import NotFoundError
from botd.ledger import Tx, attempts, orders, overrides, positions
from botd.ledger.attempts import Attempt
from botd.ledger.events import Event
from botd.ledger.orders import Order
from botd.ledger.overrides import Override
from botd.ledger.positions import Page, PositionQuery
from botd.service import shapes
from botd.service.rules import Rules
from botd.service.shapes import Shape

_MOST_NAMED = 12  # positions that a message lists
_ALL = 100_000


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of the book, and which of its positions have an order at work."""

    page: Page
    with_order: frozenset[str]  # position ids

    def shape(self) -> Shape:
        """Give the page as JSON has it."""
        items = [
            shapes.position(found, has_live_order=found.id in self.with_order)
            for found in self.page.items
        ]
        return shapes.page(self.page, items)


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything the ledger knows of one position."""

    position: Position
    attempts: tuple[Attempt, ...]
    orders: tuple[Order, ...]
    events: tuple[Event, ...]
    has_live_order: bool

    def shape(self) -> Shape:
        """Give the position with its attempts and events as JSON has it."""
        return {
            **shapes.position(self.position, has_live_order=self.has_live_order),
            "attempts": [shapes.attempt(each, self.orders) for each in self.attempts],
            "orders": [shapes.order(each) for each in self.orders],
            "events": [shapes.event(each) for each in self.events],
        }


def find(tx: Tx, query: PositionQuery, *, page: int, size: int) -> Listed:
    """
    Read one page of the book, newest first.

    In the ledger a position stays `open` while an order of it works; people see it as
    `closing`, and may ask for either.
    """
    with_order = frozenset(order.intent.position_id for order in orders.live(tx))
    if query.status not in LIVE_STATUSES:
        return Listed(positions.find(tx, query, page, size), with_order)
    matching = [
        found
        for found in reversed(positions.live(tx))
        if (found.id in with_order) is (query.status is Status.CLOSING) and _fits(found, query)
    ]
    part = tuple(matching[(page - 1) * size : page * size])
    return Listed(Page(len(matching), page, size, part), with_order)


def refuse_unknown_bot(tx: Tx, name: str | None, rules: Rules) -> None:
    """
    Refuse a bot's name that neither a file nor a position has.

    Raises:
        NotFoundError: with the names there are.
    """
    if name is None or name in rules.bots or positions.find(tx, PositionQuery(bot=name)).total:
        return
    known = ", ".join(sorted(rules.bots)) or "none"
    raise NotFoundError(f"no bot {name!r}; configured: {known}")


def dossiers(tx: Tx, name: str) -> tuple[Dossier, ...]:
    """
    Read everything about the positions that a person calls *name*.

    Raises:
        NotFoundError: nothing is called that; the message says what there is.
    """
    working = {order.intent.position_id for order in orders.live(tx)}
    return tuple(
        Dossier(
            position=found,
            attempts=attempts.of_position(tx, found.id),
            orders=orders.of_position(tx, found.id),
            events=positions.events(tx, found.id),
            has_live_order=found.id in working,
        )
        for found in named(tx, name)
    )


def named(tx: Tx, name: str) -> tuple[Position, ...]:
    """
    Read what a person calls *name*: an id, a short number, or an underlying.

    Raises:
        NotFoundError: nothing is called that; the message says what is held.
    """
    try:
        return positions.named(tx, name)
    except NotFoundError as error:
        held = sorted(
            {one.number: one for one in (*positions.live(tx), *manual(tx))}.values(),
            key=lambda one: one.number,
        )
        if not held:
            raise NotFoundError(f"{error}; no position is open") from None
        there = ", ".join(f"{one.number} ({one.underlying})" for one in held[:_MOST_NAMED])
        more = f" and {len(held) - _MOST_NAMED} more" if len(held) > _MOST_NAMED else ""
        raise NotFoundError(f"{error}; open: {there}{more}") from None


@dataclass(frozen=True, slots=True)
class Taken:
    """A position that a person looks after, and how that came about."""

    position: Position
    override: Override | None  # None: the protocol handed it over

    def shape(self) -> Shape:
        """Give it as JSON has it."""
        override = self.override
        return {
            **shapes.position(self.position),
            "taken_at": None if override is None else shapes.instant(override.at),
            "taken_by": None if override is None else override.by,
            "reason": None if override is None else override.reason or None,
        }


def under_override(tx: Tx) -> tuple[Taken, ...]:
    """Read the positions that people look after and that have not ended, by number."""
    by_position = {override.position_id: override for override in overrides.current(tx)}
    return tuple(Taken(found, by_position.get(found.id)) for found in manual(tx))


def manual(tx: Tx) -> tuple[Position, ...]:
    """Read the positions that wait for a person, by number."""
    everything = positions.find(tx, PositionQuery(managed_by=Management.MANUAL), 1, _ALL)
    return tuple(found for found in reversed(everything.items) if waits_for_person(found))


def waits_for_person(position: Position) -> bool:
    """Whether a person looks after it, and it still holds something or its price is missing."""
    if position.managed_by is not Management.MANUAL:
        return False
    is_told = all(outcome.net_price is not None for outcome in position.outcomes)
    return position.units_open > 0 or not is_told


def _fits(found: Position, query: PositionQuery) -> bool:
    return query.bot in {None, found.bot} and query.symbol in {None, found.underlying}
