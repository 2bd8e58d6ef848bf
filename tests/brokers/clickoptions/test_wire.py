"""A position, field by field."""

from decimal import Decimal
from typing import Any

import pytest

from botd.brokers.clickoptions.wire import Money, Position, Status
from botd.brokers.transport.fields import Unreadable
from botd.domain.instruments import parse_instrument
from tests.brokers.clickoptions.answers import CALL, ENDS_AT, OPENED_AT, position, read, told


def test_every_field_is_read() -> None:
    """Numbers are strings, instants milliseconds, and names are misspelt as they are."""
    expected = Position(
        id="7001",
        name=CALL,
        quantity=3,
        closed=1,
        status=Status.OPEN,
        contract=parse_instrument(CALL),  # type: ignore[arg-type]
        ends_at=ENDS_AT,
        opened_at=OPENED_AT,
        money=Money(
            open_price=Decimal(500),
            close_price=Decimal(700),
            index_price=Decimal("90512.50"),
            settlement_price=None,
            premium=Decimal(15),
            fee=Decimal("0.05"),
            pnl=Decimal("1.50"),
            pnl_closed=Decimal(2),
            exercise_pnl=Decimal("15.37"),
            exercise_pnl_closed=Decimal("4.25"),
            size=Decimal(15),
            size_closed=Decimal(5),
        ),
        coins_closed=Decimal("0.01"),
        parent_id="7000",
        easy_option_id="31",
    )

    found = position(
        parentPositionId="7000",
        easyOptionId="31",
        sizeContractsClosed="1",
        sizeClosed="0.01",
        sizeUsdtClosed="5.00",
        closePrice="700.00",
        plClosed="2.00",
        excercisePlClosed="4.25",
    )

    assert expected == found


def test_what_may_be_missing() -> None:
    """Nothing but what a contract is, how many, and which way."""
    needed = [
        "positionId",
        "asset",
        "type",
        "expiryDate",
        "sizeContracts",
        "strikePrice",
        "status",
        "tradeSide",
    ]
    found = read({key: value for key, value in told().items() if key in needed})

    assert (CALL, 3, Status.OPEN) == (found.name, found.left, found.status)
    assert (None, None) == (found.opened_at, found.parent_id)


@pytest.mark.parametrize("key", ["asset", "type", "expiryDate", "sizeContracts", "strikePrice"])
def test_what_must_be_there(key: str) -> None:
    """Without it nobody knows what is held."""
    with pytest.raises(Unreadable, match=key):
        read({name: value for name, value in told().items() if name != key})


@pytest.mark.parametrize(
    ("changes", "symbol", "left"),
    [
        pytest.param({}, CALL, 3, id="a call that is held"),
        pytest.param({"tradeSide": "sell"}, CALL, -3, id="one that is owed"),
        pytest.param({"tradeSide": "LONG"}, CALL, 3, id="long"),
        pytest.param({"tradeSide": "Short"}, CALL, -3, id="short"),
        pytest.param(
            {"type": "put", "symbol": "BTC-27NOV26-90000-P"},
            "crypto:BTC-27NOV26-90000-P",
            3,
            id="a put",
        ),
        pytest.param({"type": "C"}, CALL, 3, id="a letter"),
        pytest.param({"asset": "btc", "symbol": "btc-27nov26-90000-c"}, CALL, 3, id="small"),
        pytest.param({"symbol": "BTC 90000 Call, Nov 27"}, CALL, 3, id="another way to write it"),
        pytest.param(
            {
                "asset": "ETH",
                "symbol": "ETH-5DEC26-3000.5-C",
                "strikePrice": "3000.50",
                "expiryDate": "1796457600000",
                "size": "0.3",
                "contractQty": "0.1",
            },
            "crypto:ETH-5DEC26-3000.5-C",
            3,
            id="Ether, half a dollar, a day of one digit, milliseconds as text",
        ),
        pytest.param(
            {"sizeContracts": "3.000", "sizeContractsClosed": "2.0", "sizeClosed": "0.02"},
            CALL,
            1,
            id="part of it closed",
        ),
        pytest.param(
            {"tradeSide": "SELL", "sizeContractsClosed": "2", "sizeClosed": "0.02"},
            CALL,
            -1,
            id="part of what is owed closed",
        ),
        pytest.param({"size": "3", "contractQty": "3"}, CALL, 3, id="sizes that count contracts"),
    ],
)
def test_symbol_and_quantity(changes: dict[str, Any], symbol: str, left: int) -> None:
    """Each row is a way to say it."""
    found = position(**changes)

    assert (symbol, left) == (found.name, found.left)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"sizeContracts": "2.5"}, "not a whole number", id="half a contract"),
        pytest.param({"sizeContracts": "0"}, "0 of 0 contracts", id="nothing"),
        pytest.param({"sizeContracts": "-3"}, "0 of -3 contracts", id="less than nothing"),
        pytest.param({"sizeContractsClosed": "4"}, "4 of 3 contracts", id="more closed than held"),
        pytest.param({"sizeContractsClosed": "-1"}, "-1 of 3", id="less than nothing closed"),
        pytest.param({"sizeContractsClosed": "1.5"}, "not a whole", id="half a contract closed"),
        pytest.param({"size": "0.3"}, "size: 0.3 is not", id="coins that are not the contracts'"),
        pytest.param({"sizeClosed": "0.01"}, "sizeClosed: 0.01", id="closed coins that are not"),
        pytest.param({"contractQty": "0.1"}, "a contract is of 0.01", id="another contract"),
        pytest.param({"tradeSide": "HOLD"}, "tradeSide: 'HOLD'", id="no side"),
        pytest.param({"type": "BINARY"}, "type: 'BINARY'", id="no right"),
        pytest.param({"strikePrice": "0"}, "above zero", id="no strike"),
        pytest.param({"strikePrice": "90000.12345"}, "write it as", id="a strike of five digits"),
        pytest.param({"strikePrice": "9e4x"}, "not a number", id="no number"),
        pytest.param(
            {"expiryDate": 1795770000000}, "2026-11-27 09:00:00 UTC is not 08:00", id="an hour late"
        ),
        pytest.param({"expiryDate": 1795766400}, "is not 08:00", id="seconds"),
        pytest.param(
            {"expiryDate": 4951440000000, "symbol": ""}, "no expiry", id="a hundred years on"
        ),
        pytest.param({"symbol": "BTC-27NOV26-95000-C"}, "95000", id="a symbol of another strike"),
        pytest.param({"asset": "BTCUSDT"}, "BTCUSDT", id="a coin's name that looks like ours"),
        pytest.param({"asset": "SOL"}, "SOL", id="our symbol, another coin"),
        pytest.param({"asset": ["BTC"]}, "asset", id="a coin that is a list"),
        pytest.param({"curIdxPrice": "-1"}, "no price", id="an index below zero"),
        pytest.param({"positionId": ""}, "positionId", id="no id"),
    ],
)
def test_what_is_ours_and_odd(changes: dict[str, Any], words: str) -> None:
    """A position that is misread is closed wrongly: it says what is odd."""
    with pytest.raises(Unreadable) as caught:
        position(**changes)

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "name", "left"),
    [
        pytest.param({}, "SOL-27NOV26-200-C", 3, id="whole contracts"),
        pytest.param({"sizeContracts": "2.5"}, "SOL-27NOV26-200-C", 2, id="a fraction is cut off"),
        pytest.param({"tradeSide": "SELL"}, "SOL-27NOV26-200-C", -3, id="owed"),
        pytest.param({"tradeSide": "?"}, "SOL-27NOV26-200-C", 0, id="no side"),
        pytest.param({"expiryDate": "soon", "type": 7}, "SOL-27NOV26-200-C", 3, id="an odd end"),
        pytest.param({"symbol": None, "positionId": None}, "SOL", 3, id="no symbol, no id"),
    ],
)
def test_foreign_positions_break_nothing(changes: dict[str, Any], name: str, left: int) -> None:
    """What no bot of ours holds is read as far as it can be."""
    found = position(**({"asset": "SOL", "symbol": "SOL-27NOV26-200-C"} | changes))

    assert (name, left, None) == (found.name, found.left, found.contract)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        *[pytest.param(each.value.upper(), each, id=each.value) for each in Status],
        pytest.param("SETTLING", None, id="a word of another day"),
        pytest.param(None, None, id="none"),
    ],
)
def test_statuses(word: str | None, expected: Status | None) -> None:
    """The words of the filter; an unknown one is told as unknown."""
    assert expected is position(status=word).status


def test_zero_is_no_price() -> None:
    """A price that there is not yet is written as zero, or not at all."""
    money = position(closePrice="0", settlementPrice="0.00", curIdxPrice=None).money

    assert money is not None
    assert (None, None, None) == (money.close_price, money.settlement_price, money.index_price)
