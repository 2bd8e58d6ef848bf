"""Ending positions by a person's word: `botd close` and `botd expire`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from botd.domain.contract import OptionContract
from botd.domain.position import Position
from botd.domain.session import Sessions
from botd.errors import StateError
from botd.ledger import Tx, commands, orders, positions
from botd.ledger.commands import Command
from botd.ledger.orders import Order
from botd.service import requests, wheel
from botd.service.actions import named, one_named
from botd.service.oneshot import CLOSE_PATIENCE, Site, TellOrder, follow, said_of


@dataclass(frozen=True, slots=True)
class Size:
    """How much of a position is to be closed; units win over percent, neither: all of it."""

    units: int | None = None
    percent: Decimal | None = None  # of what is left, rounded up

    def of(self, position: Position) -> int:
        """Tell the units, never more than are held."""
        held = position.units_open
        if self.units is not None:
            return min(self.units, held)
        if self.percent is None:
            return held
        part = (held * self.percent / 100).to_integral_value(ROUND_CEILING)
        return min(int(part), held)


@dataclass(frozen=True, slots=True)
class Closed:
    """The answer to a close."""

    position: Position  # as it stands at the end
    wanted_units: int
    filled_units: int
    net_price: Decimal | None  # average of what was filled, per share toward the account
    is_done: bool
    is_unknown: bool  # an order may still fill, or nobody answered
    message: str  # the broker's words, or what kept it from being filled
    orders: tuple[Order, ...]


def close(
    site: Site,
    names: Sequence[str],
    size: Size,
    *,
    pricing: str | None,
    by: str,
    tell: TellOrder,
) -> tuple[Closed, ...]:
    """
    Close positions now, wholly or in part, and follow to the end.

    Raises:
        NotFoundError: a name means nothing; nothing was asked for.
        StateError: one is ended, halted, or being closed already; nothing was asked for.
    """
    at = site.clock.now()
    holder = site.holder()

    def work(tx: Tx) -> list[Command]:
        wanted = named(tx, names)
        if holder is not None:
            _refuse_twice(tx, wanted)
        return [
            requests.close(
                tx, one.id, by=by, at=at, args={"units": size.of(one), "pricing": pricing}
            )
            for one in wanted
        ]

    asked = site.ledger.write_now(work)
    done = follow(site, asked, CLOSE_PATIENCE, tell)

    def standing(tx: Tx, command: Command) -> Closed:
        name, said = command.position_id or "", said_of(command)
        placed = [one for one in orders.of_position(tx, name) if one.created_at >= at]
        price = said.get("net_price")
        return Closed(
            position=positions.get(tx, name),
            wanted_units=int(said.get("wanted_units") or command.args["units"]),
            filled_units=int(said.get("filled_units") or 0),
            net_price=None if price is None else Decimal(price),
            is_done=bool(said.get("done")),
            is_unknown=bool(said.get("unreachable")),
            message=str(said.get("message") or ""),
            orders=tuple(placed),
        )

    return site.ledger.read_now(lambda tx: tuple(standing(tx, one) for one in done))


def _refuse_twice(tx: Tx, wanted: Iterable[Position]) -> None:
    """Refuse a second close while the first is worked on: which part is whose?"""
    by_id = {one.id: one for one in wanted}
    for command in commands.unfinished(tx):
        position = by_id.get(command.position_id or "")
        if position is not None and command.kind == "close":
            raise StateError(
                f"position {position.number} ({position.id}) is being closed already, as "
                f"{command.by} asked; stop that with: botd take {position.number}"
            )


@dataclass(frozen=True, slots=True)
class Expired:
    """A position marked as expired by hand, and the call that follows it."""

    position: Position
    following: Position | None


@dataclass(frozen=True, slots=True)
class NextCall:
    """The call that is sold on the shares under an expired one."""

    contract: OptionContract
    net_price: Decimal  # the credit, per share


def expire(
    site: Site,
    name: str,
    following: NextCall | None,
    *,
    sessions: Sessions,
    book: Callable[[Position], None],
    by: str,
) -> Expired:
    """
    Mark a position as expired; its shares stay, and may take the next call at once.

    Args:
        site: where.
        name: an id, a short number, or an underlying with one open position.
        following: the next call; None: none.
        sessions: the calendar.
        book: puts the next call into the account, where that is ours to do.
        by: who does it.

    Raises:
        NotFoundError: nothing, or more than one position, is called that.
        StateError: it has not expired, or has ended; no shares are under the next call.
        ValueError: the next call does not follow it.
    """
    at = site.clock.now()

    def work(tx: Tx) -> Expired:
        before = one_named(tx, name)
        if following is None:
            return Expired(requests.expire(tx, before.id, by=by, at=at, sessions=sessions), None)
        contract = following.contract
        after = wheel.next_call(before, contract, following.net_price, at, sessions)
        expired = before
        if not wheel.has_expired(before):
            expired = requests.expire(tx, before.id, by=by, at=at, sessions=sessions)
        if before.campaign is None:
            expired = wheel.begin(tx, before, by=by, at=at)
        wheel.refuse_uncovered(tx, str(after.campaign), after)
        positions.add(tx, after, at, by=by)
        book(after)
        return Expired(expired, positions.get(tx, after.id))

    return site.ledger.write_now(work)
