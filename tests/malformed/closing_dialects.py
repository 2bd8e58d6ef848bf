"""
The answers of two brokers without orders by their documents, and by nothing of an adapter.

Sources: reference/products.md, sections 3 and 4, with the pages named there.
"""

import json
import re
from decimal import Decimal
from typing import Any, Protocol

from botd.domain.orders import OrderIntent
from tests.malformed.frames import METHOD, NAME
from tests.malformed.reading import UNREADABLE, a_number, an_id, is_text
from tests.malformed.recording import Asked

_OK = range(200, 300)
_NO = frozenset(range(400, 500)) - {401, 408, 429}
_AWAY = frozenset({401, 429})
_MOST_CENTS = 10_000
_ENDS = {0: "YES", "0": "YES", "YES": "YES", 1: "NO", "1": "NO", "NO": "NO"}


class Closing(Protocol):
    """What a broker's documents say, as far as a case is judged by it."""

    def tree(self, asked: Asked, tree: object) -> Any:  # noqa: ANN401 - any JSON
        """Give what an answer says, without what is around it."""
        ...

    def is_close(self, asked: Asked) -> bool:
        """Tell whether a request closes."""
        ...

    def is_holdings(self, asked: Asked) -> bool:
        """Tell whether a request reads positions."""
        ...

    def allows(self, asked: Asked, held: dict[str, int], intent: OrderIntent) -> bool:
        """Tell whether a close does what was meant, with so much held."""
        ...

    def accepts(self, asked: Asked, status: int, tree: object, intent: OrderIntent) -> bool:
        """Tell whether an answer says that the close is taken."""
        ...

    def refuses(self, asked: Asked, status: int, tree: object) -> bool:
        """Tell whether an answer is a no in the broker's words."""
        ...

    def sends_away(self, asked: Asked, status: int, tree: object) -> bool:
        """Tell whether an answer says that nothing was taken, for no reason of the close."""
        ...

    def held(self, tree: object) -> dict[str, int] | None:
        """Count what is held; None: it cannot be counted."""
        ...

    def sold(self, records: list[Any], intent: OrderIntent) -> tuple[Decimal, ...]:
        """Give the prices per share that records tell of a position closed by hand."""
        ...


class Crosstrade:
    """One future at a time, over REST or inside of frames."""

    _MONTHS = "FGHJKMNQUVXZ"

    def tree(self, asked: Asked, tree: object) -> Any:  # noqa: ANN401 - any JSON
        """Take a frame's data, if it is the answer to its call."""
        if asked.method != METHOD:
            return tree
        is_answer = isinstance(tree, dict) and tree.get("id") == NAME
        return tree.get("data") if isinstance(tree, dict) and is_answer else UNREADABLE

    def is_close(self, asked: Asked) -> bool:
        """Know it in both of its ways."""
        return asked.path.endswith(("/positions/close", "/ClosePosition"))

    def is_holdings(self, asked: Asked) -> bool:
        """Know it in both of its ways."""
        return asked.path.endswith(("/api/positions", "/GetAllPositions"))

    def allows(self, asked: Asked, held: dict[str, int], intent: OrderIntent) -> bool:
        """Take no quantity where all is closed, and the quantity of a part; nothing to open."""
        body, [leg] = json.loads(asked.body), intent.legs
        name, wanted = leg.symbol.removeprefix("future:"), abs(leg.quantity) * intent.units
        found = held.get(leg.symbol, 0)
        if body.get("instrument") != name or found * leg.quantity > 0 or "percent" in body:
            return False
        if "quantity" in body:
            return bool(body["quantity"] == wanted and (not found or abs(found) > wanted))
        return abs(found) == wanted

    def accepts(self, asked: Asked, status: int, tree: object, intent: OrderIntent) -> bool:
        """Want success, and the position that was to be closed among the closed ones."""
        is_done = asked.method == METHOD or status in _OK
        if not is_done or not isinstance(tree, dict) or tree.get("success") is not True:
            return False
        rows = tree.get("closedPositions")
        if tree.get("error") or not isinstance(rows, list):
            return False
        return any(
            isinstance(row, dict)
            and str(row.get("account")).casefold() == "sim101"
            and self._symbol(str(row.get("instrument"))) == intent.legs[0].symbol
            for row in rows
        )

    def refuses(self, asked: Asked, status: int, tree: object) -> bool:
        """Want one of the two envelopes, the older with a 4xx where there is a status."""
        return self._is_error(asked, status, tree) and not self._is_away(tree)

    def sends_away(self, asked: Asked, status: int, tree: object) -> bool:
        """Take the status, or words about the quota or the token."""
        if asked.method != METHOD and status in _AWAY:
            return True
        return self._is_error(asked, status, tree) and self._is_away(tree)

    def held(self, tree: object) -> dict[str, int] | None:
        """Count the positions of one account."""
        found: dict[str, int] = {}
        for row in self._rows(tree) or ():
            if str(row["account"]).strip().casefold() != "sim101":
                continue
            quantity = self._quantity(row)
            if quantity is None:
                return None
            symbol = self._symbol(str(row["instrument"]))
            if quantity and symbol in found:
                return None
            if quantity:
                found[symbol] = quantity
        return None if self._rows(tree) is None else found

    def sold(self, records: list[Any], intent: OrderIntent) -> tuple[Decimal, ...]:
        """Give none: there are no records."""
        del records, intent
        return ()

    @staticmethod
    def _rows(tree: object) -> list[dict[str, Any]] | None:
        if not isinstance(tree, dict) or tree.get("success") is not True or tree.get("error"):
            return None
        rows, count = tree.get("positions"), tree.get("count")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            return None
        if count not in (None, "") and a_number(count) != len(rows):
            return None
        return rows if all(is_text(row.get("account")) for row in rows) else None

    @staticmethod
    def _quantity(row: dict[str, Any]) -> int | None:
        """Read it with its sign; None: it is none of an instrument."""
        quantity = a_number(row.get("quantity"))
        sign = {"Long": 1, "Short": -1, "Flat": 0}.get(str(row.get("marketPosition")))
        if sign is None or quantity is None or quantity < 0 or quantity != int(quantity):
            return None
        is_odd = not is_text(row.get("instrument")) or (quantity and not sign)
        return None if is_odd else sign * int(quantity)

    def _is_error(self, asked: Asked, status: int, tree: object) -> bool:
        is_newer = isinstance(tree, dict) and tree.get("success") is False and status in _OK
        return self._says_no(tree) and (asked.method == METHOD or status in _NO or is_newer)

    def _symbol(self, name: str) -> str:
        name = name.strip() if re.fullmatch(r"\s*[A-Z0-9 -]+\s*", name) else name
        if coded := re.fullmatch(rf"([A-Z0-9]{{1,4}})([{self._MONTHS}])(\d\d)", name):
            name = f"{coded[1]} {self._MONTHS.index(coded[2]) + 1:02}-{coded[3]}"
        is_known = re.fullmatch(r"(ES|NQ|GC|SI|CL|ZN|RTY) (0[1-9]|1[0-2])-\d\d", name)
        return f"future:{name}" if is_known else name

    @staticmethod
    def _says_no(tree: object) -> bool:
        if not isinstance(tree, dict) or tree.get("success") not in (None, False):
            return False
        return is_text(tree.get("error"))

    @staticmethod
    def _is_away(tree: object) -> bool:
        said = f"{tree.get('error')} {tree.get('detail')}" if isinstance(tree, dict) else ""
        words = ("rate limit", "unauthorized", "not connected", "invalid token")
        return any(word in said.lower() for word in words)


class Intotes:
    """One side of one market, as a whole."""

    def tree(self, _: Asked, tree: object) -> Any:  # noqa: ANN401 - any JSON
        """Take it as it is."""
        return tree

    def is_close(self, asked: Asked) -> bool:
        """Know it by its method and its last word."""
        return asked.method == "POST" and asked.path.endswith("/close")

    def is_holdings(self, asked: Asked) -> bool:
        """Know it by its last word."""
        return asked.path.endswith("/positions/my")

    def allows(self, asked: Asked, held: dict[str, int], intent: OrderIntent) -> bool:
        """Want exactly that held, and nothing of the other side."""
        _, market, side = intent.legs[0].symbol.split(":")
        other = f"event:{market}:{'NO' if side == 'YES' else 'YES'}"
        wanted = abs(intent.legs[0].quantity) * intent.units
        is_exact = held.get(intent.legs[0].symbol, 0) == wanted and not held.get(other, 0)
        return is_exact and asked.path.endswith(f"/positions/{market}/close")

    def accepts(self, _: Asked, status: int, tree: object, __: OrderIntent) -> bool:
        """Want a message, and no error beside it."""
        if status not in _OK or not isinstance(tree, dict):
            return False
        return is_text(tree.get("message")) and tree.get("error") in (None, "")

    def refuses(self, _: Asked, status: int, tree: object) -> bool:
        """Want an error in their words, with a 4xx, or with a success."""
        if status not in _OK and status not in _NO:
            return False
        code, words = self._error(tree)
        return (code is not None or words is not None) and not self._is_away(code)

    def sends_away(self, _: Asked, status: int, tree: object) -> bool:
        """Take the status, or the code."""
        return status in _AWAY or self._is_away(self._error(tree)[0])

    def held(self, tree: object) -> dict[str, int] | None:
        """Add up the shares of each side."""
        if isinstance(tree, dict):
            tree = tree.get("positions")
        if not isinstance(tree, list) or not all(isinstance(row, dict) for row in tree):
            return None
        found: dict[str, int] = {}
        for row in {json.dumps(each, sort_keys=True, default=str): each for each in tree}.values():
            symbol, amount = self._symbol(row), a_number(row.get("amount"))
            if symbol is None or amount is None or amount < 0 or amount != int(amount):
                return None
            found[symbol] = found.get(symbol, 0) + int(amount)
        return {symbol: amount for symbol, amount in found.items() if amount}

    def sold(self, records: list[Any], intent: OrderIntent) -> tuple[Decimal, ...]:
        """Take lines of the whole position, closed by hand, whose result comes out in cents."""
        wanted = abs(intent.legs[0].quantity) * intent.units
        found = []
        for row in (row for row in records if isinstance(row, dict)):
            amount, entry, result = (
                a_number(row.get(key)) for key in ("amount", "avg_price", "pnl")
            )
            if self._symbol(row) != intent.legs[0].symbol or amount != wanted:
                continue
            if entry is None or result is None or result % wanted or row.get("won_side") in _ENDS:
                continue
            cents = entry + result / wanted
            if 0 <= cents <= _MOST_CENTS:
                found.append(cents / 100)
        return tuple(found)

    @staticmethod
    def _symbol(row: dict[str, Any]) -> str | None:
        told = {
            str(row[key]).strip().upper()
            for key in ("token_type", "side")
            if row.get(key) not in (None, "")
        }
        market = an_id(row.get("market_id"))
        if market is None or len(told) != 1 or not told <= {"YES", "NO"}:
            return None
        return f"event:{market}:{told.pop()}"

    @staticmethod
    def _error(tree: object) -> tuple[str | None, str | None]:
        error = tree.get("error") if isinstance(tree, dict) else None
        if is_text(error):
            return str(error).strip(), str(error).strip()
        if not isinstance(error, dict):
            return None, None
        code, words = error.get("code"), error.get("message")
        return (
            str(code).strip() if is_text(code) else None,
            str(words) if is_text(words) else None,
        )

    @staticmethod
    def _is_away(code: str | None) -> bool:
        key = (code or "").upper()
        return key in {"TOKEN_EXPIRED", "UNAUTHORIZED"} or key.startswith("RATE_LIMIT")


CLOSING: dict[str, Closing] = {
    "crosstrade": Crosstrade(),
    "crosstrade-socket": Crosstrade(),
    "intotes": Intotes(),
}
