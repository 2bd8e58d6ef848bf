from botd.domain.orders import Holding
from botd.ledger import Ledger, unmanaged
from botd.ledger.unmanaged import Unmanaged
from tests.ledger.given import ACCOUNT, DUE, T

OTHER = ("alpaca", "PA9")
PUT, CALL = "GOOG151224P00740000", "GOOG151224C00760000"


def test_the_last_look_takes_the_place_of_the_one_before(ledger: Ledger) -> None:
    """What is gone from an account is gone from the board; another account keeps its rows."""
    ledger.write_now(lambda tx: unmanaged.replace(tx, ACCOUNT, [Holding(PUT, -2)], DUE))
    ledger.write_now(lambda tx: unmanaged.replace(tx, OTHER, [Holding(PUT, 1)], DUE))
    ledger.write_now(
        lambda tx: unmanaged.replace(tx, ACCOUNT, [Holding(PUT, -1), Holding(CALL, 3)], T)
    )

    assert (
        Unmanaged(OTHER, PUT, 1, DUE),
        Unmanaged(ACCOUNT, CALL, 3, T),
        Unmanaged(ACCOUNT, PUT, -1, T),
    ) == ledger.read_now(unmanaged.get)


def test_an_account_where_all_is_managed_has_no_rows(ledger: Ledger) -> None:
    """An empty look clears what an earlier one has written."""
    ledger.write_now(lambda tx: unmanaged.replace(tx, ACCOUNT, [Holding(PUT, -2)], DUE))
    ledger.write_now(lambda tx: unmanaged.replace(tx, ACCOUNT, [], T))

    assert () == ledger.read_now(unmanaged.get)
