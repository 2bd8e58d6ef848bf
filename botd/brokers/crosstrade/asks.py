"""
Everything that is ever asked of CrossTrade, as REST and as an RPC.

    GetAccount         GET  /v1/api/accounts/{account}
    GetAllPositions    GET  /v1/api/positions
    ClosePosition      POST /v1/api/accounts/{account}/positions/close

An RPC takes path parameters, query and body all in `args`. Nothing else is asked: of the
calls that flatten, an empty one closes every account, so that none of them is here. What
closes names its account and its instrument, or is not made.

Sources: docs.crosstrade.io, "POST Close Position", "GET All Positions", "GET Account",
"WebSocket API".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote

_HOME = "/v1/api"


@dataclass(frozen=True, slots=True)
class Asked:
    """One call, in both of its forms."""

    api: str
    args: Mapping[str, object]
    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, object] | None = None


def account(name: str) -> Asked:
    """Ask for one account."""
    return Asked("GetAccount", {"account": _named(name)}, "GET", _of_account(name))


def positions() -> Asked:
    """Ask for the open positions of all accounts; there is one list of them."""
    params = (("includeFlat", "false"),)
    return Asked("GetAllPositions", {"includeFlat": False}, "GET", f"{_HOME}/positions", params)


def close(
    name: str,
    instrument: str,
    *,
    quantity: int | None = None,
    percent: Decimal | None = None,
) -> Asked:
    """
    Ask for a close of one instrument in one account, at the market.

    Without quantity and percent NinjaTrader flattens the instrument: all that is held then
    is closed, and its working orders are cancelled. A part leaves working orders alone.

    Args:
        name: of the account.
        instrument: in the dated form.
        quantity: contracts; more than is open closes what is open.
        percent: a fraction of what is open, above 0 up to 1; rounded up to whole contracts.

    Raises:
        ValueError: a name is empty, or an amount is none.
    """
    if quantity is not None and percent is not None:
        raise ValueError("give quantity or percent: with both, percent is ignored")
    if quantity is not None and quantity < 1:
        raise ValueError(f"{quantity} contracts are none")
    if percent is not None and not 0 < percent <= 1:
        raise ValueError(f"{percent} is no fraction above 0 up to 1")
    body: dict[str, object] = {"instrument": _named(instrument)}
    if quantity is not None:
        body["quantity"] = quantity
    if percent is not None:
        body["percent"] = float(percent)
    args = {"account": _named(name), **body}
    path = f"{_of_account(name)}/positions/close"
    return Asked("ClosePosition", args, "POST", path, body=body)


def _of_account(name: str) -> str:
    return f"{_HOME}/accounts/{quote(_named(name), safe='')}"


def _named(name: str) -> str:
    if not name.strip():
        raise ValueError("an account and an instrument have a name")
    return name
