"""What the broker says of one account, read in the order that keeps counts safe."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from botd.brokers.port import AccountState
from botd.domain.contract import option_legs
from botd.domain.evidence import OwnOrder
from botd.domain.orders import Holding, OrderReport, in_units_of
from botd.domain.position import Position
from botd.engine.desk import LOOK_AGAIN, Desk, log
from botd.engine.identity import admit
from botd.engine.stops import stop_account
from botd.errors import BrokerError, BrokerUnavailable, OutcomeUnknown
from botd.ledger import orders
from botd.ledger.halts import HaltKind
from botd.ledger.orders import Order

_LATE = "the broker did not answer in time"
_SKEW_STOPS = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """One complete read of an account."""

    holdings: tuple[Holding, ...]
    orders: tuple[OrderReport, ...]  # of today, ours (in units as sent) and others', also final
    own_orders: Mapping[str, OwnOrder]  # ours, by client order id
    cash: Decimal | None
    can_trade: bool
    read_at: datetime

    @property
    def held(self) -> dict[str, int]:
        """Signed quantity by symbol."""
        return {holding.symbol: holding.quantity for holding in self.holdings}


async def read_account(desk: Desk) -> AccountFacts:
    """
    Read orders, then holdings, then the account, and let the guard count.

    Orders first: a fill between the two reads is then missing from the reports but
    contained in the holdings, and can only make us count too little. At the first read the
    account comes before both: one that is not the configured one is not asked for more.

    Raises:
        BrokerError: one of the reads gave no readable answer.
    """
    first = await _account(desk) if desk.bound_as is None else None
    reports = await desk.watch.read()
    try:
        holdings = await desk.clock.within(desk.broker.holdings(), desk.patience())
    except TimeoutError as error:
        raise OutcomeUnknown(_LATE) from error
    state = first or await _account(desk)
    desk.guard.observe_holdings(holdings)
    own = await _own_orders(desk)
    return AccountFacts(
        holdings,
        tuple(_as_sent(own, report) for report in reports),
        {
            name: OwnOrder(order.intent.position_id, order.filled_units)
            for name, order in own.items()
        },
        state.cash,
        state.can_trade,
        desk.now(),
    )


async def _account(desk: Desk) -> AccountState:
    """Read the account, see that it is the configured one, and compare the clocks."""
    try:
        state = await desk.clock.within(desk.broker.account(), desk.patience())
    except TimeoutError as error:
        raise OutcomeUnknown(_LATE) from error
    await admit(desk, state)
    desk.clock_skew = desk.now() - state.as_of
    return state


async def _own_orders(desk: Desk) -> dict[str, Order]:
    since = desk.now() - timedelta(days=1)
    found = await desk.ledger.read(lambda tx: orders.since(tx, desk.key, since))
    return {order.client_order_id: order for order in found}


def _as_sent(own: Mapping[str, Order], report: OrderReport) -> OrderReport:
    """Count a report in the units in which the ledger counts its fills."""
    order = own.get(report.client_order_id or "")
    return report if order is None else in_units_of(order.intent.legs, report)


async def read_terms(desk: Desk, held: Iterable[Position]) -> None:
    """
    Read the terms of what *held* hold and is not known yet.

    Nothing waits for it: without an answer the tables of the roots count.
    """
    wanted = {contract.symbol for position in held for contract, _ in option_legs(position.legs)}
    missing = frozenset(wanted - desk.terms.known.keys())
    if not missing:
        return
    try:
        found = await desk.clock.within(desk.broker.terms(missing), desk.patience())
    except (BrokerError, TimeoutError) as error:
        log.warning("terms_unread", account=desk.key, error=str(error))
        return
    desk.terms.known |= found


async def read_account_until(desk: Desk, until: datetime) -> AccountFacts | None:
    """Read the account, again and again until *until*; None: it could not be read."""
    while desk.now() < until:
        try:
            return await read_account(desk)
        except BrokerUnavailable as error:
            log.warning("account_unreadable", account=desk.key, error=str(error))
            if error.is_auth:
                await stop_account(desk, HaltKind.STOP, f"credentials refused: {error}")
            if error.is_auth or desk.stranger is not None:
                return None
        except BrokerError as error:
            log.warning("account_unreadable", account=desk.key, error=str(error))
        await desk.clock.sleep_until(min(desk.now() + LOOK_AGAIN, until))
    return None


def is_clock_wrong(desk: Desk) -> bool:
    """Whether the host's clock is so far off that no new order may leave."""
    return desk.clock_skew is not None and abs(desk.clock_skew) > _SKEW_STOPS
