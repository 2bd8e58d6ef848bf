"""
One position's ladder in one attempt: price, send, follow, next price.

Each price is one order. The one before it has ended, and the broker said so, before
the next is written down. The last price keeps working until the next attempt needs
it; the last attempt's is left to the bell.

    an order works, and ...        the walk
    its price still holds          follows it
    it is not its turn             follows it; a price's time begins when it is sent
    a halt is in force             follows it: only the halt itself ends orders
    another price is wanted        cancels it, waits for its end, sends the next
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from botd.domain import ladder
from botd.domain.bot import Pricing
from botd.domain.contract import Leg
from botd.domain.decide import Case
from botd.domain.decision import Close
from botd.domain.order_id import LAST_STEP, client_order_id
from botd.domain.orders import LIVE_ORDER_STATUSES, OrderIntent, OrderStatus
from botd.domain.position import Position
from botd.domain.refusal import RefusalKind, kind_of
from botd.engine import resolve
from botd.engine.attempt import Attempt, Ending
from botd.engine.desk import LOOK_AGAIN, Desk, log
from botd.engine.pace import Allotment
from botd.engine.pricing import Ask, Pricer
from botd.engine.refused import Verdict, on_refusal
from botd.engine.send import Fate, Sent, send
from botd.engine.stops import stop_account
from botd.errors import Refusal
from botd.ledger import halts, orders, positions
from botd.ledger.columns import Tx
from botd.ledger.halts import HaltKind
from botd.ledger.orders import Block, Order

_AFTER_BELL = timedelta(seconds=10)  # a broker takes a moment to report what the bell ended
_CANCEL_PATIENCE = timedelta(seconds=5)
_LAST_PRICE = timedelta(seconds=10)  # the least that it works
_TWIN = timedelta(seconds=5)  # the same order again within this would be taken for a bug
_LONGEST_PAUSE = timedelta(seconds=8)  # between two tries to reach a broker
# How often a complaint is cured. A broker may count what an order held for some seconds more
# after it has said that the order ended.
_CURES = {RefusalKind.BLOCKED_BY_ORDER: 4}
_STRANGE_ENDS = 3  # orders that somebody else ended: then this attempt gives up


@dataclass(slots=True)
class Walk:
    """The walk through one ladder; `run` it once."""

    desk: Desk
    attempt: Attempt
    case: Case
    close: Close
    pricing: Pricing
    share: Allotment = field(default_factory=Allotment)
    notes: list[str] = field(default_factory=list)
    order: Order | None = None  # the one that lives now, or the last one
    fills: dict[str, int] = field(default_factory=dict)  # of this walk, by client order id
    filled_before: dict[str, int] = field(default_factory=dict)  # by orders that it took over
    judged: set[str] = field(default_factory=set)  # orders whose refusal was looked at
    complaints: Counter[RefusalKind] = field(default_factory=Counter)
    pause: timedelta = LOOK_AGAIN  # before the broker is tried again
    strange_ends: int = 0

    async def run(self, until: datetime) -> Ending:
        """Walk from mid to the final price, at most until *until*."""
        started_at = self.desk.now()
        pricer = Pricer(self.desk, self.case, self.close, self.pricing, self.notes)
        plan = ladder.plan_ladder(self.pricing, until - started_at, self.share.max_steps)
        put_off = timedelta(0)  # by waiting for a turn
        for index in range(len(plan.fractions)):
            is_final = index + 1 == len(plan.fractions)
            ends_at = started_at + put_off + plan.step_seconds * (index + 1)
            step = _Step(pricer, plan, index, until if is_final else min(ends_at, until), until)
            planned = step.until
            ending = await self._work(step)
            if ending is not None:
                return ending
            put_off += step.until - planned
        return await self._rest(until)

    async def go_on_from(self, order: Order) -> None:
        """Take over an order that worked at the decision; only what it fills since is ours."""
        self.filled_before[order.client_order_id] = order.filled_units
        self.order = await resolve.read(self.desk, order)
        self._count_fill()

    async def keep(self, until: datetime) -> Ending | None:
        """Let the order of an earlier attempt work on; None: it ended, and more is to close."""
        await self._watch(until + _AFTER_BELL if self._is_to_the_bell(until) else until)
        if self._lives or self._units_left() == 0:
            return self._ending_of_rest()
        return None

    def _is_to_the_bell(self, until: datetime) -> bool:
        return self.attempt.is_last and until >= self.attempt.closes_at

    async def _work(self, step: "_Step") -> Ending | None:
        """Work at one price until its time is over; None: go on to the next."""
        while self.desk.now() < step.until:
            ask = await step.pricer.ask(step.plan, step.index)
            if self.desk.now() >= step.until:  # quotes came late: the next price is due
                return None
            if ask is None or not await self._is_wanted(ask):
                ending = await self._follow(step, step.until)
            elif not self._has_turn():
                asks_again_at = self.desk.now() + LOOK_AGAIN
                step.put_off(asks_again_at)
                ending = await self._follow(step, min(asks_again_at, step.until))
            elif not await self._end_current(step.walk_until):
                return Ending.UNKNOWN
            elif (refused := self._newly_refused()) is not None:
                ending = await self._refused(step, refused.intent, refused.refusal)
            else:
                ending = await self._place(step, ask)
            if ending is not None:
                return ending
        return None

    async def _is_wanted(self, ask: Ask) -> bool:
        """Tell whether this price asks for another order than the last one, and may be sent."""
        last = self.order if self._lives else None
        return last is None or not (
            ask.net_price == last.intent.net_price or await self._is_halted()
        )

    def _has_turn(self) -> bool:
        """Take a turn of the account's request budget; False: others go first."""
        rate = self.desk.broker.card.requests_per_minute
        return self.desk.pace.take(rate, self.desk.now(), (self._lives, self.share.danger))

    @property
    def _lives(self) -> bool:
        return self.order is not None and self.order.status in LIVE_ORDER_STATUSES

    async def _is_halted(self) -> bool:
        return bool(await self.desk.ledger.read(lambda tx: halts.current(tx, self.desk.key)))

    async def _place(self, step: "_Step", ask: Ask) -> Ending | None:
        number = await self._read_number()
        if self.desk.now() >= step.walk_until:  # the next attempt's time
            return None
        units = self._units_left()
        if units == 0:
            return self._ending_of_rest()
        if why := self._must_not(number):
            self.notes.append(why)
            return self._ending_of_rest()
        intent = self._intent(units, number, step, ask)
        if self.desk.guard.is_twin(intent, self.desk.now()):
            # Somebody else ended the order: another price, or five seconds, make it no twin.
            await self.desk.clock.sleep_until(min(self.desk.now() + LOOK_AGAIN, step.until))
            return None
        sent = await send(self.desk, intent, self.attempt.window)
        if sent.fate is not Fate.BLOCKED:
            name = intent.client_order_id
            self.order = await self.desk.ledger.read(lambda tx: orders.get(tx, name))
            step.pricer.previous = ask.net_price
        return await self._take_answer(step, intent, sent)

    def _must_not(self, number: int) -> str:
        if number > LAST_STEP:
            return f"more than {LAST_STEP} orders in one attempt"
        is_by_hand = self.attempt.position_id in self.desk.by_hand
        return "a person closes it" if is_by_hand and not self.attempt.is_extra else ""

    async def _take_answer(self, step: "_Step", intent: OrderIntent, sent: Sent) -> Ending | None:
        match sent.fate:
            case Fate.TAKEN:
                self.pause, self.desk.alike_count = LOOK_AGAIN, 0
                self.notes.extend(note for note in (sent.note,) if note)
                return await self._follow(step, step.until)
            case Fate.REFUSED:
                return await self._refused(step, intent, sent.refusal)
            case Fate.UNKNOWN:
                return await self._unknown(step)
            case Fate.NOT_SENT:
                return await self._not_sent(step, sent)
            case Fate.BLOCKED:
                return await self._blocked(step, sent.block)
            case Fate.GUARDED:
                self.notes.append(f"guard: {sent.note}")
                return self._ending_of_rest()

    async def _blocked(self, step: "_Step", block: Block | None) -> Ending | None:
        if block is Block.LIVE_ORDER and await self._end_others(step.walk_until):
            return None
        self.notes.append(f"blocked: {block.value if block else ''}")
        return self._ending_of_rest()

    async def _end_others(self, until: datetime) -> bool:
        """
        End what lives of earlier attempts and came between; tell whether nothing lives.

        A person's own close is left alone, and so is a later attempt's order.
        """
        live = await self.desk.ledger.read(lambda tx: orders.live(tx, self.desk.key))
        for order in live:
            if order.intent.position_id != self.attempt.position_id:
                continue
            is_later = order.intent.attempt_due_at > self.attempt.due_at
            if is_later or (order.intent.is_extra and not self.attempt.is_extra):
                return False
            if not (await resolve.end(self.desk, order, until)).is_final:
                return False
        return True

    async def _not_sent(self, step: "_Step", sent: Sent) -> Ending | None:
        """Try again, less and less often; a key that opens nothing stops the account."""
        self.notes.append(f"not sent: {sent.note}")
        if sent.is_auth:
            await stop_account(self.desk, HaltKind.STOP, f"credentials refused: {sent.note}")
            return self._ending_of_rest()
        await self._back_off(step)
        return None

    async def _back_off(self, step: "_Step") -> None:
        """Let a broker that takes nothing rest, longer each time, up to a few seconds."""
        await self.desk.clock.sleep_until(min(self.desk.now() + self.pause, step.walk_until))
        self.pause = min(self.pause * 2, _LONGEST_PAUSE)

    async def _refused(
        self, step: "_Step", intent: OrderIntent, refusal: Refusal | None
    ) -> Ending | None:
        if refusal is None:
            return Ending.UNKNOWN
        self.judged.add(intent.client_order_id)
        kind = kind_of(refusal)
        cured = frozenset(one for one, n in self.complaints.items() if n >= _CURES.get(one, 1))
        verdict = await on_refusal(self.desk, self.attempt, intent, refusal, cured=cured)
        self.complaints[kind] += 1
        if kind is RefusalKind.RETRY_PRICE:
            step.pricer.refused = intent.net_price
        self.notes.append(f"broker: {refusal.message}")
        self.order = await resolve.read(self.desk, self.order) if self.order else None
        match verdict:
            case Verdict.STOP:
                return Ending.REFUSED
            case Verdict.HELD:
                return self._ending_of_rest()
            case Verdict.CLOSED:
                return Ending.FILLED
            case Verdict.RETRY if kind is RefusalKind.BLOCKED_BY_ORDER:
                await self._back_off(step)
                return None
            case Verdict.RETRY:
                return None

    async def _unknown(self, step: "_Step") -> Ending | None:
        if self.order is None:
            return Ending.UNKNOWN
        self.order = await resolve.find(self.desk, self.order, step.walk_until, self.attempt.window)
        if self.order.status in {OrderStatus.UNKNOWN, OrderStatus.SENDING}:
            return Ending.UNKNOWN
        if self.order.status is OrderStatus.ABSENT:
            await self._back_off(step)
            return None
        return await self._follow(step, step.until)

    async def _follow(self, step: "_Step", until: datetime) -> Ending | None:
        """Wait for the living order until *until*; without one, for the time to pass."""
        lived = self._lives
        await self._watch(until)
        if (refused := self._newly_refused()) is not None:
            return await self._refused(step, refused.intent, refused.refusal)
        if self._units_left() == 0:
            return self._ending_of_rest()
        if not lived:
            if self.desk.broker.card.market_orders_only and (ended := self._ended_by_somebody()):
                return ended
            await self.desk.clock.sleep_until(min(self.desk.now() + LOOK_AGAIN, step.until))
            return None
        return self._ended_by_somebody() if not self._lives else None

    async def _watch(self, until: datetime) -> None:
        while self._lives and self.order is not None and self.desk.now() < until:
            await self.desk.watch.wait(self.order.client_order_id, until)
            self.order = await resolve.read(self.desk, self.order)
        self._count_fill()

    def _newly_refused(self) -> Order | None:
        """Give an order whose no came in a report, or to a resend, and is not judged yet."""
        order = self.order
        if order is None or order.client_order_id in self.judged or order.refusal is None:
            return None
        return order if order.status is OrderStatus.REFUSED else None

    def _ended_by_somebody(self) -> Ending | None:
        """Go on after an order that this walk did not end (nothing rests), but not for ever."""
        self.strange_ends += 1
        self.notes.append("the order ended, and not by us")
        return self._ending_of_rest() if self.strange_ends == _STRANGE_ENDS else None

    async def _end_current(self, until: datetime) -> bool:
        """Make sure that no order of ours lives; False: its fate is not known."""
        if self.order is not None and self._lives:
            self.order = await resolve.end(self.desk, self.order, until)
            self._count_fill()
        return not self._lives

    async def _rest(self, until: datetime) -> Ending:
        """End the ladder: cancel what still works, or leave the last order to the bell."""
        bell = self.attempt.closes_at + _AFTER_BELL
        if self.share.is_kept and not self.attempt.is_last:
            return self._ending_of_rest()
        if self._is_to_the_bell(until) or (self._lives and await self._is_halted()):
            await self._watch(bell)
        elif not await self._end_current(until + _CANCEL_PATIENCE):
            return Ending.UNKNOWN
        return self._ending_of_rest()

    def _ending_of_rest(self) -> Ending:
        has_filled = any(self.fills.values())
        if has_filled and self._units_left() == 0:
            return Ending.FILLED
        if self.order is not None and self.order.status is OrderStatus.UNKNOWN:
            return Ending.UNKNOWN
        if has_filled:
            return Ending.PARTIAL
        return Ending.UNFILLED if self.order is not None else Ending.NONE

    def _count_fill(self) -> None:
        if self.order is not None:
            name = self.order.client_order_id
            self.fills[name] = self.order.filled_units - self.filled_before.get(name, 0)

    def _units_left(self) -> int:
        """Count what is still to be closed: no more than is wanted, and than is held."""
        position = self.desk.book.get(self.attempt.position_id)
        held = 0 if position is None else units_of(position, self.case.lot.legs)
        return max(min(held, self.close.units - sum(self.fills.values())), 0)

    async def _read_number(self) -> int:
        """Read how the position stands now, and the next free step of its minute."""
        name, minute = self.attempt.position_id, self.attempt.due_at

        def work(tx: Tx) -> tuple[Position, int]:
            return positions.get(tx, name), orders.next_step(tx, name, minute)

        position, number = await self.desk.ledger.read(work)
        self.desk.keep(position)
        return number

    def _give_up_at(self, walked: "_Step") -> datetime:
        latest = max(walked.until, self.attempt.give_up_at)
        return self.attempt.closes_at if self.share.is_kept else latest

    def _intent(self, units: int, step: int, walked: "_Step", ask: Ask) -> OrderIntent:
        position = self.case.position
        expiration = position.expiration or self.attempt.closes_at.date()
        log.debug("order_priced", position=position.id, step=step, net_price=str(ask.net_price))
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
            net_price=ask.net_price,
            cap=ask.cap,
            give_up_at=self._give_up_at(walked),
            is_extra=self.attempt.is_extra,
        )


@dataclass(slots=True)
class _Step:
    """One price of a walk, and its time."""

    pricer: Pricer
    plan: ladder.LadderPlan
    index: int
    until: datetime
    walk_until: datetime  # of all prices

    def put_off(self, at: datetime) -> None:
        """Count its time from *at*, as far as the last price still gets its own."""
        if self.index + 1 < len(self.plan.fractions):
            left_for_last = self.walk_until - max(self.plan.step_seconds, _LAST_PRICE)
            self.until = max(self.until, min(at + self.plan.step_seconds, left_for_last))


def to_close(held: tuple[Leg, ...]) -> tuple[Leg, ...]:
    """Turn held legs into the legs of the order that closes them."""
    return tuple(Leg(leg.instrument, -leg.quantity) for leg in held)


def units_of(position: Position, legs: tuple[Leg, ...]) -> int:
    """Count the units of a position that still hold exactly *legs*."""
    return sum(lot.units for lot in position.lots if lot.legs == legs)
