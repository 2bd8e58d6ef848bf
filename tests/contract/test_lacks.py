"""What a broker has not got, because its product has not: each is named, and really lacking."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from botd.errors import BrokerUnavailable, OrderRefused
from tests.contract.asking import held, listed, midnight
from tests.contract.cards import TITLES, lacking
from tests.contract.needs import ALL_NEEDS
from tests.contract.product import Need
from tests.contract.stand import Stand, order
from tests.contract.stands import STANDS

LACKED = [
    pytest.param(name, key, id=f"{name} {key}")
    for name, kind in STANDS.items()
    for key, needs in ALL_NEEDS.items()
    if not needs <= kind.product.has
]
WITHOUT = [
    pytest.param(name, need, id=f"{name} {need.name.lower()}")
    for name, kind in STANDS.items()
    for need in Need
    if need not in kind.product.has
]


def test_rows_and_titles_are_known() -> None:
    """Whatever needs something is a card, or a row of one."""
    numbers = {int(key.partition(" ")[0]) for key in ALL_NEEDS}

    assert numbers <= TITLES.keys()


@pytest.mark.parametrize(("stand", "key"), LACKED, indirect=["stand"])
def test_lack_is_named(stand: Stand, key: str) -> None:
    """A card that cannot be asked stands in the broker's `lacks`, with a reason."""
    number = key.partition(" ")[0]
    named = lacking(stand.broker.card)

    assert key in named or f"{number} {TITLES[int(number)]}" in named


@pytest.mark.parametrize(("stand", "need"), WITHOUT, indirect=["stand"])
async def test_lack_is_real(stand: Stand, need: Need) -> None:
    """A broker that could after all has to be asked."""
    await _SHOWN[need](stand)


async def _takes_no_orders(stand: Stand) -> None:
    product = stand.product
    stand.hold(product.holds())
    intent = order(stand, "bd1-a", product.close, product.filling)
    before = await held(stand)

    for ask in (
        lambda: stand.broker.submit(intent),
        lambda: stand.broker.replace("1", intent),
        lambda: stand.broker.cancel("1"),
    ):
        with pytest.raises(OrderRefused):
            await ask()

    assert not stand.broker.card.closes
    assert before == await held(stand)


async def _takes_no_limits(stand: Stand) -> None:
    card = stand.broker.card

    assert card.market_orders_only or not card.closes


async def _takes_no_packages(stand: Stand) -> None:
    assert 1 == stand.broker.card.max_legs


async def _closes_no_part(stand: Stand) -> None:
    product = stand.product
    if Need.CLOSES in product.has:
        stand.hold(product.holds(2))
        with pytest.raises(BrokerUnavailable, match="nothing was sent"):
            await stand.broker.submit(order(stand, "bd1-a", product.close, product.filling))

        assert product.holds(2) == await held(stand)
    assert stand.broker.card.closes_whole or not stand.broker.card.closes


async def _lists_no_orders(stand: Stand) -> None:
    product = stand.product
    if Need.CLOSES in product.has:
        stand.hold(product.holds())
        await stand.broker.submit(order(stand, "bd1-a", product.close, product.filling))
    first = stand.broker
    stand.reopen()

    assert () == await listed(stand)
    assert None is await stand.broker.look_up("bd1-a")
    await first.aclose()


async def _tells_no_quotes(stand: Stand) -> None:
    product = stand.product
    stand.hold(product.holds())
    symbols = frozenset({product.symbol, product.second.symbol})

    assert {} == (await stand.broker.market(symbols, frozenset())).quotes


async def _tells_no_prices(stand: Stand) -> None:
    await _tells_no_quotes(stand)
    view = await stand.broker.market(frozenset(), frozenset({stand.product.underlying}))

    assert ({}, {}) == (view.quotes, view.last_trades)


async def _has_no_hours(stand: Stand) -> None:
    assert None is await stand.broker.session(stand.now().date())


async def _moves_no_shares(stand: Stand) -> None:
    stand.hold(stand.product.holds())
    stand.assign(stand.product.symbol)
    stand.at(midnight(stand) + stand.product.ending.told + timedelta(minutes=5))

    assert {} == await held(stand)


_SHOWN: dict[Need, Callable[[Stand], Awaitable[None]]] = {
    Need.CLOSES: _takes_no_orders,
    Need.LIMIT: _takes_no_limits,
    Need.PACKAGE: _takes_no_packages,
    Need.PART: _closes_no_part,
    Need.ORDERS: _lists_no_orders,
    Need.QUOTE: _tells_no_quotes,
    Need.MARKET: _tells_no_prices,
    Need.HOURS: _has_no_hours,
    Need.DELIVERY: _moves_no_shares,
}
