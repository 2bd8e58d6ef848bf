"""What the paper exchange can do; apart, so that a command may ask without opening one."""

from datetime import timedelta

from botd.brokers.port import CapabilityCard

_IN_PROCESS = "there is no connection that could do that"
_IN_PROCESS_ONLY = (
    *("429", "401", "503 after it arrived", "408", "silence before it arrived"),
    *("silence after it arrived", "odd body", "empty body", "redirect"),
)
_OF_READS = ("reset before it arrived", "reset after it arrived")

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
    lacks=(
        "30 a working order is replaced: an order is cancelled, and another one sent",
        "31 a fill wins against a replacement: nothing is replaced",
        *(f"35 {trouble}: {_IN_PROCESS}" for trouble in _IN_PROCESS_ONLY),
        *(f"36 {trouble}: {_IN_PROCESS}" for trouble in (*_IN_PROCESS_ONLY, *_OF_READS)),
        "43 foreign holdings break nothing: only options and shares are held here",
        "44 foreign orders break nothing: only options and shares are traded here",
        "47 a blocked account is told: nothing blocks an account here",
        "52 secrets stay secret: there are none",
    ),
)
