"""Read a replay pack from its folder, and say everything that is wrong with it."""

import csv
import gzip
import io
import json
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from botd.brokers.paper.pack import Pack, Tape
from botd.domain import occ
from botd.domain.contract import OptionContract
from botd.domain.quote import LastTrade, Quote
from botd.errors import ConfigError

_ABSURD = Decimal(1_000_000)  # dollars per share: no option or share was ever quoted there
_FILES = "meta.json, contracts.csv, quotes.csv (or .gz) and underlying.csv"
_FAULTS_SHOWN = 20  # of one file; the rest is counted
_CONTRACT_COLUMNS = (
    "occ_symbol root right strike expiry style settlement multiplier".split()  # noqa: SIM905
)
_QUOTE_COLUMNS = ("ts_utc", "occ_symbol", "bid", "ask", "bid_size", "ask_size")
_UNDERLYING_QUOTE_COLUMNS = ("ts_utc", "bid", "ask", "bid_size", "ask_size")
_BAR_COLUMNS = ("ts_utc", "open", "high", "low", "close", "volume")

_QuoteRow = tuple[datetime, Decimal | None, Decimal | None, int, int]  # prices, then sizes

SAMPLE = Path(__file__).parent / "sample"


@dataclass(slots=True)
class _Reading:
    """What is known half-way through a pack: its faults, and what was left out."""

    folder: Path
    faults: list[str] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    instants: dict[str, datetime] = field(default_factory=dict)
    prices: dict[str, Decimal | None] = field(default_factory=dict)

    def fault(self, name: str, words: str) -> None:
        self.faults.append(f"{self.folder / name}: {words}")

    def instant(self, text: str) -> datetime:
        """Read an aware instant; ValueError for anything else."""
        found = self.instants.get(text)
        if found is None:
            parsed = datetime.fromisoformat(text)
            if parsed.tzinfo is None:
                raise ValueError("a UTC instant ends in Z")
            found = self.instants[text] = parsed.astimezone(UTC)
        return found

    def price(self, text: str) -> Decimal | None:
        """Read a price; None where the field is empty or nothing to trade on."""
        if text in self.prices:
            price = self.prices[text]
        else:
            price = self.prices[text] = _price(text)
        if price is None and text:
            self.skipped["unusable prices"] += 1
        return price


def _price(text: str) -> Decimal | None:
    try:
        price = Decimal(text)
    except InvalidOperation:
        return None
    return price if price.is_finite() and 0 <= price <= _ABSURD else None


def load_pack(folder: Path) -> Pack:
    """
    Read and check a replay pack.

    Unusable sides (NaN, negative, infinite, beyond a million dollars) are left out and
    counted in `Pack.skipped`; crossed rows stay, for they occur.

    Raises:
        ConfigError: files or columns are missing or unreadable; it names every one.
    """
    if folder.is_file():
        raise ConfigError(f"{folder}: is a file; a pack is a folder that holds {_FILES}")
    reading = _Reading(folder)
    meta = _meta(reading)
    contracts = _contracts(reading)
    carries = meta.get("empty_side", "carry") != "none"
    tapes = _quotes(reading, contracts, carries=carries)
    trades = _bars(reading, underlying := _underlying(meta, contracts))
    pack_underlying_tape = _underlying_quotes(reading, underlying, carries=carries)
    if reading.faults:
        raise ConfigError(*reading.faults)
    return Pack(
        name=folder.name,
        day=date.fromisoformat(meta["date"]),
        underlying=underlying,
        contracts=contracts,
        tapes=tapes,
        trades=trades,
        underlying_tape=pack_underlying_tape,
        official_close=_optional_price(meta.get("official_close")),
        closes_at=_optional_instant(meta.get("session_close_utc")),
        skipped=dict(reading.skipped),
        redated={},
    )


def _underlying(meta: dict[str, Any], contracts: dict[str, OptionContract]) -> str:
    named = meta.get("underlying")
    if isinstance(named, str) and named:
        return named
    return next((contract.underlying for contract in contracts.values()), "")


def _meta(reading: _Reading) -> dict[str, Any]:
    name = "meta.json"
    try:
        meta = json.loads((reading.folder / name).read_bytes().decode("utf-8-sig"))
    except OSError:
        reading.fault(name, "no such file")
        return {}
    except ValueError as fault:
        reading.fault(name, f"not JSON: {fault}")
        return {}
    if not isinstance(meta, dict):
        reading.fault(name, f"an object is needed, not {meta!r}")
        return {}
    for key, is_right, allowed in (
        ("date", _is_date(meta.get("date")), "a date like 2015-12-24"),
        ("empty_side", meta.get("empty_side", "carry") in ("carry", "none"), "carry or none"),
        ("official_close", _is_price(meta.get("official_close")), "a price"),
        ("session_close_utc", _is_instant(meta.get("session_close_utc")), "a UTC instant"),
    ):
        if not is_right:
            reading.fault(name, f"{key} is {meta.get(key)!r}, and must be {allowed}")
    return meta


def _is_date(value: object) -> bool:
    try:
        return bool(date.fromisoformat(str(value)))
    except ValueError:
        return False


def _is_price(value: object) -> bool:
    return value is None or bool(_price(str(value)))


def _is_instant(value: object) -> bool:
    try:
        return value is None or _Reading(Path()).instant(str(value)) is not None
    except ValueError:
        return False


def _optional_price(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _optional_instant(value: object) -> datetime | None:
    return None if value is None else _Reading(Path()).instant(str(value))


def _contracts(reading: _Reading) -> dict[str, OptionContract]:
    contracts = {}
    for line, (symbol, *_) in _table(reading, "contracts.csv", _CONTRACT_COLUMNS):
        try:
            contract = occ.parse(symbol)
        except ValueError as fault:
            reading.fault("contracts.csv", f"line {line}: {fault}")
            continue
        contracts[contract.symbol] = contract
    return contracts


class _Side:
    """One side of a quote as it was last shown."""

    __slots__ = ("at", "price", "size")

    def __init__(self) -> None:
        self.price: Decimal | None = None
        self.size = 0
        self.at: datetime | None = None

    def show(self, at: datetime, price: Decimal | None, size: int, *, carries: bool) -> None:
        if price is not None:
            self.price, self.at, self.size = price, at, size
        elif not carries:
            self.price, self.size, self.at = None, 0, None


class _TapeMaker:
    """Turns the rows of one instrument into the quotes that stood after each."""

    def __init__(self, symbol: str, *, carries: bool) -> None:
        self._symbol = symbol
        self._carries = carries
        self._bid, self._ask = _Side(), _Side()
        self._instants: list[datetime] = []
        self._quotes: list[Quote] = []

    def add(self, row: _QuoteRow) -> None:
        at, bid, ask, bid_size, ask_size = row
        self._bid.show(at, bid, bid_size, carries=self._carries)
        # An ask of nothing is no offer; a bid of nothing is how far options are quoted.
        self._ask.show(at, ask or None, ask_size, carries=self._carries)
        self._instants.append(at)
        self._quotes.append(
            Quote(
                self._symbol,
                self._bid.price,
                self._ask.price,
                self._quoted_at() or at,
                self._bid.size,
                self._ask.size,
                self._bid.at,
                self._ask.at,
            ),
        )

    def tape(self) -> Tape:
        return Tape(tuple(self._instants), tuple(self._quotes))

    def _quoted_at(self) -> datetime | None:
        """Tell when the newer side was quoted: a row may hold neither."""
        bid_at, ask_at = self._bid.at, self._ask.at
        if bid_at is None or ask_at is None:
            return bid_at or ask_at
        return max(bid_at, ask_at)


def _quotes(
    reading: _Reading,
    contracts: dict[str, OptionContract],
    *,
    carries: bool,
) -> dict[str, Tape]:
    plain, packed = "quotes.csv", "quotes.csv.gz"
    is_packed = (reading.folder / packed).exists() and not (reading.folder / plain).exists()
    name = packed if is_packed else plain
    symbols: dict[str, str | None] = {}
    rows: dict[str, list[_QuoteRow]] = {}
    for at, (text, *values) in _timed(reading, name, _QUOTE_COLUMNS):
        if text not in symbols:
            symbols[text] = _listed(text, contracts)
        if (symbol := symbols[text]) is None:
            reading.skipped["rows of contracts not listed"] += 1
        else:
            rows.setdefault(symbol, []).append(_quote_row(reading, at, values))
    return {symbol: _tape(symbol, rows.pop(symbol), carries=carries) for symbol in tuple(rows)}


def _quote_row(reading: _Reading, at: datetime, values: list[str]) -> _QuoteRow:
    bid, ask, *sizes = values
    bid_size, ask_size = (int(size) if size.isdecimal() else 0 for size in sizes)
    return at, reading.price(bid), reading.price(ask), bid_size, ask_size


def _tape(symbol: str, rows: list[_QuoteRow], *, carries: bool) -> Tape:
    """Make the tape of one instrument; of two rows of an instant the later line counts."""
    maker = _TapeMaker(symbol, carries=carries)
    for row in sorted(rows, key=lambda row: row[0]):  # by instant, and stable
        maker.add(row)
    return maker.tape()


def _listed(text: str, contracts: dict[str, OptionContract]) -> str | None:
    symbol = text.replace(" ", "")
    return symbol if symbol in contracts else None


def _underlying_quotes(reading: _Reading, underlying: str, *, carries: bool) -> Tape | None:
    name = "underlying_quotes.csv"
    if not (reading.folder / name).exists():
        return None
    rows = [
        _quote_row(reading, at, values)
        for at, values in _timed(reading, name, _UNDERLYING_QUOTE_COLUMNS)
    ]
    return _tape(underlying, rows, carries=carries)


def _bars(reading: _Reading, underlying: str) -> tuple[LastTrade, ...]:
    trades = []
    for at, (_, _, _, close, _) in _timed(reading, "underlying.csv", _BAR_COLUMNS):
        if price := reading.price(close):
            trades.append(LastTrade(underlying, price, at))
    return tuple(sorted(trades, key=lambda trade: trade.traded_at))


def _timed(
    reading: _Reading,
    name: str,
    columns: tuple[str, ...],
) -> Iterator[tuple[datetime, list[str]]]:
    """Give the rows of a file whose first column is an instant."""
    wrong = 0
    for line, (text, *values) in _table(reading, name, columns):
        try:
            yield reading.instant(text), values
        except ValueError:
            wrong += 1
            if wrong <= _FAULTS_SHOWN:
                reading.fault(name, f"line {line}: ts_utc {text!r} is no UTC instant")
    if wrong > _FAULTS_SHOWN:
        reading.fault(name, f"{wrong - _FAULTS_SHOWN} more such lines")


def _table(
    reading: _Reading,
    name: str,
    columns: list[str] | tuple[str, ...],
) -> Iterator[tuple[int, list[str]]]:
    """Give line number and the asked columns of each row; a short row is a fault."""
    text = _text(reading, name)
    if text is None:
        return
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [cell.strip() for cell in next(rows, [])]
        missing = [column for column in columns if column not in header]
        if missing:
            reading.fault(name, f"columns missing: {', '.join(missing)}")
            return
        places = [header.index(column) for column in columns]
        for row in rows:
            if len(row) > max(places):
                yield rows.line_num, [row[place] for place in places]
            elif row:
                words = f"line {rows.line_num}: {len(row)} of {len(header)} columns"
                reading.fault(name, words)
                return
    except csv.Error as fault:
        reading.fault(name, f"not CSV: {fault}")


def _text(reading: _Reading, name: str) -> str | None:
    path = reading.folder / name
    try:
        body = path.read_bytes()
        if path.suffix == ".gz":
            body = gzip.decompress(body)
        return body.decode("utf-8-sig")
    except FileNotFoundError:
        reading.fault(name, "no such file")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as fault:
        reading.fault(name, f"not readable: {fault}")
    return None
