"""Stopping one account: no new order until a read succeeds, or a person resumes."""

from dataclasses import dataclass

from botd.domain.decision import Reason
from botd.engine.desk import Desk, log
from botd.errors import BrokerError
from botd.ledger import alerts, halts
from botd.ledger.columns import Tx
from botd.ledger.halts import Halt, HaltKind, scope_of


async def stop_account(desk: Desk, kind: HaltKind, reason: str) -> None:
    """Stop new orders of this account and page, once."""
    at = desk.now()
    scope = scope_of(desk.key)

    def work(tx: Tx) -> None:
        if any(halt.kind is kind for halt in halts.current(tx, desk.key)):
            return
        halts.begin(tx, scope=scope, kind=kind, reason=reason, by="botd", at=at)
        alerts.add(
            tx,
            key=f"stop/{scope}/{at:%Y%m%dT%H%M}",
            level=alerts.Level.PAGE,
            title=f"{scope}: new orders are stopped",
            body=f"{reason}\nPositions not yet sent stay open. Look: botd   Go on: botd resume",
            at=at,
        )

    await desk.ledger.write(work)
    log.error("account_stopped", account=scope, kind=kind.value, reason=reason)


async def page(desk: Desk, key: str, title: str, body: str) -> None:
    """Tell a person of something odd, once per *key*."""
    level, title = alerts.Level.PAGE, f"{scope_of(desk.key)}: {title}"

    def work(tx: Tx) -> None:
        alerts.add(tx, key=key, level=level, title=title, body=body, at=desk.now())

    await desk.ledger.write(work)


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why no order may leave for an account."""

    reason: Reason  # `HALTED` by a person, or `ACCOUNT_STOPPED` by the daemon itself
    note: str


async def try_again(desk: Desk) -> Stopped | None:
    """
    Lift a stop that refusals caused, if the account can be read and may trade.

    Returns why the account is still stopped, or None.
    """
    in_force = await desk.ledger.read(lambda tx: halts.current(tx, desk.key))
    if not in_force:
        return None
    for halt in in_force:
        if halt.kind is not HaltKind.STOP:
            is_person = halt.kind is HaltKind.PERSON
            reason = Reason.HALTED if is_person else Reason.ACCOUNT_STOPPED
            return Stopped(reason, f"{halt.reason}: botd resume")
    why = await _lift(desk, in_force[0])
    return None if why is None else Stopped(Reason.ACCOUNT_STOPPED, why)


async def _lift(desk: Desk, halt: Halt) -> str | None:
    try:
        state = await desk.clock.within(desk.broker.account(), desk.patience())
    except (BrokerError, TimeoutError) as error:
        return f"{halt.reason}; the account cannot be read: {error}"
    if not state.can_trade:
        return f"{halt.reason}; the broker says that the account may not trade"
    await desk.ledger.write(lambda tx: halts.end(tx, halt.id, by="botd", at=desk.now()))
    return None
