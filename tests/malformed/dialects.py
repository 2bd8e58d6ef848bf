"""
The answers of three brokers by their documents, and by nothing that the adapters hold.

Sources: reference/brokers.md, sections 1 to 3, with the pages named there. Lists of words
are written down anew: where one here and one in an adapter differ, a case shows it.
"""

from datetime import UTC, datetime
from decimal import Decimal
from math import gcd
from typing import Any

from botd.domain import order_id
from botd.domain.orders import OrderIntent
from tests.malformed.reading import Position, a_number, an_id, is_text

_OK = range(200, 300)
_NO = frozenset(range(400, 500)) - {401, 408, 429}
_BARE = frozenset({403, 422})
_NOT_FOUND = 404
_LONGEST = 8_000
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_LAST = 10**13  # milliseconds: beyond it there is no date
_ALPACA = frozenset(
    {
        *("new", "partially_filled", "filled", "done_for_day", "canceled", "expired", "replaced"),
        *("pending_cancel", "pending_replace", "pending_review", "accepted", "pending_new"),
        *("accepted_for_bidding", "stopped", "rejected", "suspended", "calculated", "held"),
    },
)
_TASTYTRADE = frozenset(
    {
        *("received", "cancelled", "filled", "expired", "live", "rejected", "contingent"),
        *("routed", "in flight", "cancel requested", "replace requested", "removed"),
        *("partially removed", "remove pending", "dead", "canceled"),
    },
)


class Alpaca:
    """Orders by UUID, our id in `client_order_id`, lists without anything around."""

    number, name = "id", "client_order_id"

    def accepted(self, tree: object, intent: OrderIntent, replaces: str) -> str | None:
        """Want the order itself: id, our id, a status, every leg as it was sent."""
        if not isinstance(tree, dict) or tree.get("client_order_id") != intent.client_order_id:
            return None
        if tree.get("status") not in _ALPACA or not self._is_of(tree, intent):
            return None
        if tree.get("replaces") not in (None, "", replaces):
            return None
        return an_id(tree.get("id"))

    def _is_of(self, tree: dict[str, Any], intent: OrderIntent) -> bool:
        ratio = gcd(*(leg.quantity for leg in intent.legs))
        if a_number(tree.get("qty")) != intent.units * ratio:
            return False
        if len(intent.legs) == 1:
            [leg] = intent.legs
            side = "buy" if leg.quantity > 0 else "sell"
            return (tree.get("symbol"), tree.get("side")) == (leg.symbol, side)
        wanted = {
            (leg.symbol, "buy" if leg.quantity > 0 else "sell", abs(leg.quantity) // ratio)
            for leg in intent.legs
        }
        legs = tree.get("legs")
        if not isinstance(legs, list) or not all(isinstance(leg, dict) for leg in legs):
            return False
        told = [self._leg(leg, intent.units * ratio) for leg in legs]
        return len(told) == len(wanted) and all(each in wanted for each in told)

    @staticmethod
    def _leg(leg: dict[str, Any], units: int) -> tuple[object, object, object]:
        size = a_number(leg.get("ratio_qty"))
        if leg.get("ratio_qty") in (None, ""):
            whole = a_number(leg.get("qty"))
            size = None if whole is None else whole / units
        symbol, side = leg.get("symbol"), leg.get("side")
        return (str(symbol), str(side), size)

    def refuses(self, status: int, body: bytes, tree: object) -> bool:
        """Want a message or a code; 403 and 422 are documented without a body, too."""
        if status not in _NO:
            return False
        if not body.strip():
            return status in {*_BARE, _NOT_FOUND}
        if not isinstance(tree, dict):
            return False
        return is_text(tree.get("message")) or a_number(tree.get("code")) is not None

    def sends_away(self, status: int, tree: object) -> bool:
        """Take a code of the class 401 or 429, or the gateway's bare word."""
        if status not in _NO or not isinstance(tree, dict):
            return False
        code, words = str(tree.get("code") or ""), str(tree.get("message") or "")
        is_bare = not code and words.strip().lower().rstrip(".") == "forbidden"
        return code.startswith(("401", "429")) or is_bare

    def items(self, tree: object) -> list[Any] | None:
        """Take the list as it is."""
        return tree if isinstance(tree, list) else None

    def position(self, item: dict[str, Any]) -> Position | None:
        """Read the quantity with the side that stands beside it."""
        symbol, quantity = item.get("symbol"), a_number(item.get("qty"))
        side = item.get("side")
        if not is_text(symbol) or quantity is None or side not in {None, "", "long", "short"}:
            return None
        if side == "short":
            quantity = -abs(quantity)
        elif side == "long" and quantity < 0:
            return None
        return Position(str(symbol), quantity)

    def has_no_order(self, status: int, tree: object) -> bool:
        """Want the documented code."""
        is_told = isinstance(tree, dict) and str(tree.get("code")) == "40410000"
        return status == _NOT_FOUND and is_told


class Tradier:
    """An id and `ok` for a new order; our id is a tag in the list of orders."""

    number, name = "id", "tag"

    def accepted(self, tree: object, intent: OrderIntent, replaces: str) -> str | None:
        """Want an order's id and `ok`, and no errors beside it."""
        del intent, replaces
        if not isinstance(tree, dict) or self._has_errors(tree) or tree.get("fault") is not None:
            return None
        order = tree.get("order")
        if not isinstance(order, dict) or order.get("status") != "ok":
            return None
        return an_id(order.get("id"))

    def refuses(self, status: int, body: bytes, tree: object) -> bool:
        """Take `errors` with a success, and `errors` or plain words with a 4xx."""
        if isinstance(tree, dict):
            is_alone = "order" not in tree and "fault" not in tree
            return (status in _OK or status in _NO) and self._has_errors(tree) and is_alone
        return status in _NO and _is_plain(body)

    def sends_away(self, status: int, tree: object) -> bool:
        """Take a fault of the gateway about the token or the quota."""
        fault = tree.get("fault") if isinstance(tree, dict) else None
        if not isinstance(fault, dict) or status not in _NO:
            return False
        code = str(fault.get("detail")).lower()
        words = ("ratelimit", "quota", "access_token", "keymanagement", "oauth")
        return any(word in code for word in words)

    def items(self, tree: object) -> list[Any] | None:
        """Take one element, several, or the word for none."""
        found = [
            self._listed(tree, *names) for names in (("orders", "order"), ("positions", "position"))
        ]
        return next((each for each in found if each is not None), None)

    def _listed(self, tree: object, container: str, element: str) -> list[Any] | None:
        if not isinstance(tree, dict) or container not in tree:
            return None
        found = tree[container]
        if found in (None, "null"):
            return []
        if not isinstance(found, dict) or element not in found:
            return None
        inner = found[element]
        return [] if inner in (None, "null") else self._several(inner)

    def position(self, item: dict[str, Any]) -> Position | None:
        """Read symbol and signed quantity."""
        symbol, quantity = item.get("symbol"), a_number(item.get("quantity"))
        if not is_text(symbol) or quantity is None:
            return None
        return Position(str(symbol), quantity)

    def has_no_order(self, status: int, tree: object) -> bool:
        """Never: nothing is looked up."""
        del status, tree
        return False

    @staticmethod
    def _several(inner: Any) -> list[Any] | None:  # noqa: ANN401 - any JSON
        if isinstance(inner, dict):
            return [inner]
        return inner if isinstance(inner, list) else None

    @staticmethod
    def _has_errors(tree: dict[str, Any]) -> bool:
        found = tree.get("errors")
        inner = found.get("error") if isinstance(found, dict) else found
        if isinstance(inner, list):
            return any(is_text(each) for each in inner)
        return is_text(inner) and inner != "null"


class Tastytrade:
    """Everything in `data`, errors in `error`; our id in `external-identifier`."""

    number, name = "id", "external-identifier"

    def accepted(self, tree: object, intent: OrderIntent, replaces: str) -> str | None:
        """Want the order: id, our id (of a replacement: an id of ours), status, legs."""
        data = tree.get("data") if isinstance(tree, dict) and not tree.get("error") else None
        order = data.get("order", data) if isinstance(data, dict) else None
        if not isinstance(order, dict):
            return None
        name, status = order.get("external-identifier"), order.get("status")
        is_ours, old = name == intent.client_order_id, order.get("replaces-order-id")
        if replaces and str(old) == replaces:  # which of our ids it then has, no document says
            is_ours = name in (None, "") or str(name).startswith(order_id.PREFIX)
        if old not in (None, "") and str(old) != replaces:
            return None
        if not is_ours or not isinstance(status, str) or status.lower() not in _TASTYTRADE:
            return None
        return an_id(order.get("id")) if self._is_of(order.get("legs"), intent) else None

    @staticmethod
    def _is_of(legs: Any, intent: OrderIntent) -> bool:  # noqa: ANN401 - any JSON
        if not isinstance(legs, list) or not all(isinstance(leg, dict) for leg in legs):
            return False
        wanted = {(leg.symbol, Decimal(leg.quantity * intent.units)) for leg in intent.legs}
        told = []
        for leg in legs:
            side = str(leg.get("action")).split(" ")[0]
            sign = {"Buy": 1, "Sell": -1}.get(side, 0)
            size = a_number(leg.get("quantity")) or Decimal(0)
            told.append((str(leg.get("symbol")).replace(" ", ""), sign * size))
        return len(told) == len(wanted) and set(told) == wanted

    def refuses(self, status: int, body: bytes, tree: object) -> bool:
        """Want the object `error` with a code or a message."""
        del body
        error = tree.get("error") if isinstance(tree, dict) else None
        if status not in _NO or not isinstance(error, dict):
            return False
        return any(
            is_text(error.get(key)) or _is_int(error.get(key)) for key in ("code", "message")
        )

    def sends_away(self, status: int, tree: object) -> bool:
        """Never, beside the statuses."""
        del status, tree
        return False

    def items(self, tree: object) -> list[Any] | None:
        """Take `data.items`."""
        data = tree.get("data") if isinstance(tree, dict) else None
        found = data.get("items") if isinstance(data, dict) else None
        return found if isinstance(found, list) else None

    def position(self, item: dict[str, Any]) -> Position | None:
        """Read the quantity with its direction."""
        symbol, quantity = item.get("symbol"), a_number(item.get("quantity"))
        sign = {"Long": 1, "Short": -1, "Zero": 0}.get(str(item.get("quantity-direction")))
        if not is_text(symbol) or quantity is None or sign is None:
            return None
        return Position(str(symbol), sign * abs(quantity))

    def has_no_order(self, status: int, tree: object) -> bool:
        """Never: nothing is looked up."""
        del status, tree
        return False


class ClickOptions:
    """Lists of positions, and nothing else: no order is made, and none is told."""

    number, name = "positionId", "our id, which nothing carries"

    def accepted(self, tree: object, intent: OrderIntent, replaces: str) -> str | None:
        """Never."""
        del tree, intent, replaces
        return None

    def refuses(self, status: int, body: bytes, tree: object) -> bool:
        """Never."""
        del status, body, tree
        return False

    def sends_away(self, status: int, tree: object) -> bool:
        """Never."""
        del status, tree
        return False

    def items(self, tree: object) -> list[Any] | None:
        """Take `items`."""
        found = tree.get("items") if isinstance(tree, dict) else None
        return found if isinstance(found, list) else None

    def position(self, item: dict[str, Any]) -> Position | None:
        """Read contracts less those that were closed; what is over is held no more."""
        size, closed = a_number(item.get("sizeContracts")), item.get("sizeContractsClosed")
        gone = Decimal(0) if closed in (None, "") else a_number(closed)
        side = str(item.get("tradeSide")).upper()
        sign = {"BUY": 1, "LONG": 1, "SELL": -1, "SHORT": -1}.get(side)
        symbol = self._symbol(item)
        if size is None or gone is None or sign is None or symbol is None:
            return None
        if str(item.get("status")).lower() in {"closed", "exercised", "liquidated"}:
            return Position(symbol, Decimal(0))
        return Position(symbol, sign * (size - gone))

    @staticmethod
    def _symbol(item: dict[str, Any]) -> str | None:
        """Name a contract by its parts."""
        ends, strike = a_number(item.get("expiryDate")), a_number(item.get("strikePrice"))
        right = {"CALL": "C", "PUT": "P", "C": "C", "P": "P"}.get(str(item.get("type")).upper())
        if ends is None or strike is None or right is None or not 0 < ends < _LAST:
            return None
        day = datetime.fromtimestamp(int(ends) / 1000, UTC)
        month = _MONTHS[day.month - 1]
        written = f"{day.day}{month}{day:%y}-{strike.normalize():f}-{right}"
        return f"crypto:{str(item.get('asset')).upper()}-{written}"

    def has_no_order(self, status: int, tree: object) -> bool:
        """Never: nothing is looked up."""
        del status, tree
        return False


def _is_plain(body: bytes) -> bool:
    """Tell whether a body is a sentence: letters, no markup, no JSON."""
    try:
        text = body.decode("utf-8").strip()
    except UnicodeDecodeError:
        return False
    is_clean = all(letter.isprintable() or letter in "\r\n\t" for letter in text)
    is_words = any(letter.isalpha() for letter in text) and text[0] not in '<{["'
    return is_clean and is_words and len(body) <= _LONGEST and text not in {"null", "true", "false"}


def _is_int(found: object) -> bool:
    return isinstance(found, int) and not isinstance(found, bool)


DIALECTS: dict[str, Alpaca | Tradier | Tastytrade | ClickOptions] = {
    "alpaca": Alpaca(),
    "tradier": Tradier(),
    "tastytrade": Tastytrade(),
    "clickoptions": ClickOptions(),
}
