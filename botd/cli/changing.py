"""What commands that change something share: their site, and the words for orders and ledger."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from botd.cli import sessions, words, workplace
from botd.cli.options import Here
from botd.cli.output import Line, plain, warn
from botd.domain.label import label
from botd.domain.orders import OrderStatus
from botd.domain.position import Position
from botd.domain.session import Sessions
from botd.ledger import Ledger
from botd.ledger.orders import Order
from botd.service import actions, oneshot, shapes
from botd.service.inspection import DAEMON, lock_path
from botd.service.logging import logging_to, style_for
from botd.service.oneshot import Site
from botd.service.shapes import Shape
from botd.settings.model import Settings


@contextmanager
def at_work(here: Here, purpose: str) -> Iterator[Site]:
    """
    Open the ledger for a command that changes it, for the length of a `with` block.

    Args:
        here: the call.
        purpose: what the ledger's lock tells others if this command takes it.

    Raises:
        NotFoundError: there is no ledger.
        LedgerError: it cannot be used.
    """
    with workplace.ledger_at(here) as ledger, _logs(here):
        yield site_of(here, ledger, purpose)


def site_of(here: Here, ledger: Ledger, purpose: str) -> Site:
    """Tell where a command works."""

    def load() -> tuple[Settings, Sessions]:
        settings = workplace.settings_of(here)
        return settings, sessions.calendar_of(here, settings).sessions

    path = lock_path(workplace.ledger_path_of(here))
    return Site(ledger, path, workplace.clock_of(here), load, purpose)


@contextmanager
def _logs(here: Here) -> Iterator[None]:
    """Show the engine's log lines with `-v` only: the command tells what happened."""
    if not here.verbose:
        with oneshot.quiet():
            yield
        return
    style = style_for(sys.stderr, here.world.environ, is_verbose=True, secrets=())
    with logging_to(sys.stderr, style, workplace.clock_of(here)):
        yield


def named(position: Position) -> str:
    """Name a position by number and label: `3  SPY 430P -1`."""
    return f"{position.number}  {label(position)}"


def ledger_line(here: Here, site: Site) -> Line:
    """Say which ledger was changed, and whether a daemon holds it."""
    holder = site.holder()
    if holder is None:
        who = "no daemon runs: start it with botd run"
    elif holder.purpose == DAEMON:
        who = f"held by the daemon, process {holder.pid}"
    else:
        who = f"held by {holder}"
    return ((f"ledger {workplace.ledger_path_of(here)} ({who})", "dim"),)


def ledger_shape(here: Here, site: Site) -> Shape:
    """Give the ledger that was changed, and who holds it, as JSON has it."""
    holder = site.holder()
    held_by = None
    if holder is not None:
        is_daemon = holder.purpose == DAEMON
        since = shapes.instant(holder.since)
        held_by = {"pid": holder.pid, "since": since, "is_daemon": is_daemon}
    return {"path": str(workplace.ledger_path_of(here)), "held_by": held_by}


def price(net_price: Decimal | None) -> str:
    """Write a net price as a trader says it: `0.72 debit`; none is a market order's."""
    if net_price is None:
        return "market"
    return f"{words.price(abs(net_price))} {'debit' if net_price < 0 else 'credit'}"


_ENDED = {
    OrderStatus.WITHDRAWN: "withdrawn before it was sent",
    OrderStatus.ABSENT: "never reached the broker",
    OrderStatus.CANCELED: "cancelled",
    OrderStatus.PARTIALLY_FILLED: "cancelled",
    OrderStatus.EXPIRED: "ended with the session",
    OrderStatus.FILLED: "filled before it could be cancelled",
    OrderStatus.REFUSED: "refused",
}
_LIVING = {
    OrderStatus.WORKING: "it works at the broker",
    OrderStatus.CANCEL_PENDING: "its cancel was asked for, and is not confirmed",
    OrderStatus.SUPERSEDED: "it was replaced, and its end is not confirmed",
}


def fate(order: Order) -> Line:
    """Tell how an order ended, or that it may still fill."""
    name = f"   order {order.client_order_id} at {price(order.intent.net_price)}: "
    if order.status in _ENDED:
        refused = f": {plain(order.refusal.message)}" if order.refusal else ""
        return ((name + f"{_ENDED[order.status]}{refused}, {filled(order)}", ""),)
    state = _LIVING.get(order.status, "it was sent, and the broker has not confirmed it")
    return ((name, ""), ("MAY STILL FILL", "danger"), (f": {state}; {filled(order)}", ""))


def filled(order: Order) -> str:
    """Tell what was filled of an order."""
    if not order.filled_units:
        return "nothing filled"
    average = price(order.average_net_price)
    return f"{order.filled_units} of {order.intent.units} filled at {average}"


def tell_order(order: Order) -> None:
    """Say on standard error what an order does while the command waits."""
    step = f"step {order.intent.step} at {price(order.intent.net_price)}"
    done = f", {filled(order)}" if order.filled_units else ""
    warn(f"   {step}: {words.spaced(order.status.value)}{done}")


def orders_shape(orders: tuple[Order, ...]) -> list[Shape]:
    """Give orders as JSON has them."""
    return [shapes.order(order) for order in orders]


def warn_of_contradiction(site: Site, position: Position) -> None:
    """Say on standard error what speaks against the expiry that a person has just told."""
    if against := actions.contradiction(site, position.id):
        warn(
            f"botd: WARNING: {plain(against)}; booked as expired on your word, "
            "compare it with your broker's records"
        )
