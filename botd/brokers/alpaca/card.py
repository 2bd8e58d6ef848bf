"""What Alpaca can do, and where that is known from."""

from datetime import time, timedelta

from botd.brokers.port import CapabilityCard

CARD = CapabilityCard(
    kind="alpaca",
    proven="own server, 2026-11-20",
    dedupes_client_ids=True,  # for ever, also after a cancel (422, 40010001)
    looks_up_client_ids=True,
    enforces_close_only=True,  # `position_intent`
    # No document bounds a late acceptance. Orders and positions were seen to disagree for
    # ten seconds (Alpaca-API #276); six times that is waited before an order counts as absent.
    absent_after=timedelta(seconds=60),
    requests_per_minute=200,
    max_legs=4,
    # Where the two disagree the earlier counts: the support pages say that liquidation begins
    # typically at 15:15, the trading overview says 15:30.
    cutoff=time(15, 15),
    cutoff_source=(
        "alpaca.markets/support: liquidation typically begins at 15:15 New York, earlier in"
        " volatile markets; closing orders themselves have no documented cut-off"
    ),
    has_official_close=True,  # consolidated daily bar; not of indices
    has_settlement_records=True,
    replaces=True,
    pushes=True,
    has_calendar=True,
    gives_tick_rules=True,
    expiration_day=(
        "Alpaca looks at expiring positions from 15:30 New York on (support: typically from"
        " 15:15, earlier in volatile markets), opens nothing on them any more, and sells or buys"
        " back what the account cannot carry, also slightly out of the money. What is a cent or"
        " more in the money is exercised; records come the next day."
    ),
    sources=(
        "https://docs.alpaca.markets/us/docs/options-trading-overview",
        "https://docs.alpaca.markets/us/v1.1/openapi/trading-api.json",
        "https://docs.alpaca.markets/us/v1.1/openapi/market-data-api.json",
        "https://docs.alpaca.markets/docs/non-trade-activities-for-option-events",
        "https://alpaca.markets/support/usage-limit-api-calls",
        "https://github.com/alpacahq/Alpaca-API/issues/111",
        "https://github.com/alpacahq/Alpaca-API/issues/276",
        "https://github.com/alpacahq/Alpaca-API/issues/282",
    ),
    lacks=(
        "18 price_band: no words of a price band are documented",
        "22 a closed market refuses: a limit order is queued until the opening",
        "40 a late rejection tells its reason: an order has no field for it",
    ),
)
