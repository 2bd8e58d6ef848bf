"""
The stand-in for Alpaca, held against the vendor's published descriptions.

The same check stands before the contract suite (`tests.contract.alpaca_stand`).
"""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from openapi_core import OpenAPI

from tests.brokers.paper.day import instant
from tests.servers import alpaca_words as say
from tests.servers.alpaca import AlpacaFace
from tests.servers.alpaca_asking import KEYS, LATER, LONG, SHORT, World, package, single
from tests.servers.alpaca_checked import (
    DATA,
    EXEMPT,
    MISSING,
    SPECS,
    TRADING,
    CheckedFace,
    Violation,
    are_described,
)
from tests.servers.face import Reply, Request

pytestmark = pytest.mark.skipif(not are_described(), reason=MISSING)
ACTIVITIES = "/v2/account/activities"
Lie = Callable[[dict[str, Any]], object]


class LyingFace(AlpacaFace):
    """Answers as the face does, with one thing changed."""

    def __init__(self, honest: AlpacaFace, lie: Lie) -> None:
        super().__init__(honest.exchange)
        self._lie = lie

    def handle(self, request: Request) -> Reply:
        reply = super().handle(request)
        found = json.loads(reply.body)
        self._lie(found)
        return Reply(reply.status, json.dumps(found).encode(), reply.headers)


@pytest.fixture
def world() -> World:
    made = World()
    made.exchange.hold({SHORT: -9, LONG: 9, LATER: 1, "GOOG": 100})
    made.face = CheckedFace(made.alpaca)
    return made


def trade(world: World) -> None:
    """Go through everything that the description of orders has."""
    taken = world.submit(single()).found
    packed = world.submit(package(limit_price="0.50")).found
    path = f"/v2/orders/{taken['id']}"
    new = world.ask("PATCH", path, body={"limit_price": "0.85"}).found
    for body in (
        single(client_order_id="filled", limit_price="1.00"),
        package(client_order_id="paid"),
        single(client_order_id="many", qty="50"),
        single(client_order_id="none", symbol="GOOG151224P00100000"),
        single(qty=3, limit_price=0.8, client_order_id="numbers"),
    ):
        world.submit(body)
    world.submit(single())
    for query in ({"nested": "true"}, {}, {"status": "all", "limit": "3", "direction": "asc"}):
        world.get("/v2/orders", **query)
    world.get(f"/v2/orders/{packed['id']}", nested="true")
    world.get(f"/v2/orders/{packed['legs'][0]['id']}")
    world.get("/v2/orders:by_client_order_id", client_order_id="x-2")
    world.ask("GET", "/v2/orders:by_client_order_id", query={"client_order_id": "nobody"})
    world.ask("GET", "/v2/orders", query={"limit": "501"})
    world.ask("PATCH", path, body={"limit_price": "0.90"})
    world.ask("DELETE", f"/v2/orders/{new['id']}")
    world.ask("DELETE", f"/v2/orders/{new['id']}")
    world.ask("DELETE", "/v2/orders/of-nobody")
    world.ask("DELETE", "/v2/orders")


def read(world: World) -> None:
    """Go through everything else that the trading host has."""
    for path in ("/v2/account", "/v2/positions", "/v2/clock", f"/v2/positions/{SHORT}"):
        world.get(path)
    world.ask("GET", "/v2/positions/NOBODY")
    world.get("/v2/calendar", start="2015-12-20", end="2015-12-31")
    world.get("/v2/options/contracts", underlying_symbols="GOOG", show_deliverables="true")
    world.get("/v2/options/contracts", ppind="false", expiration_date_lte="2016-02-01", limit="2")
    world.get(f"/v2/options/contracts/{SHORT}")
    world.ask("GET", "/v2/options/contracts/NOBODY")
    world.exchange.assign(SHORT, 1)
    world.exchange.close_at("GOOG", date(2015, 12, 24), "748.40")
    world.at(instant("15:00", "2015-12-28"))
    world.get(ACTIVITIES, activity_types="OPASN,OPTRD,OPEXP,OPEXC", after="2015-12-24")
    world.get(ACTIVITIES, category="trade_activity", page_size="2")
    world.get(f"{ACTIVITIES}/OPASN")


def watch(world: World) -> None:
    """Go through everything that the market data host has."""
    options, stocks = "/v1beta1/options", "/v2/stocks"
    world.exchange.trade(SHORT, "0.90")
    world.get(f"{options}/quotes/latest", symbols=f"{SHORT},{LONG}", feed="opra")
    world.get(f"{options}/trades/latest", symbols=SHORT, feed="indicative")
    world.get(f"{options}/snapshots", symbols=SHORT, limit="1")
    world.get(f"{options}/snapshots/GOOG", type="put")
    for name in ("quotes/latest", "trades/latest", "snapshots"):
        world.get(f"{stocks}/{name}", symbols="GOOG", feed="iex")
    world.exchange.close_at("GOOG", date(2015, 12, 24), "748.40")
    days = {"symbols": "GOOG", "start": "2015-12-24", "end": "2015-12-24"}
    world.get(f"{stocks}/bars", timeframe="1Day", **days)
    world.get(f"{stocks}/auctions", **days)
    world.ask("GET", f"{options}/quotes/latest", query={"symbols": "GOOG"})
    world.alpaca.subscription.has_opra = False
    world.alpaca.subscription.opra_refusal = say.Words(422, None, "OPRA agreement is not signed")
    refused = {"symbols": SHORT, "feed": "opra"}
    world.ask("GET", f"{options}/quotes/latest", query=refused)
    world.alpaca.subscription.opra_refusal = say.NO_OPRA
    world.ask("GET", f"{options}/quotes/latest", query=refused)


def refuse(world: World) -> None:
    """Ask with other keys, and send a body that is none."""
    wrong = {**KEYS, "apca-api-secret-key": "wrong"}
    world.ask("GET", "/v2/account", keys=wrong)
    world.ask("GET", "/v1beta1/options/quotes/latest", query={"symbols": SHORT}, keys=wrong)
    world.face = CheckedFace(world.alpaca, tolerates_requests=True)
    world.face.handle(Request("POST", "/v2/orders", (), KEYS, b"{"))


@pytest.mark.parametrize("day", [trade, read, watch, refuse])
def test_what_passes_is_described(world: World, day: Callable[[World], None]) -> None:
    """Every request and reply is as the descriptions have it, save for what is exempt."""
    day(world)

    assert isinstance(world.face, CheckedFace)
    assert [] == world.face.violations
    assert world.face.n_checked


def test_every_exemption_is_met(world: World) -> None:
    """The table of exemptions holds what the live API does, and nothing to spare."""
    met = set()
    for day in (trade, watch, read, refuse):
        assert isinstance(world.face, CheckedFace)
        checked = world.face
        day(world)
        met |= checked.exempted
        assert isinstance(world.face, CheckedFace)
        met |= world.face.exempted

    assert set(EXEMPT) == met


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "words"),
    [
        pytest.param(
            *("POST", "/v2/orders", {}, single(side="short")),
            r"POST /v2/orders: \$\.side: 'short' is not one of",
            id="a side that there is not",
        ),
        pytest.param(
            *("POST", "/v2/orders", {}, single(time_in_force=None)),
            r"POST /v2/orders: \$: 'time_in_force' is a required property",
            id="an order that lacks something",
        ),
        pytest.param(
            *("POST", "/v2/orders", {}, single(qty=[1])),
            r"POST /v2/orders: \$\.qty: ",
            id="a list for a number",
        ),
        pytest.param(
            *("GET", "/v2/orders", {"status": "living"}, None),
            r"GET /v2/orders: field status: ",
            id="a status that there is not",
        ),
        pytest.param(
            *("GET", "/v2/orders", {"state": "open"}, None),
            r"GET /v2/orders: field state: unknown",
            id="a field that there is not",
        ),
        pytest.param(
            *("GET", "/v1beta1/options/quotes/latest", {}, None),
            r"GET /v1beta1/options/quotes/latest: field symbols: Missing",
            id="a query that lacks something",
        ),
        pytest.param(
            *("GET", "/v2/nothing", {}, None),
            r"GET /v2/nothing: Path not found",
            id="a path that there is not",
        ),
    ],
)
def test_undescribed_request_fails(
    world: World,
    method: str,
    path: str,
    query: Mapping[str, str],
    body: Mapping[str, Any] | None,
    words: str,
) -> None:
    """A request that the description does not have is named, with what is wrong."""
    with pytest.raises(Violation, match=words):
        world.ask(method, path, query=query, body=body)


def test_request_without_keys_fails(world: World) -> None:
    """The description wants two headers."""
    with pytest.raises(Violation, match="GET /v2/clock: Security not found"):
        world.ask("GET", "/v2/clock", keys={})


@pytest.mark.parametrize(
    ("path", "lie", "words"),
    [
        pytest.param(
            "/v2/clock",
            lambda found: found.pop("next_close"),
            r"GET /v2/clock -> 200: \$: 'next_close' is a required property",
            id="a clock without the next close",
        ),
        pytest.param(
            "/v2/account",
            lambda found: found.update(cash=100_000),
            r"GET /v2/account -> 200: \$\.cash: 100000 is not of type 'string'",
            id="a number for text",
        ),
        pytest.param(
            f"/v2/positions/{SHORT}",
            lambda found: found.update(side="flat"),
            r"-> 200: \$\.side: 'flat' is not one of",
            id="a side that there is not",
        ),
        pytest.param(
            "/v2/positions/NOBODY",
            lambda found: found.pop("code"),
            r"-> 404: \$\.code: not a number",
            id="an error without a code",
        ),
    ],
)
def test_undescribed_reply_fails(world: World, path: str, lie: Lie, words: str) -> None:
    """A reply that the description does not have is named, and kept."""
    world.face = CheckedFace(LyingFace(world.alpaca, lie))

    with pytest.raises(Violation, match=words):
        world.ask("GET", path)

    assert world.face.violations


@pytest.mark.parametrize("name", [TRADING, DATA])
def test_descriptions_are_sound(name: str) -> None:
    """The files are OpenAPI themselves; elsewhere they are loaded without asking."""
    assert OpenAPI.from_file_path(str(SPECS / name)).spec
