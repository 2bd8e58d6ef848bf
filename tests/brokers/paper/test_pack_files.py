import gzip
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from botd.brokers.paper.pack_files import load_pack
from botd.errors import ConfigError
from tests.brokers.paper.day import PUT_750, SHARED, Recorded, instant, write_table


def faults_of(folder: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load_pack(folder)
    return tuple(fault.removeprefix(f"{folder}/") for fault in caught.value.faults)


def test_empty_side_carries_the_last_one(tmp_path: Path) -> None:
    """By default an empty side means no update: the last one stands, with its own instant."""
    pack = Recorded(
        quotes=[
            ("17:50", PUT_750, "0.70", "1.00", "5", "3"),
            ("17:51", PUT_750, "", "0.90", "", "1"),
        ],
    ).load(tmp_path)

    quote = pack.quote(PUT_750, instant("17:51"))

    assert quote is not None
    assert (Decimal("0.70"), 5, instant("17:50")) == (quote.bid, quote.bid_size, quote.bid_at)
    assert (Decimal("0.90"), 1, instant("17:51")) == (quote.ask, quote.ask_size, quote.ask_at)


def test_empty_side_is_no_side_where_the_pack_says_so(tmp_path: Path) -> None:
    """With `empty_side = "none"` an empty bid means that there is no bid."""
    pack = Recorded(
        quotes=[
            ("17:50", PUT_750, "0.70", "1.00", "5", "3"),
            ("17:51", PUT_750, "", "0.90", "", "1"),
        ],
        meta={"empty_side": "none"},
    ).load(tmp_path)

    quote = pack.quote(PUT_750, instant("17:51"))

    assert quote is not None
    assert (None, 0, None) == (quote.bid, quote.bid_size, quote.bid_at)


def test_row_of_neither_side_makes_nothing_newer(tmp_path: Path) -> None:
    """A row without prices leaves both sides as old as they are."""
    pack = Recorded(
        quotes=[
            ("17:49", PUT_750, "", "", "", ""),
            ("17:50", PUT_750, "0.70", "1.00", "5", "3"),
            ("17:51", PUT_750, "", "", "", ""),
        ],
    ).load(tmp_path)

    first, last = pack.quote(PUT_750, instant("17:49")), pack.quote(PUT_750, instant("17:51"))

    assert first is not None
    assert last is not None
    assert (None, None, instant("17:49")) == (first.bid, first.ask, first.quoted_at)
    assert (Decimal("0.70"), instant("17:50")) == (last.bid, last.quoted_at)


@pytest.mark.parametrize(
    ("bid", "skipped"),
    [
        pytest.param("NaN", 1, id="no number"),
        pytest.param("Infinity", 1, id="infinite"),
        pytest.param("-0.05", 1, id="negative"),
        pytest.param("1000000.01", 1, id="absurd"),
        pytest.param("abc", 1, id="letters"),
        pytest.param("", 0, id="empty is no fault"),
    ],
)
def test_unusable_side_is_left_out_and_counted(tmp_path: Path, bid: str, skipped: int) -> None:
    """A side that cannot be traded on does not spoil the row's other side."""
    pack = Recorded(quotes=[("17:50", PUT_750, bid, "1.00", "5", "3")]).load(tmp_path)

    quote = pack.quote(PUT_750, instant("17:50"))

    assert quote is not None
    assert (None, Decimal("1.00")) == (quote.bid, quote.ask)
    assert skipped == pack.skipped.get("unusable prices", 0)


@pytest.mark.parametrize(
    ("bid", "ask", "expected"),
    [
        pytest.param("0", "0.05", (Decimal(0), Decimal("0.05")), id="a bid of nothing is a quote"),
        pytest.param("0.05", "0", (Decimal("0.05"), None), id="an ask of nothing is no offer"),
        pytest.param("0.10", "0.05", (Decimal("0.10"), Decimal("0.05")), id="crossed rows stay"),
    ],
)
def test_odd_but_real_rows(
    tmp_path: Path,
    bid: str,
    ask: str,
    expected: tuple[Decimal, Decimal | None],
) -> None:
    """Rows that occur in recordings are kept as they are."""
    pack = Recorded(quotes=[("17:50", PUT_750, bid, ask, "5", "x")]).load(tmp_path)

    quote = pack.quote(PUT_750, instant("17:50"))

    assert quote is not None
    assert expected == (quote.bid, quote.ask)
    assert 0 == quote.ask_size


def test_rows_of_contracts_not_listed_are_counted(tmp_path: Path) -> None:
    """Quotes of a contract that contracts.csv lacks are left out."""
    pack = Recorded(quotes=[("17:50", "XYZ", "1", "2", "1", "1")]).load(tmp_path)

    assert {"rows of contracts not listed": 1} == pack.skipped
    assert {} == pack.tapes


def test_rows_out_of_order_are_sorted_and_the_later_line_counts(tmp_path: Path) -> None:
    """Order in the file does not matter, save between two rows of one instant."""
    pack = Recorded(
        quotes=[
            ("17:51", PUT_750, "0.60", "0.90", "1", "1"),
            ("17:50", PUT_750, "0.70", "1.00", "1", "1"),
            ("17:51", PUT_750, "0.61", "0.91", "1", "1"),
        ],
        bars=[("17:51", "749"), ("17:50", "750"), ("17:52", "NaN")],
    ).load(tmp_path)

    quote = pack.quote(PUT_750, instant("17:51"))
    last = pack.last_trade(instant("17:59"), instant("18:00"))

    assert quote is not None
    assert last is not None
    assert Decimal("0.61") == quote.bid
    assert Decimal(749) == last.price


def test_padded_symbols_offsets_and_windows_files_are_read(tmp_path: Path) -> None:
    """A BOM, Windows line ends, spaces in headers and padded symbols change nothing."""
    folder = Recorded().write(tmp_path)
    body = (
        "\ufeffts_utc, occ_symbol,bid,ask,bid_size,ask_size,more\r\n"
        "2015-12-24T12:50:00-05:00,GOOG  151224P00750000,0.70,1.00,5,3,\r\n"
        "\r\n"
    )
    (folder / "quotes.csv").write_bytes(body.encode())

    quote = load_pack(folder).quote(PUT_750, instant("17:50"))

    assert quote is not None
    assert (Decimal("0.70"), instant("17:50")) == (quote.bid, quote.quoted_at)


def test_compressed_quotes_are_read(tmp_path: Path) -> None:
    """quotes.csv.gz serves where there is no quotes.csv."""
    folder = Recorded(quotes=[("17:50", PUT_750, "0.70", "1.00", "5", "3")]).write(tmp_path)
    plain = folder / "quotes.csv"
    (folder / "quotes.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()

    assert {PUT_750} == set(load_pack(folder).tapes)


def test_files_of_headers_alone_make_an_empty_day(tmp_path: Path) -> None:
    """A day without quotes or prints loads: that is the stale-quote case."""
    pack = Recorded(symbols=()).load(tmp_path)

    assert "" == pack.underlying
    assert None is pack.last_trade(instant("17:50"), instant("18:00"))
    assert None is pack.close_price(instant("18:00"))
    assert None is pack.next_row_after(instant("14:30"))


def test_everything_missing_is_named_at_once(tmp_path: Path) -> None:
    """One run tells every missing file."""
    expected = (
        "meta.json: no such file",
        "contracts.csv: no such file",
        "quotes.csv: no such file",
        "underlying.csv: no such file",
    )
    assert expected == faults_of(tmp_path / "nowhere")


def test_missing_columns_and_empty_files_are_named(tmp_path: Path) -> None:
    """A column that is missing is a fault; so is a file of no bytes."""
    folder = Recorded().write(tmp_path)
    write_table(folder / "quotes.csv", ("ts_utc", "occ_symbol", "bid", "ask"), [])
    (folder / "underlying.csv").write_text("")

    expected = (
        "quotes.csv: columns missing: bid_size, ask_size",
        "underlying.csv: columns missing: ts_utc, open, high, low, close, volume",
    )
    assert expected == faults_of(folder)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(
            ("yesterday", PUT_750, "1", "2", "1", "1"),
            "quotes.csv: line 2: ts_utc 'yesterday' is no UTC instant",
            id="no instant",
        ),
        pytest.param(
            ("2015-12-24T17:50:00", PUT_750, "1", "2", "1", "1"),
            "quotes.csv: line 2: ts_utc '2015-12-24T17:50:00' is no UTC instant",
            id="no zone",
        ),
        pytest.param(
            ("2015-12-24T17:50:00Z", PUT_750, "1"),
            "quotes.csv: line 2: 3 of 6 columns",
            id="cut off",
        ),
    ],
)
def test_broken_row_is_named(tmp_path: Path, row: tuple[str, ...], expected: str) -> None:
    """A row without an instant, or cut off, makes the whole pack doubtful."""
    folder = Recorded().write(tmp_path)
    columns = ("ts_utc", "occ_symbol", "bid", "ask", "bid_size", "ask_size")
    write_table(folder / "quotes.csv", columns, [row])

    assert (expected,) == faults_of(folder)


def test_many_broken_rows_are_counted(tmp_path: Path) -> None:
    """Twenty faults of a file are told, and how many more there are."""
    folder = Recorded().write(tmp_path)
    columns = ("ts_utc", "open", "high", "low", "close", "volume")
    write_table(folder / "underlying.csv", columns, [("x", *"12345")] * 25)

    faults = faults_of(folder)

    assert 21 == len(faults)
    assert "underlying.csv: 5 more such lines" == faults[-1]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b"\x1f\x8bno", "not readable", id="broken gzip"),
        pytest.param(gzip.compress(b"\xff\xfe\xff"), "not readable", id="not UTF-8"),
        pytest.param(gzip.compress(b"x" * 50)[:-9], "not readable", id="cut off"),
    ],
)
def test_unreadable_file_is_named(tmp_path: Path, body: bytes, words: str) -> None:
    """What cannot be read is a fault, not a crash."""
    folder = Recorded().write(tmp_path)
    (folder / "quotes.csv").unlink()
    (folder / "quotes.csv.gz").write_bytes(body)

    (fault,) = faults_of(folder)

    assert fault.startswith(f"quotes.csv.gz: {words}")


def test_field_longer_than_csv_allows_is_named(tmp_path: Path) -> None:
    """A file that is no CSV at all is a fault."""
    folder = Recorded().write(tmp_path)
    columns = "ts_utc,occ_symbol,bid,ask,bid_size,ask_size\n"
    (folder / "quotes.csv").write_text(columns + '"' + "x" * 200_000)

    (fault,) = faults_of(folder)

    assert fault.startswith("quotes.csv: not CSV: field larger")


def test_contract_that_is_no_occ_symbol_is_named(tmp_path: Path) -> None:
    """A wrong symbol is told with its line."""
    (fault,) = faults_of(Recorded(symbols=("GOOG151324P00750000",)).write(tmp_path))

    assert fault.startswith("contracts.csv: line 2: ")


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        pytest.param(
            '{"date": "24.12.2015", "empty_side": "zero", "official_close": -1,'
            ' "session_close_utc": "18:00"}',
            (
                "date is '24.12.2015', and must be a date like 2015-12-24",
                "empty_side is 'zero', and must be carry or none",
                "official_close is -1, and must be a price",
                "session_close_utc is '18:00', and must be a UTC instant",
            ),
            id="every key",
        ),
        pytest.param("{}", ("date is None, and must be a date like 2015-12-24",), id="no date"),
        pytest.param("[]", ("an object is needed, not []",), id="no object"),
    ],
)
def test_faults_of_the_meta_file(tmp_path: Path, meta: str, expected: tuple[str, ...]) -> None:
    """Each key is told with its value and what is allowed."""
    folder = Recorded().write(tmp_path)
    (folder / "meta.json").write_text(meta)

    assert tuple(f"meta.json: {words}" for words in expected) == faults_of(folder)


def test_meta_that_is_no_json_is_named(tmp_path: Path) -> None:
    """A broken meta.json is a fault, not a crash."""
    folder = Recorded().write(tmp_path)
    (folder / "meta.json").write_text("{")

    (fault,) = faults_of(folder)

    assert fault.startswith("meta.json: not JSON: ")


def test_meta_names_underlying_close_and_session(tmp_path: Path) -> None:
    """What meta.json tells counts before what is found elsewhere."""
    meta = {"underlying": "SPX", "official_close": 3750.5, "session_close_utc": "2015-12-24T18:00Z"}
    pack = Recorded(meta=meta, bars=[("17:59", "3751")]).load(tmp_path)

    assert ("SPX", instant("18:00")) == (pack.underlying, pack.closes_at)
    assert Decimal("3750.5") == pack.close_price(instant("18:00"))


def test_underlying_quotes_are_read_where_present(tmp_path: Path) -> None:
    """The underlying's own quotes are optional."""
    pack = Recorded(underlying_quotes=[("17:50", "749.57", "749.66", "100", "200")]).load(tmp_path)

    quote = pack.quote("GOOG", instant("17:50"))

    assert quote is not None
    assert (Decimal("749.57"), Decimal("749.66")) == (quote.bid, quote.ask)


@pytest.mark.parametrize(
    ("name", "day", "contracts", "underlying"),
    [
        pytest.param("GOOG_2015-12-24", "2015-12-24", 176, "GOOG", id="expiration half-day"),
        pytest.param("GOOG_2015-12-23", "2015-12-23", 118, "GOOG", id="the day before"),
        pytest.param("SPXW_2021-01-06", "2021-01-06", 4, "SPX", id="cash-settled, one side empty"),
        pytest.param("SPXW_2021-01-08", "2021-01-08", 4, "SPX", id="cash-settled, crossed"),
        pytest.param("SPXW_2023-06-30", "2023-06-30", 2, "SPX", id="quotes four sessions old"),
    ],
)
def test_recorded_days_load_without_a_skipped_row(
    name: str,
    day: str,
    contracts: int,
    underlying: str,
) -> None:
    """Every recorded day at hand loads whole."""
    if not (SHARED / name).exists():
        pytest.skip(f"the recorded day {name} is not here")

    pack = load_pack(SHARED / name)

    assert (date.fromisoformat(day), underlying) == (pack.day, pack.underlying)
    assert (contracts, contracts, {}) == (len(pack.contracts), len(pack.tapes), pack.skipped)


def test_meta_is_read_with_a_bom(tmp_path: Path) -> None:
    """An editor's byte order mark does no harm."""
    folder = Recorded().write(tmp_path)
    text = json.dumps({"date": "2015-12-24"})
    (folder / "meta.json").write_bytes(b"\xef\xbb\xbf" + text.encode())

    assert date(2015, 12, 24) == load_pack(folder).day
