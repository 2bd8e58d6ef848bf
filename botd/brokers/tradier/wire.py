"""
Tradier's JSON, and what it says of the account.

The JSON is translated from XML, with what that loses:

    several elements      {"positions": {"position": [{...}, {...}]}}
    one element           {"positions": {"position": {...}}}
    none                  {"positions": "null"}, also null, also inside
    the key is missing    `Unreadable`: nothing is concluded from what is not said

Sources: docs.tradier.com, "Response Format", "User Profile", "Balances", "Positions".
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from botd.brokers.port import AccountState, Environment
from botd.brokers.transport.answer import Answer
from botd.brokers.transport.budget import Quota
from botd.brokers.transport.fields import Fields, Unreadable, distinct, parse_json, shown, storable
from botd.domain import occ
from botd.domain.orders import Holding

_NONE = (None, "null")
_NO_WORDS = (*_NONE, "")
_ACTIVE = "active"
_SHARE_CLASS = re.compile(r"[A-Z]{1,4}/[A-Z]")


def body_of(answer: Answer) -> Fields:
    """Read an answer's body as one object."""
    return Fields.of(parse_json(answer.body))


def listed(outer: Fields, container: str, element: str) -> tuple[Fields, ...]:
    """Give the elements of a container, however many they are."""
    if container not in outer.values:
        raise Unreadable(f"{outer.path or 'the answer'}: no {container!r}")
    if outer.values[container] in _NONE:
        return ()
    return elements(outer.inner(container), element)


def elements(inside: Fields, element: str) -> tuple[Fields, ...]:
    """Give the elements of one name, one or several."""
    if element not in inside.values:
        raise Unreadable(f"{inside.path}: no {element!r}")
    found = inside.values[element]
    if found in _NONE:
        return ()
    if isinstance(found, dict):
        return (inside.inner(element),)
    return inside.items(element)


def said(body: Fields) -> tuple[str, ...]:
    """Give the words in `errors`: none, one string, or a list of them."""
    found = body.values.get("errors")
    inner = found.get("error") if isinstance(found, dict) else found
    words = inner if isinstance(inner, list) else [inner]
    return tuple(
        storable(each) for each in words if isinstance(each, str) and each.strip() not in _NO_WORDS
    )


def has_errors(body: Fields) -> bool:
    """Tell whether anything stands in `errors`, also what is no words."""
    return body.values.get("errors") not in _NO_WORDS


def fault_of(body: Fields) -> tuple[str, str] | None:
    """Give words and code of a gateway's fault; None: the body is none."""
    fault = body.values.get("fault")
    if not isinstance(fault, dict):
        return None
    detail = fault.get("detail")
    code = detail.get("errorcode") if isinstance(detail, dict) else ""
    return (str(fault.get("faultstring") or ""), str(code or ""))


def quota_of(headers: Mapping[str, str]) -> Quota | None:
    """Read `X-Ratelimit-*`: a minute's count of one token, reset at epoch milliseconds."""
    found = Fields({name.lower(): value for name, value in headers.items()}, "headers")
    try:
        limit = found.maybe_whole("x-ratelimit-allowed")
        remaining = found.maybe_whole("x-ratelimit-available")
        resets_at = found.maybe_epoch_ms("x-ratelimit-expiry")
    except Unreadable:
        return None
    if limit is None and remaining is None and resets_at is None:
        return None
    return Quota(limit, remaining, resets_at)


def state_of(
    profile: Fields, balances: Fields, account: str, environment: Environment, as_of: datetime
) -> AccountState:
    """
    Say what the broker says of *account*.

    Where the token does not open it, the state is of what it opens: of another name,
    and unable to trade; *balances* is not read then.
    """
    accounts = elements(profile.inner("profile"), "account")
    own = next((each for each in accounts if each.text("account_number") == account), None)
    if own is None:
        return unopened(accounts, account, environment, as_of)
    status = own.text("status").lower()
    blocked = () if status == _ACTIVE else (f"the account's status is {shown(status)}",)
    return AccountState(
        account=own.text("account_number"),
        environment=environment,
        can_trade=not blocked,
        cash=cash_of(balances, account),
        as_of=as_of,
        options_level=own.maybe_whole("option_level"),
        blocked=blocked,
    )


def opens(profile: Fields, account: str) -> bool:
    """Tell whether the token opens *account*."""
    accounts = elements(profile.inner("profile"), "account")
    return any(each.text("account_number") == account for each in accounts)


def unopened(
    accounts: tuple[Fields, ...], account: str, environment: Environment, as_of: datetime
) -> AccountState:
    """Describe what the token opens in place of *account*."""
    numbers = ", ".join(each.text("account_number") for each in accounts)
    words = f"the token does not open account {account!r}; it opens {numbers or 'none'}"
    return AccountState(
        account=numbers,
        environment=environment,
        can_trade=False,
        cash=None,
        as_of=as_of,
        blocked=(words,),
    )


def cash_of(body: Fields, account: str) -> Decimal | None:
    """Read the cash of *account*, settled or not, in dollars."""
    balances = body.inner("balances")
    told = balances.maybe_text("account_number")
    if told is not None and told != account:
        raise Unreadable(f"balances of account {shown(told)}, where {account!r} was asked for")
    return balances.maybe_decimal("total_cash")


def holdings_of(body: Fields) -> tuple[Holding, ...]:
    """
    Read all positions: compact OCC symbols and tickers, signed quantities.

    What is neither keeps the broker's symbol. A fraction of a share is cut off: it is
    never delivered.
    """
    found = distinct(listed(body, "positions", "position"), "symbol")
    return tuple(_holding(each) for each in found)


def _holding(position: Fields) -> Holding:
    symbol = symbol_of(position.symbol("symbol"))
    quantity = position.decimal("quantity")
    if is_option(symbol):
        return Holding(symbol, position.whole("quantity"))
    return Holding(symbol, int(quantity))


def is_option(symbol: str) -> bool:
    """Tell whether *symbol* is an OCC symbol."""
    try:
        occ.parse(symbol)
    except ValueError:
        return False
    return True


def symbol_of(theirs: str) -> str:
    """
    Give botd's symbol: compact OCC, or a ticker with a dot before its share class.

    Anything else keeps the broker's name.
    """
    if is_option(theirs):
        return occ.parse(theirs).symbol
    return theirs.replace("/", ".") if _SHARE_CLASS.fullmatch(theirs) else theirs


def their_symbol(ours: str) -> str:
    """Give Tradier's symbol: share classes stand after a slash (BRK/B)."""
    return ours.replace(".", "/")
