"""What is made of a no."""

import pytest

from botd.brokers.alpaca import words
from botd.brokers.transport.answer import Answer
from botd.domain.orders import OrderIntent
from botd.errors import BrokerUnavailable, OutcomeUnknown, Refusal, RefusalReason
from tests.brokers.alpaca.answers import CALL_100, CALL_105, intent, refused

FORBIDDEN, UNPROCESSABLE = 40310000, 42210000
SELL_23 = intent((CALL_100, -1), net_price="1.00", units=23)
BUY_2 = intent((CALL_100, 1), net_price="-1.00", units=2)
SPREAD_3 = intent((CALL_100, -1), (CALL_105, 2), net_price="0.10", units=3)
SHORT = "insufficient qty available for order (requested: 23, available: 0)"


@pytest.mark.parametrize(
    ("status", "code", "message", "reason"),
    [
        (403, FORBIDDEN, f"active assignment lock on {CALL_100}, cannot close all long options",
         RefusalReason.ASSIGNMENT_LOCK),
        (403, FORBIDDEN, "potential wash trade detected. use complex orders",
         RefusalReason.WASH_TRADE),
        (403, FORBIDDEN, "cannot open a long buy while a short sell order is open",
         RefusalReason.WASH_TRADE),
        (403, FORBIDDEN, "insufficient options buying power (required: 5, available: 1)",
         RefusalReason.FUNDS),
        (403, FORBIDDEN, "account not eligible to trade uncovered option contracts",
         RefusalReason.INTENT_MISMATCH),
        (403, FORBIDDEN, "account not eligible to trade option spreads or uncovered contracts",
         RefusalReason.INTENT_MISMATCH),
        (403, FORBIDDEN, "insufficient underlying qty available for covered call (required: 100)",
         RefusalReason.INTENT_MISMATCH),
        (403, FORBIDDEN, "exceeded account limit for contracts expiring today (limit: 5)",
         RefusalReason.OTHER),
        (403, FORBIDDEN, "submit mleg order is disabled", RefusalReason.ACCOUNT_BLOCKED),
        (403, FORBIDDEN, "account is restricted to liquidation only",
         RefusalReason.ACCOUNT_BLOCKED),
        (403, FORBIDDEN, "account is not allowed to trade options",
         RefusalReason.ACCOUNT_BLOCKED),
        (403, FORBIDDEN, "new orders are rejected by user request",
         RefusalReason.ACCOUNT_BLOCKED),
        (403, 40310100, "trade denied due to pattern day trading protection",
         RefusalReason.ACCOUNT_BLOCKED),
        (403, FORBIDDEN, SHORT, RefusalReason.POSITION_SMALLER),
        (422, UNPROCESSABLE,
         "position intent mismatch, inferred: buy_to_open, specified: buy_to_close",
         RefusalReason.POSITION_GONE),
        (422, UNPROCESSABLE, f'contract "{CALL_100}" expires soon, unable to open new positions',
         RefusalReason.POSITION_GONE),
        (422, UNPROCESSABLE, f'contract "{CALL_100}" is expired',
         RefusalReason.CONTRACT_EXPIRED),
        (422, UNPROCESSABLE, f'contract "{CALL_100}" is not active', RefusalReason.NOT_TRADABLE),
        (422, UNPROCESSABLE, f'contract "{CALL_100}" is not tradable',
         RefusalReason.NOT_TRADABLE),
        (422, UNPROCESSABLE, f'contract "{CALL_100}" is not found', RefusalReason.NOT_TRADABLE),
        (422, UNPROCESSABLE, "options market orders are only allowed during market hours",
         RefusalReason.MARKET_CLOSED),
        (422, UNPROCESSABLE, "order_time_in_force provided not supported for options",
         RefusalReason.MALFORMED),
        (422, UNPROCESSABLE, "qty must be integer for options orders", RefusalReason.MALFORMED),
        (422, UNPROCESSABLE, "leg.0 position intent is required", RefusalReason.MALFORMED),
        (422, UNPROCESSABLE, "rolling contracts ambiguity", RefusalReason.MALFORMED),
        (422, UNPROCESSABLE, "underlying asset mismatch", RefusalReason.MALFORMED),
        (422, UNPROCESSABLE, "invalid limit price", RefusalReason.PRICE_TICK),
        (422, UNPROCESSABLE, "limit price must be limited to 2 decimal places",
         RefusalReason.PRICE_TICK),
        (422, UNPROCESSABLE, ("invalid limit_price 290.123. sub-penny increment does not"
         " fulfill minimum pricing criteria"), RefusalReason.PRICE_TICK),
        (422, UNPROCESSABLE, "limit price is outside of the price band",
         RefusalReason.PRICE_BAND),
        (422, 40010001, "client_order_id must be unique", RefusalReason.DUPLICATE_CLIENT_ID),
        (422, 40010001, "limit price must be > 0", RefusalReason.MALFORMED),
        (422, 40010001, "qty is odd", RefusalReason.MALFORMED),
        (400, None, "no such field", RefusalReason.MALFORMED),
        (422, UNPROCESSABLE, "the moon stands wrong", RefusalReason.OTHER),
        (403, FORBIDDEN, "the moon stands wrong", RefusalReason.OTHER),
        (404, 40410000, "endpoint is elsewhere", RefusalReason.OTHER),
        (422, UNPROCESSABLE, "order chain not fully replaced", RefusalReason.OTHER),
        (422, UNPROCESSABLE, "cannot replace order in accepted status", RefusalReason.OTHER),
    ],
)  # fmt: skip
def test_words_without_figures(
    status: int, code: int | None, message: str, reason: RefusalReason
) -> None:
    """Known words give a reason; all others stay a refusal, in the broker's own words."""
    expected = Refusal(reason, message, None if code is None else str(code), status)

    assert expected == words.refusal_of(refused(status, code, message), SELL_23)


@pytest.mark.parametrize(
    ("sent", "figures", "reason"),
    [
        pytest.param(
            SELL_23,
            {"existing_qty": "0", "held_for_orders": "0", "available": "0"},
            RefusalReason.POSITION_GONE,
            id="nothing is left",
        ),
        pytest.param(
            SELL_23,
            {"existing_qty": "22", "held_for_orders": "0"},
            RefusalReason.POSITION_SMALLER,
            id="one is missing",
        ),
        pytest.param(
            SELL_23,
            {"existing_qty": "23", "held_for_orders": "23", "related_orders": ["b3a9"]},
            RefusalReason.HELD_BY_OTHER_ORDER,
            id="all are held by an order",
        ),
        pytest.param(
            SELL_23,
            {"existing_qty": "22", "held_for_orders": "22"},
            RefusalReason.POSITION_SMALLER,
            id="fewer than asked for, whoever holds them",
        ),
        pytest.param(
            SELL_23,
            {"existing_qty": "-23", "held_for_orders": "0"},
            RefusalReason.POSITION_GONE,
            id="held the other way",
        ),
        pytest.param(
            BUY_2,
            {"existing_qty": "-2", "held_for_orders": "1"},
            RefusalReason.HELD_BY_OTHER_ORDER,
            id="a short is told below zero",
        ),
        pytest.param(
            BUY_2,
            {"existing_qty": -1, "held_for_orders": 0},
            RefusalReason.POSITION_SMALLER,
            id="a smaller short, in numbers",
        ),
        pytest.param(
            SPREAD_3,
            {"existing_qty": "5", "held_for_orders": "0", "symbol": CALL_105},
            RefusalReason.POSITION_SMALLER,
            id="a leg that is in a unit twice",
        ),
        pytest.param(
            SPREAD_3,
            {"existing_qty": "6", "held_for_orders": "1", "symbol": CALL_105},
            RefusalReason.HELD_BY_OTHER_ORDER,
            id="enough of that leg, but not free",
        ),
        pytest.param(
            SPREAD_3,
            {"existing_qty": "1", "held_for_orders": "1"},
            RefusalReason.HELD_BY_OTHER_ORDER,
            id="of a leg that is not named",
        ),
        pytest.param(
            SELL_23,
            {"existing_order_id": "b3a9", "reject_reason": "opposite side limit order exists"},
            RefusalReason.WASH_TRADE,
            id="an order on the other side",
        ),
        pytest.param(
            SELL_23,
            {"existing_qty": "many", "held_for_orders": "0"},
            RefusalReason.POSITION_SMALLER,
            id="figures that nobody can read leave the words",
        ),
    ],
)
def test_figures_count_before_words(
    sent: OrderIntent, figures: dict[str, object], reason: RefusalReason
) -> None:
    """How much there is and who holds it tells more than the message."""
    answer = refused(403, FORBIDDEN, SHORT, **figures)

    assert reason is words.refusal_of(answer, sent).reason


@pytest.mark.parametrize(
    ("status", "sent"), [(403, SELL_23), (422, SELL_23), (404, None), (403, None)]
)
def test_documented_silence_is_a_refusal(status: int, sent: OrderIntent | None) -> None:
    """Statuses that are documented without a body are a no without a reason."""
    refusal = words.refusal_of(Answer(status, {}, b""), sent)

    assert (RefusalReason.OTHER, status) == (refusal.reason, refusal.http_status)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(404, b"", id="nothing, of an order"),
        pytest.param(400, b"", id="nothing"),
        pytest.param(403, b"<html>Access denied</html>", id="a page"),
        pytest.param(422, b"[]", id="a list"),
        pytest.param(422, b"{}", id="an empty object"),
        pytest.param(422, b'{"code": 50010000, "message": "internal"}', id="a fault of theirs"),
    ],
)
def test_odd_no_is_unknown(status: int, body: bytes) -> None:
    """What this broker does not say proves nothing about an order."""
    with pytest.raises(OutcomeUnknown):
        words.refusal_of(Answer(status, {}, body), SELL_23)


@pytest.mark.parametrize(
    ("status", "code", "message", "is_auth"),
    [
        (403, None, "forbidden.", True),
        (403, 40110000, "request is not authorized", True),
        (403, 42910000, "rate limit exceeded", False),
    ],
)
def test_keys_and_rate_are_no_refusal(
    *, status: int, code: int | None, message: str, is_auth: bool
) -> None:
    """An answer about the keys or the rate says nothing about the order: it was not taken."""
    with pytest.raises(BrokerUnavailable) as caught:
        words.refusal_of(refused(status, code, message), SELL_23)

    assert is_auth is caught.value.is_auth


def test_no_without_a_message_is_kept_whole() -> None:
    """Where there is a code and no message, the whole answer is what the broker said."""
    refusal = words.refusal_of(Answer(403, {}, b'{"code": 40310000}'), SELL_23)

    assert ('{"code": 40310000}', "40310000") == (refusal.message, refusal.code)


def test_long_words_are_cut() -> None:
    """No more than 2,000 characters are kept."""
    refusal = words.refusal_of(refused(403, FORBIDDEN, "x" * 3_000), SELL_23)

    assert 2_000 == len(refusal.message)
    assert 2_000 == len(words.late_refusal("x" * 3_000).message)


@pytest.mark.parametrize(
    ("status", "body", "is_auth"),
    [
        pytest.param(403, b"", True, id="forbidden without a word"),
        pytest.param(403, b'{"message": "forbidden."}', True, id="the gateway's words"),
        pytest.param(403, b'{"code": 40110000, "message": "no"}', True, id="the keys' code"),
        pytest.param(
            403,
            b'{"message": "subscription does not permit querying recent SIP data"}',
            False,
            id="no subscription",
        ),
        pytest.param(403, b"<html>", False, id="a page"),
        pytest.param(404, b"", False, id="not found"),
    ],
)
def test_read_that_is_refused(*, status: int, body: bytes, is_auth: bool) -> None:
    """A read that is answered with a no may be repeated; only wrong keys stop an account."""
    assert is_auth is words.unavailable(Answer(status, {}, body)).is_auth
