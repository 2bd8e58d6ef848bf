"""What Tradier says of the account."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from botd.brokers.port import AccountState, Environment
from botd.brokers.tradier import wire
from botd.brokers.transport.budget import Quota
from botd.brokers.transport.fields import Fields, Unreadable
from botd.domain.orders import Holding
from tests.brokers.tradier.answers import AT, SHORT, fields


def position(symbol: str, quantity: float) -> dict[str, object]:
    return {"symbol": symbol, "quantity": quantity, "id": 1, "cost_basis": 207.01}


def account(number: str, status: str = "active") -> dict[str, object]:
    return {"account_number": number, "status": status, "option_level": 3, "type": "margin"}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param({"positions": "null"}, 0, id="the text null is none"),
        pytest.param({"positions": None}, 0, id="null is none"),
        pytest.param({"positions": {"position": "null"}}, 0, id="none inside"),
        pytest.param({"positions": {"position": position(SHORT, -1)}}, 1, id="an object is one"),
        pytest.param({"positions": {"position": [position(SHORT, -1)]}}, 1, id="a list of one"),
        pytest.param(
            {"positions": {"position": [position(SHORT, -1), position("SPY", 5)]}}, 2, id="two"
        ),
    ],
)
def test_lists_that_were_xml(found: object, expected: int) -> None:
    """None, one and several look different, and are the same thing."""
    assert expected == len(wire.holdings_of(fields(found)))


@pytest.mark.parametrize(
    "found",
    [
        pytest.param({}, id="the container is missing"),
        pytest.param({"positions": {}}, id="the element is missing"),
        pytest.param({"positions": "none"}, id="another text"),
        pytest.param({"positions": {"position": [1]}}, id="no objects"),
        pytest.param({"positions": {"position": {"symbol": SHORT}}}, id="no quantity"),
        pytest.param({"positions": {"position": position(SHORT, 0.5)}}, id="half of an option"),
    ],
)
def test_what_is_not_said_is_not_nothing(found: object) -> None:
    """An answer that lacks the positions does not say that there are none."""
    with pytest.raises(Unreadable):
        wire.holdings_of(fields(found))


@pytest.mark.parametrize(
    ("symbol", "quantity", "expected"),
    [
        pytest.param(SHORT, -1.0, Holding(SHORT, -1), id="a short option"),
        pytest.param("SPY", 100.0, Holding("SPY", 100), id="shares"),
        pytest.param("BRK/B", 5.0, Holding("BRK.B", 5), id="a share class"),
        pytest.param("AAPL", 10.75, Holding("AAPL", 10), id="a fraction is cut off"),
        pytest.param("4SPX251219C05000000", 2.0, Holding("4SPX251219C05000000", 2), id="FLEX"),
        pytest.param("BTC/USD", 1.0, Holding("BTC/USD", 1), id="a pair keeps its name"),
    ],
)
def test_holding(symbol: str, quantity: float, expected: Holding) -> None:
    """Signed quantities under botd's symbols; what has none keeps the broker's."""
    found = fields({"positions": {"position": position(symbol, quantity)}})

    assert (expected,) == wire.holdings_of(found)


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        pytest.param(None, (), id="none"),
        pytest.param("null", (), id="the text null"),
        pytest.param({"error": "one"}, ("one",), id="a single string"),
        pytest.param({"error": ["one", "two"]}, ("one", "two"), id="a list"),
        pytest.param("bare", ("bare",), id="without error"),
        pytest.param({"error": [{"code": 1}]}, (), id="something else"),
        pytest.param({"other": 1}, (), id="without error, something else"),
        pytest.param({"error": ["a\0b", 1]}, ("a\N{REPLACEMENT CHARACTER}b",), id="an odd letter"),
    ],
)
def test_errors(errors: object, expected: tuple[str, ...]) -> None:
    """The words that stand in errors are kept, as far as a ledger can keep them."""
    assert expected == wire.said(fields({"errors": errors}))


def test_account_is_told() -> None:
    """The account by its own number, with its cash and its level for options."""
    found = fields({"profile": {"account": account("VA1"), "id": "x"}})
    money = fields({"balances": {"account_number": "VA1", "total_cash": 6363.86}})

    assert AccountState(
        account="VA1",
        environment=Environment.PAPER,
        can_trade=True,
        cash=Decimal("6363.86"),
        as_of=AT,
        options_level=3,
    ) == wire.state_of(found, money, "VA1", Environment.PAPER, AT)


def test_closed_account_cannot_trade() -> None:
    """A status that is not active blocks, in the broker's word."""
    found = fields({"profile": {"account": [account("VA1", "closed"), account("VA2")]}})
    money = fields({"balances": {"total_cash": 0}})

    state = wire.state_of(found, money, "VA1", Environment.LIVE, AT)

    assert (False, ("the account's status is 'closed'",)) == (state.can_trade, state.blocked)


def test_account_that_the_token_does_not_open() -> None:
    """The state is of what the token opens, and says so."""
    found = fields({"profile": {"account": [account("VA2"), account("VA3")]}})

    state = wire.state_of(found, Fields({}), "VA1", Environment.LIVE, AT)

    assert ("VA2, VA3", False, None) == (state.account, state.can_trade, state.cash)
    assert ("the token does not open account 'VA1'; it opens VA2, VA3",) == state.blocked


def test_balances_of_another_account_are_unreadable() -> None:
    """Cash of another account is not taken for ours."""
    with pytest.raises(Unreadable):
        wire.cash_of(fields({"balances": {"account_number": "VA2", "total_cash": 1}}), "VA1")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({}, None, id="none"),
        pytest.param(
            {
                "x-ratelimit-allowed": "120",
                "x-ratelimit-used": "3",
                "x-ratelimit-available": "117",
                "x-ratelimit-expiry": "1559764200000",
            },
            Quota(120, 117, datetime(2019, 6, 5, 19, 50, tzinfo=UTC)),
            id="all",
        ),
        pytest.param({"x-ratelimit-available": "5"}, Quota(None, 5, None), id="what is left"),
        pytest.param({"x-ratelimit-available": "few"}, None, id="unreadable"),
    ],
)
def test_quota(headers: dict[str, str], expected: Quota | None) -> None:
    """The broker's own count, reset at epoch milliseconds."""
    assert expected == wire.quota_of(headers)
