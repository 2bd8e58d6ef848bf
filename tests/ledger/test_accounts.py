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


def test_one_login_opens_several_accounts(ledger: Ledger) -> None:
    """Each is bound for itself, and has a mode of its own."""
    first, second = bind(ledger), bind(ledger, "PA2", mode="observe")

    assert (first, second) == ledger.read_now(accounts.everything)
    assert ("armed", "observe") == (first.mode, second.mode)


@pytest.mark.parametrize(
    ("bound", "account", "environment"),
    [
        pytest.param("paper", "PA1", "live", id="live under the paper one's name and number"),
        pytest.param("paper", "PA2", "live", id="another live account under the paper one's name"),
        pytest.param("live", "PA1", "paper", id="paper under the live one's name"),
    ],
)
def test_paper_and_live_never_mix(
    ledger: Ledger, bound: str, account: str, environment: str
) -> None:
    """A broker's name stands for one environment as long as the ledger lives."""
    first = bind(ledger, environment=bound)

    with pytest.raises(StateError, match=f"open the {environment} account '{account}'"):
        bind(ledger, account, environment)

    assert (first,) == ledger.read_now(accounts.everything)


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
