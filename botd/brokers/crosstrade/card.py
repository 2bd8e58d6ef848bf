"""What CrossTrade can do. Imports no HTTP library: the status command reads it."""

from datetime import timedelta

from botd.brokers.port import CapabilityCard

_NO_LIMIT = "a close is at the market, and never rests at a price"
_NO_LIST = "a close is no order: it has no id, and a new process knows none of the last one's"
_NO_PACKAGE = "one future is closed at a time"
_NO_WORDS = "no such words are documented"
_NOT_WATCHED = "a close alone is capped at what is open, but two at once are capped at the same"
_AFTER_RESTART = "; what that one had sent is found absent, or left to a person, by the position"
_UNWORDED = (
    *("position_smaller", "intent_mismatch", "assignment_lock", "contract_expired", "funds"),
    *("market_closed", "held_by_other_order", "wash_trade", "duplicate_client_id"),
    *("price_tick", "price_band"),
)

CARD = CapabilityCard(
    kind="crosstrade",
    proven="own server, 2026-11-20",
    dedupes_client_ids=False,
    looks_up_client_ids=False,
    # A close is capped at what is open, and one of nothing is refused: alone it cannot open.
    # But two that are under way are both capped at the same position, and working stops and
    # targets stay beside it: nobody but us watches over the sum.
    enforces_close_only=False,
    # A call is relayed to a desktop; how long it may hang there is not documented.
    absent_after=timedelta(minutes=4),
    requests_per_minute=180,
    max_legs=1,
    cutoff=None,
    cutoff_source="none is published",
    has_official_close=False,
    has_settlement_records=False,
    replaces=False,
    pushes=False,
    has_calendar=False,
    gives_tick_rules=False,
    market_orders_only=True,
    expiration_day=(
        "nothing by itself: its auto-flatten runs at a wall-clock time of your own. A close of "
        "all that is held of a future also cancels its working orders; a close of a part "
        "leaves working stops and targets alone, and they may open a position later"
    ),
    sources=(
        "docs.crosstrade.io: close position, all positions, account, rate limiting, WebSocket",
        "crosstrade.io/llms-full.txt: errors, 408 without NinjaTrader, instrument names",
        "every call is relayed to an add-on in a running NinjaTrader 8",
        "a close is answered without quantity and price of its fill, which stays unknown",
        "20 calls at once, 3 a second after that; REST and WebSocket share them",
    ),
    lacks=(
        f"5 a working order is reported: {_NO_LIMIT}",
        f"7 a package is one order: {_NO_PACKAGE}",
        f"8 an order is found by its id: {_NO_LIST}",
        f"9 all orders are listed: {_NO_LIST}",
        f"10 a cancel ends an order: {_NO_LIMIT}",
        "12 an id is taken once: a close has no id",
        f"13 nothing opens: {_NOT_WATCHED}",
        "14 a held quantity is not free: working orders hold nothing in NinjaTrader",
        *(f"18 {reason}: {_NO_WORDS}" for reason in _UNWORDED),
        "19 a part that filled is cumulative: the position tells it, without fills",
        "20 settlements are recorded: there are no such records",
        "21 the calendar is told: there is none",
        "22 a closed market refuses: no hours are told, and a market order waits for the opening",
        "23 an expired contract refuses: it is no position any more, and is refused as one",
        "24 a side without anybody is not a price: there are no quotes, only marks of positions",
        f"25 a price keeps its sign: {_NO_LIMIT}",
        f"27 ratios go in lowest terms: {_NO_PACKAGE}",
        f"28 a price off the tick is told: {_NO_LIMIT}",
        f"29 a part fills, and the rest is cancelled: {_NO_LIMIT}",
        f"30 a working order is replaced: {_NO_LIMIT}",
        f"31 a fill wins against a replacement: {_NO_LIMIT}",
        f"32 an ended order is not replaced: {_NO_LIMIT}",
        f"33 a fill crosses a cancel: {_NO_LIMIT}",
        f"38 a late acceptance is found in time: {_NO_LIST}",
        f"39 a late rejection is told: {_NO_LIST}; the position stays, and the close works on",
        f"40 a late rejection tells its reason: {_NO_LIST}",
        f"41 orders: {_NO_LIST}",
        f"42 another adapter sees the same: {_NO_LIST}{_AFTER_RESTART}",
        f"44 foreign orders break nothing: {_NO_LIST}",
        "45 an assignment moves shares: futures deliver none",
        "46 the official close is told: it is not",
        f"48 a liquidation is seen: {_NO_LIST}; the position alone tells it",
        "49 contract terms are told: they are not",
    ),
)
