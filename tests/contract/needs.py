"""
Which card needs what of a product; what is not named here needs nothing.

A test is a card's own, `test_13_...`, or of a row of it: then its name stands in `ROW_OF`,
and the row counts as a card of its own: `"13 a package: <reason>"` lacks it alone.
"""

import re

from tests.contract.cards import TITLES
from tests.contract.product import Need, Product

_CLOSES = frozenset({Need.CLOSES})
_LIMIT = _CLOSES | {Need.LIMIT}
_ORDERS = _LIMIT | {Need.ORDERS}
_PACKAGE = _LIMIT | {Need.PACKAGE}

NEEDS: dict[int, frozenset[Need]] = {
    **dict.fromkeys((6, 8, 11, 13, 15, 16, 17, 18, 23, 26, 35, 37, 50), _CLOSES),
    **dict.fromkeys((5, 10, 19, 29, 30, 31, 32, 33), _LIMIT),
    **dict.fromkeys((9, 14, 38, 39, 40, 42, 44, 48), _ORDERS),
    **dict.fromkeys((7, 25, 27, 28), _PACKAGE),
    4: frozenset({Need.MARKET}),
    12: _CLOSES | {Need.PART},
    22: _CLOSES | {Need.HOURS},
    24: frozenset({Need.QUOTE}),
    45: frozenset({Need.DELIVERY}),
}
ROW_NEEDS = {"13 a package": _PACKAGE, "41 orders": _ORDERS}
ROW_OF = {
    "test_13_package_without_a_leg_is_refused": "13 a package",
    "test_41_orders_are_read_to_their_last_page": "41 orders",
}
ALL_NEEDS: dict[str, frozenset[Need]] = {
    **{f"{number} {TITLES[number]}": needs for number, needs in NEEDS.items()},
    **ROW_NEEDS,
}


_CARD = re.compile(r"test_(\d\d)_")


def is_card(test: str) -> bool:
    """Whether a test, by its function's name, is one of a card."""
    return _CARD.match(test) is not None


def can_be_asked(test: str, product: Product) -> bool:
    """Whether the test of a card can be asked of a product."""
    found = _CARD.match(test)
    number = 0 if found is None else int(found[1])
    key = ROW_OF.get(test, f"{number} {TITLES[number]}")
    return ALL_NEEDS.get(key, frozenset()) <= product.has
