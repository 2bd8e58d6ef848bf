"""What `positions sync` finds at brokers behind a network, each by its own adapter."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from botd.domain.bot import Bot
from botd.errors import BrokerError, ConfigError
from botd.ledger import open_ledger
from botd.service import sync
from botd.service.sync import Site, Target
from botd.service.sync_proposal import Proposal
from botd.settings.model import NotifySettings, PaperQuotes, PaperSettings, Settings
from tests.contract.alpaca_stand import AlpacaStand
from tests.contract.server_stand import ServerStand
from tests.contract.stand import CRYPTO, FLEX, FOREIGN_SHARES, LONG_PUT, SHORT_PUT
from tests.contract.tastytrade_stand import TastytradeStand
from tests.contract.tradier_stand import TradierStand
from tests.contract.trouble import Trouble
from tests.domain.trading_days import weekdays
from tests.servers.orders import Ticket

HALF_DAY = date(2015, 12, 24)
SESSIONS = weekdays(date(2015, 12, 1), date(2016, 2, 1), half=[HALF_DAY])


@pytest.fixture(params=[AlpacaStand, TradierStand, TastytradeStand])
def stand(request: pytest.FixtureRequest, tmp_path: Path) -> ServerStand:
    made: ServerStand = request.param(tmp_path)
    return made


async def proposed(stand: ServerStand, account: str | None = None) -> Proposal:
    """Look at the stand's account as its bot names it, and propose."""
    bot = Bot("condors", "there", account or stand.account)
    settings = Settings(
        directory=Path("/nowhere"),
        ledger_url="sqlite://",
        ledger_path=Path("/nowhere/ledger"),
        brokers={"there": PaperSettings("there", PaperQuotes())},  # no credentials to look for
        notify=NotifySettings(),
        bots={bot.name: bot},
        overrides=(),
    )
    site = Site(settings, SESSIONS, stand.clock, lambda _: stand.broker)
    ledger = open_ledger("sqlite://", threaded=False)
    try:
        chosen = [Target((bot.broker, bot.account), (bot,))]
        seen = await sync.look(site, ledger, chosen)
        (found,) = sync.proposals(site, ledger, seen, chosen, ())
    finally:
        ledger.close()
    return found


async def test_legs_of_an_account(stand: ServerStand) -> None:
    """A spread is found as one, and what botd cannot manage is named beside it."""
    stand.hold({LONG_PUT: 2, SHORT_PUT: -2})
    stand.hold_foreign()

    found = await proposed(stand)

    assert [("vertical", 2, None, Decimal(-1000))] == [
        (
            one.position.strategy,
            one.position.units,
            one.position.open_net_price,
            one.worst_case,
        )
        for one in found.found
    ]
    named = {one.symbol.replace(" ", "") for one in found.left_out}
    assert {FLEX, FOREIGN_SHARES} <= named <= {FLEX, FOREIGN_SHARES, CRYPTO, "BTCUSD"}


async def test_opening_price_of_an_order(stand: ServerStand) -> None:
    """An order of the last days tells what a spread was sold for, and when."""
    legs = ((SHORT_PUT, -1), (LONG_PUT, 1))
    stand.exchange.place(Ticket(None, legs, 2, Decimal("0.60"), closes=False, is_foreign=True))

    (only,) = (await proposed(stand)).found

    assert ("vertical", 2, Decimal("0.60"), stand.now()) == (
        only.position.strategy,
        only.position.units,
        only.position.open_net_price,
        only.position.opened_at,
    )


async def test_another_account(stand: ServerStand) -> None:
    """The broker's own number decides, whatever the bot's file says."""
    with pytest.raises(ConfigError, match="say account = 'SOMEBODY-ELSE'"):
        await proposed(stand, account="SOMEBODY-ELSE")


async def test_out_of_reach(stand: ServerStand) -> None:
    """A broker that cannot be reached is no empty account."""
    stand.trouble(Trouble.CUT_OFF, is_order=False)

    with pytest.raises(BrokerError):
        await proposed(stand)
