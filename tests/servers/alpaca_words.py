"""
What Alpaca says when it does not do what it is asked.

    status  code      what it stands for
    401     40110000  the keys
    403     40310000  twenty things: quantity, locks, buying power, permissions
    404     40410000  no such order, position, contract
    422     40010001  the request as such, and a client order id that was used before
    422     42210000  twenty-five things: contract, price, intent, state of the order
    429     42910000  too many requests

Only status and code are a contract; the words are examples. Source:
reference/brokers.md section 1.6 (the vendor's "Options Trading Overview" of 2026-09-16,
and its issue tracker). Numbers inside a body are text, as everywhere at this broker.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

FORBIDDEN = 40310000
UNPROCESSABLE = 42210000
BAD_REQUEST = 40010001
NOT_FOUND = 40410000
UNAUTHORIZED = 40110000
TOO_MANY = 42910000

Extra = str | Sequence[str]


@dataclass(frozen=True, slots=True)
class Words:
    """One answer that is a no."""

    status: int
    code: int | None  # None: the market data host gives none
    message: str
    extra: Mapping[str, Extra] = field(default_factory=dict)

    def body(self) -> dict[str, object]:
        """Give the JSON object of the answer."""
        code: dict[str, object] = {} if self.code is None else {"code": self.code}
        return {**code, "message": self.message, **self.extra}


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """The face answers with *words* and does nothing."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.message)
        self.words = words


def text(number: Decimal | int) -> str:
    """Write a number as Alpaca does: no exponent, no zeros at the end."""
    exact = Decimal(number)
    if not exact:
        return "0"
    return format(exact.normalize(), "f")


UNKNOWN_KEYS = Words(401, UNAUTHORIZED, "request is not authorized")
RATE_LIMIT = Words(429, TOO_MANY, "rate limit exceeded")
NO_ORDER = Words(404, NOT_FOUND, "order not found")
NO_POSITION = Words(404, NOT_FOUND, "position does not exist")
NO_ENDPOINT = Words(404, NOT_FOUND, "endpoint not found")
DUPLICATE_ID = Words(422, BAD_REQUEST, "client_order_id must be unique")
NO_MARKET_ORDER_NOW = Words(
    422, UNPROCESSABLE, "options market orders are only allowed during market hours"
)
LEG_CANCEL = Words(422, UNPROCESSABLE, "cannot cancel individual legs of a mleg order")
LEG_REPLACE = Words(422, UNPROCESSABLE, "cannot replace individual legs of a mleg order")
REPLACED_ALREADY = Words(422, UNPROCESSABLE, "order already replaced")
CHAIN_NOT_REPLACED = Words(422, UNPROCESSABLE, "order chain not fully replaced")
NOTHING_CHANGED = Words(422, UNPROCESSABLE, "order parameters are not changed")
QUANTITY_IS_FILLED = Words(422, UNPROCESSABLE, "qty must be > filled_qty")
UNCOVERED = Words(403, FORBIDDEN, "account not eligible to trade uncovered option contracts")
UNCOVERED_SPREAD = Words(
    403, FORBIDDEN, "account not eligible to trade option spreads or uncovered contracts"
)
MLEG_DISABLED = Words(403, FORBIDDEN, "submit mleg order is disabled")
ACCOUNT_BLOCKED = Words(403, FORBIDDEN, "account is restricted to liquidation only")
AMBIGUOUS_ROLL = Words(422, UNPROCESSABLE, "rolling contracts ambiguity")
UNDERLYINGS_DIFFER = Words(422, UNPROCESSABLE, "underlying asset mismatch")
NO_OPRA = Words(403, None, "OPRA agreement is not signed")
NO_SIP = Words(403, None, "subscription does not permit querying recent SIP data")


def invalid(message: str) -> Words:
    """Say that the request itself is wrong."""
    return Words(422, BAD_REQUEST, message)


def unprocessable(message: str) -> Words:
    """Say that the order cannot be, as it is asked for."""
    return Words(422, UNPROCESSABLE, message)


def bad_data_request(message: str) -> Words:
    """Say that a market data request is wrong."""
    return Words(400, None, message)


def assignment_lock(symbol: str) -> Words:
    """Say that an assignment is in progress: the only answer that tells."""
    return Words(
        403,
        FORBIDDEN,
        f"active assignment lock on {symbol}, cannot close all long options",
    )


@dataclass(frozen=True, slots=True)
class Shortage:
    """More is asked for than is free."""

    symbol: str
    requested: int
    existing: int  # what the account holds, unsigned
    held: int  # of it, in working orders
    related: tuple[str, ...] = ()  # their ids

    def words(self) -> Words:
        """Say it with the figures (field names from issue #111 of Alpaca-API)."""
        available = max(0, self.existing - self.held)
        return Words(
            403,
            FORBIDDEN,
            "insufficient qty available for order"
            f" (requested: {self.requested}, available: {available})",
            {
                "available": str(available),
                "existing_qty": str(self.existing),
                "held_for_orders": str(self.held),
                "related_orders": list(self.related),
                "symbol": self.symbol,
            },
        )


def wash_trade(order_id: str) -> Words:
    """Say that an order of the account stands on the other side."""
    return Words(
        403,
        FORBIDDEN,
        "potential wash trade detected. use complex orders",
        {
            "existing_order_id": order_id,
            "reject_reason": "opposite side market/stop order exists",
        },
    )


def buying_power(required: Decimal, available: Decimal) -> Words:
    """Say that the money does not suffice."""
    return Words(
        403,
        FORBIDDEN,
        "insufficient options buying power"
        f" (required: {text(required)}, available: {text(available)})",
    )


def uncovered_call(symbol: str, required: int, available: int) -> Words:
    """Say that a short call has not the shares below it (fields from issue #271)."""
    return Words(
        403,
        FORBIDDEN,
        "insufficient underlying qty available for covered call"
        f" (required: {required}, available: {available})",
        {"required_qty": str(required), "available_qty": str(available), "symbol": symbol},
    )


def too_many_expiring(limit: int) -> Words:
    """Say that the account holds too much of today's expiration."""
    return Words(
        403, FORBIDDEN, f"exceeded account limit for contracts expiring today (limit: {limit})"
    )


def intent_mismatch(inferred: str, specified: str) -> Words:
    """Say that there is no position to close, or that it stands the other way."""
    return unprocessable(
        f"position intent mismatch, inferred: {inferred}, specified: {specified}",
    )


def expires_soon(symbol: str) -> Words:
    """Say that nothing is opened any more on this contract's last afternoon."""
    return unprocessable(f'contract "{symbol}" expires soon, unable to open new positions')


def contract_is(symbol: str, what: str) -> Words:
    """Say what is wrong with a contract: "expired", "not active", "not tradable", "not found"."""
    return unprocessable(f'contract "{symbol}" is {what}')


def off_tick(price: Decimal) -> Words:
    """
    Say that a price is not a multiple of the tick.

    The equity text of the tracker; the option's own beyond two decimals is `TWO_DECIMALS`.
    """
    return unprocessable(
        f"invalid limit_price {text(price)}."
        " sub-penny increment does not fulfill minimum pricing criteria",
    )


TWO_DECIMALS = unprocessable("limit price must be limited to 2 decimal places")


def not_cancelable(status: str) -> Words:
    """Say that an order cannot be cancelled in the state in which it is."""
    return unprocessable(f"order is already in {status} state")


def not_replaceable(status: str) -> Words:
    """Say that an order cannot be replaced in the state in which it is."""
    return unprocessable(f"cannot replace order in {status} status")
