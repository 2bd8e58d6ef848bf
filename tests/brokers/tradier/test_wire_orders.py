"""Orders as Tradier wants them."""

from urllib.parse import parse_qsl

import pytest

from botd.brokers.tradier.wire_orders import Tag, form_of
from botd.errors import OrderRefused, RefusalReason
from tests.brokers.tradier.answers import LONG, NAME, SHORT, intent

_SHARES = ("SPY", -100)


def test_order_of_one_leg() -> None:
    """The documented form, with the id as its tag."""
    expected = (
        f"class=option&symbol=SPY&option_symbol={SHORT}&side=buy_to_close&quantity=10"
        f"&type=limit&price=1.05&duration=day&tag={NAME}"
    )

    assert sorted(parse_qsl(expected)) == sorted(
        form_of(intent((SHORT, 1), net_price="-1.05", units=10))
    )


def test_package() -> None:
    """The documented form: legs by index, quantities of all units together."""
    expected = (
        f"class=multileg&symbol=SPY&type=debit&duration=day&price=0.55&tag={NAME}"
        f"&option_symbol[0]={SHORT}&side[0]=buy_to_close&quantity[0]=3"
        f"&option_symbol[1]={LONG}&side[1]=sell_to_close&quantity[1]=3"
    )

    assert sorted(parse_qsl(expected)) == sorted(
        form_of(intent((SHORT, 1), (LONG, -1), net_price="-0.55", units=3))
    )


@pytest.mark.parametrize(
    ("pairs", "net_price", "expected"),
    [
        pytest.param(((SHORT, 1),), "-0.8", ("limit", "0.80"), id="a purchase"),
        pytest.param(((LONG, -1),), "0.05", ("limit", "0.05"), id="a sale"),
        pytest.param(((SHORT, 1),), None, ("market", None), id="at the market"),
        pytest.param(((SHORT, 1), (LONG, -1)), "-0.55", ("debit", "0.55"), id="a debit"),
        pytest.param(((SHORT, 1), (LONG, -1)), "0.55", ("credit", "0.55"), id="a credit"),
        pytest.param(((SHORT, 1), (LONG, -1)), "0.00", ("even", None), id="even has no price"),
        pytest.param(((SHORT, 1), (LONG, -1)), None, ("market", None), id="a package at market"),
        pytest.param(((SHORT, 1), (LONG, -1)), "-0.625", ("debit", "0.6250"), id="finer"),
        pytest.param(((SHORT, 2), (LONG, -2)), "-1.10", ("debit", "0.55"), id="per package"),
        pytest.param(((SHORT, 2),), "-2.10", ("limit", "1.05"), id="two contracts a unit"),
    ],
)
def test_price(
    pairs: tuple[tuple[str, int], ...], net_price: str | None, expected: tuple[str, str | None]
) -> None:
    """Always positive, per smallest package; the type tells who pays."""
    form = dict(form_of(intent(*pairs, net_price=net_price)))

    assert expected == (form["type"], form.get("price"))


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        pytest.param("SPXW261120P05900000", "SPX", id="an index by its weeklies"),
        pytest.param("BRKB261120P00450000", "BRK/B", id="a share class"),
        pytest.param("GOOG1261120P00450000", "GOOG", id="an adjusted contract"),
    ],
)
def test_symbol_is_the_underlying(symbol: str, expected: str) -> None:
    """Beside the contract's symbol stands its underlying, as Tradier writes it."""
    assert expected == dict(form_of(intent((symbol, 1), net_price="-1.00")))["symbol"]


def test_unit_of_two_contracts() -> None:
    """Two contracts a unit are twice as many contracts, and the tag remembers."""
    form = dict(form_of(intent((SHORT, 2), net_price="-2.10", units=3)))

    assert ("6", f"{NAME}-x2") == (form["quantity"], form["tag"])
    assert Tag(NAME, 2) == Tag.read(form["tag"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(NAME, Tag(NAME), id="ours"),
        pytest.param(f"{NAME}-x12", Tag(NAME, 12), id="ours, of twelve"),
        pytest.param("take-profit", Tag("take-profit"), id="somebody else's"),
        pytest.param("exit-x2", Tag("exit-x2"), id="somebody else's, by chance alike"),
        pytest.param("bd1-a-x1", Tag("bd1-a-x1"), id="one is never written"),
        pytest.param("bd1-a-x0", Tag("bd1-a-x0"), id="nor none"),
    ],
)
def test_tag(text: str, expected: Tag) -> None:
    """A tag is the id, and perhaps how many packages make a unit."""
    assert expected == Tag.read(text)


@pytest.mark.parametrize(
    ("pairs", "net_price", "name"),
    [
        pytest.param(((SHORT, 0),), "-1.00", NAME, id="no contract"),
        pytest.param((_SHARES,), "1.00", NAME, id="shares are never sold"),
        pytest.param(((SHORT, 1), _SHARES), "1.00", NAME, id="shares beside an option"),
        pytest.param(
            tuple((f"SPY190605C0028{n}000", 1) for n in range(5)), "-1.00", NAME, id="five legs"
        ),
        pytest.param(((SHORT, 1), ("QQQ190605C00180000", -1)), "-1", NAME, id="two underlyings"),
        pytest.param(((SHORT, 1),), "1.00", NAME, id="a purchase that is paid for"),
        pytest.param(((LONG, -1),), "0.00", NAME, id="a sale for nothing"),
        pytest.param(((SHORT, 3),), "-1.00", NAME, id="a price that is no price"),
        pytest.param(((SHORT, 1),), "-1.00", "a_b", id="an id that is no tag"),
        pytest.param((), "-1.00", NAME, id="no legs"),
    ],
)
def test_what_cannot_be_said_is_not_sent(
    pairs: tuple[tuple[str, int], ...], net_price: str, name: str
) -> None:
    """An order that this broker has no words for is refused here."""
    with pytest.raises(OrderRefused) as caught:
        form_of(intent(*pairs, net_price=net_price, name=name))

    assert RefusalReason.MALFORMED is caught.value.refusal.reason
