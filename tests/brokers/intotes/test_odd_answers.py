"""Whatever stands in an answer: it is read, or said to be unreadable, and nothing else."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botd.brokers.intotes import wire
from botd.brokers.intotes.words import refusal_of
from botd.brokers.port import Environment
from botd.brokers.transport.answer import Answer
from botd.brokers.transport.fields import Unreadable
from botd.errors import BrokerUnavailable, OutcomeUnknown
from tests.brokers.intotes.answers import AT, COMPLETED, MY_POSITIONS, body

PROFILE = {"user": {"id": 42, "balance": 50_000}}
MARKET = {"id": 101, "yes_probability": 0.4, "paused": False, "resolved": False}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(["0", "-1", "1e5", "9" * 40, "YES", "2026-04-02T18:30:00Z", "../", "\0"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
READERS: dict[str, tuple[object, Callable[[bytes], object]]] = {
    "positions": (MY_POSITIONS, wire.holdings_of),
    "record": (COMPLETED, wire.page_of),
    "profile": (PROFILE, lambda told: wire.state_of(told, "42", Environment.LIVE, AT)),
    "market": (MARKET, lambda told: wire.market_in(told, "101")),
    "close": ({"message": "Position closed successfully"}, wire.is_taken),
}


def spoiled(tree: object, keys: list[object], odd: object) -> object:
    """Put something odd in the place of one value, or beside the others."""
    if isinstance(tree, dict) and keys:
        key = keys[0] if keys[0] in tree else next(iter(tree), "id")
        return {**tree, key: spoiled(tree.get(key), keys[1:], odd)}
    if isinstance(tree, list) and tree and keys:
        return [spoiled(tree[0], keys, odd), *tree[1:]]
    return odd


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_a_spoiled_answer_is_read_or_unreadable(name: str, data: st.DataObject) -> None:
    """No odd value, and nothing missing, gets past the reader as another error."""
    tree, read = READERS[name]
    key = st.sampled_from(
        [
            *("positions", "user", "id", "market_id", "token_type", "side", "amount", "message"),
            *("avg_price", "pnl", "won_side", "closed_at", "has_more", "next_cursor", "balance"),
            *("yes_probability", "paused", "resolved"),
        ]
    )
    keys = data.draw(st.lists(key, max_size=3))
    told = body(spoiled(tree, list(keys), data.draw(ODD)))

    try:
        found = read(told)
    except Unreadable:
        return

    assert found is not None


@pytest.mark.parametrize("name", READERS)
@given(told=st.binary(max_size=60))
@settings(max_examples=50, deadline=None)
def test_no_json_is_unreadable(name: str, told: bytes) -> None:
    """Bytes of whatever kind."""
    _, read = READERS[name]

    try:
        found = read(told)
    except Unreadable:
        return

    assert found is not None


@given(odd=ODD, status=st.sampled_from([200, 400, 403, 404, 409, 418, 422]))
@settings(max_examples=200, deadline=None)
def test_an_odd_error_is_a_refusal_in_words_or_none(odd: object, status: int) -> None:
    """A refusal always has words that a person can read, and a ledger keep."""
    try:
        refusal = refusal_of(Answer(status, {}, body({"error": odd})))
    except (OutcomeUnknown, BrokerUnavailable):
        return

    assert refusal.message
    assert "\0" not in refusal.message
    assert status == refusal.http_status
