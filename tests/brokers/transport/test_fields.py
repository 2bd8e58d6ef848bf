"""JSON of strangers: what is taken, what is refused, on the boundaries."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.brokers.transport.fields import (
    Fields,
    Unreadable,
    distinct,
    objects,
    parse_json,
    shown,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ODD: Any = Unreadable


def read(call: Callable[[], object]) -> object:
    """Return what *call* gives, or `Unreadable` where it raises that."""
    try:
        return call()
    except Unreadable:
        return Unreadable


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    ("expected", "body"),
    [
        pytest.param({"a": Decimal("1.10")}, b'{"a": 1.10}', id="a decimal keeps its digits"),
        pytest.param(7, b"7", id="a whole number"),
        pytest.param(Decimal("1e3"), b"1e3", id="an exponent"),
        pytest.param(int("9" * 30), b"9" * 30, id="thirty digits"),
        pytest.param(ODD, b"9" * 31, id="thirty-one digits"),
        pytest.param(ODD, b"0." + b"9" * 29, id="thirty-one characters"),
        pytest.param(ODD, b"9" * 5000, id="more digits than Python takes"),
        pytest.param(ODD, b"NaN", id="no number"),
        pytest.param(ODD, b"-Infinity", id="without end"),
        pytest.param(ODD, b"1e9999", id="an endless exponent"),
        pytest.param("é", '"é"'.encode(), id="text"),
        pytest.param(ODD, b'"\xff"', id="no text"),
        pytest.param(ODD, b"", id="nothing"),
        pytest.param(ODD, b"<html>", id="a page"),
        pytest.param(ODD, b'{"a": 1', id="cut off"),
        pytest.param(ODD, nested(100_000), id="deeper than Python reads"),
        pytest.param(ODD, nested(33), id="deeper than any broker nests"),
    ],
)
def test_bodies(expected: object, body: bytes) -> None:
    """Each row is a body and what is read of it."""
    assert expected == read(lambda: parse_json(body))


def test_the_deepest_body() -> None:
    """Thirty-two levels are read."""
    assert json.loads(nested(32)) == parse_json(nested(32))


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("words", "words"),
        ("7", 7),
        ("1.10", Decimal("1.10")),
        ("half ? a character", "half \ud800 a character"),
        ("a\N{REPLACEMENT CHARACTER}b", "a\0b"),
        (ODD, ""),
        (ODD, None),
        (ODD, True),
        (ODD, []),
    ],
)
def test_text(expected: object, found: object) -> None:
    """Words, or a number as it is written."""
    assert expected == read(lambda: Fields({"key": found}).text("key"))


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (Decimal("1.10"), "1.10"),
        (Decimal("-0.5"), "-.5"),
        (Decimal(5), "5."),
        (Decimal("1.10"), Decimal("1.10")),
        (Decimal(3), 3),
        (Decimal("1e15"), "1e15"),
        (ODD, "1.1e15"),
        (ODD, Decimal("1e999")),
        (ODD, "-1e16"),
        (ODD, "1e1000"),
        (ODD, "1,000"),
        (ODD, " 1"),
        (ODD, "1\n"),
        (ODD, "\N{ARABIC-INDIC DIGIT THREE}"),
        (ODD, "1_000"),
        (ODD, "NaN"),
        (ODD, "Infinity"),
        (ODD, "0x10"),
        (ODD, ""),
        (ODD, "."),
        (ODD, True),
        (ODD, None),
        (ODD, {}),
        (ODD, 1.5),
    ],
)
def test_numbers(expected: object, found: object) -> None:
    """Finite, of ordinary size, in ASCII digits; never a float, never a flag."""
    assert expected == read(lambda: Fields({"key": found}).decimal("key"))


@pytest.mark.parametrize(
    ("expected", "found"),
    [(2, 2), (2, "2.0"), (-2, Decimal("-2.00")), (ODD, "2.5"), (ODD, "two"), (ODD, False)],
)
def test_whole_numbers(expected: object, found: object) -> None:
    """A quantity may be written with a point, but has no parts."""
    whole = read(lambda: Fields({"key": found}).whole("key"))

    assert (expected, type(expected)) == (whole, type(whole))


@pytest.mark.parametrize(
    ("expected", "found"),
    [(True, True), (False, False), (ODD, "true"), (ODD, 1), (ODD, None)],
)
def test_flags(expected: object, found: object) -> None:
    """True or false, and nothing that might mean it."""
    assert expected is read(lambda: Fields({"key": found}).flag("key"))


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (NOON, "2026-11-20T12:00:00Z"),
        (NOON, "2026-11-20T07:00:00-05:00"),
        (NOON, "2026-11-20T12:00:00.000+0000"),
        (NOON.replace(microsecond=123456), "2026-11-20T12:00:00.123456789Z"),
        (NOON.replace(microsecond=999999), "2026-11-20T12:00:00.9999999Z"),
        (datetime(1901, 1, 1, tzinfo=UTC), "1901-01-01T00:00:00Z"),
        (ODD, "1900-12-31T23:59:59Z"),
        (datetime(2199, 12, 31, tzinfo=UTC), "2199-12-31T00:00:00Z"),
        (ODD, "2200-01-01T00:00:00Z"),
        (ODD, "0001-01-01T00:00:00+23:59"),
        (ODD, "9999-12-31T23:59:59-23:59"),
        (ODD, "2026-11-20T12:00:00"),
        (ODD, "2026-11-20"),
        (ODD, "2026-02-30T12:00:00Z"),
        (ODD, "noon"),
        (ODD, 1763640000),
        (ODD, None),
    ],
)
def test_instants(expected: object, found: object) -> None:
    """An instant has its offset, and comes out in UTC."""
    assert expected == read(lambda: Fields({"key": found}).instant("key"))


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (NOON, int(NOON.timestamp()) * 1000),
        (NOON + timedelta(milliseconds=1), str(int(NOON.timestamp()) * 1000 + 1)),
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=73_200), 73_200 * 86_400_000),
        (ODD, 73_200 * 86_400_000 + 1),
        (ODD, "1.5"),
        (ODD, None),
    ],
)
def test_milliseconds(expected: object, found: object) -> None:
    """Milliseconds since 1970, within two hundred years of it."""
    assert expected == read(lambda: Fields({"key": found}).epoch_ms("key"))


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (date(2026, 11, 20), "2026-11-20"),
        (date(2026, 11, 20), "2026-11-20T23:59:59-05:00"),
        (ODD, "2026-11-31"),
        (ODD, "20/11/2026"),
        (ODD, ""),
        (ODD, 20261120),
        (ODD, None),
    ],
)
def test_days(expected: object, found: object) -> None:
    """A date, or the date of an instant as it is written."""
    assert expected == read(lambda: Fields({"key": found}).day("key"))


@pytest.mark.parametrize("values", [{}, {"key": None}, {"key": ""}], ids=str)
def test_absence(values: dict[str, object]) -> None:
    """A missing key, null and an empty string are the same."""
    fields = Fields(values)

    assert not fields.has("key")
    assert () == fields.maybe_items("key")
    assert {None} == {
        fields.maybe_text("key"),
        fields.maybe_decimal("key"),
        fields.maybe_whole("key"),
        fields.maybe_flag("key"),
        fields.maybe_instant("key"),
        fields.maybe_epoch_ms("key"),
        fields.maybe_inner("key"),
    }


def test_presence() -> None:
    """What is there is read as if it had to be; zero and false are there."""
    fields = Fields(
        {
            "text": "a",
            "number": 0,
            "flag": False,
            "at": "2026-11-20T12:00:00Z",
            "ms": int(NOON.timestamp()) * 1000,
            "inner": {"b": 1},
            "items": [{"c": 2}],
        }
    )
    inner = fields.maybe_inner("inner")

    assert "a" == fields.maybe_text("text")
    assert (Decimal(0), 0) == (fields.maybe_decimal("number"), fields.maybe_whole("number"))
    assert False is fields.maybe_flag("flag")
    assert (NOON, NOON) == (fields.maybe_instant("at"), fields.maybe_epoch_ms("ms"))
    assert inner is not None
    assert 1 == inner.whole("b")
    assert [2] == [each.whole("c") for each in fields.maybe_items("items")]


@pytest.mark.parametrize("zero", [0, "0"])
def test_no_milliseconds_at_all(zero: object) -> None:
    """Tradier writes zero where there was no trade."""
    assert None is Fields({"key": zero}).maybe_epoch_ms("key")


@pytest.mark.parametrize(
    ("expected", "call"),
    [
        ("legs[1].quantity: 'x' is not a number", lambda it: it.items("legs")[1].whole("quantity")),
        ("legs[1].quantity: None is no object", lambda it: it.items("legs")[0].inner("quantity")),
        ("other: None is no list", lambda it: it.items("other")),
        ("legs: [{'quantity': None}, {'quantity': 'x'}] is no object", lambda it: it.inner("legs")),
    ],
)
def test_messages_hold_the_path(expected: str, call: Callable[[Fields], object]) -> None:
    """A person finds the odd value in the answer."""
    fields = Fields({"legs": [{"quantity": None}, {"quantity": "x"}]})

    with pytest.raises(Unreadable) as raised:
        call(fields)

    assert expected.replace("legs[1].quantity: None", "legs[0].quantity: None") == str(raised.value)


def test_lists_and_objects_at_the_top() -> None:
    """The answer itself may be either, and is named so where it is neither."""
    assert [1] == [each.whole("a") for each in objects([{"a": 1}])]
    with pytest.raises(Unreadable, match=r"the answer: \{\} is no list"):
        list(objects({}))
    with pytest.raises(Unreadable, match=r"the answer: \[\] is no object"):
        Fields.of([])
    with pytest.raises(Unreadable, match=r"\[1\]: 7 is no object"):
        list(objects([{}, 7]))


@pytest.mark.parametrize(
    ("expected", "found"), [("'" + "x" * 58 + "'", "x" * 58), ("'" + "x" * 59 + "...", "x" * 59)]
)
def test_values_are_shown_shortened(expected: str, found: str) -> None:
    """No message grows with what a stranger sends."""
    assert expected == shown(found)


READERS: list[Callable[[Fields, str], object]] = [
    *(Fields.text, Fields.decimal, Fields.whole, Fields.flag, Fields.instant, Fields.epoch_ms),
    *(Fields.day, Fields.inner, Fields.items, Fields.has),
    *(Fields.maybe_text, Fields.maybe_decimal, Fields.maybe_whole, Fields.maybe_flag),
    *(Fields.maybe_instant, Fields.maybe_epoch_ms, Fields.maybe_inner, Fields.maybe_items),
]
LOOKALIKES = st.sampled_from(
    [
        *("2026-11-20T12:00:00.Z", "0001-01-01T00:00:00+23:59", "2026-W01-1", "2026-11-20T24:00Z"),
        *("1e999", "-0", "+.e1", "1e+15", "9" * 30, "9" * 31, "2026-11-20T12:00:00+24:00"),
        *(10**15, 10**30 - 1, -(10**30) + 1),
    ]
)
LEAVES = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.text(), LOOKALIKES),
    *(st.floats(), st.datetimes().map(datetime.isoformat), st.decimals().map(str)),
)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner)
)


def read_all(found: object) -> None:
    """Read every field of a tree in every way; only `Unreadable` may come of it."""
    if isinstance(found, list):
        for each in found:
            read_all(each)
    if not isinstance(found, dict):
        return
    fields = Fields.of(found)
    for key in (*found, "absent"):
        for reader in READERS:
            read(lambda reader=reader, key=key: reader(fields, key))  # type: ignore[misc]
        read_all(found.get(key))


@given(tree=TREES)
def test_any_json_is_read_or_unreadable(tree: object) -> None:
    """Whatever a server sends, nothing but `Unreadable` comes of reading it."""
    try:
        found = parse_json(json.dumps(tree).encode())
    except Unreadable:
        return

    read_all(found)


@given(
    body=st.binary() | st.text('{}[]",:0123456789.eE+-truefalsn\\u', max_size=60).map(str.encode)
)
def test_any_bytes_are_json_or_unreadable(body: bytes) -> None:
    """Whatever bytes arrive, nothing but `Unreadable` comes of parsing them."""
    found = read(lambda: parse_json(body))

    read_all(found)


@given(number=st.decimals(min_value=-(10**15), max_value=10**15, places=6))
def test_every_price_is_read_exactly(number: Decimal) -> None:
    """As a number or as a string, no digit is lost."""
    fields = Fields.of(parse_json(f'{{"a": {number}, "b": "{number}"}}'.encode()))

    assert (number, number) == (fields.decimal("a"), fields.decimal("b"))


@pytest.mark.parametrize("body", [b'{"a": 1, "a": 2}', b'[{"a": {"b": null, "c": 0, "b": []}}]'])
def test_two_things_under_one_key_are_unreadable(body: bytes) -> None:
    """One reader takes the first, another one the last, and each is sure."""
    with pytest.raises(Unreadable):
        parse_json(body)


def test_one_thing_twice_under_a_key_is_one() -> None:
    """Whichever a reader takes, it is the same."""
    assert {"a": [1], "b": 2} == parse_json(b'{"a": [1], "b": 2, "a": [1]}')


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("257459", "257459"),
        (257459, "257459"),
        ("a19aca00-0000-4000-8000-00000003edb5", "a19aca00-0000-4000-8000-00000003edb5"),
        *((odd, None) for odd in ("", " 1", "-1", "a/b", "a" * 65, "\N{DIGIT ONE}\N{SNOWMAN}")),
        *((odd, None) for odd in (0, -1, 1.5, True, None, ["1"], {"1": 1})),
    ],
)
def test_id(found: object, expected: str | None) -> None:
    """An id stands in paths and in the ledger, so that it is no words and no fraction."""
    fields = Fields({"id": found})

    if expected is not None:
        assert expected == fields.name("id")
        return
    with pytest.raises(Unreadable):
        fields.name("id")


@pytest.mark.parametrize("found", ["", " ", "a\0", "a\nb", "a" * 65, 0, 5, None, [], True])
def test_odd_symbol_is_unreadable(found: object) -> None:
    """A number, or letters that nobody can see, name no instrument."""
    with pytest.raises(Unreadable):
        Fields({"symbol": found}).symbol("symbol")


def test_rows_that_are_told_twice_are_one() -> None:
    """Rows are told apart by their ids; what has none is left to its reader."""
    one, other, odd = Fields({"id": 1}), Fields({"id": 2}), Fields({"id": [1]})

    assert (one, other, odd, odd) == distinct([one, odd, other, one, odd], "id")


def test_rows_that_contradict_each_other_are_unreadable() -> None:
    """Of two orders under one id, either may be ours."""
    with pytest.raises(Unreadable):
        distinct([Fields({"id": 1, "tag": "a"}), Fields({"id": "1", "tag": "b"})], "id")
