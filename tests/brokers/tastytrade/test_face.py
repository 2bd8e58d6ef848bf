"""What the stand-in does, so that an adapter that forgets something is caught."""

import json

import pytest

from tests.brokers.paper.day import PUT_745, PUT_750
from tests.brokers.tastytrade.standing import ACCOUNT, Standing, order_of
from tests.servers.face import Reply
from tests.servers.tastytrade import CLIENT_SECRET, REFRESH_TOKEN

ORDERS = f"/accounts/{ACCOUNT}/orders"
STRICT = {"strict-position-effect-validation": True}


def told(reply: Reply) -> dict[str, object]:
    found = json.loads(reply.body)
    assert isinstance(found, dict)
    return found


def placed(standing: Standing, **changes: object) -> Reply:
    return standing.ask("POST", ORDERS, json.dumps(order_of(**changes)).encode())


def test_without_the_strict_flag_a_close_of_nothing_opens() -> None:
    """That is what the flag is for: silently, and with a warning that nobody reads."""
    standing = Standing()
    standing.exchange.held.clear()

    reply = placed(standing)

    assert 201 == reply.status
    assert {PUT_750: 1} == standing.exchange.held
    assert b"closing_with_no_position" in reply.body


def test_with_the_strict_flag_a_close_of_nothing_is_refused() -> None:
    """Nothing happens."""
    standing = Standing()
    standing.exchange.held.clear()

    reply = placed(standing, **{"advanced-instructions": STRICT})

    assert 422 == reply.status
    assert {} == standing.exchange.held


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"authorization": "Bearer token-of-a-test"}, id="no User-Agent"),
        pytest.param(
            {"authorization": "Bearer token-of-a-test", "user-agent": "python"},
            id="a User-Agent without a version",
        ),
        pytest.param({"user-agent": "test/1"}, id="no token"),
        pytest.param(
            {"user-agent": "test/1", "authorization": "Bearer other"}, id="an unknown token"
        ),
        pytest.param({"user-agent": "test/1", "authorization": "token-of-a-test"}, id="no bearer"),
    ],
)
def test_who_does_not_say_who_it_is_gets_nothing(headers: dict[str, str]) -> None:
    """Each is a 401."""
    reply = Standing().ask("GET", f"/accounts/{ACCOUNT}/positions", headers=headers)

    assert 401 == reply.status


def test_other_accounts_are_not_permitted() -> None:
    """A 403, as the documents say."""
    assert 403 == Standing().ask("GET", "/accounts/5WT99999/positions").status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param((REFRESH_TOKEN, CLIENT_SECRET), 200, id="the right ones"),
        pytest.param((REFRESH_TOKEN, "guess"), 401, id="another secret"),
        pytest.param(("guess", CLIENT_SECRET), 401, id="another token"),
    ],
)
def test_tokens_are_given_for_the_right_secrets(body: tuple[str, str], status: int) -> None:
    """A token ends after a quarter of an hour."""
    token, secret = body
    asked = {"grant_type": "refresh_token", "refresh_token": token, "client_secret": secret}
    reply = Standing().ask(
        "POST", "/oauth/token", json.dumps(asked).encode(), {"user-agent": "t/1"}
    )

    assert status == reply.status
    assert status != 200 or 900 == told(reply)["expires_in"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        pytest.param({"price-effect": "Credit"}, 422, id="bought for a credit"),
        pytest.param({"price": None}, 400, id="no price"),
        pytest.param({"price": "-1.00"}, 400, id="a price below zero"),
        pytest.param({"order-type": "Market"}, 400, id="a market order with a price"),
        pytest.param({"time-in-force": "GTC"}, 400, id="not a day order"),
        pytest.param({"legs": []}, 400, id="no legs"),
    ],
)
def test_bodies_that_break_the_rules_are_refused(changes: dict[str, object], status: int) -> None:
    """Nothing is taken."""
    standing = Standing()

    assert status == placed(standing, **changes).status
    assert {} == standing.exchange.orders


def test_unpadded_symbol_is_not_known() -> None:
    """Symbols are those of OCC, with their spaces."""
    body = order_of()
    body["legs"][0]["symbol"] = PUT_750
    reply = Standing().ask("POST", ORDERS, json.dumps(body).encode())

    assert 400 == reply.status


def test_market_package_is_refused() -> None:
    """Market orders have one leg."""
    body = order_of()
    other = body["legs"][0] | {"symbol": f"GOOG  {PUT_745[4:]}", "action": "Sell to Close"}
    market = {key: value for key, value in body.items() if key not in {"price", "price-effect"}} | {
        "order-type": "Market",
        "legs": [*body["legs"], other],
    }

    assert 422 == Standing().ask("POST", ORDERS, json.dumps(market).encode()).status


def test_second_order_with_the_same_label_is_taken() -> None:
    """The label is a label."""
    standing = Standing()
    labelled = {"external-identifier": "bd1-a", "advanced-instructions": STRICT, "price": "0.50"}

    assert [201, 201] == [placed(standing, **labelled).status for _ in range(2)]


def test_pages_are_of_ten_where_nothing_else_is_asked() -> None:
    """Newest first, and the rest is on the next page."""
    standing = Standing()
    standing.exchange.hold({PUT_750: -20})
    for _ in range(12):
        placed(standing, price="0.50")

    found = told(standing.ask("GET", ORDERS))

    assert isinstance(found["data"], dict)
    assert 10 == len(found["data"]["items"])
    assert isinstance(found["pagination"], dict)
    assert (12, 2) == (found["pagination"]["total-items"], found["pagination"]["total-pages"])
    numbers = [each["id"] for each in found["data"]["items"]]
    assert sorted(numbers, reverse=True) == numbers
