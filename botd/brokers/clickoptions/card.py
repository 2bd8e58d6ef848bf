"""What ClickOptions can do. Imports no HTTP library: the status command reads it."""

from datetime import timedelta

from botd.brokers.port import CapabilityCard

_NO_CALL = "no call that makes, changes or ends an order of a position is documented"
_NO_QUOTE = "positions tell the coin's index, and no bid or ask of a contract"

CARD = CapabilityCard(
    kind="clickoptions",
    proven="own server, 2026-11-20",
    # Nothing is ever sent that changes anything: what has to be closed goes to a person.
    closes=False,
    dedupes_client_ids=False,
    looks_up_client_ids=False,
    enforces_close_only=False,
    absent_after=timedelta(seconds=120),
    requests_per_minute=60,  # unknown; the documents tell of no limit
    max_legs=1,
    cutoff=None,
    cutoff_source="contracts trade until 08:00 UTC of their expiration",
    has_official_close=True,
    has_settlement_records=True,
    expiration_day=(
        "exercises what is in the money at 08:00 UTC, in cash, at the average of its index over "
        "07:30 to 08:00 UTC, and takes a fee for it; leaves the rest to expire"
    ),
    sources=(
        "docs.clickoptions.ai: Trading API v1 Positions (OpenAPI 3.1)",
        "docs.clickoptions.ai: trade, expiry and settlement, order types, margin",
        "how requests are signed is not documented: a bearer token is taken, both are settings",
        "the words of type and tradeSide are not documented: call, put, buy, sell, long, short",
        "no instant is told at which a position was closed: the first time it is seen counts",
        "contracts settle at an average of half an hour, which the index at its end may be far off",
        "lists have no dates to ask for: beyond 4,000 positions of a status they take too long",
        "there is one address, and nothing that tells one kind of account from another",
    ),
    lacks=(
        f"5 a working order is reported: {_NO_CALL}",
        f"6 a fill is signed toward the account: {_NO_CALL}",
        f"7 a package is one order: {_NO_CALL}",
        f"8 an order is found by its id: {_NO_CALL}",
        "9 all orders are listed: of other people's orders only what they closed is told",
        f"10 a cancel ends an order: {_NO_CALL}",
        f"11 an ended order is not cancelled: {_NO_CALL}",
        f"12 an id is taken once: {_NO_CALL}",
        f"13 nothing opens: {_NO_CALL}",
        f"14 a held quantity is not free: {_NO_CALL}",
        f"15 a lost answer is unknown, and found: {_NO_CALL}",
        f"16 a lost request is unknown, and absent: {_NO_CALL}",
        f"17 nobody there means nothing sent: {_NO_CALL}",
        f"18 a refusal keeps the broker's words: {_NO_CALL}",
        f"19 a part that filled is cumulative: {_NO_CALL}",
        "21 the calendar is told: contracts trade around the clock, until 08:00 UTC",
        "22 a closed market refuses: contracts trade around the clock",
        f"23 an expired contract refuses: {_NO_CALL}",
        f"24 a side without anybody is not a price: {_NO_QUOTE}",
        f"25 a price keeps its sign: {_NO_CALL}",
        f"26 a market order fills: {_NO_CALL}",
        f"27 ratios go in lowest terms: {_NO_CALL}",
        f"28 a price off the tick is told: {_NO_CALL}",
        f"29 a part fills, and the rest is cancelled: {_NO_CALL}",
        f"30 a working order is replaced: {_NO_CALL}",
        f"31 a fill wins against a replacement: {_NO_CALL}",
        f"32 an ended order is not replaced: {_NO_CALL}",
        f"33 a fill crosses a cancel: {_NO_CALL}",
        f"35 a trouble is no refusal of an order: {_NO_CALL}",
        f"37 a lost answer is found in the list: {_NO_CALL}",
        f"38 a late acceptance is found in time: {_NO_CALL}",
        f"39 a late rejection is told: {_NO_CALL}",
        f"40 a late rejection tells its reason: {_NO_CALL}",
        f"41 orders: {_NO_CALL}",
        f"42 another adapter sees the same: {_NO_CALL}",
        f"44 foreign orders break nothing: {_NO_CALL}",
        "45 an assignment moves shares: everything is settled in cash",
        "47 a blocked account is told: nothing of the account is told",
        "48 a liquidation is seen: it is, as an order that is not ours, by the position it took",
        "49 contract terms are told: there is no such call",
        f"50 orders sent together are told apart: {_NO_CALL}",
    ),
)
