"""
Orders as written down before they leave, and what became of them.

    add_intent      row `intent`, where management, halts and the one-live-order rule allow
    start_sending   `intent` -> `sending`, looking at management and halts once more
    apply_report    a broker's word: status, and each fill once
    set_status      everything that no report tells: unknown, absent, withdrawn ...
"""

from botd.ledger.intents import (
    Block,
    add_intent,
    replace,
    set_status,
    start_sending,
    still_blocked,
    withdraw,
)
from botd.ledger.order_rows import (
    FINAL_STATUSES,
    UNSETTLED_STATUSES,
    Order,
    committed_hash,
    get,
    live,
    next_step,
    of_position,
    since,
    unsettled,
)
from botd.ledger.reports import AppliedReport, adopt, apply_report

__all__ = [
    "FINAL_STATUSES",
    "UNSETTLED_STATUSES",
    "AppliedReport",
    "Block",
    "Order",
    "add_intent",
    "adopt",
    "apply_report",
    "committed_hash",
    "get",
    "live",
    "next_step",
    "of_position",
    "replace",
    "set_status",
    "since",
    "start_sending",
    "still_blocked",
    "unsettled",
    "withdraw",
]
