"""Whether an account is fit for the attempts that come: an hour before, and just before."""

from datetime import datetime, timedelta

from botd.domain import budget, ladder, schedule
from botd.domain.bot import Mode
from botd.domain.contract import Future, ending_legs
from botd.domain.decision import Moneyness, Reason
from botd.domain.moments import Moment, MomentKind
from botd.domain.moneyness import assess
from botd.domain.position import Management, Position
from botd.domain.quote import MarketView
from botd.domain.reconcile import resting_exits
from botd.domain.schedule import expiring_legs
from botd.engine import notices, strays
from botd.engine.desk import Desk
from botd.engine.notices import Notice
from botd.engine.reads import AccountFacts, is_clock_wrong, read_account, read_terms
from botd.errors import BrokerError
from botd.ledger import attempts, halts, positions
from botd.ledger.columns import Tx

NOT_READY = "not_ready"

_WARN_SKEW = timedelta(seconds=1)
_PAGE_SKEW = timedelta(seconds=5)
_NEAR = 2  # percent of the spot: worth a line an hour before
_HOUR = timedelta(hours=1)
_BETWEEN_ATTEMPTS = timedelta(minutes=5)


async def notice(desk: Desk, moment: Moment, found: tuple[Position, ...]) -> Notice | None:
    """Check the world and tell what it means for the positions that stop trading today."""
    if not found:
        return None
    try:
        facts: AccountFacts | None = await read_account(desk)
    except BrokerError as error:
        facts, unread = None, str(error)
    else:
        unread = ""
    if facts is not None:
        await read_terms(desk, found)
        await strays.write(desk, facts, strays.found(desk, facts, moment.day))
    view = await desk.feed.view()
    faults = await _faults(desk, found, facts, unread, view)
    lines = (*faults, *_lines(desk, moment, found, facts, view))
    if moment.kind is MomentKind.HOUR_BEFORE:
        level = "page" if faults else "info"
        return Notice("hour_before", level, f"{len(found)} stop trading today", lines)
    if faults:
        return Notice(NOT_READY, "page", f"NOT ready: {faults[0]}", lines)
    return Notice("ready", "info", f"ready: {len(found)} stop trading today", lines)


async def ended(desk: Desk, closes_at: datetime | None) -> tuple[Position, ...]:
    """Give the positions that had attempts before *closes_at*, as they stand now."""
    if closes_at is None:
        return ()

    def work(tx: Tx) -> tuple[Position, ...]:
        names = {name for name, due_at in attempts.taken(tx, closes_at - _HOUR)}
        names |= {one.id for one in desk.book.values() if one.closes_at == closes_at}
        found = (positions.get(tx, name) for name in sorted(names))
        return tuple(
            one
            for one in found
            if one.account_key == desk.key and _stopped_at(desk, one, closes_at)
        )

    return await desk.ledger.read(work)


def _stopped_at(desk: Desk, position: Position, closes_at: datetime) -> bool:
    """Whether it had to do with this T: another may have come within the hour before."""
    return position.closes_at == closes_at or any(
        schedule.stops_trading_at(one, desk.sessions) == closes_at
        for one, _ in ending_legs(position.legs)
    )


async def _faults(
    desk: Desk,
    found: tuple[Position, ...],
    facts: AccountFacts | None,
    unread: str,
    view: MarketView,
) -> tuple[str, ...]:
    """List what stands in the way of closing anything."""
    faults = []
    in_force = await desk.ledger.read(lambda tx: halts.current(tx, desk.key))
    faults += [f"halted ({halt.reason}): botd resume" for halt in in_force]
    if facts is None:
        faults.append(f"the broker cannot be read ({unread}): botd status")
    elif not facts.can_trade:
        faults.append("the broker says that the account may not trade")
    if desk.clock_skew is not None and abs(desk.clock_skew) > _PAGE_SKEW:
        what = "no orders" if is_clock_wrong(desk) else "check the host's time"
        faults.append(f"the clock differs from the broker's by {desk.clock_skew}: {what}")
    blind = sorted({one.underlying for one in found if _is_blind(view, one)})
    if blind:
        faults.append(f"no usable quotes of {', '.join(blind)}: botd plan")
    return tuple(faults)


def _is_blind(view: MarketView, position: Position) -> bool:
    """Whether its moneyness cannot be judged; a future's needs not to be."""
    return bool(position.options()) and notices.spot_of(view, position.underlying) is None


def _lines(
    desk: Desk,
    moment: Moment,
    found: tuple[Position, ...],
    facts: AccountFacts | None,
    view: MarketView,
) -> tuple[str, ...]:
    lines = [
        notices.line(
            one, notices.spot_of(view, one.underlying), desk.now(), f"botd take {one.number}"
        )
        for one in found
        if _is_near(desk, one, view)
    ]
    if not desk.broker.card.closes:
        lines.append(f"{Reason.NO_CLOSE_CALL.value}: what must be closed goes to you")
    if desk.mode is Mode.OBSERVE:
        lines.append("observing: everything is decided and recorded, no order is sent")
    if desk.clock_skew is not None and abs(desk.clock_skew) > _WARN_SKEW:
        lines.append(f"the clock differs from the broker's by {desk.clock_skew}")
    lines += [f"{one.number}  {word}" for one in found for word in desk.terms.misfits(one)]
    if facts is not None:
        lines += _from_account(desk, found, facts, moment)
    lines += _capacity(desk, found)
    closes_at = min((one.closes_at for one in found if one.closes_at), default=None)
    if closes_at is not None and (cutoff_at := desk.cutoff_at(closes_at)):
        lines.append(f"the broker may act on expiring contracts from {cutoff_at:%H:%M} UTC")
    return tuple(lines)


def _is_near(desk: Desk, position: Position, view: MarketView) -> bool:
    if position.closes_at is None:
        return False
    legs = expiring_legs(position.legs, position.closes_at, desk.sessions)
    if any(isinstance(leg.instrument, Future) for leg in legs):
        return True
    rules = desk.bot_of(position).expiration
    return any(
        leg.state is not Moneyness.OTM
        or (leg.spot is not None and abs(leg.spot - leg.strike) * 100 <= _NEAR * leg.spot)
        for leg in assess(legs, view, rules, desk.session_ending_at(position.closes_at))
    )


def _from_account(
    desk: Desk, found: tuple[Position, ...], facts: AccountFacts, moment: Moment
) -> list[str]:
    lines = []
    for one in found:
        for report in resting_exits(one, facts.orders, facts.own_orders):
            price = "market" if report.net_price is None else f"{report.net_price}"
            lines.append(
                f"{one.number}  a resting order of {report.units} at {price} holds its legs"
            )
    return [*lines, *notices.unmanaged(strays.found(desk, facts, moment.day))]


def _capacity(desk: Desk, found: tuple[Position, ...]) -> list[str]:
    managed = [one for one in found if one.managed_by is Management.BOT]
    rate = desk.broker.card.requests_per_minute
    if rate is None or not managed:
        return []
    most = max(ladder.steps_of(desk.pricing_of(one)) for one in managed)
    reach = budget.capacity(len(managed), most, rate, _BETWEEN_ATTEMPTS)
    text = f"{len(managed)} positions, {rate} requests a minute: {reach.steps} price steps each"
    return [
        text if reach.fits else f"{text}, and only {reach.served} of them: the day does not fit"
    ]
