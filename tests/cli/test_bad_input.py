"""
What people hand in by mistake, through the real command line.

Each refusal has the exit code of the table in `cli/errors`, names file and key, what was
found and what is allowed, ends without a traceback, and leaves nothing half done: every
file of the folder, ledger and paper account included, is as it was.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from botd.brokers.paper.pack_files import SAMPLE
from botd.ledger import commands
from tests.cli.mistakes import refused, shows
from tests.service.house import (
    BOT,
    BOTD,
    PUT_740,
    PUT_752,
    VERTICAL,
    House,
    entry,
    house_in,
)

CONDORS = "config/bots/condors.toml"
_PAGE = 4096


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    """Give a house with one position in ledger and account."""
    for made in house_in(tmp_path, capsys):
        made.take_in(entry("held", PUT_740))
        yield made


# The ledger's file.


def flip(path: Path, at: int, count: int = 1) -> None:
    content = bytearray(path.read_bytes())
    for place in range(at, at + count):
        content[place] ^= 0xFF
    path.write_bytes(content)


EVERYTHING = [
    pytest.param(("positions", "list"), id="reading"),
    pytest.param(("take", "held"), id="writing"),
    pytest.param(("positions", "import", "positions.toml"), id="importing"),
    pytest.param(("ledger", "check"), id="checking"),
]


@pytest.mark.parametrize("arguments", EVERYTHING)
@pytest.mark.parametrize(
    ("at", "count", "words"),
    [
        pytest.param(0, 1, "no SQLite file, or its start is damaged. Restore", id="its first byte"),
        pytest.param(16, 2, "no SQLite file, or its start is damaged", id="the size of pages"),
        pytest.param(60, 4, "has schema", id="the schema's version"),
        pytest.param(68, 4, "of something else (application id", id="the mark of a ledger"),
        pytest.param(100, 8, "is damaged. Keep the file, and restore a backup", id="first page"),
        pytest.param(_PAGE, 1, "is damaged. Keep the file, and restore", id="another page"),
    ],
)
def test_damaged_ledger(
    house: House, at: int, count: int, words: str, arguments: tuple[str, ...]
) -> None:
    """Bytes flipped in its header or in a page: named, told what to do, and left alone."""
    flip(house.path, at, count)

    refused(house, 1, [f"ledger {house.path}: ", words], *arguments)


@pytest.mark.parametrize("arguments", EVERYTHING[:3])
def test_damaged_rule_of_the_ledger(house: House, arguments: tuple[str, ...]) -> None:
    """Where the rule of one live order is damaged, no order may be written."""
    content = house.path.read_bytes()
    house.path.write_bytes(content.replace(b"'sending'", b"'sendinh'"))

    refused(house, 1, ["is damaged (one_live_order not as this version makes it)"], *arguments)


def test_damaged_row(house: House) -> None:
    """A row that has changed by itself is told by the check, with both readings."""
    with closing(sqlite3.connect(house.path)) as raw:
        raw.execute("UPDATE positions SET units_open = 7")
        raw.commit()

    answer = house.run("ledger", "check")

    assert 1 == answer.code
    assert "position 'held': units_open is 7, its events make it 1" in answer.out + answer.err


def foreign(content: bytes | None) -> Callable[[Path], None]:
    """Make a file that is no ledger; None: another program's database."""

    def make(path: Path) -> None:
        if content is not None:
            path.write_bytes(content)
            return
        with closing(sqlite3.connect(path)) as raw:
            raw.execute("CREATE TABLE songs (title TEXT)")

    return make


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("positions", "list"), id="reading"),
        pytest.param(("take", "held"), id="writing"),
        pytest.param(("positions", "import", "positions.toml"), id="importing"),
        pytest.param(("ledger", "migrate"), id="migrating"),
        pytest.param(("ledger", "backup", "copy.sqlite3"), id="copying"),
        pytest.param(("run",), id="the daemon"),
    ],
)
@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(foreign(None), "of something else", id="another program's database"),
        pytest.param(foreign(b"dear diary\n" * 200), "no SQLite file", id="a text"),
        pytest.param(foreign(b"short"), "no SQLite file", id="a few letters"),
        pytest.param(foreign(b""), "an empty file, not a ledger", id="an empty file"),
    ],
)
def test_foreign_file_as_ledger(
    house: House, make: Callable[[Path], None], words: str, arguments: tuple[str, ...]
) -> None:
    """What is not its own is refused by every command, and not a byte of it changed."""
    path = house.folder / "other.sqlite3"
    make(path)

    refused(house, 1, [f"ledger {path}: ", words], "--ledger", f"sqlite:///{path}", *arguments)


def test_folder_as_ledger(house: House) -> None:
    """A folder's name given by mistake."""
    (house.folder / "data").mkdir()

    refused(
        house,
        1,
        ["data: a directory; name the file in it"],
        "--ledger",
        "sqlite:///data",
        "positions",
        "list",
    )


def test_replay_into_a_ledger_that_is_there(house: House) -> None:
    """A replay never writes into the book of a real day."""
    refused(house, 4, ["is there already"], "--ledger", f"sqlite:///{house.path}", "replay")


# The configuration.

NEEDS_THE_FILES = [
    pytest.param(("check",), id="check"),
    pytest.param(("run",), id="run"),
    pytest.param(("positions", "import", "positions.toml"), id="import"),
]


@pytest.mark.parametrize("arguments", NEEDS_THE_FILES)
def test_unknown_keys(house: House, arguments: tuple[str, ...]) -> None:
    """Every one of them is told, with the nearest key that is known; no file stops the board."""
    house.configure(
        '[brokers.paper]\nkind = "paper"\nquots = { pack = "sample" }\n[ledgr]\nx = 1\n'
    )
    house.write(CONDORS, f'{BOT}[expiration]\natempts = ["10m"]\n[pricing]\nmode = "normall"\n')

    refused(
        house,
        2,
        [
            "config/botd.toml: brokers.paper.quots: unknown key; did you mean quotes?",
            "config/botd.toml: ledgr: unknown key; did you mean ledger?",
            "condors.toml: expiration.atempts: unknown key; did you mean attempts?",
            "condors.toml: pricing.mode: 'normall'; allowed: normal, fast, patient, market, limit",
        ],
        *arguments,
    )
    assert shows(house)


@pytest.mark.parametrize("arguments", NEEDS_THE_FILES)
def test_wrong_types(house: House, arguments: tuple[str, ...]) -> None:
    """A number for a word, a word for a list: each is shown as it was written."""
    house.configure('[brokers.paper]\nkind = 3\n[notify]\nurls = "mailto://x"\n')
    house.write(
        CONDORS,
        'name = 1\nbroker = "paper"\n[expiration]\nattempts = "10m"\n'
        'cancel_resting_exits = "yes"\n[pricing]\nfinal_price = "100"\n',
    )

    refused(
        house,
        2,
        [
            "config/botd.toml: brokers.paper.kind: 3; allowed: paper",
            'config/botd.toml: notify.urls: not a list; write [{ env = "NAME" }]',
            "condors.toml: name: 1 is not text; write it in quotes",
            "condors.toml: expiration.attempts: '10m'; write a list of durations",
            "condors.toml: expiration.cancel_resting_exits: 'yes'; allowed: true, false",
            "condors.toml: pricing.final_price: '100'; allowed: whole numbers from 50 to 150",
        ],
        *arguments,
    )
    assert shows(house)


@pytest.mark.parametrize("arguments", NEEDS_THE_FILES)
@pytest.mark.parametrize(
    ("bot", "words"),
    [
        pytest.param('name = "condors"\n', "broker: missing; allowed: paper", id="none"),
        pytest.param(
            'name = "condors"\nbroker = "papr"\n',
            "broker: 'papr' is no [brokers.NAME] of botd.toml; did you mean paper?",
            id="an unknown one",
        ),
    ],
)
def test_bot_that_names_no_broker(
    house: House, bot: str, words: str, arguments: tuple[str, ...]
) -> None:
    """The brokers that there are stand in the message."""
    house.write(CONDORS, bot)

    refused(house, 2, [f"condors.toml: {words}"], *arguments)


@pytest.mark.parametrize("arguments", NEEDS_THE_FILES)
def test_secret_in_a_file_that_others_can_read(house: House, arguments: tuple[str, ...]) -> None:
    """The file and the line that closes it are told, the secret is not."""
    path = house.write("config/channel", "mailto://ann:hunter2@example.org\n")
    path.chmod(0o644)
    house.configure(f'{BOTD}[notify]\nurls = [{{ file = "channel" }}]\n')

    answer = refused(
        house,
        2,
        [f"botd.toml: notify.urls: {path} is open to others (mode 644); run: chmod 600 {path}"],
        *arguments,
    )

    assert "hunter2" not in answer.err
    assert shows(house)


def assert_not_closed(house: House, words: str) -> None:
    """A close that cannot be carried out is over: no later daemon finds it waiting."""
    answer = house.run("close", "held")

    assert 2 == answer.code
    assert words in answer.err
    assert () == house.read(commands.unfinished)
    assert () == house.orders("held")


def test_close_with_a_configuration_at_fault(house: House) -> None:
    """It is asked for in the ledger first, and taken back there."""
    house.write(CONDORS, 'name = "condors"\n')

    assert_not_closed(house, "condors.toml: broker: missing; allowed: paper")


def test_secret_in_plain_text(house: House) -> None:
    """It is refused, and not repeated."""
    house.configure(f'{BOTD}[notify]\nurls = ["mailto://ann:hunter2@example.org"]\n')

    answer = refused(house, 2, ["notify.urls: no secret stands in a file"], "check")

    assert "hunter2" not in answer.err


@pytest.mark.parametrize(
    ("files", "words"),
    [
        pytest.param({"config/botd.toml": ""}, "in botd.toml: none", id="the main file"),
        pytest.param(
            {CONDORS: ""},
            'condors.toml: name: missing; write name = "..."',
            id="a bot",
        ),
    ],
)
def test_empty_files_of_the_configuration(house: House, files: dict[str, str], words: str) -> None:
    """An empty file has no fault of its own, but others miss what belongs there."""
    for name, text in files.items():
        house.write(name, text)

    refused(house, 2, [words], "check")
    assert shows(house)


def test_empty_calendar(house: House) -> None:
    """No override is none."""
    house.write("config/calendar.toml", "")

    assert (0, "") == ((answer := house.run("check")).code, answer.err)


def test_windows_line_ends(house: House) -> None:
    """Configuration, positions and pack are read as if a Unix editor had written them."""
    house.write("config/calendar.toml", "[[override]]\ndate = 2015-12-31\nclosed = true\n")
    pack = small_pack(house, [f"17:50,{P752},3.00,3.50,9,9"])
    house.write("book.toml", entry("won", PUT_752))
    shutil.copy(house.folder / "book.toml", pack / "positions.toml")
    for path in house.folder.rglob("*"):
        if path.suffix in {".toml", ".csv", ".json"} and path.name != "sessions.json":
            path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    checked = house.run("check")
    assert (0, "", True) == (checked.code, checked.err, "1 override" in checked.out)
    imported = house.run("positions", "import", "book.toml")
    assert (0, "") == (imported.code, imported.err)
    assert "2  GOOG 752.5P -1  won  for condors" in imported.out
    played = house.run("replay", str(pack), "--json")
    assert (0, "closed") == (played.code, played.json["positions"][0]["status"])


# Positions.


def import_of(house: House, text: str, name: str = "bad.toml") -> tuple[str, ...]:
    house.write(name, text)
    return ("positions", "import", name)


@pytest.mark.parametrize(
    ("symbol", "words"),
    [
        pytest.param(
            "GOOG151324P00740000",
            "OCC symbol 'GOOG151324P00740000': date '151324' is not a date: month must be in 1..12",
            id="a thirteenth month",
        ),
        pytest.param("GOOG150230P00740000", "day is out of range for month", id="30 February"),
        pytest.param("GOOG15DE24P00740000", "date '15DE24' must be six digits", id="letters"),
        pytest.param("GOOG1512P00740000", "must be six digits, yymmdd", id="no day"),
    ],
)
def test_symbols_with_nonsense_dates(house: House, symbol: str, words: str) -> None:
    """The entry, the leg, the symbol and the wrong part of it are named."""
    arguments = import_of(house, entry("odd", f"-1 {symbol}"))

    refused(house, 2, ["bad.toml: position 1 (odd): leg 1: symbol: ", words], *arguments)


@pytest.mark.parametrize(
    ("symbol", "words"),
    [
        pytest.param("GOOG991224P00740000", "outside the calendar's horizon", id="far ahead"),
        pytest.param(
            "GOOG151223P00740000", "stopped trading at 2015-12-23 16:00 New York", id="yesterday"
        ),
        pytest.param("GOOG151227P00740000", "2015-12-27 is a Sunday", id="a Sunday"),
        pytest.param("GOOG051223P00740000", "after GOOG051223P00740000 expired", id="years ago"),
    ],
)
def test_dates_on_which_nothing_can_be_held(house: House, symbol: str, words: str) -> None:
    """A date may exist, and still be none on which this contract can be closed."""
    arguments = import_of(house, entry("odd", f"-1 {symbol}"))

    refused(house, 2, ["odd", words], *arguments)


SHORT, LONG = "-1 GOOG151224P00745000", "1 GOOG151224P00745000"


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        pytest.param(
            entry("b", PUT_752, "1 AAPL151224P00100000"),
            2,
            ["position 1 (b): legs: 2 underlyings: GOOG, AAPL; allowed: 1"],
            id="legs of two underlyings",
        ),
        pytest.param(
            entry("b", "0 GOOG151224P00745000"),
            2,
            ["position 1 (b): leg 1: quantity: 0; allowed: above 0 for a long leg"],
            id="a leg of nothing",
        ),
        pytest.param(
            entry("b", PUT_752, units=0),
            2,
            ["position 1 (b): units: 0; allowed: whole numbers from 1"],
            id="no unit",
        ),
        pytest.param(
            entry("b", SHORT, LONG),
            2,
            ["position 1 (b): legs: GOOG151224P00745000 stands twice"],
            id="both signs in one position",
        ),
        pytest.param(
            entry("b", SHORT) + entry("c", LONG),
            2,
            ["position 2 (c): legs: GOOG151224P00745000 is long here and short in position 1 (b)"],
            id="both signs in one account",
        ),
        pytest.param(
            entry("b", PUT_740.replace("-1", "1")),
            4,
            ["'b': legs: GOOG151224P00740000 is long here and short in position 'held'", "net out"],
            id="the other sign of the ledger's",
        ),
        pytest.param(
            entry("b", PUT_752) + entry("b", VERTICAL[0]),
            2,
            ["position 2 (b): id: 'b' is also the id of position 1 (b)"],
            id="an id twice in a file",
        ),
        pytest.param(
            entry("held", PUT_752),
            4,
            ["'held': is in the ledger as position 1 with other content", "Give it another id"],
            id="an id of the ledger's",
        ),
    ],
)
def test_positions_that_contradict_themselves(
    house: House, text: str, code: int, words: list[str]
) -> None:
    """All or nothing: a sound entry beside the odd one is not taken either."""
    arguments = import_of(house, text + entry("sound", "-1 GOOG151224P00735000"))

    answer = refused(house, code, words, *arguments)

    assert "sound" not in answer.err
    assert {"GOOG151224P00740000": -1} == house.held()


def test_ids_in_two_files(house: House) -> None:
    """One id for two positions, each in a file of its own."""
    house.write("one.toml", entry("b", PUT_752))
    house.write("two.toml", entry("b", VERTICAL[0]))

    refused(
        house,
        4,
        ["two.toml: position 'b': is in the ledger", "other content"],
        *("positions", "import", "one.toml", "two.toml"),
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("bad.toml", "", id="an empty file"),
        pytest.param("bad.toml", "\r\n\r\n", id="empty lines"),
        pytest.param("bad.json", "", id="an empty JSON file"),
        pytest.param("bad.json", "{}", id="an empty JSON object"),
    ],
)
def test_empty_positions_files(house: House, name: str, text: str) -> None:
    """Nothing to import is a slip, not a success."""
    arguments = import_of(house, text, name)

    refused(house, 2, [f"{name}: "], *arguments)


def test_several_faulty_files(house: House) -> None:
    """All faults of all files in one run; one that is missing besides."""
    house.write("one.toml", entry("b", "-1 GOOG151324P00740000"))
    house.write("two.toml", "nonsense")

    refused(
        house,
        2,
        ["one.toml: position 1 (b)", "two.toml: not valid TOML", "three.toml: no such file"],
        *("positions", "import", "one.toml", "two.toml", "three.toml"),
    )
    refused(house, 3, ["three.toml: no such file"], "positions", "import", "three.toml")


# Packs.

P752 = "GOOG151224P00752500"


def small_pack(house: House, quotes: list[str]) -> Path:
    """Write the packaged day with a few quotes only, `17:50,SYMBOL,BID,ASK,9,9`."""
    folder = house.folder / "pack"
    folder.mkdir()
    for name in ("contracts.csv", "meta.json", "underlying.csv"):
        shutil.copy(SAMPLE / name, folder / name)
    rows = [f"2015-12-24T{row[:5]}:00Z{row[5:]}" for row in quotes]
    lines = ["ts_utc,occ_symbol,bid,ask,bid_size,ask_size", *rows]
    (folder / "quotes.csv").write_text("\n".join(lines) + "\n")
    (folder / "positions.toml").write_text(entry("short", PUT_752))
    return folder


NEEDED = ("meta.json", "contracts.csv", "quotes.csv", "underlying.csv")


@pytest.mark.parametrize("missing", NEEDED)
def test_pack_with_a_missing_file(house: House, missing: str) -> None:
    """The file is named, by a replay and by whatever needs the paper broker's quotes."""
    pack = small_pack(house, [])
    (pack / missing).unlink()
    house.configure(f'[brokers.paper]\nkind = "paper"\nquotes = {{ pack = "{pack}" }}\n')
    told = str(pack / missing)

    for arguments in (
        ("replay", str(pack)),
        ("check",),
        ("positions", "import", "positions.toml"),
    ):
        refused(house, 2, [told, "no such file"], *arguments)
    assert shows(house)
    assert_not_closed(house, f"{told}: no such file")


def test_pack_with_everything_missing(house: House) -> None:
    """All of it in one run."""
    (house.folder / "pack").mkdir()

    refused(house, 2, [*NEEDED, "no such file"], "replay", "pack")


def test_pack_of_empty_files(house: House) -> None:
    """Each file tells the columns that it lacks."""
    pack = small_pack(house, [])
    for name in NEEDED:
        (pack / name).write_bytes(b"")

    refused(
        house,
        2,
        [
            "meta.json: not JSON",
            "contracts.csv: columns missing: occ_symbol, root",
            "quotes.csv: columns missing: ts_utc, occ_symbol, bid",
            "underlying.csv: columns missing: ts_utc, open",
        ],
        *("replay", str(pack)),
    )


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        pytest.param("nowhere", 3, "nowhere: no such file or folder", id="nothing"),
        pytest.param("positions.toml", 2, "is a file; a pack is a folder", id="a file"),
    ],
)
def test_what_is_no_pack(house: House, name: str, code: int, words: str) -> None:
    """Another path than a pack's."""
    refused(house, code, [words], "replay", name)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(None, "positions.toml: no such positions file", id="none"),
        pytest.param("", "positions.toml: position: missing; give at least one", id="empty"),
    ],
)
def test_pack_without_positions(house: House, text: str | None, words: str) -> None:
    """A pack plays its own positions, or those that are named."""
    pack = small_pack(house, [])
    book = pack / "positions.toml"
    book.unlink() if text is None else book.write_text(text)

    refused(house, 2, [words], "replay", str(pack))


@pytest.mark.parametrize(
    ("bid", "ask", "skipped"),
    [
        pytest.param("nan", "3.50", 1, id="a bid that is no number"),
        pytest.param("NaN", "nan", 2, id="neither is a number"),
        pytest.param("-1.00", "3.50", 1, id="a negative bid"),
        pytest.param("3.00", "-3.50", 1, id="a negative ask"),
        pytest.param("inf", "3.50", 1, id="an endless bid"),
        pytest.param("9.00", "3.50", 0, id="crossed"),
        pytest.param("3.50", "3.50", 0, id="locked"),
        pytest.param("abc", "3.50", 1, id="a word"),
    ],
)
def test_odd_quotes_in_a_pack(house: House, bid: str, ask: str, skipped: int) -> None:
    """They are left out and told, or not trusted: no order is sent beyond the put's worth."""
    rows = [f"17:{minute:02d},{P752},{bid},{ask},9,9" for minute in range(45, 60)]
    pack = small_pack(house, rows)

    answer = house.run("replay", str(pack), "--json")

    assert 0 == answer.code
    assert "Traceback" not in answer.err
    told = f"botd: {pack}: {skipped * len(rows)} unusable prices left out\n"
    assert (told in answer.err) is bool(skipped)
    (short,) = answer.json["positions"]
    prices = [float(order["net_price"]) for one in short["attempts"] for order in one["orders"]]
    # The put is worth 2.88 at T-10 and 4.75 at T-1; 0.25 % of its strike may be paid beyond.
    assert all(-4.75 - 1.89 <= price < 0 for price in prices)
    assert short["status"] in {"closed", "assigned"}
