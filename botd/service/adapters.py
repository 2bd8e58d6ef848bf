"""
Opening the accounts that are behind a network.

Imported only where one is opened: HTTP and streams cost a fifth of a second that neither
`botd status` nor a daemon on paper needs to spend. Credentials are handed on as what reads
them, so that an adapter reads them anew whenever it has to, and nobody keeps them.
"""

from botd.brokers.alpaca.adapter import AlpacaAccess, AlpacaBroker
from botd.brokers.clickoptions.access import ClickOptionsAccess
from botd.brokers.clickoptions.adapter import ClickOptionsBroker
from botd.brokers.crosstrade.access import CrosstradeAccess, Transport
from botd.brokers.crosstrade.adapter import CrosstradeBroker
from botd.brokers.intotes.access import IntotesAccess
from botd.brokers.intotes.adapter import IntotesBroker
from botd.brokers.port import Broker, Environment
from botd.brokers.tastytrade.access import TastytradeAccess
from botd.brokers.tastytrade.adapter import TastytradeBroker
from botd.brokers.tradier.access import TradierAccess
from botd.brokers.tradier.adapter import TradierBroker
from botd.brokers.transport.door import Carriers
from botd.clock import Clock
from botd.settings.model import (
    AlpacaSettings,
    ClickOptionsSettings,
    CrosstradeSettings,
    IntotesSettings,
    RemoteSettings,
    TastytradeSettings,
    TradierSettings,
)

REAL = Carriers()  # connections of this host


def open_remote(
    chosen: RemoteSettings, account: str, clock: Clock, *, carriers: Carriers = REAL
) -> Broker:
    """
    Give the adapter of a configured broker; nothing is sent yet.

    Args:
        chosen: its table.
        account: the number that the bots' files give; Alpaca's keys open one account only.
        clock: the time.
        carriers: of requests.
    """
    environment = Environment(chosen.environment.value)
    match chosen:
        case AlpacaSettings():
            keys = AlpacaAccess(
                trading_url=chosen.trading_url,
                data_url=chosen.data_url,
                environment=environment,
                key_id=chosen.key_id.reveal,
                secret_key=chosen.secret_key.reveal,
                stream_url=chosen.stream_url,
            )
            return AlpacaBroker(keys, clock, carriers=carriers)
        case TradierSettings():
            token = TradierAccess(chosen.url, environment, chosen.token.reveal, chosen.stream_url)
            return TradierBroker(token, clock, account=account, carriers=carriers)
        case TastytradeSettings():
            login = TastytradeAccess(
                url=chosen.url,
                environment=environment,
                client_secret=chosen.client_secret.reveal,
                refresh_token=chosen.refresh_token.reveal,
                stream_url=chosen.stream_url,
            )
            return TastytradeBroker(login, clock, account=account, carriers=carriers)
        case CrosstradeSettings():
            relay = CrosstradeAccess(
                url=chosen.url,
                stream_url=chosen.stream_url,
                environment=environment,
                token=chosen.token.reveal,
                transport=Transport(chosen.transport.value),
            )
            return CrosstradeBroker(relay, clock, account=account, carriers=carriers)
        case IntotesSettings():
            cookie = IntotesAccess(chosen.url, environment, chosen.refresh_token.reveal)
            return IntotesBroker(cookie, clock, account=account, carriers=carriers)
        case ClickOptionsSettings():
            reader = ClickOptionsAccess(
                url=chosen.url,
                environment=environment,
                token=chosen.token.reveal,
                auth_header=chosen.auth_header,
                auth_scheme=chosen.auth_scheme,
            )
            return ClickOptionsBroker(reader, clock, account=account, carriers=carriers)
