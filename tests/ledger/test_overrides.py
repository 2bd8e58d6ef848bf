from botd.ledger import Ledger, overrides
from tests.ledger.given import DUE, T, a_position, hold


def take(ledger: Ledger, position_id: str) -> None:
    ledger.write_now(
        lambda tx: overrides.begin(tx, position_id, at=DUE, by="ann", reason="a hunch"),
    )


def give_back(ledger: Ledger, position_id: str, ending: str) -> bool:
    return ledger.write_now(
        lambda tx: overrides.end(tx, position_id, at=T, by="bob", ending=ending),
    )


def test_override_lasts_until_it_is_given_back(ledger: Ledger) -> None:
    """The history tells who took it, why, and how it ended."""
    hold(ledger, a_position("a"), a_position("b"))
    take(ledger, "a")
    take(ledger, "b")

    assert ["a", "b"] == [each.position_id for each in ledger.read_now(overrides.current)]
    assert [True, False] == [give_back(ledger, "a", "released"), give_back(ledger, "a", "x")]
    assert ["b"] == [each.position_id for each in ledger.read_now(overrides.current)]

    (ended,) = ledger.read_now(lambda tx: overrides.of_position(tx, "a"))

    assert (DUE, "ann", "a hunch", T, "bob", "released") == (
        ended.at,
        ended.by,
        ended.reason,
        ended.released_at,
        ended.released_by,
        ended.ending,
    )


def test_position_can_be_taken_again(ledger: Ledger) -> None:
    """Each spell has its row, oldest first."""
    hold(ledger, a_position("a"))
    take(ledger, "a")
    give_back(ledger, "a", "released")
    take(ledger, "a")
    give_back(ledger, "a", "resolved")

    assert ["released", "resolved"] == [
        each.ending for each in ledger.read_now(lambda tx: overrides.of_position(tx, "a"))
    ]
