"""
The two calls of the document, each with every status that it has, replayed.

The face is held against the OpenAPI of the document itself, and lies are found.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.brokers.clickoptions.answers import CALL
from tests.brokers.clickoptions.standing import Standing
from tests.servers.clickoptions import TOKEN, ClickOptionsFace
from tests.servers.clickoptions_checked import (
    MISSING,
    CheckedClickOptions,
    Violation,
    description,
    is_described,
    reply_faults,
)
from tests.servers.face import Reply, Request

pytestmark = pytest.mark.skipif(not is_described(), reason=MISSING)
LIST, ONE = "/v1/positions", "/v1/positions/{id}"
Pairs = tuple[tuple[str, str], ...]


def ask(standing: Standing, path: str, *query: tuple[str, str]) -> Reply:
    headers = {"authorization": f"Bearer {TOKEN}"}
    return standing.face.handle(Request("GET", f"/api{path}", query, headers))


@pytest.fixture
def standing() -> Standing:
    """An account with an open, a closed, an exercised and a liquidated position."""
    made = Standing()
    made.let_ask_wrongly()
    for symbol in (CALL, CALL.replace("90000", "91000"), CALL.replace("90000", "92000")):
        made.exchange.hold({symbol: 3})
    made.face.book.catch_up()
    made.exchange.vanish(CALL, 3)
    made.exchange.liquidate(CALL.replace("90000", "91000"), 3, "400")
    made.face.book.catch_up()
    parent = made.face.book.rows[2].number
    made.face.book.open("crypto:ETH-26NOV26-3000-C", "2", made.clock.now(), parent=parent)
    made.exchange.close_at("ETH", made.face.book.rows[3].ends_at.date(), "3100")
    return made


@pytest.mark.parametrize(
    ("template", "path", "query", "status"),
    [
        pytest.param(LIST, LIST, (), 200, id="all positions"),
        *[
            pytest.param(LIST, LIST, (("status", each),), 200, id=each)
            for each in ("open", "closed", "exercised", "liquidated")
        ],
        pytest.param(LIST, LIST, (("symbol", "BTC-27NOV26-90000-C"),), 200, id="of a symbol"),
        pytest.param(LIST, LIST, (("page", "2"), ("size", "1")), 200, id="another page"),
        pytest.param(LIST, LIST, (("page", "0"),), 400, id="no page"),
        pytest.param(LIST, LIST, (("size", "many"),), 400, id="no size"),
        pytest.param(LIST, LIST, (("status", "expired"),), 400, id="no status"),
        pytest.param(ONE, f"{LIST}/7001", (), 200, id="one position"),
        pytest.param(ONE, f"{LIST}/BTC", (), 400, id="an id that is no number"),
        pytest.param(ONE, f"{LIST}/1", (), 404, id="no such position"),
    ],
)
def test_every_answer_is_the_documents(
    standing: Standing, template: str, path: str, query: Pairs, status: int
) -> None:
    """The status is documented, and the body is of its schema."""
    reply = ask(standing, path, *query)

    assert status == reply.status
    assert str(status) in description()["paths"][template]["get"]["responses"]
    assert isinstance(standing.face, CheckedClickOptions)
    assert 1 == standing.face.n_checked


@pytest.mark.parametrize("path", [LIST, f"{LIST}/7001"])
def test_a_fault_of_theirs_is_the_documents(standing: Standing, path: str) -> None:
    """500 has the shape of every error."""
    reply = standing.face.fault(500, "INTERNAL_ERROR", "Internal server error")

    assert [] == list(reply_faults(Request("GET", f"/api{path}", (), {}), reply))


def test_everything_documented_is_replayed() -> None:
    """No operation, status or filter of the document is left out here."""
    marks = test_every_answer_is_the_documents.pytestmark  # type: ignore[attr-defined]
    rows = [each.values for each in marks[0].args[1]]
    told = {(template, str(status)) for template, _, _, status in rows}
    told |= {(LIST, "500"), (ONE, "500")}
    operations = description()["paths"]

    assert {
        (path, status) for path, each in operations.items() for status in each["get"]["responses"]
    } == told
    assert {each["name"] for each in operations[LIST]["get"]["parameters"]} == {
        name for _, _, query, _ in rows for name, _ in query
    }


def test_statuses_are_all_there(standing: Standing) -> None:
    """The account of these tests has a position of each."""
    found = json.loads(ask(standing, LIST).body)["items"]

    assert {"open", "closed", "exercised", "liquidated"} == {each["status"] for each in found}


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param(lambda item: item.update(size=0.03), id="a number that is one"),
        pytest.param(lambda item: item.update(positionId=7001), id="an id that is a number"),
        pytest.param(lambda item: item.update(expiryDate="1795766400000"), id="an instant as text"),
        pytest.param(lambda item: item.update(exercisePlClosed="0"), id="a name spelt well"),
        pytest.param(lambda item: item.pop("excercisePlClosed"), id="a name left out"),
    ],
)
def test_a_lie_is_found(standing: Standing, lie: Callable[[dict[str, Any]], object]) -> None:
    """Types, names and what is left out."""
    item = json.loads(ask(standing, f"{LIST}/7001").body)
    lie(item)
    request = Request("GET", f"/api{LIST}/7001", (), {})

    assert [] != list(reply_faults(request, Reply(200, json.dumps(item).encode())))


@pytest.mark.parametrize(
    ("path", "query"),
    [
        pytest.param(LIST, (("pageSize", "20"),), id="the orders' name of a size"),
        pytest.param(LIST, (("page", "one"),), id="no number"),
        pytest.param(f"{LIST}/BTC", (), id="an id that is no number"),
        pytest.param("/v1/orders", (), id="another call"),
    ],
)
def test_a_wrong_request_is_found(path: str, query: Pairs) -> None:
    """An adapter that asks otherwise than the document does is no adapter of it."""
    standing = Standing()

    with pytest.raises(Violation):
        ask(standing, path, *query)


def test_the_face_alone_checks_nothing() -> None:
    """Where the document is not at hand the tests go on without it."""
    standing = Standing()
    standing.face = ClickOptionsFace(standing.exchange)

    assert 404 == ask(standing, "/v1/orders").status
