"""What each kind of broker holds, and what is refused at its door."""

import pytest

from botd.domain.instruments import parse_instrument
from botd.errors import ConfigError
from botd.service.intake import Intake, Offered
from botd.service.products import Product, misfit, product_of
from botd.settings.model import BrokerKind
from botd.settings.positions_file import parse_positions
from tests.service.house import House

SYMBOLS = {
    Product.LISTED: "GOOG151224P00740000",
    Product.FUTURE: "future:ES 12-15",
    Product.EVENT: "event:100:YES",
    Product.CRYPTO: "crypto:BTC-25DEC15-450-C",
}


@pytest.mark.parametrize(("product", "symbol"), [*SYMBOLS.items(), (Product.LISTED, "GOOG")])
def test_products(product: Product, symbol: str) -> None:
    """Told by the contract, not by how its symbol begins."""
    assert product is product_of(parse_instrument(symbol))


@pytest.mark.parametrize(
    ("kind", "traded"),
    [
        (BrokerKind.PAPER, set(Product)),
        (BrokerKind.ALPACA, {Product.LISTED}),
        (BrokerKind.TRADIER, {Product.LISTED}),
        (BrokerKind.TASTYTRADE, {Product.LISTED}),
        (BrokerKind.CROSSTRADE, {Product.FUTURE}),
        (BrokerKind.INTOTES, {Product.EVENT}),
        (BrokerKind.CLICKOPTIONS, {Product.CRYPTO}),
        (None, set(Product)),
    ],
)
def test_what_fits(kind: BrokerKind | None, traded: set[Product]) -> None:
    """Each kind of broker trades one kind of product; of one that nobody knows nothing is said."""
    fits = {
        product for product, symbol in SYMBOLS.items() if not misfit(kind, parse_instrument(symbol))
    }

    assert traded == fits


def test_a_leg_that_its_broker_does_not_trade_is_refused(house: House) -> None:
    """By name, and nothing is taken."""
    entry = """
    [[position]]
    bot = "condors"
    opened_at = 2015-12-18T15:00:00Z
    units = 1
    net_price = "-36"
    legs = [{ symbol = "crypto:BTC-25DEC15-450-C", quantity = 1 }]
    """
    settings = house.settings()
    kinds = dict.fromkeys(settings.brokers, BrokerKind.ALPACA)
    intake = Intake(settings.bots, house.sessions(), lambda _: None, kinds=kinds)
    [one] = parse_positions(entry.encode(), "a.toml", bots=settings.bots).entries

    with pytest.raises(ConfigError) as refused:
        intake.take(house.ledger(), [Offered("a.toml", one)], at=house.clock.now(), by="ann")

    assert (
        "legs: crypto:BTC-25DEC15-450-C cannot be held at alpaca, which trades listed options "
        "and shares"
    ) == refused.value.faults[0].split(": ", 2)[2]
