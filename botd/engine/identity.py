"""
Whose account the credentials open, looked at with every read of it.

    another number than the bot's file says      the account is stopped, a person is paged
    another environment than botd.toml says      the same
    known to this ledger as the other one's      the same: paper and live never mix

What such an account holds and does is not taken in, so that no order can follow from it.
"""

from botd.brokers.port import AccountState
from botd.engine.desk import Desk
from botd.engine.stops import stop_account
from botd.errors import BrokerUnavailable, StateError
from botd.ledger import accounts
from botd.ledger.columns import Tx
from botd.ledger.halts import HaltKind


async def admit(desk: Desk, state: AccountState) -> None:
    """
    Let an account through that is the configured one, and bind the ledger to it.

    Raises:
        BrokerUnavailable: it is another; the account is stopped, and says which two.
    """
    desk.stranger = _difference(desk, state) or await _bind(desk, state)
    if desk.stranger is None:
        return
    await stop_account(desk, HaltKind.GUARD, desk.stranger)
    raise BrokerUnavailable(desk.stranger)


async def tell_mode(desk: Desk) -> None:
    """
    Tell the ledger whether orders may leave now, so that people are shown what is in force.

    Of an account that it is bound to; another one is bound when it has been read.
    """
    broker, account = desk.key
    mode, at = desk.mode.value, desk.now()

    def work(tx: Tx) -> None:
        for known in accounts.everything(tx):
            if (known.broker, known.account) == desk.key:
                environment = known.environment
                accounts.bind(
                    tx, broker=broker, account=account, environment=environment, mode=mode, at=at
                )

    await desk.ledger.write(work)


def _difference(desk: Desk, state: AccountState) -> str | None:
    """Say in which way the account is not the configured one."""
    broker, account = desk.key
    if state.account != account:
        return (
            f"the credentials of [brokers.{broker}] open account {state.account!r}, "
            f"the bots' files say account {account!r}: correct one of them, and start anew"
        )
    if desk.environment is not None and state.environment is not desk.environment:
        return (
            f"the credentials of [brokers.{broker}] open the {state.environment.value} account "
            f"{account!r}, botd.toml says environment {desk.environment.value!r}: "
            "correct one of them, and start anew"
        )
    return None


async def _bind(desk: Desk, state: AccountState) -> str | None:
    """Bind the ledger to the account, once for each mode; give why it cannot be."""
    wanted = (state.environment.value, desk.mode.value)
    if desk.bound_as == wanted:
        return None
    broker, account = desk.key
    environment, mode = wanted
    at = desk.now()

    def work(tx: Tx) -> str | None:
        try:
            accounts.bind(
                tx, broker=broker, account=account, environment=environment, mode=mode, at=at
            )
        except StateError as error:
            return str(error)
        return None

    fault = await desk.ledger.write(work)
    if fault is None:
        desk.bound_as = wanted
    return fault
