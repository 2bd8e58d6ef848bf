"""Client order ids: computed, 28 characters, readable again."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.domain.order_id import ParsedOrderId, client_order_id, fingerprint, parse

EXPIRATION = date(2015, 12, 24)
DUE_AT = datetime(2015, 12, 24, 17, 50, tzinfo=UTC)

instants = st.datetimes(
    min_value=datetime(2010, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    max_value=datetime(2099, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    timezones=st.just(UTC),
)


def test_an_id_is_the_same_on_every_host() -> None:
    """A restored ledger makes the very ids that the broker already knows."""
    expected = "bd1-gjtutst5a2zy-12241750-03"

    assert expected == client_order_id("PA3ABCDEF", "goog-ic-1", EXPIRATION, DUE_AT, 3)


@given(
    account=st.text(),
    position_id=st.text(),
    expiration=st.dates(),
    due_at=instants,
    step=st.integers(1, 99),
)
def test_every_id_has_the_promised_shape_and_reads_back(
    account: str,
    position_id: str,
    expiration: date,
    due_at: datetime,
    step: int,
) -> None:
    """Whatever accounts and positions are called, an id has 28 plain characters."""
    made = client_order_id(account, position_id, expiration, due_at, step)
    expected = ParsedOrderId(
        fingerprint(account, position_id, expiration),
        f"{due_at:%m%d%H%M}",
        step,
    )

    assert re.fullmatch(r"[A-Za-z0-9-]{28}", made)
    assert expected == parse(made)


@pytest.mark.parametrize(
    ("account", "position_id", "expiration", "due_at", "step"),
    [
        pytest.param("B", "goog-1", EXPIRATION, DUE_AT, 1, id="another account"),
        pytest.param("A", "goog-2", EXPIRATION, DUE_AT, 1, id="another position"),
        pytest.param("Ag", "oog-1", EXPIRATION, DUE_AT, 1, id="the same letters, cut elsewhere"),
        pytest.param("A", "goog-1", date(2016, 12, 24), DUE_AT, 1, id="another expiration"),
        pytest.param("A", "goog-1", EXPIRATION, DUE_AT + timedelta(minutes=1), 1, id="a minute on"),
        pytest.param("A", "goog-1", EXPIRATION, DUE_AT, 2, id="the next step"),
    ],
)
def test_what_differs_has_another_id(
    account: str,
    position_id: str,
    expiration: date,
    due_at: datetime,
    step: int,
) -> None:
    """Each part of an order's identity tells ids apart."""
    base = client_order_id("A", "goog-1", EXPIRATION, DUE_AT, 1)

    assert base != client_order_id(account, position_id, expiration, due_at, step)


def test_the_minute_is_utc_wherever_the_instant_comes_from() -> None:
    """The host's zone leaves no trace in an id."""
    new_york = DUE_AT.astimezone(timezone(timedelta(hours=-5)))
    expected = client_order_id("A", "goog-1", EXPIRATION, DUE_AT, 1)

    assert expected == client_order_id("A", "goog-1", EXPIRATION, new_york, 1)


@pytest.mark.parametrize("step", [-1, 0, 100])
def test_a_step_that_does_not_fit_is_refused(step: int) -> None:
    """A step beyond two digits can't be written without meeting another id."""
    with pytest.raises(ValueError, match=f"step {step} must be 1 to 99"):
        client_order_id("A", "goog-1", EXPIRATION, DUE_AT, step)


def test_a_naive_instant_is_refused() -> None:
    """A time without its zone would depend on the host."""
    with pytest.raises(ValueError, match="aware"):
        client_order_id("A", "goog-1", EXPIRATION, DUE_AT.replace(tzinfo=None), 1)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("take-profit-7", id="somebody else's id"),
        pytest.param("bd2-gjtutst5a2zy-12241750-03", id="another prefix"),
        pytest.param("bd1-GJTUTST5A2ZY-12241750-03", id="capitals"),
        pytest.param("bd1-gjtutst5a2z1-12241750-03", id="a character no hash has"),
        pytest.param("bd1-gjtutst5a2zy-13241750-03", id="a thirteenth month"),
        pytest.param("bd1-gjtutst5a2zy-12321750-03", id="a thirty-second day"),
        pytest.param("bd1-gjtutst5a2zy-12242450-03", id="an hour too late"),
        pytest.param("bd1-gjtutst5a2zy-12241760-03", id="a minute too late"),
        pytest.param("bd1-gjtutst5a2zy-12241750-00", id="step zero"),
        pytest.param("bd1-gjtutst5a2zy-12241750-003", id="a third digit"),
        pytest.param("bd1-gjtutst5a2zy-12241750-03\n", id="a line end"),
        pytest.param("bd1-gjtutst5a2zy-1224175\u0660-03", id="a digit of another script"),
    ],
)
def test_what_is_not_ours_does_not_read(text: str) -> None:
    """Only an id that we could have made is adopted."""
    assert parse(text) is None
