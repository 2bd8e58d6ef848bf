"""What Intotes can do. Imports no HTTP library: the status command reads it."""

from datetime import timedelta

from botd.brokers.port import CapabilityCard

_NO_ORDER = "a close is answered with a message, and makes no order that could be named"
_AT_ONCE = "a close is a market order: it fills at once, or in part, and nothing rests"

CARD = CapabilityCard(
    kind="intotes",
    proven="own server, 2026-11-20",
    # The call carries no id at all. What this process has sent it remembers; another one,
    # or the same after a restart, knows of no close of the one before.
    dedupes_client_ids=False,
    looks_up_client_ids=False,
    enforces_close_only=True,  # there is a call to close, and nothing else is ever sent
    # Nobody publishes how late a close may execute; meanwhile no other is sent.
    absent_after=timedelta(minutes=3),
    requests_per_minute=60,  # unpublished, by address; the headers of each answer count too
    max_legs=1,
    cutoff=None,
    cutoff_source="none is published",
    has_official_close=False,
    has_settlement_records=True,
    closes_whole=True,  # the call names a market: no part of it, and not which side
    market_orders_only=True,
    expiration_day=(
        "settles by itself when the event is resolved, without a fee: what won pays 10000 cents, "
        "what lost nothing; a close by hand costs the trading fee"
    ),
    sources=(
        "docs.intotes.com: closing positions; API: close position, my and completed positions",
        "docs.intotes.com: authentication, refresh, me, market by id, error handling",
        "its pages contradict one another: botd.brokers.intotes.wire says what is taken for what",
        "a refresh token ends after 72 hours without use: then a person has to sign in again",
        "a close without an answer is not found after a restart: its position waits three minutes",
    ),
    lacks=(
        f"5 a working order is reported: {_AT_ONCE}",
        "7 a package is one order: one market is closed at a time",
        f"8 an order is found by its id: {_NO_ORDER}",
        f"9 all orders are listed: {_NO_ORDER}",
        f"10 a cancel ends an order: {_AT_ONCE}",
        f"12 an id is taken once: {_NO_ORDER}",
        "13 a package: one market is closed at a time",
        f"14 a held quantity is not free: {_AT_ONCE}",
        "18 position_smaller: the call names no quantity; the adapter compares before it sends",
        "18 intent_mismatch: the call names no side",
        "18 assignment_lock: nothing is assigned",
        "18 market_closed: what is paused is one market (not_tradable)",
        "18 held_by_other_order: no such words are documented",
        "18 wash_trade: no such words are documented",
        "18 duplicate_client_id: the call carries no id",
        "18 price_tick: the call carries no price",
        "18 price_band: the call carries no price",
        f"19 a part that filled is cumulative: {_AT_ONCE}",
        "21 the calendar is told: markets trade around the clock",
        "22 a closed market refuses: markets trade around the clock",
        "23 an expired contract refuses: what was resolved is held no more (position_gone)",
        "24 a side without anybody is not a price: a market tells one price, and no sides",
        "25 a price keeps its sign: the call carries no price",
        "27 ratios go in lowest terms: one market is closed at a time",
        "28 a price off the tick is told: the call carries no price",
        f"29 a part fills, and the rest is cancelled: {_AT_ONCE}",
        f"30 a working order is replaced: {_AT_ONCE}",
        f"31 a fill wins against a replacement: {_AT_ONCE}",
        f"32 an ended order is not replaced: {_AT_ONCE}",
        f"33 a fill crosses a cancel: {_AT_ONCE}",
        f"38 a late acceptance is found in time: {_NO_ORDER}",
        f"39 a late rejection is told: {_AT_ONCE}",
        f"40 a late rejection tells its reason: {_AT_ONCE}",
        f"41 orders: {_NO_ORDER}",
        f"42 another adapter sees the same: {_NO_ORDER}",
        f"44 foreign orders break nothing: {_NO_ORDER}",
        "45 an assignment moves shares: nothing is assigned",
        "46 the official close is told: a market is settled at 10000 or 0, and has no close",
        "47 a blocked account is told: the profile has no such field",
        f"48 a liquidation is seen: {_NO_ORDER}",
    ),
)
