"""The board: every position that matters now, the most dangerous first."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from botd.calendar.new_york import day_of, from_wall
from botd.domain.label import label
from botd.domain.position import Position, Status
from botd.domain.session import Session, Sessions
from botd.ledger import Tx, accounts, alerts, attempts, halts, marks, orders, positions
from botd.ledger.accounts import BoundAccount
from botd.ledger.halts import Halt
from botd.ledger.marks import Mark
from botd.ledger.orders import Order
from botd.ledger.unmanaged import Unmanaged
from botd.service import board_strays, inspection, listing
from botd.service.board_rows import Danger, Judge, Row, Sight
from botd.service.board_strays import Stray
from botd.service.lock import Holder
from botd.service.rules import NextAttempt, Rules, next_attempt
from botd.service.shapes import Shape, instant, money

_USABLE = timedelta(minutes=15)  # an older mark is no spot any more
_LOOK_BACK = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class AccountOnBoard:
    """An account by its broker, and whether orders may leave for it."""

    broker: str
    account: str
    environment: str | None  # "paper" or "live"; None: nobody has said
    mode: str | None  # "observe" or "armed", as the file says
    mode_in_force: str | None  # as a running daemon has it, or the last one had
    cutoff_at: datetime | None = None  # of today: from when on the broker may act on its own


@dataclass(frozen=True, slots=True)
class Board:
    """The board at one instant."""

    now: datetime
    session: Session | None  # of today; None: closed, or the calendar is not known
    following: Session | None
    coming: NextAttempt | None
    accounts: tuple[AccountOnBoard, ...]
    quotes_at: datetime | None  # the oldest spot that the board shows
    halts: tuple[Halt, ...]
    undelivered_alerts: int
    rows: tuple[Row, ...]
    strays: tuple[Stray, ...] = ()  # what nobody manages

    @property
    def lines(self) -> tuple[Row | Stray, ...]:
        """Give all of it in order: what nobody manages stands before what has ended."""
        done = tuple(row for row in self.rows if row.danger is Danger.DONE)
        return (*self.rows[: len(self.rows) - len(done)], *self.strays, *done)

    def shape(self, holder: Holder | None) -> Shape:
        """Give the board as JSON has it."""
        session = self.session
        return {
            "now": instant(self.now),
            "closes_at": None if session is None else instant(session.closes_at),
            "early_close": None if session is None else session.early_close,
            "next_attempt": inspection.next_shape(self.coming),
            "accounts": [
                {
                    "broker": one.broker,
                    "account": one.account,
                    "environment": one.environment,
                    "mode": one.mode,
                    "mode_in_force": one.mode_in_force,
                    "cutoff_at": instant(one.cutoff_at),
                }
                for one in self.accounts
            ],
            "quotes_at": instant(self.quotes_at),
            "daemon": inspection.holder_shape(holder),
            "halts": [inspection.halt_shape(halt) for halt in self.halts],
            "undelivered_alerts": self.undelivered_alerts,
            "rows": [
                row.shape() if isinstance(row, Stray) else _row_shape(row) for row in self.lines
            ],
        }


@dataclass(frozen=True, slots=True)
class Facts:
    """What the ledger knows, read in one transaction."""

    positions: tuple[Position, ...]
    live_orders: Mapping[str, Order]  # by position id
    taken: frozenset[tuple[str, datetime]]
    halts: tuple[Halt, ...]
    marks: tuple[Mark, ...]
    bound: tuple[BoundAccount, ...]
    undelivered_alerts: int
    unmanaged: tuple[Unmanaged, ...] = ()


def read(tx: Tx, now: datetime) -> Facts:
    """Read everything that the board shows."""
    waiting = (one for one in positions.unconfirmed(tx) if one.status is Status.AWAITING_SETTLEMENT)
    ended = positions.completed(tx, from_wall(day_of(now), time(0)))
    found = (*positions.live(tx), *listing.manual(tx), *waiting, *ended)
    return Facts(
        positions=tuple({one.id: one for one in found}.values()),
        live_orders={order.intent.position_id: order for order in orders.live(tx)},
        taken=attempts.taken(tx, now - _LOOK_BACK),
        halts=halts.current(tx),
        marks=marks.get(tx),
        bound=accounts.everything(tx),
        undelivered_alerts=alerts.undelivered_count(tx),
        unmanaged=board_strays.read(tx, now),
    )


def draw(facts: Facts, rules: Rules, sessions: Sessions | None, now: datetime) -> Board:
    """Judge and sort what was read."""
    judge = Judge(rules, now, facts.live_orders, facts.halts)
    spots = spots_of(facts.marks, now)
    rows = [judge.row(one, spots.get((one.account_key, one.underlying))) for one in facts.positions]
    strays = board_strays.draw(facts.unmanaged, spots, sessions, now)
    shown = [row.spot.as_of for row in rows if row.spot and row.danger is not Danger.DONE]
    shown += [stray.spot.as_of for stray in strays if stray.spot]
    session, following = _sessions_at(now, sessions)
    return Board(
        now=now,
        session=session,
        following=following,
        coming=next_attempt(rules.schedules(facts.positions), facts.taken, now),
        accounts=_accounts(facts, rules, session),
        quotes_at=min(shown, default=None),
        halts=facts.halts,
        undelivered_alerts=facts.undelivered_alerts,
        rows=tuple(sorted(rows, key=lambda row: row.rank)),
        strays=strays,
    )


def spots_of(found: tuple[Mark, ...], now: datetime) -> dict[tuple[tuple[str, str], str], Sight]:
    """Give the newest usable price of each instrument, by account and symbol."""
    spots = {}
    for mark in found:
        price = mark.last
        if price is None and mark.bid is not None and mark.ask is not None:
            price = (mark.bid + mark.ask) / 2
        if price is not None and now - mark.as_of <= _USABLE:
            spots[mark.account_key, mark.symbol] = Sight(price, mark.as_of)
    return spots


def _sessions_at(now: datetime, sessions: Sessions | None) -> tuple[Session | None, Session | None]:
    """Give today's session and the next; None where there is none or none is known."""
    if sessions is None:
        return None, None
    try:
        session = sessions.containing_day(now)
        return session, sessions.after(day_of(now))
    except LookupError:
        return None, None


def _accounts(facts: Facts, rules: Rules, session: Session | None) -> tuple[AccountOnBoard, ...]:
    keys = {(bot.broker, bot.account) for bot in rules.bots.values()}
    keys |= {found.account_key for found in facts.positions}
    bound = {(one.broker, one.account): one for one in facts.bound}
    found = (_account(key, rules, bound) for key in sorted(keys))
    if session is None:
        return tuple(found)
    closes_at = session.closes_at
    return tuple(replace(one, cutoff_at=rules.cutoff_at(one.broker, closes_at)) for one in found)


def _account(
    key: tuple[str, str], rules: Rules, bound: Mapping[tuple[str, str], BoundAccount]
) -> AccountOnBoard:
    broker, account = key
    configured, known = rules.brokers.get(broker), bound.get(key)
    if configured is not None:
        environment, mode = configured.environment.value, configured.mode.value
        in_force = None if known is None else known.mode
        return AccountOnBoard(broker, account, environment, mode, in_force)
    if known is not None:
        return AccountOnBoard(broker, account, known.environment, known.mode, known.mode)
    return AccountOnBoard(broker, account, None, None, None)


def _row_shape(row: Row) -> Shape:
    position = row.position
    return {
        "mark": row.danger.value,
        "number": position.number,
        "id": position.id,
        "label": label(position),
        "status": "closing" if row.has_order else position.status.value,
        "managed_by": position.managed_by.value,
        "doing": row.doing,
        "threat": row.threat or None,
        "words": row.words or None,
        "command": row.command or None,
        "closes_at": instant(position.closes_at),
        "spot": None if row.spot is None else money(row.spot.price),
        "spot_at": None if row.spot is None else instant(row.spot.as_of),
    }
