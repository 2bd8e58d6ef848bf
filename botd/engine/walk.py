"""
One position's ladder in one attempt: price, send, follow, next price.

Each price is one order. The one before it has ended, and the broker said so, before
the next is written down. The last price keeps working until the next attempt needs
it; the last attempt's is left to the bell.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from botd.domain import ladder
from botd.domain.bot import Pricing
from botd.domain.cap import Cap
from botd.domain.contract import Leg
from botd.domain.decide import Case
from botd.domain.decision import Close, Reason
from botd.domain.moneyness import assess
from botd.domain.order_id import client_order_id
from botd.domain.orders import LIVE_ORDER_STATUSES, OrderIntent, OrderStatus
from botd.domain.position import Position
from botd.domain.quote import MarketView
from botd.engine import resolve
from botd.engine.attempt import Attempt, Ending
from botd.engine.desk import LOOK_AGAIN, Desk, log
from botd.engine.refused import Verdict, on_refusal
from botd.engine.send import Fate, Sent, send
from botd.ledger import orders, positions
from botd.ledger.columns import Tx
from botd.ledger.orders import Order

_AFTER_BELL = timedelta(seconds=10)  # a broker takes a moment to report what the bell ended


@dataclass(slots=True)
class Walk:
    """The walk through one ladder; `run` it once."""

    desk: Desk
    attempt: Attempt
    case: Case
    close: Close
    pricing: Pricing
    max_steps: int | None = None
    notes: list[str] = field(default_factory=list)
    price: Decimal | None = None  # of the order that lives now, or the last one priced
    cap: Decimal | None = None  # by which that price was justified
    order: Order | None = None
    fills: dict[str, int] = field(default_factory=dict)  # of this walk, by client order id
    is_corrected: bool = False  # one price was corrected after the broker complained of it

    async def run(self, until: datetime) -> Ending:
        """Walk from mid to the final price, at most until *until*."""
        started_at = self.desk.now()
        plan = ladder.plan_ladder(self.pricing, until - started_at, self.max_steps)
        for index in range(len(plan.fractions)):
            is_final = index + 1 == len(plan.fractions)
            ends_at = until if is_final else started_at + plan.step_seconds * (index + 1)
            ending = await self._step(plan, index, min(ends_at, until))
            if ending is not None:
                return ending
        return await self._rest(until)

    async def _step(self, plan: ladder.LadderPlan, index: int, until: datetime) -> Ending | None:
        """Work at one price until *until*; None: go on to the next."""
        while self.desk.now() < until:
            if not await self._needs_order(plan, index):
                ending = await self._follow(until)
            elif not await self._end_current(until):
                return Ending.UNKNOWN
            else:
                ending = await self._place(until)
            if ending is not None:
                return ending
        return None

    async def _needs_order(self, plan: ladder.LadderPlan, index: int) -> bool:
        """Price this step; tell whether it asks for another order than the one alive."""
        view = await self.desk.feed.view()
        spot = self._spot(view)
        cap = self._cap_now(view, spot)
        step = self._price(plan, index, view, spot, cap)
        self.notes.extend(note for note in step.notes if note not in self.notes)
        lives = self.order is not None and self.order.status in LIVE_ORDER_STATUSES
        if lives and (step.net_price == self.price or self._is_unpriced(step)):
            return False
        if self._is_unpriced(step):
            self.price = None
            return False
        self.price, self.cap = step.net_price, cap.net_price
        return True

    def _is_unpriced(self, step: ladder.PriceStep) -> bool:
        return step.net_price is None and not step.is_market

    def _spot(self, view: MarketView) -> Decimal | None:
        """Find the spot of this moment; the decision's own may be minutes old."""
        judged = assess(self.close.legs, view, self.case.rules, self.case.session)
        return next((leg.spot for leg in judged if leg.spot is not None), None)

    def _price(
        self,
        plan: ladder.LadderPlan,
        index: int,
        view: MarketView,
        spot: Decimal | None,
        cap: Cap,
    ) -> ladder.PriceStep:
        return ladder.price(
            self.close.legs,
            plan,
            index,
            quotes=view.quotes,
            spot=spot,
            cap=cap,
            pricing=self.pricing,
            now=self.desk.now(),
            session=self.case.session,
            previous=self.price,
        )

    def _cap_now(self, view: MarketView, spot: Decimal | None) -> Cap:
        return ladder.cap_for(
            self.close.legs,
            spot=spot,
            quotes=view.quotes,
            pricing=self.pricing,
            session=self.case.session,
            now=self.desk.now(),
            beside=self._beside(),
        )

    def _beside(self) -> tuple[Leg, ...]:
        """Give the legs that stay; those of a broken spread may have gone, and bound nothing."""
        if self.close.reason is Reason.BROKEN_SPREAD:
            return ()
        return tuple(leg for leg in self.case.lot.legs if leg not in self.close.legs)

    async def _place(self, until: datetime) -> Ending | None:
        step = await self._read_step()
        units = self._units_left()
        if units == 0:
            return Ending.FILLED if self.has_filled else Ending.NONE
        intent = self._intent(units, step, until)
        if self.desk.guard.is_twin(intent, self.desk.now()):
            # Somebody else ended the order: another price, or five seconds, make it no twin.
            await self.desk.clock.sleep_until(min(self.desk.now() + LOOK_AGAIN, until))
            return None
        sent = await send(self.desk, intent, self.attempt.window)
        if sent.fate is not Fate.BLOCKED:
            name = intent.client_order_id
            self.order = await self.desk.ledger.read(lambda tx: orders.get(tx, name))
        return await self._take_answer(intent, sent, until)

    async def _take_answer(self, intent: OrderIntent, sent: Sent, until: datetime) -> Ending | None:
        match sent.fate:
            case Fate.TAKEN:
                return await self._follow(until)
            case Fate.REFUSED:
                return await self._refused(intent, sent)
            case Fate.UNKNOWN:
                return await self._unknown(until)
            case Fate.NOT_SENT:
                self.notes.append(f"not sent: {sent.note}")
                await self.desk.clock.sleep_until(self.desk.now() + LOOK_AGAIN)
                return None
            case Fate.BLOCKED:
                self.notes.append(f"blocked: {sent.block.value if sent.block else ''}")
                return self._ending_of_rest()
            case Fate.GUARDED:
                self.notes.append(f"guard: {sent.note}")
                return self._ending_of_rest()

    async def _refused(self, intent: OrderIntent, sent: Sent) -> Ending | None:
        if sent.refusal is None:
            return Ending.UNKNOWN
        self.refused.add(intent.client_order_id)
        verdict = await on_refusal(
            self.desk, self.attempt, intent, sent.refusal, is_corrected=self.is_corrected
        )
        self.notes.append(f"broker: {sent.refusal.message}")
        self.order = await resolve.read(self.desk, self.order) if self.order else None
        match verdict:
            case Verdict.STOP:
                return Ending.REFUSED
            case Verdict.HELD:
                return Ending.UNFILLED
            case Verdict.CLOSED:
                return Ending.FILLED
            case Verdict.RETRY:
                self.is_corrected = True
                return None

    async def _unknown(self, until: datetime) -> Ending | None:
        if self.order is None:
            return Ending.UNKNOWN
        self.order = await resolve.find(self.desk, self.order, until, self.attempt.window)
        if self.order.status in {OrderStatus.UNKNOWN, OrderStatus.SENDING}:
            return Ending.UNKNOWN
        return await self._follow(until)

    async def _follow(self, until: datetime) -> Ending | None:
        """Wait for the living order until *until*; without one, for the time to pass."""
        lived = self._lives()
        while self._lives() and self.order is not None and self.desk.now() < until:
            await self.desk.watch.wait(self.order.intent.client_order_id, until)
            self.order = await resolve.read(self.desk, self.order)
        self._count_fill()
        if self.order is not None and self._is_newly_refused(self.order):
            sent = Sent(Fate.REFUSED, refusal=self.order.refusal)
            return await self._refused(self.order.intent, sent)
        if self._units_left() == 0:
            return Ending.FILLED
        if not lived:
            await self.desk.clock.sleep_until(min(self.desk.now() + LOOK_AGAIN, until))
        return None

    def _lives(self) -> bool:
        return self.order is not None and self.order.status in LIVE_ORDER_STATUSES

    def _is_newly_refused(self, order: Order) -> bool:
        """Whether the broker's no came in a report, or to a resend, and is not judged yet."""
        return (
            order.status is OrderStatus.REFUSED
            and order.refusal is not None
            and order.client_order_id not in self.refused
        )

    async def _end_current(self, until: datetime) -> bool:
        """Make sure that no order of ours lives; False: its fate is not known."""
        if self.order is not None and self.order.status in LIVE_ORDER_STATUSES:
            self.order = await resolve.end(self.desk, self.order, until)
            self._count_fill()
        return self.order is None or self.order.status not in LIVE_ORDER_STATUSES

    async def _rest(self, until: datetime) -> Ending:
        """End the ladder: cancel what still works, or leave the last order to the bell."""
        if self.attempt.is_last and until >= self.attempt.closes_at:
            await self._follow(self.attempt.closes_at + _AFTER_BELL)
        elif not await self._end_current(until + timedelta(seconds=5)):
            return Ending.UNKNOWN
        return self._ending_of_rest()

    def _ending_of_rest(self) -> Ending:
        if self._units_left() == 0 and self.has_filled:
            return Ending.FILLED
        if self.order is not None and self.order.status is OrderStatus.UNKNOWN:
            return Ending.UNKNOWN
        if self.has_filled:
            return Ending.PARTIAL
        return Ending.UNFILLED if self.order is not None else Ending.NONE

    @property
    def has_filled(self) -> bool:
        """Whether any order of this walk was filled, wholly or in part."""
        return any(self.fills.values())

    def _count_fill(self) -> None:
        if self.order is not None:
            self.fills[self.order.client_order_id] = self.order.filled_units

    def _units_left(self) -> int:
        """Count what is still to be closed: no more than is wanted, and than is held."""
        position = self.desk.book.get(self.attempt.position_id, self.case.position)
        wanted = self.close.units - sum(self.fills.values())
        return max(min(units_of(position, self.case.lot.legs), wanted), 0)

    async def _read_step(self) -> int:
        """Read how the position stands now, and the next free step of its minute."""
        name, minute = self.attempt.position_id, self.attempt.due_at

        def work(tx: Tx) -> tuple[Position, int]:
            return positions.get(tx, name), orders.next_step(tx, name, minute)

        position, step = await self.desk.ledger.read(work)
        self.desk.keep(position)
        return step

    def _intent(self, units: int, step: int, until: datetime) -> OrderIntent:
        position = self.case.position
        expiration = position.expiration or self.attempt.closes_at.date()
        log.debug("order_priced", position=position.id, step=step, net_price=str(self.price))
        return OrderIntent(
            client_order_id=client_order_id(
                position.account, position.id, expiration, self.attempt.due_at, step
            ),
            position_id=position.id,
            account=position.account,
            attempt_due_at=self.attempt.due_at,
            step=step,
            legs=to_close(self.close.legs),
            units=units,
            net_price=self.price,
            cap=self.cap,
            give_up_at=max(until, self.attempt.give_up_at),
            is_extra=self.attempt.is_extra,
        )


def to_close(held: tuple[Leg, ...]) -> tuple[Leg, ...]:
    """Turn held legs into the legs of the order that closes them."""
    return tuple(Leg(leg.instrument, -leg.quantity) for leg in held)


def units_of(position: Position, legs: tuple[Leg, ...]) -> int:
    """Count the units of a position that still hold exactly *legs*."""
    return sum(lot.units for lot in position.lots if lot.legs == legs)
