"""A future's last minutes in NinjaTrader, over each of CrossTrade's two ways."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from botd.domain.pnl import realized_pnl
from botd.domain.position import Management, Position, Status
from tests.contract.crosstrade_stand import CrosstradeSocketStand, CrosstradeStand
from tests.engine.given import bot
from tests.scenarios.served import Account, ServedDay
from tests.scenarios.test_six_brokers import other
from tests.servers.crosstrade import CrosstradeFace
from tests.servers.faults import Call, Fault, FaultKind

GOLD = "future:GC 12-15"
CUT_SHORT = timedelta(seconds=30)


class Gold:
    """Four gold futures, whose trading ends at the bell of a half-day."""

    def __init__(self, stand: type[CrosstradeStand]) -> None:
        self.day = ServedDay("17:40")
        self.account: Account = self.day.open("nt", stand.dialect, bot())
        self.account.market = {GOLD: ("1074.10", "1074.30")}

    @property
    def face(self) -> CrosstradeFace:
        """Give the server."""
        face = self.account.gate.face
        assert isinstance(face, CrosstradeFace)
        return face

    def hold(self, **units: int) -> None:
        """Take positions of so many long contracts under management."""
        book = [other(name, GOLD, n, "-1070.00", ends="18:00") for name, n in units.items()]
        self.day.hold(self.account, *book)

    def fault(self, kind: FaultKind, *, times: int = 1, status: int | None = None) -> None:
        """Let closes meet a fault."""
        fault = Fault(kind, Call.SUBMIT, times=times, status=status)
        self.account.gate.faults.plan(fault)

    @property
    def levels(self) -> list[int]:
        """What was held after each change."""
        return [held for _, symbol, held in self.account.exchange.book if symbol == GOLD]

    @property
    def n_closes(self) -> int:
        """How many closes came to the server."""
        return self.account.gate.by_call[Call.SUBMIT]

    def note(self, name: str) -> str:
        """Give the words of all attempts of a position."""
        return " ".join(str(each) for each in self.day.attempts(name))


@pytest.fixture(params=[CrosstradeStand, CrosstradeSocketStand], ids=["rest", "websocket"])
def gold(request: pytest.FixtureRequest) -> Iterator[Gold]:
    made = Gold(request.param)
    yield made
    assert 0 == made.face.flattened
    assert min(made.levels) >= 0
    made.day.shut()


def assert_closed(position: Position) -> None:
    assert (Status.CLOSED, Management.BOT) == (position.status, position.managed_by)
    assert None is realized_pnl(position)[0]  # at what price is not told, and is no zero


def test_closed_at_the_first_attempt(gold: Gold) -> None:
    """One close of all of it; the attempt says what that did beside it."""
    gold.hold(only=4)

    gold.day.play("17:52")

    assert_closed(gold.day.position("only"))
    assert ([4, 0], 1) == (gold.levels, gold.n_closes)
    assert "cancels its working orders" in gold.note("only")


def test_two_positions_of_one_future(gold: Gold) -> None:
    """Each is closed by its own share, and the second waits for the first."""
    gold.hold(first=3, second=1)

    gold.day.play("17:53")

    for name in ("first", "second"):
        assert_closed(gold.day.position(name))
    assert ([4, 0], 2) == ([gold.levels[0], gold.levels[-1]], gold.n_closes)


def test_lost_answer_closes_once(gold: Gold) -> None:
    """The position shows it."""
    gold.hold(only=4)
    gold.fault(FaultKind.LOSE_AFTER)

    gold.day.play("17:52")

    assert_closed(gold.day.position("only"))
    assert ([4, 0], 1) == (gold.levels, gold.n_closes)


def test_lost_request_is_sent_again_after_its_horizon(gold: Gold) -> None:
    """Four minutes nothing is sent; then it cannot arrive any more, and the next one goes."""
    gold.hold(only=4)
    gold.fault(FaultKind.LOSE_BEFORE)

    gold.day.play("17:53")
    early = (gold.levels, gold.n_closes)
    gold.day.play("17:59:59")

    assert ([4], 1) == early
    assert_closed(gold.day.position("only"))
    assert ([4, 0], 2) == (gold.levels, gold.n_closes)


def test_restart_between_a_close_and_its_answer(gold: Gold) -> None:
    """The next process knows nothing of it: nothing is closed again, and a person is told."""
    gold.hold(only=4)
    gold.fault(FaultKind.HANG_AFTER)
    gold.day.play("17:50:02")

    gold.day.kill(CUT_SHORT)
    gold.day.play("18:25")

    position = gold.day.position("only")
    assert ([4, 0], 1) == (gold.levels, gold.n_closes)
    assert (Status.UNRESOLVED, Management.MANUAL) == (position.status, position.managed_by)
    assert "fate of an order is not known" in gold.day.words()


def test_ninjatrader_does_not_run_for_a_while(gold: Gold) -> None:
    """No conclusion meanwhile; what is still held is closed once it is back."""
    gold.hold(only=4)

    def run(*, is_running: bool) -> None:
        gold.face.is_running = is_running

    gold.day.at("17:49", lambda: run(is_running=False))
    gold.day.at("17:57", lambda: run(is_running=True))
    gold.day.play("17:59:59")

    assert_closed(gold.day.position("only"))
    assert ([4, 0], 1) == (gold.levels, gold.n_closes)


def test_a_person_was_first(gold: Gold) -> None:
    """Nothing is sent for what has gone."""
    gold.hold(only=4)
    gold.day.at("17:45", lambda: gold.account.exchange.vanish(GOLD, 4))

    gold.day.play("17:52")

    assert 0 == gold.n_closes
    assert Management.BOT is not gold.day.position("only").managed_by
