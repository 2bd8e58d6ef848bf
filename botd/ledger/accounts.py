"""
Which accounts this ledger looks after, bound once, for good.

One login may open several accounts, so the key is broker and account. All of a broker's
are of one environment: paper and live never mix under one name.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from botd.errors import StateError
from botd.ledger.columns import Tx
from botd.ledger.schema import accounts as _rows


@dataclass(frozen=True, slots=True)
class BoundAccount:
    """One broker's account, as this ledger knows it."""

    broker: str  # the name of the broker's table in botd.toml
    account: str
    environment: str  # "paper" or "live"
    mode: str  # "observe" or "armed"
    bound_at: datetime
    changed_at: datetime  # when its mode changed last


_INSERT = insert(_rows)
_SET_MODE = (
    update(_rows)
    .where(_rows.c.broker == bindparam("key"), _rows.c.account == bindparam("number"))
    .values(mode=bindparam("new_mode"), changed_at=bindparam("at"))
)


def bind(
    tx: Tx,
    *,
    broker: str,
    account: str,
    environment: str,
    mode: str,
    at: datetime,
) -> BoundAccount:
    """
    Bind an account that a broker's credentials open, or see that it is the same as ever.

    Raises:
        StateError: this ledger holds the other environment under that broker's name.
    """
    known = [each for each in everything(tx) if each.broker == broker]
    for other in known:
        if other.environment != environment:
            raise StateError(
                f"broker {broker!r}: this ledger holds its {other.environment} account "
                f"{other.account!r}, the credentials open the {environment} account {account!r}. "
                f"Call the {environment} one by another name in botd.toml, or name another ledger",
            )
    bound = next((each for each in known if each.account == account), None)
    if bound is None:
        row = {"broker": broker, "account": account, "environment": environment, "mode": mode}
        tx.execute(_INSERT, {**row, "bound_at": at, "changed_at": at})
        return BoundAccount(broker, account, environment, mode, at, at)
    if bound.mode == mode:
        return bound
    tx.execute(_SET_MODE, {"key": broker, "number": account, "new_mode": mode, "at": at})
    return BoundAccount(broker, account, environment, mode, bound.bound_at, at)


def everything(tx: Tx) -> tuple[BoundAccount, ...]:
    """Read all accounts that this ledger holds."""
    return tuple(
        BoundAccount(
            row.broker,
            row.account,
            row.environment,
            row.mode,
            row.bound_at,
            row.changed_at,
        )
        for row in tx.execute(select(_rows).order_by(_rows.c.broker, _rows.c.account))
    )
