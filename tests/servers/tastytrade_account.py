"""
An account as tastytrade's JSON has it: status, balances, positions, transactions.

A position's quantity is never negative; its direction stands beside it. An assignment, an
exercise and an expiration are lines of `Receive Deliver` without an action or a sign; which
way a contract was held stands in the trade that opened it. Cash settlements have
sub-types of their own, and a value in dollars. All of a night's lines are dated 22:00 New
York of their session.

Source: reference/brokers.md sections 3.2 and 3.5; account-status.md, transactions.md; the
sub-types of cash settlement from users' records.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from decimal import Decimal

from botd.calendar import new_york
from tests.servers.exchange import Exchange
from tests.servers.exchange_rules import multiplier, series
from tests.servers.orders import Activity, ActivityKind
from tests.servers.tastytrade_orders import kind, padded, stamp
from tests.servers.tastytrade_words import Json

_NIGHT = time(22, 0)
_SUB_TYPES = {
    ActivityKind.ASSIGNMENT: "Assignment",
    ActivityKind.EXERCISE: "Exercise",
    ActivityKind.EXPIRATION: "Expiration",
}


def trading_status(exchange: Exchange) -> Json:
    """Write what the account may do."""
    return {
        "account-number": exchange.account,
        "options-level": "No Restrictions",
        "is-closed": False,
        "is-frozen": bool(exchange.blocked),
        "is-closing-only": False,
        "is-in-margin-call": False,
        "equities-margin-calculation-type": "Reg T",
        "updated-at": stamp(exchange.now()),
    }


def balances(exchange: Exchange) -> Json:
    """Write what money there is."""
    return {
        "account-number": exchange.account,
        "cash-balance": str(abs(exchange.cash)),
        "cash-balance-effect": "Credit" if exchange.cash >= 0 else "Debit",
        "updated-at": stamp(exchange.now()),
    }


def positions(exchange: Exchange) -> list[Json]:
    """Write what is held."""
    return [
        {
            "account-number": exchange.account,
            "symbol": padded(symbol),
            "instrument-type": kind(symbol),
            "underlying-symbol": found.underlying if (found := series(symbol)) else symbol,
            "quantity": str(abs(quantity)),
            "quantity-direction": "Long" if quantity > 0 else "Short",
            "multiplier": multiplier(symbol),
            "is-frozen": False,
            "restricted-quantity": "0.0",
        }
        for symbol, quantity in exchange.held.items()
    ]


def transactions(exchange: Exchange) -> list[tuple[datetime, Json]]:
    """Write the account's record, each line with its instant, oldest first."""
    found = [*_trades(exchange), *_endings(exchange)]
    found.sort(key=lambda line: line[0])
    return [
        (at, {"id": number, "account-number": exchange.account, "executed-at": stamp(at), **line})
        for number, (at, line) in enumerate(found, 1_735_820)
    ]


def _trades(exchange: Exchange) -> Iterator[tuple[datetime, Json]]:
    for order in exchange.orders.values():
        for execution in order.executions:
            for symbol, size in order.legs:
                effect = "Close" if order.closes else "Open"
                action = f"{'Buy' if size > 0 else 'Sell'} to {effect}"
                quantity = abs(size) * execution.units
                price = execution.leg_prices[symbol]
                yield execution.at, {**_trade(symbol, action, quantity), "price": str(price)}


def _endings(exchange: Exchange) -> Iterator[tuple[datetime, Json]]:
    for activity in exchange.posted():
        at = new_york.from_wall(activity.day, _NIGHT)
        if activity.kind is ActivityKind.SHARES:
            action = "Buy to Open" if activity.quantity > 0 else "Sell to Close"
            yield at, {**_delivery(activity, action), "action": action}
        elif activity.kind is ActivityKind.CASH_SETTLEMENT:
            side = "Exercise" if activity.quantity > 0 else "Assignment"
            yield at, _delivery(activity, f"Cash Settled {side}")
        else:
            yield at, _delivery(activity, _SUB_TYPES[activity.kind])
        if activity.kind is ActivityKind.EXPIRATION:
            action = "Buy to Open" if activity.quantity > 0 else "Sell to Open"
            opened_at = at - timedelta(days=30)
            yield opened_at, _trade(activity.symbol, action, abs(activity.quantity))


def _trade(symbol: str, action: str, quantity: int) -> Json:
    return {
        "transaction-type": "Trade",
        "transaction-sub-type": action,
        "action": action,
        "symbol": padded(symbol),
        "instrument-type": kind(symbol),
        "quantity": str(Decimal(quantity)),
    }


def _delivery(activity: Activity, sub_type: str) -> Json:
    return {
        "transaction-type": "Receive Deliver",
        "transaction-sub-type": sub_type,
        "symbol": padded(activity.symbol),
        "instrument-type": kind(activity.symbol),
        "quantity": f"{abs(activity.quantity)}.0",
        "value": str(abs(activity.cash)),
        "value-effect": _effect(activity.cash),
    }


def _effect(cash: Decimal) -> str:
    if not cash:
        return "None"
    return "Credit" if cash > 0 else "Debit"
