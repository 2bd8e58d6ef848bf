"""
What the contract suite asks of every adapter, card by card, and how a card lacks something.

A card of `CapabilityCard.lacks` reads `"<number> <title>: <reason>"`, with the title as
it stands here; where a card has rows (13, 18, 35, 36, 41), `"<number> <row>: <reason>"` lacks
one of them. Whatever is not lacked has to be kept, and what is lacked has to be lacking.
"""

from botd.brokers.port import CapabilityCard
from botd.errors import RefusalReason
from tests.contract.trouble import Trouble

TITLES = {
    1: "the card names kind and proof",
    2: "the account is told",
    3: "holdings are signed, compact",
    4: "the market is what is known",
    5: "a working order is reported",
    6: "a fill is signed toward the account",
    7: "a package is one order",
    8: "an order is found by its id",
    9: "all orders are listed",
    10: "a cancel ends an order",
    11: "an ended order is not cancelled",
    12: "an id is taken once",
    13: "nothing opens",
    14: "a held quantity is not free",
    15: "a lost answer is unknown, and found",
    16: "a lost request is unknown, and absent",
    17: "nobody there means nothing sent",
    18: "a refusal keeps the broker's words",
    19: "a part that filled is cumulative",
    20: "settlements are recorded",
    21: "the calendar is told",
    22: "a closed market refuses",
    23: "an expired contract refuses",
    24: "a side without anybody is not a price",
    25: "a price keeps its sign",
    26: "a market order fills",
    27: "ratios go in lowest terms",
    28: "a price off the tick is told",
    29: "a part fills, and the rest is cancelled",
    30: "a working order is replaced",
    31: "a fill wins against a replacement",
    32: "an ended order is not replaced",
    33: "a fill crosses a cancel",
    34: "an unknown order is not cancelled",
    35: "a trouble is no refusal of an order",
    36: "a trouble is no refusal of a read or a cancel",
    37: "a lost answer is found in the list",
    38: "a late acceptance is found in time",
    39: "a late rejection is told",
    40: "a late rejection tells its reason",
    41: "lists are read to their last page",
    42: "another adapter sees the same",
    43: "foreign holdings break nothing",
    44: "foreign orders break nothing",
    45: "an assignment moves shares",
    46: "the official close is told",
    47: "a blocked account is told",
    48: "a liquidation is seen",
    49: "contract terms are told",
    50: "orders sent together are told apart",
    51: "a quota is kept",
    52: "secrets stay secret",
}
ROWS: dict[int, frozenset[str]] = {
    18: frozenset(reason.value for reason in RefusalReason),
    35: frozenset(trouble.value for trouble in Trouble),
    36: frozenset(trouble.value for trouble in Trouble),
    13: frozenset({"a package"}),
    41: frozenset({"orders"}),
}


def lacking(card: CapabilityCard) -> dict[str, str]:
    """Give what a card lacks, by `"<number> <title or row>"`, with the reason."""
    parted = (entry.partition(": ") for entry in card.lacks)
    return {key: reason for key, _, reason in parted}


def lacks(card: CapabilityCard, number: int, row: str | None = None) -> bool:
    """Whether a broker's card says that it does not keep a card of this suite, or a row of it."""
    found = lacking(card)
    return f"{number} {TITLES[number]}" in found or f"{number} {row}" in found


def known() -> frozenset[str]:
    """Give everything that may be lacked."""
    titles = {f"{number} {title}" for number, title in TITLES.items()}
    return frozenset(titles | {f"{number} {row}" for number, rows in ROWS.items() for row in rows})
