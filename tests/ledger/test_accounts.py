import pytest

from botd.errors import StateError
from botd.ledger import Ledger, accounts
from botd.ledger.accounts import BoundAccount
from tests.ledger.given import DUE, T


def bind(
    ledger: Ledger,
    account: str = "PA1",
    environment: str = "paper",
    mode: str = "armed",
) -> BoundAccount:
    return ledger.write_now(
        lambda tx: accounts.bind(
            tx,
            broker="alpaca",
            account=account,
            environment=environment,
            mode=mode,
            at=DUE,
        ),
    )


def test_account_is_bound_at_its_first_start(ledger: Ledger) -> None:
    """The same one is let through ever after."""
    bound = bind(ledger)

    assert BoundAccount("alpaca", "PA1", "paper", "armed", DUE, DUE) == bound
    assert bound == bind(ledger)
    assert (bound,) == ledger.read_now(accounts.everything)


@pytest.mark.parametrize(
    ("account", "environment"),
    [
        pytest.param("PA1", "live", id="live under the paper's name"),
        pytest.param("PA2", "paper", id="another account"),
    ],
)
def test_other_account_is_refused(ledger: Ledger, account: str, environment: str) -> None:
    """Paper and live never mix in one ledger, and neither do two accounts."""
    bind(ledger)

    with pytest.raises(StateError, match=f"open the {environment} account '{account}'"):
        bind(ledger, account, environment)


def test_mode_may_change(ledger: Ledger) -> None:
    """A person arms an account that was observed."""
    bind(ledger, mode="observe")
    armed = ledger.write_now(
        lambda tx: accounts.bind(
            tx,
            broker="alpaca",
            account="PA1",
            environment="paper",
            mode="armed",
            at=T,
        ),
    )

    assert ("armed", DUE, T) == (armed.mode, armed.bound_at, armed.changed_at)
    assert (armed,) == ledger.read_now(accounts.everything)
