from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from botd.brokers.transport.door import Carriers
from botd.clock import SystemClock
from botd.domain.bot import Mode
from botd.errors import BrokerError
from botd.service.adapters import open_remote
from botd.settings.model import (
    AccountEnvironment,
    AlpacaSettings,
    ClickOptionsSettings,
    CrosstradeSettings,
    CrosstradeTransport,
    IntotesSettings,
    RemoteSettings,
    TastytradeSettings,
    TradierSettings,
)
from botd.settings.secret import Secret, SecretPlaces, SecretSource

ENVIRON = {"FIRST": "first-value", "SECOND": "second-value"}
PLACES = SecretPlaces(ENVIRON, Path("/"))
FIRST = Secret(SecretSource.ENV, "FIRST", "botd.toml: first", PLACES)
SECOND = Secret(SecretSource.ENV, "SECOND", "botd.toml: second", PLACES)
ALPACA = AlpacaSettings(
    name="a",
    environment=AccountEnvironment.PAPER,
    mode=Mode.ARMED,
    trading_url="https://trading.example",
    data_url="https://data.example",
    stream_url="wss://trading.example/stream",
    key_id=FIRST,
    secret_key=SECOND,
)
TRADIER = TradierSettings(
    name="b",
    environment=AccountEnvironment.LIVE,
    mode=Mode.OBSERVE,
    url="https://tradier.example/v1",
    stream_url="wss://tradier.example/v1/accounts/events",
    token=FIRST,
)
TASTYTRADE = TastytradeSettings(
    name="c",
    environment=AccountEnvironment.PAPER,
    mode=Mode.ARMED,
    url="https://tasty.example",
    stream_url="wss://tasty.example",
    client_secret=FIRST,
    refresh_token=SECOND,
)
CROSSTRADE = CrosstradeSettings(
    name="e",
    environment=AccountEnvironment.PAPER,
    mode=Mode.ARMED,
    url="https://crosstrade.example",
    stream_url="wss://crosstrade.example/ws/stream",
    token=FIRST,
    transport=CrosstradeTransport.WEBSOCKET,
)
INTOTES = IntotesSettings(
    name="d",
    environment=AccountEnvironment.LIVE,
    mode=Mode.OBSERVE,
    url="https://intotes.example",
    refresh_token=FIRST,
)
CLICKOPTIONS = ClickOptionsSettings(
    name="f",
    environment=AccountEnvironment.LIVE,
    mode=Mode.OBSERVE,
    url="https://clickoptions.example/api",
    token=FIRST,
)


class Listener:
    """A broker that writes down what it is asked, and answers nothing of use."""

    def __init__(self) -> None:
        self.heard: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(request)
        return httpx.Response(503, json={"message": "away"})

    @property
    def carriers(self) -> Carriers:
        carrier = httpx.MockTransport(self)
        return Carriers(orders=carrier, reads=carrier)


@pytest.mark.parametrize(
    ("chosen", "kind", "url"),
    [
        pytest.param(ALPACA, "alpaca", "https://trading.example/v2/", id="Alpaca"),
        pytest.param(TRADIER, "tradier", "https://tradier.example/v1/", id="Tradier"),
        pytest.param(TASTYTRADE, "tastytrade", "https://tasty.example/oauth/", id="tastytrade"),
        pytest.param(
            CROSSTRADE, "crosstrade", "https://crosstrade.example/v1/api/", id="CrossTrade"
        ),
        pytest.param(
            CLICKOPTIONS,
            "clickoptions",
            "https://clickoptions.example/api/v1/positions",
            id="ClickOptions",
        ),
        pytest.param(INTOTES, "intotes", "https://intotes.example/api/v1/auth/", id="Intotes"),
    ],
)
async def test_an_adapter_calls_where_its_table_says(
    chosen: RemoteSettings, kind: str, url: str
) -> None:
    """The address is the table's, and the credentials are in the request and nowhere else."""
    listener = Listener()
    broker = open_remote(chosen, "PA1", SystemClock(), carriers=listener.carriers)
    assert [] == listener.heard

    with pytest.raises(BrokerError) as caught:
        await broker.account()

    await broker.aclose()
    [request, *_] = listener.heard
    assert kind == broker.card.kind
    assert str(request.url).startswith(url)
    sent = f"{dict(request.headers)} {request.content.decode()}"
    assert all(value.reveal() in sent for value in chosen.credentials)
    assert "first-value" not in f"{caught.value!r} {caught.value} {chosen!r}"


async def test_a_credential_that_is_gone_is_no_crash() -> None:
    """It stops the account, as a credential that the broker refuses does."""
    missing = replace(FIRST, name="NOWHERE")
    listener = Listener()
    broker = open_remote(
        replace(TRADIER, token=missing), "VA1", SystemClock(), carriers=listener.carriers
    )

    with pytest.raises(BrokerError, match="NOWHERE is not set"):
        await SystemClock().within(broker.account(), SystemClock().now() + timedelta(seconds=5))

    assert [] == listener.heard
    await broker.aclose()
