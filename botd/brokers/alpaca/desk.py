"""The trading side of an Alpaca account: orders sent, changed, cancelled, found and listed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import quote

from botd.brokers.alpaca import wire_orders, words
from botd.brokers.transport.answer import Answer, Lane
from botd.brokers.transport.door import HttpDoor
from botd.brokers.transport.fields import Fields, Unreadable, distinct, objects, parse_json, shown
from botd.clock import Clock
from botd.domain.contract import Leg, OptionContract
from botd.domain.orders import OrderIntent, OrderReport
from botd.errors import OrderRefused, OutcomeUnknown

PAGE = 500  # orders, the most that one answer lists
_INSTANT = timedelta(microseconds=1)
_NOT_FOUND = 404
_NO_SUCH_ORDER = "40410000"


class OrderDesk:
    """
    Orders of one account.

    It remembers two things, and may forget both: by which divisor an order of this
    process was brought to lowest terms, and before which instant no order works.
    """

    def __init__(self, door: HttpDoor, clock: Clock) -> None:
        self._door = door
        self._clock = clock
        self._ratios: dict[str, int] = {}  # above 1 only, by client order id
        self._sent: set[str] = set()
        self._none_older_than: datetime | None = None

    async def submit(self, intent: OrderIntent) -> OrderReport:
        """Send a new order."""
        self._remember(intent)
        body = wire_orders.order_body(intent)
        answer = await self._door.ask("POST", "/v2/orders", lane=Lane.ORDER, json=body)
        return self._taken(answer, intent)

    async def replace(self, broker_order_id: str, intent: OrderIntent) -> OrderReport:
        """Ask for another price; the quantity is not named, so that it stays."""
        self._remember(intent)
        path, body = _path(broker_order_id), wire_orders.replacement_body(intent)
        answer = await self._door.ask("PATCH", path, lane=Lane.ORDER, json=body)
        report = self._taken(answer, intent, replaces=broker_order_id)
        if report.broker_order_id == broker_order_id:
            raise OutcomeUnknown(f"order {broker_order_id} was replaced by itself")
        return report

    async def cancel(self, broker_order_id: str) -> None:
        """Ask for a cancel."""
        answer = await self._door.ask("DELETE", _path(broker_order_id), lane=Lane.CANCEL)
        if not answer.is_success:
            raise OrderRefused(words.refusal_of(answer, None))

    async def look_up(self, client_order_id: str) -> OrderReport | None:
        """Find one order; None: the broker says that there is none."""
        params = (("client_order_id", client_order_id),)
        path = "/v2/orders:by_client_order_id"
        answer = await self._door.ask("GET", path, lane=Lane.CANCEL, params=params)
        if answer.status == _NOT_FOUND:
            if _code(answer) == _NO_SUCH_ORDER:
                return None
            raise OutcomeUnknown(f"HTTP {answer.status}: {answer.words}")
        if not answer.is_success:
            raise words.unavailable(answer)
        try:
            return self._report(Fields.of(parse_json(answer.body)), named=client_order_id)
        except Unreadable as odd:
            raise OutcomeUnknown(f"order {client_order_id}: {odd}") from odd

    async def orders(self, since: datetime) -> tuple[OrderReport, ...]:
        """
        List every order submitted since *since*, and older ones that still work.

        Older ones are orders that were queued while the market was closed. They are asked
        for until none is left that holds an option; none can come into being afterwards.
        """
        listed = await self._list("all", since, None)
        if self._none_older_than is None or since > self._none_older_than:
            older = await self._list("open", None, since)
            if not any(_holds_option(report) for report in older):
                self._none_older_than = since
            newer = {report.broker_order_id for report in listed}
            listed = (
                *(report for report in older if report.broker_order_id not in newer),
                *listed,
            )
        return listed

    async def _list(
        self, status: str, since: datetime | None, until: datetime | None
    ) -> tuple[OrderReport, ...]:
        """
        Read all pages, oldest first.

        A page begins a microsecond before the last order of the page before it, because the
        bound is exclusive and several orders may have been submitted at one instant.
        """
        found: dict[str, Fields] = {}
        cursor = None if since is None else since - _INSTANT
        while True:
            rows = await self._page(status, cursor, until)
            try:
                fresh = {name: row for row in rows if (name := row.name("id")) not in found}
                last = max(filter(None, map(wire_orders.submitted_at, rows)), default=None)
            except Unreadable as odd:
                raise OutcomeUnknown(f"orders: {odd}") from odd
            found.update(fresh)
            if len(rows) < PAGE:
                return tuple(self._reports(tuple(found.values())))
            if not fresh or last is None:
                raise OutcomeUnknown(f"orders: the list does not go on after {cursor}")
            cursor = last - _INSTANT

    async def _page(
        self, status: str, after: datetime | None, until: datetime | None
    ) -> tuple[Fields, ...]:
        bounds = (("after", after), ("until", until))
        params = (
            ("status", status),
            ("nested", "true"),
            ("direction", "asc"),
            ("limit", str(PAGE)),
            *((name, at.isoformat()) for name, at in bounds if at is not None),
        )
        answer = await self._door.ask("GET", "/v2/orders", lane=Lane.POLL, params=params)
        if not answer.is_success:
            raise words.unavailable(answer)
        try:
            return distinct(objects(parse_json(answer.body), "orders"), "id")
        except Unreadable as odd:
            raise OutcomeUnknown(f"orders: {odd}") from odd

    def _reports(self, rows: tuple[Fields, ...]) -> Iterator[OrderReport]:
        """Give what can be read; somebody else's odd order (a trailing stop on a coin) is not."""
        for order in wire_orders.flat(rows):
            try:
                yield self._report(order)
            except Unreadable as odd:
                if not wire_orders.is_foreign(order, self._sent):
                    raise OutcomeUnknown(f"an order of ours: {odd}") from odd

    def _taken(
        self, answer: Answer, intent: OrderIntent, *, replaces: str | None = None
    ) -> OrderReport:
        """Read the answer to an order; it must be of this order and no other."""
        if not answer.is_success:
            raise OrderRefused(words.refusal_of(answer, intent))
        try:
            order = Fields.of(parse_json(answer.body))
            report = self._report(order, named=intent.client_order_id)
        except Unreadable as odd:
            raise OutcomeUnknown(f"order {intent.client_order_id}: {odd}") from odd
        if order.values.get("replaces") not in (None, "", replaces):
            name = shown(order.values["replaces"])
            raise OutcomeUnknown(f"order {intent.client_order_id} stands for {name}")
        if sorted(map(_told, report.legs)) != sorted(map(_told, intent.legs)):
            raise OutcomeUnknown(f"order {intent.client_order_id} was taken with other legs")
        if report.units != intent.units:
            name = intent.client_order_id
            raise OutcomeUnknown(f"order {name} was taken for {report.units} units")
        return report

    def _report(self, order: Fields, *, named: str | None = None) -> OrderReport:
        name = order.maybe_text("client_order_id")
        if named is not None and name != named:
            raise Unreadable(f"an order of the name {shown(name)}")
        ratio = self._ratios.get(name or "", 1)
        return wire_orders.report_of(order, as_of=self._clock.now(), ratio=ratio)

    def _remember(self, intent: OrderIntent) -> None:
        self._sent.add(intent.client_order_id)
        if (ratio := wire_orders.ratio_of(intent)) > 1:
            self._ratios[intent.client_order_id] = ratio


def _path(broker_order_id: str) -> str:
    return f"/v2/orders/{quote(broker_order_id, safe='')}"


def _told(leg: Leg) -> tuple[str, int]:
    return leg.symbol, leg.quantity


def _code(answer: Answer) -> str | None:
    try:
        return Fields.of(parse_json(answer.body)).maybe_text("code")
    except Unreadable:
        return None


def _holds_option(report: OrderReport) -> bool:
    return any(isinstance(leg.instrument, OptionContract) for leg in report.legs)
