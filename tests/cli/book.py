"""A ledger as a person finds it eight minutes before the close of a half-day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from botd.domain import lots, occ, override, strategy
from botd.domain.contract import Leg, option_legs
from botd.domain.decision import LegMoneyness, Moneyness
from botd.domain.orders import OrderIntent, OrderStatus
from botd.domain.position import BrokerWords, ClosedBy, How, ManualReason, Policy, Position
from botd.errors import Refusal, RefusalReason
from botd.ledger import (
    Ledger,
    Tx,
    alerts,
    attempts,
    halts,
    marks,
    open_ledger,
    orders,
    overrides,
    positions,
)
from botd.ledger.attempts import Claim
from botd.ledger.marks import Mark

NOW = datetime(2015, 12, 24, 17, 52, 11, tzinfo=UTC)  # THU 12:52:11 New York
CLOSE = datetime(2015, 12, 24, 18, 0, tzinfo=UTC)
FIRST_ATTEMPT = CLOSE - timedelta(minutes=10)
OPENED_AT = datetime(2015, 12, 18, 15, 0, tzinfo=UTC)
KEY = ("paper", "paper")


def legs(*held: str) -> tuple[Leg, ...]:
    """Read legs as held: `-1 GOOG151224P00750000`, `+100 KO`."""
    pairs = (one.split() for one in held)
    return tuple(Leg(occ.parse_instrument(symbol), int(count)) for count, symbol in pairs)


def position(
    name: str, *held: str, price: str = "1.25", units: int = 1, bot: str = "condors"
) -> Position:
    """Open a position whose first option stops trading at 13:00 New York of its day."""
    found = legs(*held)
    day = min((contract.expiration for contract, _ in option_legs(found)), default=None)
    hour = 18 if day == CLOSE.date() else 21
    return lots.open_position(
        Position(
            id=name,
            number=0,
            bot=bot,
            broker=KEY[0],
            account=KEY[1],
            underlying=found[0].instrument.underlying,
            strategy=strategy.name(found),
            legs=found,
            units=units,
            opened_at=OPENED_AT,
            open_net_price=Decimal(price),
            expiration=day,
            closes_at=None
            if day is None
            else datetime(day.year, day.month, day.day, hour, tzinfo=UTC),
        )
    )


def spread(name: str = "goog-1", units: int = 1) -> Position:
    """Open a short put vertical on GOOG that stops trading on the day."""
    return position(name, "+1 GOOG151224P00745000", "-1 GOOG151224P00750000", units=units)


def intent(
    found: Position,
    step: int = 1,
    price: str | None = "-0.72",
    cap: str | None = "-5.00",
    *,
    is_extra: bool = False,
) -> OrderIntent:
    """Write the closing order of a position's whole package."""
    return OrderIntent(
        client_order_id=f"bd1-{found.id}-{step}",
        position_id=found.id,
        account=found.account,
        attempt_due_at=NOW if is_extra else FIRST_ATTEMPT,
        step=step,
        legs=tuple(replace(leg, quantity=-leg.quantity) for leg in found.legs),
        units=found.units,
        net_price=None if price is None else Decimal(price),
        cap=None if cap is None else Decimal(cap),
        give_up_at=CLOSE,
        is_extra=is_extra,
    )


class Book:
    """A real ledger on the disk, filled through the ledger's own functions."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ledger: Ledger = open_ledger(f"sqlite:///{path}", create=True, threaded=False)

    def shut(self) -> None:
        self.ledger.close()

    def write(self, work: Callable[[Tx], object]) -> None:
        self.ledger.write_now(work)

    def add(self, found: Position) -> Position:
        """Take a position into the book."""
        self.write(lambda tx: positions.add(tx, found, OPENED_AT))
        return self.ledger.read_now(lambda tx: positions.get(tx, found.id))

    def change(
        self, found: Position, kind: str, apply: Callable[[Position], Position], by: str = "bot"
    ) -> None:
        """Apply a rule of the domain to a position."""
        self.write(lambda tx: positions.change(tx, found.id, kind, apply, at=NOW, by=by))

    def attempt(self, found: Position, *, decision: str = "close", state: str = "ITM") -> None:
        """Claim and decide the first attempt of a position."""
        claim = Claim(found.id, FIRST_ATTEMPT, "T-10", FIRST_ATTEMPT + timedelta(seconds=2), 2.0)
        judged = tuple(
            LegMoneyness(one.symbol, Moneyness(state), one.strike, Decimal(748), FIRST_ATTEMPT)
            for one in found.options()
        )

        def work(tx: Tx) -> None:
            attempts.claim(tx, [claim], "host:1")
            attempts.decide(tx, found.id, FIRST_ATTEMPT, decision, "in the money", judged, "a note")

        self.write(work)

    def order(
        self,
        found: Position,
        step: int = 1,
        price: str | None = "-0.72",
        cap: str | None = "-5.00",
        *,
        status: OrderStatus = OrderStatus.WORKING,
        is_extra: bool = False,
        refusal: Refusal | None = None,
    ) -> None:
        """Write a closing order, and let it come to *status*."""
        order = intent(found, step, price, cap, is_extra=is_extra)

        def work(tx: Tx) -> None:
            assert orders.add_intent(tx, order, NOW) is None
            if status is OrderStatus.INTENT:
                return
            assert orders.start_sending(tx, order.client_order_id, NOW) is None
            orders.set_status(tx, order.client_order_id, status, NOW, refusal)

        self.write(work)

    def refuse(
        self, found: Position, fact: str = "REFUSED, STILL HELD, 9 minutes left: botd close 1"
    ) -> None:
        """Let the broker refuse the close of a position."""
        said = 'active assignment lock on "this" account'
        words = BrokerWords(said, "40310000", 403, NOW)
        self.order(
            found,
            status=OrderStatus.REFUSED,
            refusal=Refusal(RefusalReason.ASSIGNMENT_LOCK, said, "40310000", 403),
        )
        self.change(found, "refused", lambda one: override.mark_refused(one, words, fact), "broker")

    def close(self, found: Position, price: str = "-0.45", units: int | None = None) -> None:
        """Let a closing order fill."""
        self.change(
            found,
            "filled",
            lambda one: lots.apply_fill(
                one, one.legs, units or one.units, Decimal(price), NOW, ClosedBy.BOT
            ),
            "broker",
        )

    def expire(self, found: Position) -> None:
        """Let all legs expire worthless."""
        symbols = [leg.symbol for leg in found.legs]
        self.change(found, "expired", lambda one: lots.end_legs(one, symbols, {}, How.EXPIRED, NOW))

    def take(self, found: Position, by: str = "ann", reason: str = "earnings") -> None:
        """Let a person take a position over."""

        def work(tx: Tx) -> None:
            positions.change(
                tx, found.id, "taken", lambda one: override.take(one, NOW, by), at=NOW, by=by
            )
            overrides.begin(tx, found.id, at=NOW, by=by, reason=reason)

        self.write(work)

    def hand_over(self, found: Position, reason: ManualReason, fact: str) -> None:
        """Let the protocol give a position to a person."""
        self.change(found, "handed_over", lambda one: override.hand_over(one, reason, fact))

    def policy(self, found: Position, policy: Policy) -> None:
        """Give a position a policy of its own."""
        self.change(found, "policy", lambda one: replace(one, policy=policy), "ann")

    def mark(
        self,
        symbol: str,
        last: str | None,
        *,
        seconds_ago: float = 2,
        bid: str | None = None,
        ask: str | None = None,
    ) -> None:
        """Show the newest price of something."""
        at = NOW - timedelta(seconds=seconds_ago)

        def money(text: str | None) -> Decimal | None:
            return None if text is None else Decimal(text)

        found = Mark(KEY, symbol, money(bid), money(ask), money(last), at)
        self.write(lambda tx: marks.put(tx, [found]))

    def halt(
        self,
        reason: str = "odd fills",
        scope: str = "all",
        kind: halts.HaltKind = halts.HaltKind.PERSON,
    ) -> None:
        """Stop every new order."""
        self.write(
            lambda tx: halts.begin(tx, scope=scope, kind=kind, reason=reason, by="ann", at=NOW)
        )

    def alert(self) -> None:
        """Leave a message that has not arrived."""
        self.write(
            lambda tx: alerts.add(tx, key="x", level=alerts.Level.PAGE, title="t", body="b", at=NOW)
        )


def busy(path: Path) -> Book:
    """Make a ledger with a position in every state that a person may meet."""
    book = Book(path)
    goog = book.add(spread())
    book.attempt(goog)
    book.order(goog, 1, "-0.60", status=OrderStatus.CANCELED)
    book.order(goog, 2)
    spy = book.add(position("spy-put", "-1 SPY151224P00205000", price="0.80", bot="wheel"))
    book.attempt(spy)
    book.refuse(spy, "REFUSED, ASSIGNMENT UNDER WAY, STILL HELD, 9 minutes left: botd close 2")
    ko = book.add(position("ko-cc", "+100 KO", "-1 KO151224C00042000", price="-41.50", bot="wheel"))
    book.policy(ko, Policy.ACCEPT)
    book.add(
        position(
            "qqq-ic",
            "+1 QQQ151224P00105000",
            "-1 QQQ151224P00108000",
            "-1 QQQ151224C00115000",
            "+1 QQQ151224C00118000",
        )
    )
    done = book.add(position("iwm-1", "-1 IWM151224P00110000", price="0.50"))
    book.close(done)
    over = book.add(position("dia-1", "-2 DIA151224P00170000", price="0.35", units=3))
    book.expire(over)
    book.add(position("aapl-later", "-1 AAPL160115P00105000", price="2.10", bot="wheel"))
    mine = book.add(position("xom-1", "-1 XOM151224C00078000", price="0.65"))
    book.take(mine)
    gone = book.add(position("msft-1", "-1 MSFT151224P00056000", price="0.65", bot="wheel"))
    book.hand_over(gone, ManualReason.BROKEN_SPREAD, "the long leg is gone: sold by the broker")
    for symbol, last in (
        ("GOOG", "748.02"),
        ("SPY", "204.10"),
        ("KO", "43.27"),
        ("QQQ", "112.40"),
        ("XOM", "79.10"),
        ("AAPL", "108.00"),
        ("MSFT", "55.70"),
    ):
        book.mark(symbol, last)
    return book
