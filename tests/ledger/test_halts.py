import pytest

from botd.errors import NotFoundError
from botd.ledger import Ledger, Tx, halts
from botd.ledger.halts import Halt, HaltKind
from tests.ledger.given import DUE, T


def begin(ledger: Ledger, scope: str = "all", kind: HaltKind = HaltKind.PERSON) -> Halt:
    def work(tx: Tx) -> Halt:
        return halts.begin(
            tx,
            scope=scope,
            kind=kind,
            reason="lunch",
            by="ann",
            at=DUE,
            keep_working=True,
        )

    return ledger.write_now(work)


def test_halt_is_in_force_until_ended(ledger: Ledger) -> None:
    """It says who began it, why, and who ended it."""
    halt = begin(ledger)

    assert (halt,) == ledger.read_now(halts.current)
    assert ("all", HaltKind.PERSON, "lunch", "ann", DUE, True, None, None) == (
        halt.scope,
        halt.kind,
        halt.reason,
        halt.by,
        halt.at,
        halt.keep_working,
        halt.ended_at,
        halt.ended_by,
    )
    assert True is ledger.write_now(lambda tx: halts.end(tx, halt.id, by="bob", at=T))
    assert () == ledger.read_now(halts.current)

    ended = ledger.read_now(lambda tx: halts.get(tx, halt.id))

    assert (T, "bob") == (ended.ended_at, ended.ended_by)
    assert False is ledger.write_now(lambda tx: halts.end(tx, halt.id, by="eve", at=T))


def test_same_halt_is_begun_once(ledger: Ledger) -> None:
    """One of another kind or scope stands beside it; after the end it begins anew."""
    first = begin(ledger)

    assert first == begin(ledger)
    assert 3 == len({first.id, begin(ledger, kind=HaltKind.STOP).id, begin(ledger, "a/b").id})

    ledger.write_now(lambda tx: halts.end(tx, first.id, by="bob", at=T))

    assert first.id != begin(ledger).id


def test_account_is_held_by_its_own_stop_and_by_everythings(ledger: Ledger) -> None:
    """Not by another account's."""
    everything = begin(ledger)
    own = begin(ledger, halts.scope_of(("paper", "PA1")), HaltKind.STOP)
    begin(ledger, "paper/PA2", HaltKind.STOP)

    assert (everything, own) == ledger.read_now(lambda tx: halts.current(tx, ("paper", "PA1")))
    assert "all" == halts.scope_of(None)


def test_unknown_halt_is_not_found(ledger: Ledger) -> None:
    """The caller is told that there is none."""
    with pytest.raises(NotFoundError, match="no halt 9"):
        ledger.read_now(lambda tx: halts.get(tx, 9))
