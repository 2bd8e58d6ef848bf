"""The account does not hold what the ledger expects."""

from tests.engine.given import Day, Days, outcomes, position
from tests.engine.market import legs, market, symbol

PUT = {"750P": "2.40/2.60"}
SPREAD = {"750P": "2.40/2.60", "745P": "0.10/0.20"}


def hands(day: Day, name: str = "p") -> tuple[str, str, str]:
    """Give status, management and its reason."""
    found = day.position(name)
    return found.status.value, found.managed_by.value, getattr(found.manual_reason, "value", "")


def test_gone_without_a_trace_is_presumed_assigned(open_day: Days) -> None:
    """No order, a person, and the message names it."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.befall("gone", "17:45", "-1 750P")

    day.play("17:52")

    assert ("assigned", "manual", "gone") == hands(day)
    assert () == day.orders("p")
    assert "handed over" in day.words("attempt/")


def test_smaller_than_expected_closes_the_rest_and_pages(open_day: Days) -> None:
    """Two of five are gone: booked at an unknown price, three are closed, and it is told."""
    day = open_day(market("748", PUT), position("p", "-1 750P", units=5))
    day.befall("gone", "17:45", "-1 750P", units=2)

    day.play("17:52")

    assert [(2, "assigned", None), (3, "closed", "-2.60")] == outcomes(day.position("p"))
    assert "2 of 5 units" in day.words("attempt/")


def test_closed_outside_is_booked_at_its_price(open_day: Days) -> None:
    """A person closed it at another desk: closed, by somebody else, nothing sent."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.befall("outside_close", "17:45", "-1 750P")

    day.play("17:52")

    assert [(1, "closed", "-2.60")] == outcomes(day.position("p"))
    assert "other" == getattr(day.position("p").closed_by, "value", "")
    assert ("T-10", "skip", "none") == day.told_of("p")[0]


def test_part_closed_outside_leaves_the_rest_to_us(open_day: Days) -> None:
    """One of three was closed elsewhere; two are ours."""
    day = open_day(market("748", PUT), position("p", "-1 750P", units=3))
    day.befall("outside_close", "17:45", "-1 750P", units=1)

    day.play("17:52")

    assert 3 == sum(part.units for part in day.position("p").outcomes)
    assert {2} == {one.intent.units for one in day.sent("p")}


def test_closed_by_the_broker_itself(open_day: Days) -> None:
    """An order without any client's name is the broker's own: a liquidation."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.befall("liquidate_leg", "17:45", "-1 750P")

    day.play("17:52")

    assert "broker" == getattr(day.position("p").closed_by, "value", "")


def test_liquidated_long_leaves_a_short_that_is_bought_back(open_day: Days) -> None:
    """Wherever the spot stands: it has lost its hedge."""
    day = open_day(
        market("755", {"750P": "0.05/0.10", "745P": "0.05/0.10"}, official="755"),
        position("p", "+1 745P", "-1 750P"),
    )
    day.befall("liquidate_leg", "17:45", "+1 745P")

    day.play("17:52")

    assert [legs("+1 750P")] == list({one.intent.legs for one in day.sent("p")})
    assert [(1, "closed", "-0.05")] == outcomes(day.position("p"))  # sold at 0.05, bought at 0.10
    assert "spread has lost a leg" in day.words("attempt/")


def test_long_that_is_left_alone_is_a_persons(open_day: Days) -> None:
    """Selling it would remove the hedge of whatever became of the short."""
    day = open_day(market("748", SPREAD), position("p", "+1 745P", "-1 750P"))
    day.befall("assign", "17:45", "-1 750P")

    day.play("17:52")

    assert () == day.orders("p")
    assert ("open", "manual", "broken_spread") == hands(day)
    assert "750P" in (day.position("p").fact or "")


def test_long_vanished_and_short_left_without_a_reason(open_day: Days) -> None:
    """Nobody's order explains it; the short is bought back all the same."""
    day = open_day(market("748", SPREAD), position("p", "+1 745P", "-1 750P"))
    day.befall("gone", "17:45", "+1 745P")

    day.play("17:59")

    assert [legs("+1 750P")] == list({one.intent.legs for one in day.sent("p")})
    assert symbol("750P") not in day.held()


def test_opposite_sign_is_a_persons(open_day: Days) -> None:
    """The account is long where the ledger is short."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.broker.book({symbol("750P"): 2})

    day.play("17:52")

    assert () == day.orders("p")
    assert ("open", "manual", "mismatch") == hands(day)


def test_two_positions_on_one_contract_are_both_closed(open_day: Days) -> None:
    """Their orders together fit into what is held."""
    day = open_day(market("748", PUT), position("a", "-1 750P"), position("b", "-2 750P"))

    day.play("17:52")

    assert ["closed", "closed"] == [day.position(name).status.value for name in "ab"]
    assert {} == day.held()


def test_two_positions_on_too_little_go_to_the_older_first(open_day: Days) -> None:
    """Which of them lost it is not known: the younger is a person's."""
    day = open_day(
        market("748", PUT),
        position("old", "-1 750P", opened_at="12-10 15:00"),
        position("new", "-1 750P"),
    )
    day.befall("gone", "17:45", "-1 750P", units=1)

    day.play("17:52")

    assert "closed" == hands(day, "old")[0]
    assert ("open", "manual", "mismatch") == hands(day, "new")


def test_opposite_positions_on_one_contract_are_netted(open_day: Days) -> None:
    """At the broker they cancel out: no order for either."""
    day = open_day(market("748", PUT), position("a", "-1 750P"), position("b", "+1 750P"))

    day.play("17:52")

    assert ("open", "manual", "netted") == hands(day, "a")
    assert ("open", "manual", "netted") == hands(day, "b")


def test_fill_between_two_reads_is_no_assignment(open_day: Days) -> None:
    """Closed at another desk between the reads of orders and holdings: seen by the second look."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.broker.between_reads = lambda: day.broker.trade_outside(legs("+1 750P"), 1)

    day.play("17:50:05")

    assert "closed" == hands(day)[0]


def test_gone_during_the_ladder_stops_no_account(open_day: Days) -> None:
    """Less is held than the next step would close: the world's doing, not a bug."""
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P"), position("q", "-1 752.5P"))
    day.befall("gone", "17:50:12", "-1 750P")
    day.at("17:50:13", lambda: day.desk.guard.observe_holdings(()))

    day.play("17:54")

    assert [] == [halt for halt in day.halts() if halt.kind.value == "guard"]


def test_early_assignment_is_seen_in_the_morning(open_day: Days) -> None:
    """Assigned overnight: the record confirms it at 09:35, days before its expiration."""
    day = open_day(
        market("748", PUT), position("p", "-1 750P 160115", net_price="9"), begins="14:31"
    )
    day.befall("assign", "14:32", "-1 750P 160115")

    day.play("14:36")

    found = day.position("p")
    assert ("assigned", "confirmed") == (found.status.value, getattr(found.assignment, "value", ""))
    assert 100 == day.held()["GOOG"]
    assert "differ from the broker" in day.words("morning")


def test_assigned_short_of_a_spread_is_a_persons_in_the_morning(open_day: Days) -> None:
    """Its long leg is left, beside shares: never sold by a bot."""
    day = open_day(market("748"), position("p", "+1 745P 160115", "-1 750P 160115"), begins="14:31")
    day.befall("assign", "14:32", "-1 750P 160115")

    day.play("14:36")

    assert ("manual", "broken_spread") == hands(day)[1:]


def test_vanished_in_the_morning_is_handed_over(open_day: Days) -> None:
    """No record, nothing held: presumed assigned."""
    day = open_day(market("748"), position("p", "-1 750P 160115"), begins="14:31")
    day.befall("gone", "14:32", "-1 750P 160115")

    day.play("14:36")

    assert ("assigned", "manual", "gone") == hands(day)


def test_closed_outside_in_the_morning_is_booked(open_day: Days) -> None:
    """Somebody else's order explains it."""
    day = open_day(
        market("748", {"750P 160115": {"14:31": "9.00/9.50"}}),
        position("p", "-1 750P 160115"),
        begins="14:31",
    )
    day.befall("outside_close", "14:32", "-1 750P 160115")

    day.play("14:36")

    assert "closed" == hands(day)[0]
    assert "closed" in day.words("morning")


def test_morning_without_a_broker_pages(open_day: Days) -> None:
    """What cannot be read is told."""
    day = open_day(market("748"), position("p", "-1 750P 160115"), begins="14:31")
    day.befall("unavailable", "14:33", seconds=300)

    day.play("14:37")

    assert "the broker cannot be read" in day.words("morning")


def test_all_is_well_in_the_morning(open_day: Days) -> None:
    """Nothing differs, nothing is told."""
    day = open_day(market("748"), position("p", "-1 750P 160115"), begins="14:31")

    day.play("14:37")

    assert () == day.alerts("morning")


def test_called_away_shares_leave_the_campaign(open_day: Days) -> None:
    """A call and its shares are two positions of one campaign: assigned, the shares go."""
    day = open_day(
        market("752", {"750C": "2.40/2.60"}, official="752"),
        position("shares", "+100 shares", net_price="-740", campaign="wheel-1"),
        position("call", "-1 750C", policy=None, campaign="wheel-1"),
    )
    day.accept("call")

    day.play_through()

    assert "assigned" == day.position("call").status.value
    assert 0 == day.position("shares").units_open
    assert {} == day.held()
