from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.domain.bot import Bot
from botd.domain.lots import quantities
from botd.domain.orders import Holding
from botd.domain.position import Management, Position, Status
from botd.domain.session import Session, Sessions
from botd.service.sync_file import text_of
from botd.service.sync_proposal import LeftOut, Proposal, Seen, nobodys, propose
from botd.settings.positions_file import parse_positions
from tests.domain.book import call, position_of, put
from tests.domain.given import SESSION, legs

NOW = SESSION.closes_at - timedelta(minutes=30)
NEXT = Session(
    datetime(2016, 1, 15, tzinfo=UTC).date(),
    datetime(2016, 1, 15, 14, 30, tzinfo=UTC),
    datetime(2016, 1, 15, 21, 0, tzinfo=UTC),
    early_close=False,
)
SESSIONS = Sessions((SESSION, NEXT), first_day=datetime(2015, 12, 1, tzinfo=UTC).date())
BOT = Bot("condors", "alpaca", "PA3ABCDEF")
KEY = (BOT.broker, BOT.account)
P740, P735, C760 = put("740").symbol, put("735").symbol, call("760").symbol
FLEX, COIN = "1GOOG151224P00740000", "BTC/USD"


def seen(held: dict[str, int], *known: Position) -> Seen:
    holdings = tuple(Holding(symbol, quantity) for symbol, quantity in held.items())
    return Seen(KEY, holdings, (), NOW - timedelta(days=7), NOW, known)


def proposal(
    held: dict[str, int], *known: Position, only: tuple[str, ...] = (), now: datetime = NOW
) -> Proposal:
    shown = replace(seen(held, *known), read_at=now)
    return propose(shown, nobodys(shown, only, SESSIONS), BOT, SESSIONS, lambda _: False)


def told(found: Proposal) -> list[tuple[str, int]]:
    return [(one.position.strategy, one.position.units) for one in found.found]


def short_puts(units: int, **changes: object) -> Position:
    """A position of the ledger that holds short 740 puts."""
    position = position_of(*legs("-1 740P"), units=units)
    return replace(position, **changes)  # type: ignore[arg-type]  # the fields of a position


@pytest.mark.parametrize(
    ("held", "known", "expected"),
    [
        pytest.param({P740: -3}, [], [("short put", 3)], id="nobody's"),
        pytest.param({P740: -3}, [short_puts(2)], [("short put", 1)], id="one is nobody's"),
        pytest.param({P740: -3}, [short_puts(3)], [], id="all managed"),
        pytest.param({P740: -2}, [short_puts(3)], [], id="less than managed: a reconcile's work"),
        pytest.param(
            {P740: -3},
            [short_puts(1), short_puts(2, id="goog-2")],
            [],
            id="the same leg in two positions",
        ),
        pytest.param(
            {P740: -1},
            [short_puts(1, managed_by=Management.MANUAL)],
            [],
            id="a person manages it",
        ),
        pytest.param(
            {P740: -1}, [short_puts(1, status=Status.ASSIGNED)], [], id="refused, still held"
        ),
        pytest.param(
            {P735: 2, P740: -3},
            [short_puts(1)],
            [("vertical", 2)],
            id="what is left is grouped",
        ),
        pytest.param({P740: 0}, [], [], id="nothing held"),
        pytest.param({"future:ES 01-16": -2}, [], [("short future", 2)], id="futures"),
        pytest.param(
            {"future:ES 01-16": 2, "future:NQ 01-16": -1},
            [],
            [("long future", 2), ("short future", 1)],
            id="futures do not meet",
        ),
        pytest.param(
            {"crypto:BTC-15JAN16-450-C": -3, "crypto:BTC-15JAN16-500-C": 3},
            [],
            [("vertical", 3)],
            id="a vertical of crypto options",
        ),
    ],
)
def test_what_the_ledger_manages_is_subtracted(
    held: dict[str, int], known: list[Position], expected: list[tuple[str, int]]
) -> None:
    """By quantity, whoever manages it: nothing is taken twice."""
    assert expected == told(proposal(held, *known))


@pytest.mark.parametrize(
    ("held", "known", "reason"),
    [
        pytest.param({FLEX: -1}, [], "nothing that botd can name", id="FLEX"),
        pytest.param({COIN: 2}, [], "nothing that botd can name", id="crypto"),
        pytest.param({"event:100:YES": 5}, [], "is not told: botd positions import", id="an event"),
        pytest.param({"future:CL 02-16": 1}, [], "import, with ends_at", id="a future of oil"),
        pytest.param({"future:XX 02-16": 1}, [], "root 'XX' is not known", id="another future"),
        pytest.param({P740: -1}, [], "stopped trading at 2015-12-24 13:00", id="expired"),
        pytest.param({"GOOG200117P00740000": -1}, [], "2020", id="beyond the calendar"),
        pytest.param({"GOOG": 100}, [], "shares that cover no call", id="shares"),
        pytest.param(
            {P740: 1}, [short_puts(2)], "positions of the ledger hold -2", id="the other sign"
        ),
        pytest.param(
            {P740: -1},
            [short_puts(2), position_of(*legs("+1 740P"), id="goog-2")],
            "long and short",
            id="netted",
        ),
    ],
)
def test_what_is_left_out_is_named(
    held: dict[str, int], known: list[Position], reason: str
) -> None:
    """With its quantity and the reason; a person must know of it."""
    is_over = reason.startswith("stopped")
    found = proposal(held, *known, now=SESSION.closes_at if is_over else NOW)

    ((symbol, quantity),) = held.items()
    (left_out,) = found.left_out
    assert ([], None, symbol, quantity) == (
        told(found),
        found.bot,
        left_out.symbol,
        left_out.quantity,
    )
    assert reason in left_out.reason


def test_odd_holdings_keep_nothing_else_out() -> None:
    """What botd does not know lies beside what it takes."""
    found = proposal({FLEX: -1, P740: -1, COIN: 1})

    assert [("short put", 1)] == told(found)
    assert [FLEX, COIN] == [one.symbol for one in found.left_out]


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        pytest.param(("GOOG",), [("iron condor", 1)], id="by underlying"),
        pytest.param((P740, P735), [("vertical", 1)], id="by contract: grouped without the rest"),
        pytest.param((FLEX,), [], id="by a symbol that is left out"),
    ],
)
def test_only(only: tuple[str, ...], expected: list[tuple[str, int]]) -> None:
    """What is not named is neither proposed nor told."""
    wing = call("765").symbol
    found = proposal({P735: 1, P740: -1, C760: -1, wing: 1, FLEX: 1}, only=only)

    assert expected == told(found)
    assert [FLEX] * (FLEX in only) == [one.symbol for one in found.left_out]


def test_a_position_without_a_bot() -> None:
    """It would be managed by nobody; the caller has to choose first."""
    shown = seen({P740: -1})

    with pytest.raises(ValueError, match="no bot for 1 positions"):
        propose(shown, nobodys(shown, (), SESSIONS), None, SESSIONS, lambda _: False)


def test_position_as_it_would_stand() -> None:
    """Under its bot's account, with its T; opened before anybody looked, at an unknown price."""
    (one,) = proposal({P735: 1, P740: -1}).found

    assert (KEY, SESSION.closes_at, None, NOW - timedelta(days=7), Decimal(-500)) == (
        one.position.account_key,
        one.position.closes_at,
        one.position.open_net_price,
        one.position.opened_at,
        one.worst_case,
    )
    assert {P735: 1, P740: -1} == quantities(one.position)


@given(
    st.dictionaries(
        st.sampled_from([P735, P740, C760, call("765").symbol, "GOOG"]),
        st.integers(-5, 5),
    ),
    st.integers(0, 4),
)
def test_nothing_is_proposed_twice(held: dict[str, int], units: int) -> None:
    """Once what is proposed stands in the ledger, too, nothing of it is proposed again."""
    known = [short_puts(units)] if units else []
    found = proposal(held, *known)

    again = proposal(held, *known, *(one.position for one in found.found))

    assert [] == told(again)
    assert {one.symbol for one in found.left_out} == {one.symbol for one in again.left_out}


def test_file_of_a_proposal() -> None:
    """It is read back as it was proposed, and a broker's words cannot add an entry."""
    found = proposal({P735: 1, P740: -1, C760: -1})
    odd = LeftOut('X\n[[position]]\nid = "y"', 1, "odd")

    text = text_of([replace(found, left_out=(odd,))], "held.toml")

    read = parse_positions(text.encode(), "held.toml", bots={BOT.name: BOT})
    assert tuple(one.entry for one in found.found) == read.entries
    assert "botd positions import held.toml" in text
