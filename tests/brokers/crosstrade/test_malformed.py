"""Answers spoiled at random, judged by themselves: nothing is concluded out of what is not said."""

import json
from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from botd.brokers.crosstrade.access import Transport
from botd.clock import VirtualClock
from botd.domain.orders import Holding, OrderReport, ReportState
from botd.errors import BrokerError, BrokerUnavailable, OrderRefused, OutcomeUnknown
from tests.brokers.crosstrade.scripted import Answer, Scripted, intent, positions
from tests.brokers.crosstrade.test_document import BOTH, DONE, REFUSED
from tests.brokers.transport.virtual import play
from tests.malformed.reading import strict
from tests.malformed.trees import spoiled

SEED = 20_261_120
CASES = 800
OTHERS = json.loads(positions(("NQ 12-25", 1), account="Sim102")[1])["positions"]
HELD = json.loads(positions(("ES 12-25", 4), ("GC 02-26", -2))[1])["positions"]
LIST = json.dumps({"positions": [*HELD, *OTHERS], "count": 3, "success": True})
BEFORE, AFTER = positions(("ES 12-25", 4)), positions()
NEWER = '{"success": false, "error": "no_position", "detail": "No position found for ES 12-25"}'


def spoil(seed: int, body: str) -> str:
    """Spoil one place of an answer, or two."""
    rng = Random(seed)  # noqa: S311 - for a test's order of events
    borrowed = json.loads(DONE)["closedPositions"][0]
    raw = body.encode()
    for _ in range(rng.choice((1, 1, 2))):
        try:
            _, raw = spoiled(rng, raw, borrowed)
        except (ValueError, RecursionError):  # spoiled beyond reading
            break
    return raw.decode("utf-8", "replace")


async def come_of(clock: VirtualClock, transport: Transport, call: str, *answers: Answer) -> object:
    """Give what a call comes to, an error too; only declared ones are."""
    broker = Scripted(*answers, *[AFTER] * 4).broker(transport, clock)
    ask = broker.submit(intent("future:ES 12-25", -1, 4)) if call == "submit" else broker.holdings()
    try:
        return await ask
    except BrokerError as error:
        return error
    finally:
        await broker.aclose()


def says_no(tree: Any) -> bool:  # noqa: ANN401 - any JSON
    """Whether an answer is one of the two envelopes of a no."""
    if not isinstance(tree, dict) or tree.get("success") not in (None, False):
        return False
    error = tree.get("error")
    return isinstance(error, str) and bool(error.strip())


def says_done(tree: Any) -> bool:  # noqa: ANN401 - any JSON
    """Whether an answer says that the four ES of Sim101 are being closed."""
    if not isinstance(tree, dict) or tree.get("success") is not True or tree.get("error"):
        return False
    rows = tree.get("closedPositions")
    return isinstance(rows, list) and any(
        isinstance(row, dict)
        and str(row.get("account")).strip().lower() == "sim101"
        and str(row.get("instrument")).strip() in {"ES 12-25", "ESZ25"}
        for row in rows
    )


def held_in(tree: Any) -> dict[str, int] | None:  # noqa: ANN401 - any JSON
    """Count what Sim101 holds, by the names that the answer gives; None: it cannot be counted."""
    if not isinstance(tree, dict) or tree.get("success") is not True or tree.get("error"):
        return None
    rows = tree.get("positions")
    if not isinstance(rows, list) or tree.get("count") not in (None, "", len(rows), str(len(rows))):
        return None
    try:
        counted = list(_counted(rows))
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError):
        return None
    found = dict(counted)
    return found if len(found) == len(counted) else None


def _counted(rows: list[Any]) -> Iterator[tuple[str, int]]:
    for row in rows:
        if str(row["account"]).strip().lower() != "sim101":
            continue
        quantity = Decimal(str(row["quantity"]))
        sign = {"Long": 1, "Short": -1, "Flat": 0}[row["marketPosition"].strip()]
        if quantity != int(quantity) or quantity < 0 or (quantity and not sign):
            raise ValueError(row)
        if quantity:
            yield str(row["instrument"]).strip(), sign * int(quantity)


@BOTH
@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(200, DONE, id="done"),
        pytest.param(400, REFUSED, id="refused"),
        pytest.param(400, NEWER, id="refused in the newer envelope"),
    ],
)
def test_answer_to_a_close(transport: Transport, status: int, body: str) -> None:
    """It is done, or refused, only where the answer itself says so."""

    async def main(clock: VirtualClock) -> set[str]:
        kinds = set()
        for number in range(CASES):
            said = spoil(SEED + number, body)
            found = await come_of(clock, transport, "submit", BEFORE, (status, said))
            tree = strict(said.encode())
            kinds.add(type(found).__name__)
            match found:
                case OrderRefused():
                    assert says_no(tree), (number, said)
                case OrderReport():
                    assert status == 200, (number, said)
                    assert says_done(tree), (number, said)
                    assert 4 == found.filled_units
                case BrokerUnavailable():
                    raise AssertionError((number, said, found))
                case _:
                    assert isinstance(found, OutcomeUnknown), (number, said, found)
        return kinds

    usual = "OrderReport" if status == 200 else "OrderRefused"
    assert {usual, "OutcomeUnknown"} <= play(main)


@BOTH
def test_list_of_positions(transport: Transport) -> None:
    """What is told is counted, all of it and nothing else; what cannot be is no list."""

    async def main(clock: VirtualClock) -> set[str]:
        kinds = set()
        for number in range(2 * CASES):
            said = spoil(SEED + number, LIST)
            found = await come_of(clock, transport, "holdings", (200, said))
            kinds.add(type(found).__name__)
            if isinstance(found, tuple):
                told = held_in(strict(said.encode()))
                assert told is not None, (number, said)
                names = {each.symbol.removeprefix("future:"): each.quantity for each in found}
                assert told == names, (number, said)
                assert all(isinstance(each, Holding) for each in found)
            else:
                assert isinstance(found, OutcomeUnknown), (number, said, found)
        return kinds

    assert {"tuple", "OutcomeUnknown"} == play(main)


@BOTH
def test_a_close_was_forgotten_though_it_was_taken(transport: Transport) -> None:
    """Nothing was listed right before: its outcome is unknown, but the broker has it."""

    async def told(clock: VirtualClock) -> tuple[bool, OrderReport | None]:
        broker = Scripted(AFTER, (200, DONE), *[AFTER] * 4).broker(transport, clock)
        order = intent("future:ES 12-25", -1, 4)
        try:
            with pytest.raises(OutcomeUnknown):
                await broker.submit(order)
            return True, await broker.look_up(order.client_order_id)
        finally:
            await broker.aclose()

    is_unknown, report = play(told)
    assert is_unknown
    assert report is not None
    assert (ReportState.WORKING, 0) == (report.state, report.filled_units)
