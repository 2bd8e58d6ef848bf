"""What tastytrade promises, and where that is known from."""

from botd.brokers.port import CapabilityCard

CARD = CapabilityCard(
    kind="tastytrade",
    proven="own server, 2026-11-20",
    # `external-identifier` is echoed and no more: a second order with it is taken, and no
    # endpoint looks for it.
    dedupes_client_ids=False,
    looks_up_client_ids=False,
    # Only because every order asks for strict position effects: without that a close of
    # what is gone becomes an opening order, silently.
    enforces_close_only=True,
    requests_per_minute=120,  # unpublished; this is the usual limit of other brokers
    max_legs=4,
    has_official_close=True,
    has_settlement_records=True,
    replaces=True,
    pushes=True,
    has_calendar=True,
    gives_tick_rules=True,
    expiration_day=(
        "its risk team may close positions that the account cannot carry as the end of the "
        "day approaches, at no published minute; monitoring asked for after 15:00 New York "
        "is best effort"
    ),
    sources=(
        "developer.tastytrade.com: OAuth2, orders, order flow, errors, sandbox, idempotency",
        "tastytrade/tastytrade-mcp, vendored documents and recorded payloads, ff4313c",
        "tastyware/tastytrade, 13.2.3, and its issues 178 (position effects) and 285 (replace)",
    ),
    lacks=(
        "8 an order is found by its id: no endpoint looks for external-identifier",
        "12 an id is taken once: external-identifier is a label",
        "18 duplicate_client_id: a second order with the same label is taken",
        "18 assignment_lock: no words about an assignment under way are documented",
        "18 price_band: no words of a price band are documented",
        "18 wash_trade: no words of a wash trade are documented",
        "22 a closed market refuses: a day order is received, and rests until the opening",
    ),
)
