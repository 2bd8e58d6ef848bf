import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from botd.domain.bot import Bot
from botd.domain.contract import Future, Leg, OptionContract
from botd.domain.instruments import parse_instrument
from botd.domain.position import Policy
from botd.errors import ConfigError
from botd.settings.positions_file import PositionEntry, PositionsFile, parse_positions

FILE = "positions.toml"
P735, P740 = "GOOG151224P00735000", "GOOG151224P00740000"
BOTS = {
    "condors": Bot("condors", "paper", "paper"),
    "wheel": Bot("wheel", "paper", "paper"),
    "elsewhere": Bot("elsewhere", "paper", "second"),
}
LEGS = f'[{{ symbol = "{P735}", quantity = 1 }}, {{ symbol = "{P740}", quantity = -1 }}]'
VERTICAL = f"""
[[position]]
id = "goog-ic-1"
bot = "condors"
opened_at = 2015-12-18T15:00:00Z
units = 1
net_price = "1.25"
legs = {LEGS}
"""


def read(*entries: str, must_know_bots: bool = True) -> PositionsFile:
    data = "".join(entries).encode()
    return parse_positions(data, FILE, bots=BOTS, must_know_bots=must_know_bots)


def faults(entry: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(entry)
    return [fault.removeprefix(f"{FILE}: ") for fault in caught.value.faults]


def changed(*changes: tuple[str, str], of: str = VERTICAL) -> str:
    """Give the valid entry with some words replaced."""
    for old, new in changes:
        assert old in of
        of = of.replace(old, new)
    return of


def leg(symbol: str, quantity: int) -> Leg:
    return Leg(parse_instrument(symbol), quantity)


def test_an_entry_as_the_contract_shows_it() -> None:
    """Every key of an entry becomes a value of its own kind."""
    expected = PositionEntry(
        id="goog-ic-1",
        bot="condors",
        opened_at=datetime(2015, 12, 18, 15, 0, tzinfo=UTC),
        units=1,
        net_price=Decimal("1.25"),
        legs=(leg(P735, 1), leg(P740, -1)),
    )

    assert PositionsFile((expected,)) == read(VERTICAL)


@pytest.mark.parametrize(
    ("held", "symbol", "ends_at", "id_"),
    [
        pytest.param(
            '{ symbol = "event:100:YES", quantity = 5, ends_at = 2016-01-03T20:00:00Z }',
            "event:100:YES",
            "2016-01-03T20:00:00+00:00",
            "event-100-160103-",
            id="an event",
        ),
        pytest.param(
            '{ symbol = "future:CL 02-16", quantity = -1, ends_at = 2016-01-20T14:30:00-05:00 }',
            "future:CL 02-16",
            "2016-01-20T19:30:00+00:00",
            "cl-160201-",
            id="a future by a calendar of its own",
        ),
        pytest.param(
            '{ symbol = "future:ES 03-16", quantity = 1, ends_at = 2016-03-17T20:00:00Z }',
            "future:ES 03-16",
            "2016-03-17T20:00:00+00:00",
            "es-160301-",
            id="a future that is to be closed before its rule says",
        ),
    ],
)
def test_an_end_that_is_told(held: str, symbol: str, ends_at: str, id_: str) -> None:
    """Events, and futures where it matters, carry the instant at which their trading ends."""
    entry = read(changed((LEGS, f"[{held}]"), ('id = "goog-ic-1"', ""))).entries[0]
    instrument = entry.legs[0].instrument

    assert isinstance(instrument, OptionContract | Future)
    assert instrument.ends_at is not None
    assert (symbol, ends_at) == (instrument.symbol, instrument.ends_at.isoformat())
    assert entry.id.startswith(id_)


@pytest.mark.parametrize(
    ("symbol", "id_"),
    [
        pytest.param("future:ES 03-16", "es-160301-", id="a future of a third Friday"),
        pytest.param("crypto:BTC-27NOV26-90000-C", "btc-261127-", id="a crypto option"),
    ],
)
def test_an_end_that_need_not_be_told(symbol: str, id_: str) -> None:
    """Where a rule is known nothing is asked for."""
    entry = read(
        changed((LEGS, f'[{{ symbol = "{symbol}", quantity = 1 }}]'), ('id = "goog-ic-1"', ""))
    ).entries[0]

    assert (leg(symbol, 1),) == entry.legs
    assert entry.id.startswith(id_)


def test_a_position_that_was_opened_elsewhere() -> None:
    """Its price may be said to be unknown, and its account to hold it already."""
    found = read(changed(('"1.25"', '"unknown"'), ("units = 1", "units = 1\nheld = true")))
    unnamed = read(changed(('id = "goog-ic-1"', ""), ('"1.25"', '"unknown"')))

    assert (None, True) == (found.entries[0].net_price, found.entries[0].is_held)
    assert "goog-151224-" == unnamed.entries[0].id[:-8]


def test_the_same_in_json() -> None:
    """JSON of the same shape is read by its extension, or by its first brace."""
    document = {
        "position": [
            {
                "id": "goog-ic-1",
                "bot": "condors",
                "opened_at": "2015-12-18T15:00:00Z",
                "units": 1,
                "net_price": 1.25,
                "legs": [{"symbol": P735, "quantity": 1}, {"symbol": P740, "quantity": -1}],
            },
        ],
    }
    data = json.dumps(document).encode()

    assert read(VERTICAL) == parse_positions(data, "p.json", bots=BOTS)
    assert read(VERTICAL) == parse_positions(
        b"\xef\xbb\xbf\r\n" + data, "standard input", bots=BOTS
    )


def test_other_spellings() -> None:
    """A padded symbol, a ticker, a number as price, and a policy of its own."""
    covered_call = """
    [[position]]
    bot = "wheel"
    opened_at = "2026-11-16T10:00:00-05:00"
    units = 2
    net_price = -58.75
    policy = "accept"
    legs = [{ symbol = "KO", quantity = 100 }, { symbol = "KO    261120C00060000", quantity = -1 }]
    """
    [entry] = read(covered_call).entries

    assert (leg("KO", 100), leg("KO261120C00060000", -1)) == entry.legs
    assert Decimal("-58.75") == entry.net_price
    assert Policy.ACCEPT is entry.policy
    assert datetime(2026, 11, 16, 15, 0, tzinfo=UTC) == entry.opened_at


WITHOUT_ID = changed(('id = "goog-ic-1"\n', ""))


def test_a_computed_id_is_stable() -> None:
    """It depends on content alone: not on spelling, order of legs or policy."""
    again = changed(
        ('"1.25"', "1.250"),
        ("15:00:00Z", "10:00:00-05:00"),
        (LEGS, f'[{{ symbol = "{P740}", quantity = -1 }}, {{ symbol = "{P735}", quantity = 1 }}]'),
        ("units = 1", 'units = 1\npolicy = "accept"'),
        of=WITHOUT_ID,
    )

    # Written out: were it to change, a second import would open everything twice.
    assert "goog-151224-05a84682" == read(WITHOUT_ID).entries[0].id == read(again).entries[0].id


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(('"1.25"', '"1.26"'), id="price"),
        pytest.param(("units = 1", "units = 2"), id="units"),
        pytest.param(("15:00:00Z", "15:00:01Z"), id="instant"),
        pytest.param(("condors", "wheel"), id="bot"),
        pytest.param(("quantity = 1 ", "quantity = 2 "), id="quantity"),
        pytest.param((P735, "GOOG151224P00730000"), id="strike"),
    ],
)
def test_another_position_has_another_computed_id(change: tuple[str, str]) -> None:
    """Each part of the content counts."""
    assert read(WITHOUT_ID).entries[0].id != read(changed(change, of=WITHOUT_ID)).entries[0].id


def test_shares_alone_have_a_computed_id_too() -> None:
    """Without an expiration the id says that these are shares."""
    shares = changed((LEGS, '[{ symbol = "BRK.B", quantity = 100 }]'), of=WITHOUT_ID)

    assert read(shares).entries[0].id.startswith("brk.b-shares-")


def test_a_replay_takes_bots_that_nobody_knows() -> None:
    """They get the defaults on paper, so the entry is no fault."""
    entry = changed(("condors", "unheard-of"))

    assert "unheard-of" == read(entry, must_know_bots=False).entries[0].bot


def test_both_sides_in_two_accounts() -> None:
    """What one account holds long another may hold short."""
    other = changed(
        ("goog-ic-1", "goog-ic-2"),
        ("condors", "elsewhere"),
        ("quantity = 1 ", "quantity = -1 "),
        (f'"{P740}", quantity = -1', f'"{P740}", quantity = 1'),
    )

    assert 2 == len(read(VERTICAL, other).entries)


def test_the_same_side_twice_in_one_account() -> None:
    """Two bots may hold the same contracts."""
    other = changed(("goog-ic-1", "goog-ic-2"), ("condors", "wheel"))

    assert 2 == len(read(VERTICAL, other).entries)


ENTRY = "position 1 (goog-ic-1): "
FUTURES = "ES, MES, NQ, MNQ, RTY, M2K, YM, MYM, CL, MCL, GC, MGC, SI, SIL, ZB, ZN, ZF, ZT, 6E, M6E"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param(
            changed((P735, "GOOG151324P00735000")),
            [
                (
                    f"{ENTRY}leg 1: symbol: OCC symbol 'GOOG151324P00735000': "
                    "date '151324' is not a date: month must be in 1..12"
                ),
            ],
            id="a month that is none",
        ),
        pytest.param(
            changed((P735, "future:XX 12-25"), (P740, "")),
            [
                (
                    f"{ENTRY}leg 1: symbol: future 'XX 12-25': root 'XX' is not known; "
                    f"known: {FUTURES}"
                ),
                f"{ENTRY}leg 2: symbol: is empty",
            ],
            id="an unknown future, and nothing",
        ),
        pytest.param(
            changed(
                (
                    LEGS,
                    (
                        '[{ symbol = "event:100:NO", quantity = 1 }, '
                        '{ symbol = "future:CL 02-16", quantity = 1 }]'
                    ),
                )
            ),
            [
                f"{ENTRY}leg 1: ends_at: missing: nothing else tells when event:100:NO ends",
                f"{ENTRY}leg 2: ends_at: missing: nothing else tells when future:CL 02-16 ends",
            ],
            id="ends that nobody told",
        ),
        pytest.param(
            changed(("quantity = 1 ", "quantity = 1, ends_at = 2015-12-24T18:00:00Z ")),
            [f"{ENTRY}leg 1: ends_at: not of {P735}: told of events and futures only"],
            id="an end that stands in the symbol already",
        ),
        pytest.param(
            changed((P735, "AAPL151224P00100000")),
            [f"{ENTRY}legs: 2 underlyings: AAPL, GOOG; allowed: 1"],
            id="legs of two underlyings",
        ),
        pytest.param(
            changed((P735, "GOOG  151224P00740000")),
            [f"{ENTRY}legs: {P740} stands twice; give one leg with the sum"],
            id="one leg in two spellings",
        ),
        pytest.param(
            changed(("quantity = -1", "quantity = 0")),
            [
                (
                    f"{ENTRY}leg 2: quantity: 0; "
                    "allowed: above 0 for a long leg, below 0 for a short one"
                ),
            ],
            id="no quantity",
        ),
        pytest.param(
            changed(("quantity = -1", "quantity = -1.0"), ("units = 1", "units = 0")),
            [
                f"{ENTRY}units: 0; allowed: whole numbers from 1 to 100000",
                f"{ENTRY}leg 2: quantity: -1.0; allowed: whole numbers from -100000 to 100000",
            ],
            id="a fraction, and no unit",
        ),
        pytest.param(
            changed(("quantity = -1", "qty = -1"), ("units", "unit")),
            [
                f"{ENTRY}units: missing; allowed: whole numbers from 1 to 100000",
                (
                    f"{ENTRY}leg 2: quantity: missing; "
                    "allowed: above 0 for a long leg, below 0 for a short one"
                ),
                f"{ENTRY}leg 2: qty: unknown key; allowed: symbol, quantity, ends_at",
                f"{ENTRY}unit: unknown key; did you mean units?",
            ],
            id="misspelt keys",
        ),
        pytest.param(
            changed(("2015-12-18T15:00:00Z", "2015-12-18T15:00:00"), ('"1.25"', "nan")),
            [
                (
                    f"{ENTRY}opened_at: 2015-12-18 15:00:00 names no zone; "
                    "write it like 2015-12-18T15:00:00Z"
                ),
                f'{ENTRY}net_price: NaN is no amount of dollars; write it like "1.25" or "-0.40"',
            ],
            id="an instant without zone, a price that is none",
        ),
        pytest.param(
            changed(("2015-12-18", "2015-12-26")),
            [
                f"{ENTRY}opened_at: 2015-12-26 is after {P735} expired",
                f"{ENTRY}opened_at: 2015-12-26 is after {P740} expired",
            ],
            id="opened after the end",
        ),
        pytest.param(
            changed(('"condors"', '"condor"')),
            [
                (
                    f"{ENTRY}bot: no such bot: 'condor'; "
                    "allowed: condors, wheel, elsewhere; did you mean condors?"
                ),
            ],
            id="a bot that nobody knows",
        ),
        pytest.param(
            changed((LEGS, "[]")),
            [f"{ENTRY}legs: empty; give at least one leg"],
            id="without a leg",
        ),
        pytest.param(
            changed((f"legs = {LEGS}", "")),
            [f"{ENTRY}legs: missing; give at least one leg"],
            id="legs left out",
        ),
        pytest.param(
            changed((LEGS, '"GOOG"')),
            [
                f"{ENTRY}legs: 'GOOG' is not a list",
            ],
            id="legs as text",
        ),
        pytest.param(
            changed((LEGS, '["GOOG"]')),
            [f"{ENTRY}leg 1: 'GOOG' is not a table"],
            id="a leg as text",
        ),
        pytest.param(
            changed(("units = 1", 'units = 1\npolicy = "keep"')),
            [f"{ENTRY}policy: 'keep'; allowed: close, hand_over, settle, accept"],
            id="an unknown policy",
        ),
        pytest.param(
            changed(('"goog-ic-1"', '"17"')),
            ["position 1 (17): id: '17' reads as a short number; give it a letter"],
            id="an id like a short number",
        ),
        pytest.param(
            changed(('"goog-ic-1"', '"GOOG"')),
            [
                (
                    "position 1 (GOOG): id: 'GOOG' reads as an underlying; "
                    "give it a digit or small letters"
                ),
            ],
            id="an id like an underlying",
        ),
        pytest.param(
            changed(('"goog-ic-1"', '"--all"')),
            [
                (
                    "position 1 (--all): id: '--all'; allowed: up to 64 letters, digits, '.', '_' "
                    "and '-', beginning with a letter or digit"
                ),
            ],
            id="an id like an option",
        ),
        pytest.param(
            changed(('"goog-ic-1"', "5")),
            ["position 1: id: 5 is not text; write it in quotes"],
            id="an id that is a number",
        ),
        pytest.param(
            VERTICAL + VERTICAL,
            ["position 2 (goog-ic-1): id: 'goog-ic-1' is also the id of position 1 (goog-ic-1)"],
            id="one id twice",
        ),
        pytest.param(
            WITHOUT_ID + WITHOUT_ID,
            [
                (
                    "position 2: id: 'goog-151224-05a84682' is computed, "
                    "and the same as that of position 1"
                ),
            ],
            id="one position twice, without ids",
        ),
        pytest.param(
            VERTICAL
            + changed(
                ("goog-ic-1", "b"),
                ("condors", "wheel"),
                (f"{P735}", "GOOG151224P00730000"),
                ("quantity = -1", "quantity = 1"),
            ),
            [
                (
                    f"position 2 (b): legs: {P740} is long here and short in "
                    "position 1 (goog-ic-1); in one account they net out"
                ),
            ],
            id="one contract long and short in an account",
        ),
        pytest.param("", ["position: missing; give at least one position"], id="an empty file"),
        pytest.param(
            "[[positions]]\n",
            [
                "position: missing; give at least one position",
                "positions: unknown key; did you mean position?",
            ],
            id="a plural too many",
        ),
        pytest.param(
            "[[position]]\nbot = 5",
            [
                "position 1: bot: 5 is not text; write it in quotes",
                "position 1: opened_at: missing; write an instant: 2015-12-18T15:00:00Z",
                "position 1: units: missing; allowed: whole numbers from 1 to 100000",
                'position 1: net_price: missing; write dollars per share in quotes: "1.25"',
                "position 1: legs: missing; give at least one leg",
            ],
            id="an entry with nothing",
        ),
    ],
)
def test_faults(entry: str, expected: list[str]) -> None:
    """Each fault names the entry, the key, what was found and what is allowed."""
    assert expected == faults(entry)


@pytest.mark.parametrize(
    ("file", "data", "expected"),
    [
        pytest.param("p.toml", "[[position", "p.toml: not valid TOML", id="no TOML"),
        pytest.param("standard input", "{", "standard input: not valid JSON", id="no JSON"),
        pytest.param("p.json", "[]", "p.json: not a JSON object", id="a list"),
    ],
)
def test_unreadable_files(file: str, data: str, expected: str) -> None:
    """A file that cannot be read at all has one fault, under the name that it was given by."""
    with pytest.raises(ConfigError, match=expected):
        parse_positions(data.encode(), file, bots=BOTS)
