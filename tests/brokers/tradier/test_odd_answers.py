"""Whatever Tradier answers, a call gives something, or says what the caller must do."""

import asyncio
import copy
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st

from botd.brokers.port import Environment
from botd.brokers.tradier.adapter import TradierAccess, TradierBroker
from botd.brokers.transport.door import Carriers
from botd.errors import BrokerError
from tests.brokers.paper.day import HandClock
from tests.brokers.tradier.answers import AT, LONG, SHORT, intent, leg, package, single
from tests.brokers.transport.carrying import answering

_QUOTE = {
    "symbol": SHORT,
    "type": "option",
    "last": 0.9,
    "bid": 0.7,
    "ask": 1.0,
    "bidsize": 28,
    "asksize": 12,
    "bid_date": 1559764200000,
    "ask_date": 1559764200000,
    "trade_date": 1559764200000,
    "contract_size": 100,
}
_SAMPLES: tuple[dict[str, Any], ...] = (
    {"positions": {"position": [{"symbol": SHORT, "quantity": -1.0}]}},
    {"orders": {"order": [single(), single(status="rejected", reason_description="x")]}},
    {
        "orders": {
            "order": package(
                leg(SHORT, "buy_to_close", 1, 1, 1.0), leg(LONG, "sell_to_close", 1, 1, 0.5)
            )
        }
    },
    {"order": {"id": 1, "status": "ok"}},
    {"errors": {"error": ["no", "InitialMargin"]}},
    {"fault": {"faultstring": "no", "detail": {"errorcode": "policies.ratelimit.Quota"}}},
    {"quotes": {"quote": _QUOTE, "unmatched_symbols": {"symbol": "X"}}},
    {"clock": {"date": "2019-06-06", "state": "closed", "timestamp": 1559764200}},
    {"history": {"day": {"date": "2019-06-05", "close": 282.5}}},
    {
        "history": {
            "event": {
                "amount": 5.0,
                "date": "2019-06-05T00:00:00Z",
                "type": "option",
                "option": {
                    "option_type": "OPTCSH",
                    "description": "Cash settled",
                    "quantity": 1.0,
                    "symbol": SHORT,
                },
            }
        }
    },
    {
        "calendar": {
            "days": {
                "day": {
                    "date": "2019-06-05",
                    "status": "open",
                    "open": {"start": "09:30", "end": "16:00"},
                }
            }
        }
    },
    {
        "profile": {"account": {"account_number": "VA1", "status": "active", "option_level": 3}},
        "balances": {"account_number": "VA1", "total_cash": 5.0},
    },
)
_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["null", "", "1e400", "0.5", "-0", "2019-06-05", "BTC/USD", "9" * 40]),
    st.just([]),
    st.just({}),
    st.lists(st.integers(), max_size=2),
)


def places(found: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - JSON
    """Give the path of every value inside."""
    keys = found.keys() if isinstance(found, dict) else range(len(found))
    for key in keys:
        yield (*path, key)
        if isinstance(found[key], dict | list):
            yield from places(found[key], (*path, key))


@st.composite
def answers(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an answer of the documents with up to three odd values in it."""
    found: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(_SAMPLES)))
    for _ in range(draw(st.integers(0, 3))):
        *path, last = draw(st.sampled_from(sorted(places(found), key=repr)))
        inside: Any = found
        for key in path:
            inside = inside[key]
        inside[last] = draw(_ODD)
        if not list(places(found)):
            break
    return found


async def ask_everything(found: object, status: int) -> None:
    """Make every call of the port; only what it promises may be raised."""
    carrier = answering(httpx.Response(status, json=found))
    access = TradierAccess("https://tradier.invalid/v1", Environment.LIVE, lambda: "token")
    clock = HandClock(datetime(2019, 6, 5, 19, 50, tzinfo=UTC))
    symbols = frozenset({SHORT})

    def broker() -> TradierBroker:
        return TradierBroker(access, clock, account="VA1", carriers=Carriers(carrier, carrier))

    for call in (
        lambda: broker().account(),
        lambda: broker().session(date(2019, 6, 5)),
        lambda: broker().holdings(),
        lambda: broker().market(symbols, frozenset({"SPY"})),
        lambda: broker().terms(symbols),
        lambda: broker().submit(intent((SHORT, 1), net_price="-1.00")),
        lambda: broker().cancel("1"),
        lambda: broker().look_up("bd1-a"),
        lambda: broker().orders(AT),
        lambda: broker().settlements(AT),
        lambda: broker().official_close("SPY", date(2019, 6, 5)),
    ):
        with suppress(BrokerError):
            await call()


@given(found=answers(), status=st.sampled_from([200, 400, 403, 404]))
def test_odd_answer_is_read_or_told(found: dict[str, Any], status: int) -> None:
    """No answer makes a call fail in another way than the port says."""
    try:
        httpx.Response(status, json=found)
    except ValueError:
        return  # no number of JSON
    asyncio.run(ask_everything(found, status))
