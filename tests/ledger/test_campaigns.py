from dataclasses import replace
from decimal import Decimal

from botd.ledger import Ledger, campaigns
from botd.ledger.campaigns import Entry
from tests.ledger.given import DUE, T

PREMIUM = Entry("ko", "ko-put-1/opened", "premium", DUE, "ko-put-1", net_price=Decimal("0.80"))
SHARES = Entry("ko", "record-7", "shares", T, None, "KO", 100, Decimal(-60), Decimal(-6_000), "put")


def add(ledger: Ledger, entry: Entry) -> bool:
    return ledger.write_now(lambda tx: campaigns.add(tx, entry))


def test_entry_is_counted_once(ledger: Ledger) -> None:
    """What is known by its key is not written again; another campaign may have the same key."""
    assert [True, True, False] == [
        add(ledger, PREMIUM),
        add(ledger, SHARES),
        add(ledger, replace(PREMIUM, note="again")),
    ]
    assert True is add(ledger, replace(PREMIUM, campaign="f"))
    assert (PREMIUM, SHARES) == ledger.read_now(lambda tx: campaigns.entries(tx, "ko"))
    assert 3 == len(ledger.read_now(campaigns.entries))
