"""What changes between a look at the account and the moment when its meaning is written."""

from contextlib import closing

from botd.brokers.paper.faults import FaultKind
from botd.domain.position import Policy, Position, Status
from botd.ledger import positions
from tests.property.checks import violations
from tests.property.scenario import Act, Book, Crash, Held, Scenario, Trouble, position_id
from tests.property.world import Lived, World

SHORT_PUT = Book((Held("P750", -1),))
DEBIT_PUTS = Book((Held("P755", 1), Held("P750", -1)))
COVERED_CALL = Book((Held("shares", 100), Held("C750", -1)), 2)


def position_of(lived: Lived, index: int = 0) -> Position:
    """Read a position as it stands when the day is over."""
    return lived.ledger.read_now(lambda tx: positions.get(tx, position_id(index)))


def test_the_daemon_died_when_attempt_and_morning_saw_the_same_assignment() -> None:
    """Two looks that find the same end book it once, and neither ends the process."""
    assigned = Trouble(FaultKind.ASSIGN, -569.0, position=0)
    day = Scenario(
        book=(DEBIT_PUTS,),
        spot=((-1500.0, "742.00"),),
        troubles=(assigned,),
        starts=-4.0,
        latencies=(1.4, 0.1, 0.0),
    )

    lived = World(day).live()

    assert Status.ASSIGNED is position_of(lived).status
    assert [] == violations(lived)


def test_the_daemon_died_when_the_broker_sold_the_shares_of_a_covered_call() -> None:
    """A position of which only shares are left may end by somebody else's order, too."""
    day = Scenario(
        book=(COVERED_CALL,),
        spot=((-1500.0, "747.50"),),
        troubles=(
            Trouble(FaultKind.LIQUIDATE_LEG, 600.0, position=0, leg=0),
            Trouble(FaultKind.LIQUIDATE_LEG, -545.0, position=0, leg=0),
        ),
    )

    lived = World(day).live()

    assert [] == violations(lived)


def test_the_daemon_died_when_a_person_sold_the_expiring_half_of_a_diagonal() -> None:
    """What is left after somebody else's order has its own T, and isn't judged at this one."""
    diagonal = Book((Held("P745", -1, is_later=True), Held("P740", 1)))
    day = Scenario(
        book=(diagonal,),
        spot=((-1500.0, "755.01"),),
        troubles=(Trouble(FaultKind.OUTSIDE_CLOSE, -59.0, position=0, leg=1),),
        crashes=(Crash(-45.0, 131, 6.0),),
        latencies=(1.4, 0.1, 0.0),
    )

    lived = World(day).live()

    assert [] == violations(lived)


def test_a_position_was_judged_while_a_person_took_it() -> None:
    """Whoever takes a position right after the close keeps it: no judgement overrules it."""
    day = Scenario(
        book=(SHORT_PUT,),
        spot=((-1500.0, "758.00"),),
        acts=(Act("take", 5.0, steps=5),),
        latencies=(0.3,),
    )

    with closing(World(day).live()) as lived:
        events = lived.ledger.read_now(lambda tx: positions.events(tx, position_id(0)))

    assert ["opened", "taken", "confirmed"] == [event.kind for event in events]


def test_an_attempt_that_died_before_it_decided_gave_no_reason() -> None:
    """An attempt cut short by a crash, and too late to be taken up, says that it was missed."""
    day = Scenario(
        book=(Book((Held("C745", 1),), policy=Policy.CLOSE),),
        spot=((-1500.0, "750.00"),),
        crashes=(Crash(-60.0, 4, 250.0),),
        starts=-62.0,
        latencies=(0.3,),
    )

    with closing(World(day).live()) as lived:
        last = lived.probes[-1].attempts[-1]

    assert ("skip", "missed", "unknown") == (last.decision, last.reason, last.outcome)
