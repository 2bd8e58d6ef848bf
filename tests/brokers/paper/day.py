"""A small recorded day, written as a real pack, and a broker that shows it."""

import asyncio
import csv
import json
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from botd.brokers.paper.adapter import PaperBroker
from botd.brokers.paper.card import PAPER_CARD
from botd.brokers.paper.pack import Pack
from botd.brokers.paper.pack_files import load_pack
from botd.brokers.paper.store import Store
from botd.brokers.port import CapabilityCard
from botd.domain import instruments
from botd.domain.contract import Leg
from botd.domain.orders import OrderIntent, OrderReport
from botd.domain.session import Session, Sessions

CALL_745 = "GOOG151224C00745000"
CALL_750 = "GOOG151224C00750000"
PUT_745 = "GOOG151224P00745000"
PUT_750 = "GOOG151224P00750000"
LATER_CALL = "GOOG160115C00750000"
QUOTE_COLUMNS = ("ts_utc", "occ_symbol", "bid", "ask", "bid_size", "ask_size")
BAR_COLUMNS = ("ts_utc", "open", "high", "low", "close", "volume")
CONTRACT_COLUMNS = (
    *("occ_symbol", "root", "right", "strike", "expiry"),
    *("style", "settlement", "multiplier"),
)
SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data"

Row = tuple[str, ...]
_Result = TypeVar("_Result")


def instant(text: str, day: str = "2015-12-24") -> datetime:
    """Read "17:50" or "17:50:10" as UTC of the day."""
    return datetime.fromisoformat(f"{day}T{text}").replace(tzinfo=UTC)


def session(day: str, opens: str, closes: str) -> Session:
    """Make a session of UTC wall times."""
    opens_at, closes_at = instant(opens, day), instant(closes, day)
    length = (closes_at - opens_at).total_seconds() / 3600
    return Session(date.fromisoformat(day), opens_at, closes_at, early_close=length < 6)


SESSIONS = Sessions(
    [
        session("2015-12-22", "14:30", "21:00"),
        session("2015-12-23", "14:30", "21:00"),
        session("2015-12-24", "14:30", "18:00"),
        session("2015-12-28", "14:30", "21:00"),
        session("2015-12-29", "14:30", "21:00"),
    ],
    last_day=date(2015, 12, 30),
)


class HandClock:
    """A clock that stands until it is set, and jumps where somebody waits."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Tell the instant it stands at."""
        return self.at

    async def sleep_until(self, at: datetime) -> None:
        """Jump to *at*."""
        self.at = max(self.at, at)

    async def wait(self, event: asyncio.Event, until: datetime) -> bool:
        """Jump to *until*, and tell whether the event is set."""
        await self.sleep_until(until)
        return event.is_set()

    async def within(self, awaitable: Awaitable[_Result], until: datetime) -> _Result:
        """Await, and hold that it came in time."""
        result = await awaitable
        assert until >= self.at
        return result


def write_table(path: Path, columns: Iterable[str], rows: Iterable[Row]) -> None:
    """Write a CSV file."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


@dataclass
class Recorded:
    """What a pack's files hold; quotes as (time, symbol, bid, ask, bid size, ask size)."""

    quotes: Sequence[Row] = ()
    bars: Sequence[tuple[str, str]] = ()  # (time, close)
    underlying_quotes: Sequence[Row] | None = None
    symbols: tuple[str, ...] = (CALL_745, CALL_750, PUT_745, PUT_750, LATER_CALL)
    meta: Mapping[str, object] = field(default_factory=dict)
    day: str = "2015-12-24"

    def write(self, folder: Path) -> Path:
        """Write the pack's files."""
        folder.mkdir(parents=True, exist_ok=True)
        quotes = [(self._stamp(row[0]), *row[1:]) for row in self.quotes]
        write_table(folder / "quotes.csv", QUOTE_COLUMNS, quotes)
        bars = [(self._stamp(at), close, close, close, close, "1") for at, close in self.bars]
        write_table(folder / "underlying.csv", BAR_COLUMNS, bars)
        contracts = [(symbol, *[""] * 7) for symbol in self.symbols]
        write_table(folder / "contracts.csv", CONTRACT_COLUMNS, contracts)
        (folder / "meta.json").write_text(json.dumps({"date": self.day, **self.meta}))
        if self.underlying_quotes is not None:
            columns = (QUOTE_COLUMNS[0], *QUOTE_COLUMNS[2:])
            rows = [(self._stamp(row[0]), *row[1:]) for row in self.underlying_quotes]
            write_table(folder / "underlying_quotes.csv", columns, rows)
        return folder

    def load(self, folder: Path) -> Pack:
        """Write the files and read them back as the broker does."""
        return load_pack(self.write(folder))

    def _stamp(self, time: str) -> str:
        return time if "T" in time else f"{self.day}T{time}:00Z"


def legs(*pairs: tuple[str, int]) -> tuple[Leg, ...]:
    """Make legs of symbols and signed quantities."""
    return tuple(Leg(instruments.parse_instrument(symbol), quantity) for symbol, quantity in pairs)


class Day:
    """A paper account at an instant of a recorded day."""

    def __init__(
        self,
        pack: Pack,
        *,
        at: str = "17:50",
        store: Store | None = None,
        card: CapabilityCard = PAPER_CARD,
        sessions: Sessions = SESSIONS,
        clock: HandClock | None = None,
    ) -> None:
        self.clock = clock or HandClock(instant(at, pack.day.isoformat()))
        self.store = store or Store()
        self.broker = PaperBroker(self.store, pack, self.clock, sessions, card=card)
        self._day = pack.day.isoformat()

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    def at(self, time: str, day: str | None = None) -> None:
        """Set the clock."""
        self.clock.at = instant(time, day or self._day)

    def intent(
        self,
        client_order_id: str,
        pairs: Iterable[tuple[str, int]],
        net_price: str | None,
        *,
        units: int = 1,
    ) -> OrderIntent:
        """Make an order of legs as sent: > 0 buys to close."""
        return OrderIntent(
            client_order_id=client_order_id,
            position_id="p",
            account="paper",
            attempt_due_at=self.clock.at,
            step=1,
            legs=legs(*pairs),
            units=units,
            net_price=None if net_price is None else Decimal(net_price),
            cap=None,
            give_up_at=self.clock.at,
        )

    async def send(
        self,
        client_order_id: str,
        pairs: Iterable[tuple[str, int]],
        net_price: str | None,
        *,
        units: int = 1,
    ) -> OrderReport:
        """Send an order."""
        return await self.broker.submit(
            self.intent(client_order_id, pairs, net_price, units=units),
        )

    async def found(self, client_order_id: str) -> OrderReport:
        """Look an order up that must be there."""
        report = await self.broker.look_up(client_order_id)
        assert report is not None
        return report

    async def held(self) -> dict[str, int]:
        """Tell what the account holds."""
        return {holding.symbol: holding.quantity for holding in await self.broker.holdings()}


class Days:
    """Opens days, and closes them when the test is over."""

    def __init__(self) -> None:
        self._open = ExitStack()

    def __call__(self, pack: Pack, **options: Any) -> Day:  # noqa: ANN401 - `Day`'s own
        """Open a day."""
        return self._open.enter_context(closing(Day(pack, **options)))

    def close(self) -> None:
        """Let go of all."""
        self._open.close()
