"""
What people do from the command line: one function an action, its whole course.

    write    one transaction: from its commit on it holds, whatever happens to us
    follow   whoever holds the ledger carries the rest out (`oneshot`)
    tell     how it ended, read from the ledger again

An error before the commit is raised: nothing happened. Trouble after it is an answer:
what was asked for holds, and what is left to do is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from botd.domain.orders import LIVE_ORDER_STATUSES, OrderStatus
from botd.domain.position import How, Management, Policy, Position
from botd.errors import BotdError, NotFoundError, StateError
from botd.ledger import Tx, attempts, orders, positions
from botd.ledger.commands import Command
from botd.ledger.halts import Halt
from botd.ledger.orders import Order
from botd.service import requests
from botd.service.oneshot import (
    CANCEL_PATIENCE,
    CLOSE_PATIENCE,
    Site,
    TellOrder,
    follow,
    said_of,
    try_to_follow,
)

# May fill although no order of ours counts it as live: replaced by the next step.
_MAY_FILL = LIVE_ORDER_STATUSES | {OrderStatus.SUPERSEDED}


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A position that a person has now, and every order of ours that lived before."""

    position: Position
    orders: tuple[Order, ...]  # as they stand at the end

    @property
    def may_live(self) -> bool:
        """Whether an order of ours may still fill."""
        return any(order.status in _MAY_FILL for order in self.orders)


@dataclass(frozen=True, slots=True)
class Takeover:
    """The answer to a take of several positions."""

    taken: tuple[TakenOver, ...]
    refused: tuple[BotdError, ...]  # those that could not be taken, each with its reason
    trouble: str | None  # why orders that lived could not be cancelled

    @property
    def may_live(self) -> bool:
        """Whether an order of ours may still fill."""
        return any(one.may_live for one in self.taken)


def take(site: Site, names: Sequence[str], *, is_all: bool, reason: str, by: str) -> Takeover:
    """
    Give positions to a person, and end every order of ours that lives on them.

    One that cannot be taken keeps none of the others from it.

    Args:
        site: where.
        names: ids, short numbers or underlyings.
        is_all: every position that a bot manages.
        reason: for the record.
        by: who does it.
    """
    at = site.clock.now()

    def work(tx: Tx) -> tuple[list[requests.Taken], list[BotdError]]:
        wanted, refused = _wanted(tx, names, is_all=is_all)
        taken = []
        for position in wanted:
            try:
                taken.append(requests.take(tx, position.id, by=by, reason=reason, at=at))
            except StateError as error:
                refused.append(error)
        return taken, refused

    taken, refused = site.ledger.write_now(work)
    asked = [one.command.id for one in taken if one.command is not None]
    trouble = try_to_follow(site, asked)

    def standing(tx: Tx) -> tuple[TakenOver, ...]:
        return tuple(
            TakenOver(
                positions.get(tx, one.position.id),
                tuple(orders.get(tx, name) for name in one.orders),
            )
            for one in taken
        )

    return Takeover(site.ledger.read_now(standing), tuple(refused), trouble)


def _wanted(
    tx: Tx, names: Sequence[str], *, is_all: bool
) -> tuple[list[Position], list[BotdError]]:
    """Find what is to be taken: of a group only what a bot manages, if there is any."""
    found: dict[str, Position] = {}
    refused: list[BotdError] = []
    groups = [positions.live(tx)] if is_all else []
    for name in names:
        try:
            groups.append(positions.named(tx, name))
        except NotFoundError as error:
            refused.append(error)
    for group in groups:
        managed = [one for one in group if one.managed_by is Management.BOT]
        busy = {order.intent.position_id for order in orders.unsettled(tx)}
        living = [one for one in group if one.id in busy]
        chosen = [*managed, *living] if is_all or len(group) > 1 else []
        found |= {one.id: one for one in chosen or (() if is_all else group)}
    return list(found.values()), refused


@dataclass(frozen=True, slots=True)
class Released:
    """The answer to a release."""

    position: Position  # as it stands at the end
    is_released: bool
    message: str | None
    is_unreachable: bool  # the broker could not be asked, or nobody answered in time
    outcome: str | None  # of the extra attempt, if one was asked for and made


def release(
    site: Site, names: Sequence[str], *, try_now: bool, by: str, tell: TellOrder
) -> tuple[Released, ...]:
    """
    Give positions back to their bots, each after a reconcile, and perhaps try at once.

    Raises:
        NotFoundError: a name means nothing; nothing was asked for.
        StateError: one cannot be given back; nothing was asked for.
    """
    at = site.clock.now()

    def work(tx: Tx) -> list[Command]:
        return [
            requests.release(tx, one.id, by=by, at=at, try_now=try_now)
            for one in _persons(tx, names)
        ]

    asked = site.ledger.write_now(work)
    patience = CLOSE_PATIENCE if try_now else CANCEL_PATIENCE
    done = follow(site, asked, patience, tell)

    def standing(tx: Tx, command: Command) -> Released:
        name, said = command.position_id or "", said_of(command)
        tried = [one for one in attempts.of_position(tx, name) if one.due_at >= at]
        return Released(
            position=positions.get(tx, name),
            is_released=bool(said.get("done")),
            message=said.get("message"),
            is_unreachable=bool(said.get("unreachable")),
            outcome=tried[-1].outcome if try_now and tried else None,
        )

    return site.ledger.read_now(lambda tx: tuple(standing(tx, one) for one in done))


def _persons(tx: Tx, names: Sequence[str]) -> list[Position]:
    """Find what is to be given back: of a group only what a person has, if there is any."""
    found: dict[str, Position] = {}
    for name in names:
        group = positions.named(tx, name)
        manual = [one for one in group if one.managed_by is Management.MANUAL]
        found |= {one.id: one for one in manual or group}
    return list(found.values())


def named(tx: Tx, names: Sequence[str]) -> list[Position]:
    """
    Read what people call *names*, each position once.

    Raises:
        NotFoundError: one means nothing.
    """
    found = {one.id: one for name in names for one in positions.named(tx, name)}
    return list(found.values())


def resolve(
    site: Site, name: str, *, how: How, net_price: Decimal | None, note: str, by: str
) -> Position:
    """
    Book how a position ended, on a person's word.

    Raises:
        NotFoundError: nothing, or more than one position, is called that.
        StateError: nothing is left to be resolved, or its bot still manages it.
        ValueError: the price contradicts how it ended.
    """
    at = site.clock.now()

    def work(tx: Tx) -> Position:
        only = one_named(tx, name)
        return requests.resolve(tx, only.id, how=how, net_price=net_price, by=by, at=at, note=note)

    return site.ledger.write_now(work)


def contradiction(site: Site, position_id: str) -> str | None:
    """Tell what spoke against the expiry that a person told last; None: nothing."""
    return site.ledger.read_now(lambda tx: requests.contradiction(tx, position_id))


def one_named(tx: Tx, name: str) -> Position:
    """
    Read the one position that *name* means.

    Raises:
        NotFoundError: nothing is called that, or several positions are.
    """
    found = positions.named(tx, name)
    if len(found) > 1:
        several = ", ".join(f"{one.number} ({one.id})" for one in found)
        raise NotFoundError(f"{name!r} means {len(found)} positions: {several}; name one of them")
    return found[0]


def set_policy(
    site: Site, names: Sequence[str], policy: Policy, *, by: str
) -> tuple[Position, ...]:
    """
    Say what happens to positions in the money, whatever their bots say.

    Raises:
        NotFoundError: a name means nothing.
        StateError: one has ended; none is changed.
    """
    at = site.clock.now()

    def work(tx: Tx) -> tuple[Position, ...]:
        return tuple(
            requests.set_policy(tx, one.id, policy, by=by, at=at) for one in named(tx, names)
        )

    return site.ledger.write_now(work)


@dataclass(frozen=True, slots=True)
class Halted:
    """The answer to a halt."""

    halt: Halt
    was_in_force: bool
    orders: tuple[Order, ...]  # every one that lived, as it stands at the end
    trouble: str | None  # why they could not be cancelled

    @property
    def may_live(self) -> bool:
        """Whether an order may fill that ought to be cancelled."""
        is_left = self.halt.keep_working
        return not is_left and any(order.status in _MAY_FILL for order in self.orders)


def halt(site: Site, *, reason: str, keep_working: bool, by: str) -> Halted:
    """Stop every new order anywhere, end those that work, and tell each one's fate."""
    at = site.clock.now()

    def work(tx: Tx) -> tuple[Halt, tuple[Command, ...], tuple[str, ...]]:
        living = orders.unsettled(tx)
        sent = [order for order in living if order.status is not OrderStatus.INTENT]
        accounts = () if keep_working else sorted({order.account_key for order in sent})
        stop, asked = requests.halt(
            tx, accounts, reason=reason, by=by, at=at, keep_working=keep_working
        )
        return stop, asked, tuple(order.client_order_id for order in living)

    stop, asked, names = site.ledger.write_now(work)
    trouble = try_to_follow(site, [one.id for one in asked])

    def standing(tx: Tx) -> tuple[Order, ...]:
        return tuple(orders.get(tx, name) for name in names)

    return Halted(stop, stop.at != at, site.ledger.read_now(standing), trouble)


def resume(site: Site, *, by: str) -> tuple[Halt, ...]:
    """End every stop in force, of people and of the daemon; give them."""
    at = site.clock.now()
    return site.ledger.write_now(lambda tx: requests.resume(tx, by=by, at=at))
