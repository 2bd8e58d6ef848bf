"""The stand-in for Alpaca: what it tells of the account, the market and the calendar."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.brokers.paper.day import instant
from tests.servers import alpaca_words as say
from tests.servers.alpaca_asking import CALL, LATER, LONG, SHORT, World
from tests.servers.alpaca_words import Words
from tests.servers.exchange_rules import PENNY_PROGRAM


@pytest.fixture
def world() -> World:
    return World()


def test_keys_are_wanted(world: World) -> None:
    """Without the right keys every path is 401, and nothing is told."""
    for keys in ({}, {"apca-api-key-id": "PK", "apca-api-secret-key": "none"}):
        answered = world.ask("GET", "/v2/account", keys=keys)

        assert (401, 40110000, "request is not authorized") == answered.no


def test_unknown_path_is_not_found(world: World) -> None:
    """What the documents do not have is 404."""
    assert (404, 40410000, "endpoint not found") == world.ask("GET", "/v2/nothing").no


def test_account_is_told_in_text(world: World) -> None:
    """Every amount is text; a block shows in two fields."""
    world.exchange.hold({SHORT: -2, "GOOG": 10})

    account = world.get("/v2/account")

    assert ("PA3TEST", "ACTIVE", 3, False) == tuple(
        account[name]
        for name in ("account_number", "status", "options_trading_level", "trading_blocked")
    )
    assert ("100000", "7496.2", "-170", "107326.2") == tuple(
        account[name] for name in ("cash", "long_market_value", "short_market_value", "equity")
    )
    world.exchange.blocked = "account is blocked"
    assert world.get("/v2/account")["account_blocked"]


def test_positions_are_signed_text(world: World) -> None:
    """A short is negative and says so; its contract symbol has no padding."""
    world.exchange.hold({SHORT: -2, "GOOG": 100})

    short, shares = world.get("/v2/positions")

    assert (SHORT, "us_option", "-2", "-2", "short", "") == tuple(
        short[name]
        for name in ("symbol", "asset_class", "qty", "qty_available", "side", "exchange")
    )
    assert ("GOOG", "us_equity", "100", "long") == tuple(
        shares[name] for name in ("symbol", "asset_class", "qty", "side")
    )
    assert short == world.get(f"/v2/positions/{short['asset_id']}")
    assert (404, 40410000, "position does not exist") == world.ask(
        "GET", f"/v2/positions/{LONG}"
    ).no


def test_clock_is_new_yorks(world: World) -> None:
    """The clock tells the early close, and the next opening after the holiday."""
    assert {
        "timestamp": "2015-12-24T12:50:00.000000000-05:00",
        "is_open": True,
        "next_open": "2015-12-28T09:30:00-05:00",
        "next_close": "2015-12-24T13:00:00-05:00",
    } == world.get("/v2/clock")


def test_calendar_tells_the_early_close(world: World) -> None:
    """A holiday is missing, a half-day closes at 13:00."""
    days = world.get("/v2/calendar", start="2015-12-23", end="2015-12-28")

    assert [("2015-12-23", "16:00"), ("2015-12-24", "13:00"), ("2015-12-28", "16:00")] == [
        (each["date"], each["close"]) for each in days
    ]
    settled = world.get(
        "/v2/calendar", start="2015-12-28", end="2015-12-28", date_type="SETTLEMENT"
    )
    assert ["2015-12-24"] == [each["date"] for each in settled]


def test_contracts_are_listed_until_the_weekend(world: World) -> None:
    """Only what expires this week, unless asked; the penny programme is a filter."""
    world.exchange.ticks["GOOG"] = PENNY_PROGRAM

    def names(**query: str) -> list[str]:
        return [
            each["symbol"]
            for each in world.get("/v2/options/contracts", **query)["option_contracts"]
        ]

    assert [CALL, LONG, SHORT] == names(underlying_symbols="GOOG")
    assert [LATER] == names(expiration_date="2016-01-15")
    assert [CALL] == names(type="call")
    assert [SHORT] == names(type="put", strike_price_gte="750")
    assert [] == names(ppind="false")
    assert [CALL, LONG, SHORT] == names(ppind="true")


def test_contracts_come_in_pages(world: World) -> None:
    """A token leads to the next page, and the last page has none."""
    first = world.get("/v2/options/contracts", limit="2")

    second = world.get("/v2/options/contracts", limit="2", page_token=first["next_page_token"])

    assert [CALL, LONG] == [each["symbol"] for each in first["option_contracts"]]
    assert [SHORT] == [each["symbol"] for each in second["option_contracts"]]
    assert None is second["next_page_token"]


def test_one_contract_is_told(world: World) -> None:
    """Terms come by symbol or id; what stopped trading is inactive."""
    found = world.get(f"/v2/options/contracts/{SHORT}")

    assert ("750", "put", "american", "100", True, "active") == tuple(
        found[name]
        for name in ("strike_price", "type", "style", "multiplier", "tradable", "status")
    )
    assert found == world.get(f"/v2/options/contracts/{found['id']}")
    world.at(instant("15:00", "2015-12-28"))
    later = world.get(f"/v2/options/contracts/{SHORT}")
    assert ("inactive", False) == (later["status"], later["tradable"])
    assert 404 == world.ask("GET", "/v2/options/contracts/GOOG151224P00100000").status


def test_assignment_is_told_the_next_day(world: World) -> None:
    """Contract and shares are two lines of one group; before the next morning there is none."""
    world.exchange.hold({SHORT: -2})
    world.exchange.assign(SHORT, 2)

    assert [] == world.get("/v2/account/activities", activity_types="OPASN,OPTRD")

    world.at(instant("14:35", "2015-12-28"))
    lines = world.get("/v2/account/activities", activity_types="OPASN,OPTRD")
    told = {line["activity_type"]: line for line in lines}
    assert (SHORT, "2", "0", "2015-12-24") == tuple(
        told["OPASN"][name] for name in ("symbol", "qty", "net_amount", "date")
    )
    assert ("GOOG", "200", "750", "-150000") == tuple(
        told["OPTRD"][name] for name in ("symbol", "qty", "price", "net_amount")
    )
    assert told["OPASN"]["group_id"] == told["OPTRD"]["group_id"]


def test_exercise_and_expiry_are_told(world: World) -> None:
    """A long that was exercised counts down, a long that expired too."""
    world.exchange.hold({SHORT: 3, LONG: 1})
    world.exchange.close_at("GOOG", date(2015, 12, 24), "748.40")
    world.at(instant("14:35", "2015-12-28"))

    lines = world.get("/v2/account/activities", category="non_trade_activity", direction="asc")

    assert {("OPEXC", SHORT, "-3"), ("OPTRD", "GOOG", "-300"), ("OPEXP", LONG, "-1")} == {
        (line["activity_type"], line["symbol"], line["qty"]) for line in lines
    }


def test_activities_come_in_pages(world: World) -> None:
    """The last line's id leads on, in either direction, and fills stand beside events."""
    world.exchange.hold({SHORT: -3})
    for name in ("a", "b", "c"):
        world.submit(_at_market(name))
    path = "/v2/account/activities"

    everything = world.get(path, direction="asc")
    first = world.get(path, direction="asc", page_size="2")
    second = world.get(path, direction="asc", page_size="2", page_token=first[-1]["id"])

    assert ["FILL"] * 3 == [line["activity_type"] for line in everything]
    assert everything == first + second
    assert [] == world.get(path, after="2015-12-24T17:50:00.000000999Z")
    assert everything == world.get(path, date="2015-12-24", direction="asc")
    assert 422 == world.ask("GET", path, query={"page_token": "none"}).status


def _at_market(name: str) -> dict[str, Any]:
    return {
        "symbol": SHORT,
        "qty": "1",
        "side": "buy",
        "type": "market",
        "time_in_force": "day",
        "position_intent": "buy_to_close",
        "client_order_id": name,
    }


def test_option_quotes_are_numbers(world: World) -> None:
    """What nobody bids for has a bid of zero; what is not quoted is missing."""
    asked = f"{SHORT},{CALL},GOOG151224P00100000"

    quotes = world.get("/v1beta1/options/quotes/latest", symbols=asked)["quotes"]

    assert {SHORT, CALL} == quotes.keys()
    assert (0.70, 10, 1.00, 10, "2015-12-24T17:50:00.000000624Z") == tuple(
        quotes[SHORT][name] for name in ("bp", "bs", "ap", "as", "t")
    )
    assert (0, 0, 0.40) == tuple(quotes[CALL][name] for name in ("bp", "bs", "ap"))


@pytest.mark.parametrize(
    ("path", "symbols", "message"),
    [
        pytest.param("options/quotes/latest", "GOOG", "invalid symbol: GOOG", id="a ticker"),
        pytest.param(
            "options/snapshots",
            "GOOG  151224P00750000",
            "invalid symbol: GOOG  151224P00750000",
            id="a padded symbol",
        ),
        pytest.param(
            "options/quotes/latest",
            ",".join(f"GOOG151224P{number:08d}" for number in range(1_000, 1_101)),
            "too many symbols: 101, maximum: 100",
            id="a hundred and one",
        ),
    ],
)
def test_one_odd_symbol_spoils_the_request(
    world: World, path: str, symbols: str, message: str
) -> None:
    """Options are asked for by unpadded OCC symbols, a hundred at a time."""
    answered = world.ask("GET", f"/v1beta1/{path}", query={"symbols": symbols})

    assert (400, {"message": message}) == (answered.status, answered.found)


def test_indicative_quotes_are_modified(world: World) -> None:
    """Without a subscription quotes are not the market's, and trades are late."""
    world.alpaca.subscription.has_opra = False
    world.exchange.trade(SHORT, "0.90")
    path = "/v1beta1/options/snapshots"

    shot = world.get(path, symbols=SHORT)["snapshots"][SHORT]

    assert (0.69, 1.01) == (shot["latestQuote"]["bp"], shot["latestQuote"]["ap"])
    assert "latestTrade" not in shot
    world.alpaca.subscription.has_opra = True
    assert 0.9 == world.get(path, symbols=SHORT)["snapshots"][SHORT]["latestTrade"]["p"]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(say.NO_OPRA, id="403"),
        pytest.param(Words(422, None, "OPRA agreement is not signed"), id="422"),
    ],
)
def test_opra_wants_a_subscription(world: World, words: Words) -> None:
    """Asked for by name, a feed that is not subscribed is refused."""
    world.alpaca.subscription.has_opra = False
    world.alpaca.subscription.opra_refusal = words

    answered = world.ask(
        "GET", "/v1beta1/options/quotes/latest", query={"symbols": SHORT, "feed": "opra"}
    )

    assert (words.status, words.body()) == (answered.status, answered.found)


def test_stock_prices_are_told(world: World) -> None:
    """Quote, last trade and a day's bar that still grows."""
    shot = world.get("/v2/stocks/snapshots", symbols="GOOG,ZZZ")

    assert {"GOOG"} == shot.keys()
    assert (749.60, 749.62, 749.62) == (
        shot["GOOG"]["latestQuote"]["bp"],
        shot["GOOG"]["latestTrade"]["p"],
        shot["GOOG"]["dailyBar"]["c"],
    )
    late = {"symbols": "GOOG", "feed": "delayed_sip"}
    assert {"trades": {}} == world.get("/v2/stocks/trades/latest", **late)
    assert {"quotes": {}} == world.get("/v2/stocks/quotes/latest", **late)


def test_sip_wants_a_subscription(world: World) -> None:
    """Without it the newest quarter of an hour is refused, and older bars are not."""
    world.alpaca.subscription.has_sip = False
    query = {"symbols": "GOOG", "timeframe": "1Day", "start": "2015-12-24"}

    answered = world.ask("GET", "/v2/stocks/bars", query={**query, "end": "2015-12-24T17:45:00Z"})

    assert (403, say.NO_SIP.body()) == (answered.status, answered.found)
    assert (
        200
        == world.ask(
            "GET", "/v2/stocks/bars", query={**query, "end": "2015-12-24T17:30:00Z"}
        ).status
    )


def test_official_close_ends_the_days_bar(world: World) -> None:
    """The day's bar shows the last trade until the close is official; the auction tells it."""
    query = {"symbols": "GOOG", "start": "2015-12-24", "end": "2015-12-24"}

    (before,) = world.get("/v2/stocks/bars", timeframe="1Day", **query)["bars"]["GOOG"]
    assert 749.62 == before["c"]
    assert {} == world.get("/v2/stocks/auctions", **query)["auctions"]

    world.at(world.clock.at + timedelta(minutes=20))
    world.exchange.close_at("GOOG", date(2015, 12, 24), "748.40")
    (after,) = world.get("/v2/stocks/bars", timeframe="1Day", **query)["bars"]["GOOG"]
    (day,) = world.get("/v2/stocks/auctions", **query)["auctions"]["GOOG"]
    assert 748.40 == after["c"]
    assert [("6", 748.40), ("M", 748.40)] == [(each["c"], each["p"]) for each in day["c"]]
