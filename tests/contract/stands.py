"""Every adapter that the suite asks; one line each."""

from tests.contract.alpaca_stand import AlpacaStand
from tests.contract.clickoptions_stand import ClickOptionsStand
from tests.contract.crosstrade_stand import CrosstradeSocketStand, CrosstradeStand
from tests.contract.intotes_stand import IntotesStand
from tests.contract.paper_stand import PaperStand
from tests.contract.stand import Stand
from tests.contract.tastytrade_stand import TastytradeStand
from tests.contract.tradier_stand import TradierStand

STANDS: dict[str, type[Stand]] = {
    "paper": PaperStand,
    "tradier": TradierStand,
    "alpaca": AlpacaStand,
    "tastytrade": TastytradeStand,
    "crosstrade": CrosstradeStand,
    "crosstrade websocket": CrosstradeSocketStand,
    "intotes": IntotesStand,
    "clickoptions": ClickOptionsStand,
}
