"""What Tradier can do. Imports no HTTP library: the status command reads it."""

from datetime import timedelta

from botd.brokers.port import CapabilityCard, Environment

# Published, each of a counter of its own; market data is counted like reads.
ORDERS_PER_MINUTE = 60
READS_PER_MINUTE = {Environment.PAPER: 60, Environment.LIVE: 120}

CARD = CapabilityCard(
    kind="tradier",
    proven="own server, 2026-11-20",
    # A tag is a label: the same one is taken twice, and orders are found by it in the list.
    dedupes_client_ids=False,
    looks_up_client_ids=False,
    enforces_close_only=True,  # the side says so: buy_to_close, sell_to_close
    absent_after=timedelta(seconds=120),
    # Counted apart: 60 that trade, 60 reads in the sandbox, of which 42 may be polls and looks.
    # By the engine's shares 14 orders with their cancels and 24 polls a minute come of 80.
    requests_per_minute=80,
    max_legs=4,
    cutoff=None,
    cutoff_source="none is published",
    has_official_close=True,
    has_settlement_records=True,
    # A change keeps the broker's id, and the tag cannot be changed: the new order could never
    # be told from the one before it by its own id. So an order is cancelled, and another sent.
    replaces=False,
    pushes=True,
    has_calendar=True,
    gives_tick_rules=False,
    expiration_day=(
        "may close positions that the account cannot carry before the close, short options "
        "slightly out of the money too; may not exercise longs; no time of day is published"
    ),
    sources=(
        "docs.tradier.com: error responses, orders, quotes, calendar, clock, history, streaming",
        "documentation.tradier.com: place, change and cancel orders; rate limits",
        "support.tradier.com: expiration day",
        "orders are listed for the present day's session only",
        "settlement records come nightly, without times and orders",
        "their words for assignment and exercise are not documented; what is unclear is left out",
        "a change of an order (PUT) keeps its id and its tag: orders are cancelled and sent anew",
    ),
    lacks=(
        "8 an order is found by its id: there is no such call, the list of orders has the tags",
        "12 an id is taken once: a tag is a label",
        "18 assignment_lock: no such words are documented",
        "18 duplicate_client_id: no such words are documented",
        "22 a closed market refuses: a limit order rests until the next session",
        "30 a working order is replaced: a change keeps the old id and the old tag",
        "31 a fill wins against a replacement: no order is replaced",
    ),
)
