"""A broker that would let a closing order open something."""

from contextlib import closing

from botd.brokers.paper.faults import FaultKind
from botd.domain.position import Status
from botd.errors import RefusalReason
from botd.ledger import positions
from tests.property.checks import violations
from tests.property.scenario import Book, BrokerCard, Held, Scenario, Trouble, position_id
from tests.property.world import World


def test_a_position_that_a_person_closed_by_hand_was_opened_the_other_way() -> None:
    """Between two prices of an attempt a person closes it elsewhere: no further order leaves."""
    day = Scenario(
        book=(Book((Held("C750", -1),), 2),),
        spot=((-1500.0, "758.00"),),
        troubles=(Trouble(FaultKind.OUTSIDE_CLOSE, -597.0, position=0),),
        card=BrokerCard(dedupes=False, looks_up=False, close_only=False),
    )

    lived = World(day).live()

    assert 1 == len(lived.history.sends)
    assert [] == violations(lived)


def test_an_account_stopped_because_a_fill_was_held_before_it_was_listed() -> None:
    """Two shorts of one contract: the second waits until the first one's fill is told."""
    short = Book((Held("P750", -1),))
    refused = Trouble(FaultKind.REFUSE, -1.0, reason=RefusalReason.POSITION_GONE)
    day = Scenario(
        book=(short, short),
        spot=((-1500.0, "742.00"),),
        width="1.00",
        troubles=(refused,),
        card=BrokerCard(dedupes=False, looks_up=False, close_only=False, horizon=5.0),
        latencies=(0.3, 0.0, 0.9),
    )

    with closing(World(day).live()) as lived:
        ends = [
            lived.ledger.read_now(lambda tx: positions.get(tx, position_id(0))).status,
            lived.ledger.read_now(lambda tx: positions.get(tx, position_id(1))).status,
        ]

        assert [Status.CLOSED, Status.CLOSED] == ends
        assert [] == violations(lived)
