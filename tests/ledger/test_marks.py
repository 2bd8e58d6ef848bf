from dataclasses import replace
from decimal import Decimal

from botd.ledger import Ledger, marks
from botd.ledger.marks import Mark
from tests.ledger.given import ACCOUNT, DUE, T

MARK = Mark(ACCOUNT, "GOOG", Decimal("739.10"), Decimal("739.30"), Decimal("739.20"), DUE)
OTHER = Mark(("alpaca", "PA9"), "GOOG151224P00740000", None, Decimal("1.05"), None, DUE)


def test_newest_mark_of_each_instrument_is_kept(ledger: Ledger) -> None:
    """A later one replaces it, an earlier one that comes late does not."""
    newer = replace(MARK, last=Decimal("738.00"), as_of=T)
    ledger.write_now(lambda tx: marks.put(tx, [MARK, OTHER]))
    ledger.write_now(lambda tx: marks.put(tx, [newer]))
    ledger.write_now(lambda tx: marks.put(tx, [MARK]))

    assert (OTHER, newer) == ledger.read_now(marks.get)
    assert (newer,) == ledger.read_now(lambda tx: marks.get(tx, ACCOUNT))


def test_no_marks_are_no_work(ledger: Ledger) -> None:
    """Nothing to put is no error."""
    ledger.write_now(lambda tx: marks.put(tx, []))

    assert () == ledger.read_now(marks.get)
