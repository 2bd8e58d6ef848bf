from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botd.domain.contract import Leg
from botd.domain.decision import LegMoneyness, Moneyness
from botd.domain.occ import parse_instrument
from botd.domain.position import (
    Assignment,
    BrokerWords,
    ClosedBy,
    How,
    Lot,
    Management,
    ManualReason,
    Outcome,
    Policy,
    Position,
    Status,
)
from botd.errors import LedgerError, Refusal, RefusalReason
from botd.ledger import open_ledger, positions
from botd.ledger.coding import (
    legs_text,
    moneyness_text,
    read_legs,
    read_moneyness,
    read_position,
    read_refusal,
    refusal_text,
    stored,
)
from tests.ledger.given import DUE, a_position

INSTANTS = st.datetimes(
    min_value=datetime(1990, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    max_value=datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
MONEY = st.decimals(
    allow_nan=False, allow_infinity=False, places=4, min_value=-9_999, max_value=9_999
)
WORDS = st.text(st.characters(codec="utf-8"), max_size=20)
SYMBOLS = st.sampled_from(
    [
        "GOOG151224P00735000",
        "GOOG151224C00740500",
        "SPXW151224P02000000",
        "SPY",
        "AAPL1151224C00100000",
    ],
)
LEGS = st.lists(
    st.builds(Leg, SYMBOLS.map(parse_instrument), st.integers(-9, 9).filter(bool)),
    max_size=4,
).map(tuple)
POSITIONS = st.builds(
    Position,
    id=st.just("p"),
    number=st.integers(1, 9_999),
    bot=WORDS,
    broker=WORDS,
    account=WORDS,
    underlying=WORDS,
    strategy=WORDS,
    legs=LEGS,
    units=st.integers(1, 1_000),
    opened_at=INSTANTS,
    open_net_price=MONEY,
    expiration=st.none() | st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 1, 1)),
    closes_at=st.none() | INSTANTS,
    status=st.sampled_from(Status),
    managed_by=st.sampled_from(Management),
    manual_reason=st.none() | st.sampled_from(ManualReason),
    assignment=st.none() | st.sampled_from(Assignment),
    confirmed=st.booleans(),
    broker_error=st.none()
    | st.builds(BrokerWords, WORDS, st.none() | WORDS, st.none() | st.integers(100, 599), INSTANTS),
    fact=st.none() | WORDS,
    policy=st.none() | st.sampled_from(Policy),
    lots=st.lists(st.builds(Lot, st.integers(1, 99), LEGS, MONEY), max_size=3).map(tuple),
    outcomes=st.lists(
        st.builds(
            Outcome,
            st.integers(1, 99),
            st.sampled_from(How),
            st.none() | MONEY,
            INSTANTS,
            st.none() | MONEY,
        ),
        max_size=3,
    ).map(tuple),
    closed_by=st.none() | st.sampled_from(ClosedBy),
    closed_at=st.none() | INSTANTS,
    campaign=st.none() | WORDS,
    epoch=st.integers(0, 99),
    tags=st.dictionaries(WORDS, WORDS, max_size=2),
)


@given(POSITIONS)
def test_position_survives_as_a_row(position: Position) -> None:
    """Every field comes back as it was."""
    assert position == read_position(stored(position))


@settings(max_examples=30)
@given(POSITIONS, POSITIONS)
def test_position_survives_the_database(before: Position, after: Position) -> None:
    """It is what was added, then what it was changed into, and its events agree."""
    ledger = open_ledger("sqlite://", threaded=False)
    ledger.write_now(lambda tx: positions.add(tx, before, DUE))

    assert before == ledger.read_now(lambda tx: positions.get(tx, "p"))

    changed = _with_identity_of(before, after)
    ledger.write_now(
        lambda tx: positions.change(tx, "p", "changed", lambda _: changed, at=DUE, by="bot"),
    )

    assert changed == ledger.read_now(lambda tx: positions.get(tx, "p"))
    assert () == ledger.read_now(positions.verify)

    ledger.close()


def _with_identity_of(before: Position, after: Position) -> Position:
    identity = {
        name: getattr(before, name)
        for name in ("id", "number", "broker", "account", "legs", "units", "opened_at")
    }
    return read_position(
        {
            **stored(after),
            **{name: value for name, value in stored(before).items() if name in identity},
        }
    )


@given(LEGS)
def test_legs_survive_as_text(legs: tuple[Leg, ...]) -> None:
    """Symbols and signed quantities come back as contracts."""
    assert legs == read_legs(legs_text(legs))


def test_same_legs_are_read_once() -> None:
    """A thousand positions on one contract share it."""
    text = legs_text((Leg(parse_instrument("GOOG151224P00735000"), 1),))

    assert read_legs(text) is read_legs(text)


@given(
    st.none()
    | st.builds(
        Refusal,
        st.sampled_from(RefusalReason),
        WORDS,
        st.none() | WORDS,
        st.none() | st.integers(100, 599),
    ),
)
def test_refusal_survives_as_text(refusal: Refusal | None) -> None:
    """The broker's words come back verbatim."""
    assert refusal == read_refusal(refusal_text(refusal))


@given(
    st.lists(
        st.builds(
            LegMoneyness,
            SYMBOLS,
            st.sampled_from(Moneyness),
            MONEY,
            st.none() | MONEY,
            st.none() | INSTANTS,
            WORDS,
        ),
        max_size=4,
    ).map(tuple),
)
def test_moneyness_survives_as_text(moneyness: tuple[LegMoneyness, ...]) -> None:
    """What was known of each leg comes back."""
    assert moneyness == read_moneyness(moneyness_text(moneyness))


def test_nothing_known_is_nothing() -> None:
    """An attempt that decided nothing knew of no leg."""
    assert () == read_moneyness(None)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        pytest.param("status", "opxn", id="a word that is none"),
        pytest.param("open_net_price", "1.2b", id="an amount that is none"),
        pytest.param("opened_at", "2015-12-2", id="an instant cut off"),
        pytest.param("lots", '[[2,[["GOOG151224P0073', id="JSON cut off"),
        pytest.param("lots", "[[2]]", id="JSON of another shape"),
        pytest.param("legs", '[["GOOG"]]', id="a leg without a quantity"),
    ],
)
def test_damaged_row_is_told_with_its_position(column: str, value: str) -> None:
    """What was never written so is damage, not a bug's traceback."""
    row = {**stored(a_position()), column: value}

    with pytest.raises(LedgerError, match="position 'goog-1': its row is damaged"):
        read_position(row)
