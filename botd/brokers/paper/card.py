"""What the paper exchange can do; apart, so that a command may ask without opening one."""

from datetime import timedelta

from botd.brokers.port import CapabilityCard

PAPER_CARD = CapabilityCard(
    kind="paper",
    proven="own exchange, in process",
    dedupes_client_ids=True,
    looks_up_client_ids=True,
    enforces_close_only=True,
    absent_after=timedelta(seconds=5),
    has_official_close=True,
    has_settlement_records=True,
    has_calendar=True,
    gives_tick_rules=True,
    expiration_day="nothing before the close",
)
