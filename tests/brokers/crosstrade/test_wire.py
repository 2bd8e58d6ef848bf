"""Positions and accounts as CrossTrade tells them."""

from decimal import Decimal
from typing import Any

import pytest

from botd.brokers.crosstrade import wire
from botd.brokers.port import AccountState, Environment
from botd.brokers.transport.fields import Fields, Unreadable
from botd.domain.orders import Holding
from botd.domain.quote import LastTrade
from tests.brokers.paper.day import instant

NOW = instant("17:50")


def row(**said: object) -> dict[str, object]:
    """Tell one position; what is not said is of four long ES."""
    usual = {
        "type": "NinjaTrader.Cbi.Position",
        "account": "Sim101",
        "instrument": "ES 12-25",
        "instrumentType": "Future",
        "marketPosition": "Long",
        "quantity": 4,
        "averagePrice": Decimal("5779.8125"),
        "marketPrice": Decimal("5797.0"),
        "unrealizedProfitLoss": Decimal("3437.5"),
        "tag": None,
    }
    return usual | said


def body(*rows: dict[str, object], **said: object) -> Fields:
    return Fields({"positions": list(rows), "count": len(rows), "success": True} | said)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        pytest.param([Holding("future:ES 12-25", 4)], {}, id="long"),
        pytest.param([Holding("future:ES 12-25", -4)], {"marketPosition": "Short"}, id="short"),
        pytest.param([], {"marketPosition": "Flat", "quantity": 0}, id="flat"),
        pytest.param([], {"quantity": 0}, id="none of it"),
        pytest.param([Holding("future:ES 12-25", 4)], {"instrument": "ESZ25"}, id="coded"),
        pytest.param([Holding("AAPL", 4)], {"instrument": "AAPL"}, id="shares"),
        pytest.param([Holding("future:ES 12-25", 4)], {"account": "SIM101"}, id="other letters"),
        pytest.param([Holding("future:ES 12-25", 4)], {"account": " Sim101 "}, id="spaces"),
        pytest.param([], {"account": "Sim102"}, id="another account"),
        pytest.param(
            [], {"account": "Sim102", "quantity": "?"}, id="an odd row of another account"
        ),
        pytest.param([Holding("future:ES 12-25", 4)], {"marketPrice": "?"}, id="an odd price"),
    ],
)
def test_holdings(expected: list[Holding], said: dict[str, object]) -> None:
    """Each row is one position of the list of all accounts, and what of it is held."""
    assert tuple(expected) == wire.holdings_of(body(row(**said)), "Sim101")


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(body(row(marketPosition="Both")), id="no side"),
        pytest.param(body(row(marketPosition=None)), id="a side that is missing"),
        pytest.param(body(row(marketPosition="Flat")), id="flat, and four"),
        pytest.param(body(row(quantity=-4)), id="a sign where there is none"),
        pytest.param(body(row(quantity=Decimal("1.5"))), id="half a contract"),
        pytest.param(body(row(quantity=None)), id="a number that is missing"),
        pytest.param(body(row(instrument="")), id="no instrument"),
        pytest.param(body(row(account=None)), id="nobody's"),
        pytest.param(body(row(), row(instrument="ESZ25")), id="one instrument twice"),
        pytest.param(body(row(), count=2), id="fewer than are told"),
        pytest.param(Fields({"success": True}), id="no list"),
        pytest.param(Fields({"positions": None}), id="nothing for a list"),
    ],
)
def test_holdings_that_cannot_be_counted(odd: Fields) -> None:
    """Each row would let somebody count wrong: it is no answer."""
    with pytest.raises(Unreadable):
        wire.holdings_of(odd, "Sim101")


def test_marks() -> None:
    """The nearest month of a root counts, of whichever account; what has no price is missing."""
    found = body(
        row(instrument="ES 03-26", marketPrice=Decimal("5850.25")),
        row(instrument="ES 12-25", account="Sim102"),
        row(instrument="NQ 12-25", marketPrice=Decimal(0)),
        row(instrument="CL 02-26", marketPrice="?"),
        row(instrument="YM 12-25", marketPrice=None),
        row(instrument="GC 02-26", marketPrice=Decimal("2650.1")),
        row(instrument="AAPL", marketPrice=Decimal(150)),
    )
    roots = frozenset({"ES", "NQ", "CL", "YM", "AAPL"})

    expected = {"ES": LastTrade("ES", Decimal("5797.0"), NOW)}

    assert expected == wire.marks_of(found, roots, NOW)


ACCOUNT: dict[str, Any] = {
    "id": 2,
    "name": "Sim101",
    "displayName": "Sim101",
    "primaryUser": None,
    "provider": "Simulator",
    "denomination": "UsDollar",
    "status": "Enabled",
    "connection": "NinjaTrader.Cbi.Connection",
    "connectionStatus": "Connected",
    "item": {"cashValue": Decimal("100565.00")},
    "success": True,
}


@pytest.mark.parametrize(
    ("said", "account", "environment", "blocked"),
    [
        pytest.param({}, "Sim101", Environment.PAPER, (), id="the simulator"),
        pytest.param({"provider": "Tradovate"}, "Sim101", Environment.LIVE, (), id="a broker"),
        pytest.param({"name": "SIM101"}, "Sim101", Environment.PAPER, (), id="other letters"),
        pytest.param({"name": "Sim102"}, "Sim102", Environment.PAPER, (), id="another account"),
        pytest.param(
            {"status": "Disabled", "connectionStatus": "ConnectionLost"},
            "Sim101",
            Environment.PAPER,
            ("status: Disabled", "connectionStatus: ConnectionLost"),
            id="disabled, and away",
        ),
    ],
)
def test_state(
    said: dict[str, Any], account: str, environment: Environment, blocked: tuple[str, ...]
) -> None:
    """Each row is an account, and what it may do; whatever is no simulator is real money."""
    expected = AccountState(
        account=account,
        environment=environment,
        can_trade=not blocked,
        cash=Decimal("100565.00"),
        as_of=NOW,
        blocked=blocked,
    )

    assert expected == wire.state_of(Fields(ACCOUNT | said), "Sim101", NOW)


@pytest.mark.parametrize("missing", ["name", "provider", "status", "connectionStatus"])
def test_state_that_is_not_told(missing: str) -> None:
    """What would have to be guessed is no answer."""
    with pytest.raises(Unreadable):
        wire.state_of(Fields(ACCOUNT | {missing: None}), "Sim101", NOW)


@pytest.mark.parametrize(
    ("expected", "rows"),
    [
        pytest.param(True, [row()], id="it is named"),
        pytest.param(True, [row(instrument="NQ 12-25"), row()], id="among others"),
        pytest.param(False, [], id="nothing"),
        pytest.param(False, [row(instrument="NQ 12-25")], id="another instrument"),
        pytest.param(False, [row(account="Sim102")], id="another account"),
    ],
)
def test_closed_in(*, expected: bool, rows: list[dict[str, object]]) -> None:
    """Each row is the answer to a close of ES, and whether it is about that."""
    answer = Fields({"closedPositions": rows, "success": True})

    assert expected is wire.closed_in(answer, "Sim101", "future:ES 12-25")


@pytest.mark.parametrize("key", ["account", "instrument"])
@pytest.mark.parametrize("odd", [0, 1, Decimal("1.5"), True, None, "", " "])
def test_number_is_no_name(key: str, odd: object) -> None:
    """A position of nobody, or of nothing, is not passed over: what is held is not known."""
    with pytest.raises(Unreadable):
        wire.holdings_of(body(row(), row(**{key: odd})), "Sim101")


def test_long_word_is_shortened() -> None:
    """An error tells what was odd, and not all hundred thousand letters of it."""
    with pytest.raises(Unreadable, match="is not Long, Short or Flat") as caught:
        wire.holdings_of(body(row(marketPosition="x" * 100_000)), "Sim101")

    assert len(str(caught.value)) < 500
