from botd.ledger import Ledger, moments
from tests.ledger.given import DUE, T


def test_moment_is_claimed_once(ledger: Ledger) -> None:
    """A summary that was sent before a restart is not sent after it."""
    assert False is ledger.read_now(lambda tx: moments.is_claimed(tx, "summary"))
    assert True is ledger.write_now(lambda tx: moments.claim(tx, "summary", DUE))
    assert False is ledger.write_now(lambda tx: moments.claim(tx, "summary", T))
    assert True is ledger.read_now(lambda tx: moments.is_claimed(tx, "summary"))
    assert True is ledger.write_now(lambda tx: moments.claim(tx, "ready", DUE))
