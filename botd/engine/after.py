"""
After T: what the close made of everything that was left.

Nothing is booked before the official close is known, or T + 20 min when the last trade
stands in; and nothing while an order of the position may still have been filled.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from botd.domain import after_close
from botd.domain.after_close import ClosePrice, Judgement, Wait
from botd.domain.decision import Moneyness
from botd.domain.lots import remaining_legs
from botd.domain.position import Management, Position
from botd.domain.schedule import expiring_legs
from botd.engine import resolve
from botd.engine.change import change_judged
from botd.engine.desk import LOOK_AGAIN, Desk, log
from botd.engine.together import side_by_side
from botd.errors import BrokerError
from botd.ledger import attempts, orders

_Close = tuple[str, date]  # underlying and day

_FIRST_LOOK = timedelta(seconds=5)
_NEXT_LOOK = timedelta(seconds=30)


def _open_cases(desk: Desk, now: datetime) -> list[Position]:
    return [
        position
        for position in desk.book.values()
        if _is_candidate(position) and _stopped_at(desk, position) + _FIRST_LOOK <= now
    ]


def _is_candidate(position: Position) -> bool:
    return (
        position.is_live
        and position.managed_by is Management.BOT
        and position.closes_at is not None
        and not after_close.awaits_delivery(position)
    )


def _stopped_at(desk: Desk, position: Position) -> datetime:
    """Give T; where sources disagree, the latest: nothing is booked before."""
    if position.closes_at is None:
        raise ValueError(f"position {position.id!r} never stops trading")
    return desk.latest_close(position.closes_at)


def is_due(desk: Desk, now: datetime) -> bool:
    """Whether anything that has stopped trading is to be judged now."""
    at = _next_look(desk)
    return at is not None and at <= now and not desk.is_judging


def next_at(desk: Desk, now: datetime) -> datetime | None:
    """Tell when the next look at what has stopped trading is due."""
    at = _next_look(desk)
    return None if at is None else max(at, now)


def _next_look(desk: Desk) -> datetime | None:
    return min(
        (
            _look_at(desk, _stopped_at(desk, one))
            for one in desk.book.values()
            if _is_candidate(one)
        ),
        default=None,
    )


def _look_at(desk: Desk, stopped_at: datetime) -> datetime:
    """Look soon after T, then every half minute, and in any case when patience ends."""
    first, last = stopped_at + _FIRST_LOOK, desk.judged_at
    if last is None or last < first:
        return first
    following = last + _NEXT_LOOK
    deadline = stopped_at + after_close.PATIENCE
    return deadline if last < deadline < following else following


async def judge_all(desk: Desk) -> None:
    """Judge what there is to judge, also when somebody else is at it."""
    while desk.is_judging:
        await desk.clock.sleep_until(desk.now() + LOOK_AGAIN)
    await judge(desk)


async def judge(desk: Desk) -> None:
    """Judge every position whose legs have stopped trading; what must wait, waits."""
    if desk.is_judging:
        return
    desk.is_judging = True
    try:
        found = _open_cases(desk, desk.now())
        # Each close is asked for once, and nobody waits for another's order or answer.
        wanted = sorted({_close_of(desk, position) for position in found})
        answers = await side_by_side(*(_official(desk, *one) for one in wanted))
        official = dict(zip(wanted, answers, strict=True))
        await side_by_side(*(_judge_one(desk, position, official) for position in found))
    finally:
        desk.is_judging = False
        desk.judged_at = desk.now()


async def _judge_one(
    desk: Desk, position: Position, official: Mapping[_Close, Decimal | None]
) -> None:
    closes_at, close = _stopped_at(desk, position), official.get(_close_of(desk, position))
    lives = await _has_live_order(desk, position, closes_at)
    position = desk.book.get(position.id, position)
    if not _is_candidate(position):  # it ended, or a person took it meanwhile
        return
    if not expiring_legs(remaining_legs(position), closes_at, desk.sessions):
        await _reschedule(desk, position)
        return
    closes = await _closes(desk, position, closes_at, close)
    states = await _last_states(desk, position)
    judgement = after_close.judge(
        position,
        closes=closes,
        closes_at=closes_at,
        now=desk.now(),
        sessions=desk.sessions,
        last_states=states,
        has_live_order=lives,
        policy=desk.policy_of(position),
    )
    await _book(desk, position, judgement)


async def _reschedule(desk: Desk, position: Position) -> None:
    """Give what is left of a position its own T: the legs of this one ended before it."""
    await change_judged(
        desk,
        position,
        "rescheduled",
        lambda found: after_close.rescheduled(found, desk.sessions),
        by="botd",
    )
    desk.is_stale = True


async def _has_live_order(desk: Desk, position: Position, closes_at: datetime) -> bool:
    """Learn the final state of what was left to the bell."""
    live = await desk.ledger.read(lambda tx: orders.unsettled(tx, desk.key))
    for order in live:
        if order.intent.position_id == position.id:
            ended = await resolve.end(desk, order, desk.now() + timedelta(seconds=5))
            if not ended.is_final:
                log.warning("order_alive_after_close", position=position.id, closed_at=closes_at)
                return True
    return False


def _close_of(desk: Desk, position: Position) -> _Close:
    """Name the close that a position is judged by: of which underlying, on which day."""
    closes_at = _stopped_at(desk, position)
    session = desk.sessions.containing_day(closes_at)
    return position.underlying, session.day if session else closes_at.date()


async def _official(desk: Desk, underlying: str, day: date) -> Decimal | None:
    try:
        answer = desk.broker.official_close(underlying, day)
        return await desk.clock.within(answer, desk.patience())
    except (BrokerError, TimeoutError):
        return None


async def _closes(
    desk: Desk, position: Position, closes_at: datetime, official: Decimal | None
) -> dict[str, ClosePrice]:
    if official is not None:
        return {position.underlying: ClosePrice(official, "official close", is_official=True)}
    if desk.now() < closes_at + after_close.PATIENCE:
        return {}
    last = await _last_trade(desk, position.underlying, closes_at)
    if last is None:
        return {}
    return {position.underlying: ClosePrice(last, "last trade", is_official=False)}


async def _last_trade(desk: Desk, underlying: str, closes_at: datetime) -> Decimal | None:
    view = await desk.feed.view()
    trade = view.last_trades.get(underlying)
    if trade is None or trade.traded_at > closes_at:
        return None
    return trade.price


async def _last_states(desk: Desk, position: Position) -> dict[str, Moneyness]:
    rows = await desk.ledger.read(lambda tx: attempts.of_position(tx, position.id))
    states: dict[str, Moneyness] = {}
    for row in sorted(rows, key=lambda row: row.due_at):
        states |= {leg.symbol: leg.state for leg in row.moneyness}
    return states


async def _book(desk: Desk, position: Position, judgement: Judgement) -> None:
    """Write down what the close made of the legs that ended."""
    if isinstance(judgement, Wait):
        return
    at, word = desk.now(), type(judgement).__name__

    def change(found: Position) -> Position:
        return after_close.book(found, judgement, at, desk.sessions)

    changed = await change_judged(
        desk, position, "judged", change, by="botd", data={"judgement": word}
    )
    desk.is_stale = True  # what is left of it has another T
    log.info(
        "position_judged",
        position=position.id,
        judgement=word,
        status=changed.status.value,
        fact=changed.fact,
    )
