"""Futures, event contracts and crypto options, each from its import to its outcome."""

from decimal import Decimal

import pytest

from botd.domain.bot import PricingMode
from botd.domain.pnl import realized_pnl
from botd.domain.position import Management, ManualReason, Policy, Position, Status
from tests.engine.given import Days, outcomes, position
from tests.engine.market import instant, market
from tests.engine.other_kinds import (
    CALL,
    CL,
    ES,
    NO,
    READ_ONLY,
    YES,
    KindDay,
    KindDays,
    kind,
    open_kinds,
)

__all__ = ["open_kinds"]


@pytest.mark.parametrize(
    ("one", "spots"),
    [
        pytest.param(kind("p", ES, 2, ends_at="08:00"), {"ES": "5797"}, id="a future"),
        pytest.param(kind("p", YES, 5, ends_at="08:00"), {"event:100": "62"}, id="YES, winning"),
        pytest.param(kind("p", NO, 5, ends_at="08:00"), {"event:100": "38"}, id="NO, winning"),
        pytest.param(kind("p", CALL, 3), {"BTC": "93000"}, id="bitcoin in the money"),
    ],
)
def test_where_no_limit_is_taken_none_is_sent(
    open_kinds: KindDays, one: Position, spots: dict[str, str]
) -> None:
    """A bot that walks a ladder sends a market order there, once, at the first attempt."""
    day = open_kinds(one, spots=spots)
    day.broker.price = Decimal(70)

    day.play("08:30")

    [sent] = day.broker.taken
    after = day.position("p")
    assert PricingMode.NORMAL is day.rules.pricing.mode
    assert (None, 1) == (sent.net_price, sent.units)
    assert [("T-10", "close", "filled")] == day.told_of("p")
    assert [(1, "closed", "70")] == outcomes(after)
    assert {} == {symbol: held for symbol, held in day.broker.own.items() if held}


@pytest.mark.parametrize(
    ("one", "spots"),
    [
        pytest.param(kind("p", YES, 5, ends_at="08:00"), {"event:100": "38"}, id="YES, losing"),
        pytest.param(kind("p", NO, 5, ends_at="08:00"), {"event:100": "62"}, id="NO, losing"),
        pytest.param(kind("p", CALL, 3), {"BTC": "89000"}, id="bitcoin out of the money"),
    ],
)
def test_what_is_losing_is_left(open_kinds: KindDays, one: Position, spots: dict[str, str]) -> None:
    """Nothing is sent for it at any attempt."""
    day = open_kinds(one, spots=spots).play("08:00")

    assert [] == day.broker.taken
    assert [(lead, "leave", "none") for lead in ("T-10", "T-5", "T-1")] == day.told_of("p")


def test_a_fill_without_a_price_is_no_zero(open_kinds: KindDays) -> None:
    """Closed, of course; but what it brought nobody knows."""
    day = open_kinds(kind("p", ES, 2, units=2, ends_at="08:00"), spots={"ES": "5797"})

    day.play("08:30")

    after = day.position("p")
    assert [(2, "closed", None)] == outcomes(after)
    assert (Status.CLOSED, None) == (after.status, realized_pnl(after)[0])
    assert "P/L not known yet" in day.words("summary")


def test_what_a_market_does_not_take_waits_for_the_next_attempt(open_kinds: KindDays) -> None:
    """A part that filled is booked, the rest stays open, and is tried again."""
    day = open_kinds(kind("p", YES, 1, units=5, ends_at="08:00"), spots={"event:100": "62"})
    day.broker.price, day.broker.at_most = Decimal(60), 2

    day.play("08:01")

    assert [(2, "closed", "60"), (2, "closed", "60"), (1, "closed", "60")] == (
        outcomes(day.position("p"))
    )
    assert [5, 3, 1] == [one.units for one in day.broker.taken]


def test_a_market_that_takes_nothing_is_not_asked_for_ever(open_kinds: KindDays) -> None:
    """Three times an attempt, and then a person hears of it."""
    day = open_kinds(kind("p", YES, 5, ends_at="08:00"), spots={"event:100": "62"})
    day.broker.at_most = 0

    day.play("08:01")

    assert 9 == len(day.broker.taken)
    assert [(lead, "close", "unfilled") for lead in ("T-10", "T-5", "T-1")] == day.told_of("p")
    assert "event 100 YES +5 is not closed after T-5" in day.words("attempt")
    assert () == day.halts()


@pytest.mark.parametrize(
    ("one", "spots"),
    [
        pytest.param(kind("p", CALL, 3), {"BTC": "93000"}, id="bitcoin in the money"),
        pytest.param(kind("p", CALL, 3), {}, id="of which nothing is known"),
        pytest.param(kind("p", ES, 2, ends_at="08:00"), {"ES": "5797"}, id="a future"),
    ],
)
def test_a_broker_without_a_close_hands_over_at_once(
    open_kinds: KindDays, one: Position, spots: dict[str, str]
) -> None:
    """Nothing is sent, and a person hears of it while there is time."""
    day = open_kinds(one, spots=spots, card=READ_ONLY).play("07:50:30")

    after = day.position("p")
    [attempt] = day.attempts("p")
    assert [] == day.broker.taken
    assert [("T-10", "hand_over", "none")] == day.told_of("p")
    assert "the broker has no call that closes a position" == attempt.reason
    assert (Management.MANUAL, ManualReason.UNSUPPORTED) == (after.managed_by, after.manual_reason)
    assert ": botd positions show 1  [handed over: the broker has no call" in day.words("attempt")


def test_what_may_settle_there_settles(open_kinds: KindDays) -> None:
    """A policy that needs no close is followed."""
    day = open_kinds(
        kind("p", CALL, 3, net_price="-1200", policy=Policy.SETTLE),
        spots={"BTC": "93000"},
        card=READ_ONLY,
    )
    day.broker.closing["BTC"] = Decimal(93500)

    day.play("08:01")

    after = day.position("p")
    assert [("T-10", "settle", "none"), ("T-5", "settle", "none"), ("T-1", "settle", "none")] == (
        day.told_of("p")
    )
    assert (Status.SETTLED, [(1, "settled", "10500")]) == (after.status, outcomes(after))
    assert Decimal("93.00") == realized_pnl(after)[0]


def test_bitcoin_out_of_the_money_expires_by_its_settlement_price(open_kinds: KindDays) -> None:
    """Seconds after 08:00 UTC, hours before the exchange opens."""
    day = open_kinds(kind("p", CALL, 3), spots={"BTC": "89000"}, card=READ_ONLY)
    day.broker.closing["BTC"] = Decimal(89990)

    day.play("08:01")

    assert (Status.EXPIRED, [(1, "expired", "0")]) == (
        day.position("p").status,
        outcomes(day.position("p")),
    )


@pytest.mark.parametrize(("paid", "pnl"), [("100", "190"), ("0", "-310")], ids=["won", "lost"])
def test_an_event_is_settled_by_the_brokers_record_alone(
    open_kinds: KindDays, paid: str, pnl: str
) -> None:
    """At T nothing is booked; twenty minutes later the record is looked for, and tells."""
    day = open_kinds(
        kind("p", YES, 5, ends_at="08:00", net_price="-310", policy=Policy.SETTLE),
        spots={"event:100": "62"},
    )
    day.at("08:10", lambda: day.broker.settle(YES, paid))

    at_t = day.play("08:01").position("p")
    after = day.play("08:21").position("p")

    assert (Status.AWAITING_SETTLEMENT, ()) == (at_t.status, at_t.outcomes)
    assert None is realized_pnl(at_t)[0]
    assert (Status.SETTLED, True) == (after.status, after.confirmed)
    assert Decimal(pnl) == realized_pnl(after)[0]
    assert f"settled at {int(paid) * 5 * 100} c" in day.words("summary")


def test_a_late_resolution_is_found_the_next_morning(open_kinds: KindDays) -> None:
    """Until then it awaits its settlement, and nobody is paged for it."""
    day = open_kinds(
        kind("p", NO, 5, ends_at="08:00", net_price="-310", policy=Policy.SETTLE),
        spots={"event:100": "38"},
    )
    day.at("13:00", lambda: day.broker.settle(NO, "100"))

    waiting = day.play("12:00").position("p")
    after = day.play("14:36").position("p")

    assert (Status.AWAITING_SETTLEMENT, Management.BOT) == (waiting.status, waiting.managed_by)
    assert (Status.SETTLED, True) == (after.status, after.confirmed)


def test_a_record_that_differs_is_told_at_once(open_kinds: KindDays) -> None:
    """What the evening's look at the records finds is not kept for the morning."""
    day = open_kinds(
        kind("p", YES, 5, ends_at="08:00", policy=Policy.SETTLE),
        kind("other", "event:7:NO", 2, ends_at="12:00", policy=Policy.SETTLE),
        spots={"event:100": "62", "event:7": "30"},
    )
    day.at("08:10", lambda: day.broker.settle("event:7:NO", "0"))

    day.play("08:21")

    assert "the broker's records say +2 event:7:NO settled at 0" in day.words("morning/summary")


@pytest.mark.parametrize("symbol", [ES, CL])
def test_a_future_that_nobody_closed_is_a_persons(open_kinds: KindDays, symbol: str) -> None:
    """It is named before the bell and after it, and never booked."""
    one = kind("p", symbol, 2, ends_at="08:00", policy=Policy.HAND_OVER)
    day = open_kinds(one, spots={one.underlying: "70"}).play("08:21")

    after = day.position("p")
    assert [] == day.broker.taken
    assert () == after.outcomes
    assert 1 == after.units_open
    assert f"{symbol.removeprefix('future:')} +2" in day.words("still_open")


def test_a_future_that_fails_to_close_is_unresolved(open_kinds: KindDays) -> None:
    """Its last trading day ended, and it is still held."""
    day = open_kinds(kind("p", ES, 2, ends_at="08:00"), spots={"ES": "5797"})
    day.broker.at_most = 0

    day.play("08:21")

    after = day.position("p")
    assert (Status.UNRESOLVED, Management.MANUAL) == (after.status, after.managed_by)
    assert "ES 12-15 was not closed before its last trading day ended" == after.fact


def told(day: KindDay, *kinds: str) -> list[str]:
    keys = [one.key for one in day.alerts()]
    return sorted(key for key in keys if key.split("/")[0] in kinds)


def test_each_t_of_a_day_is_told_of_once(open_kinds: KindDays) -> None:
    """Two ends outside the session, and one that is its close, keep apart."""
    day = open_kinds(
        kind("coin", CALL, 3),
        kind("event", YES, 5, ends_at="12:00", policy=Policy.SETTLE),
        kind("index", ES, 1, ends_at="18:00"),
        begins="12-23 19:00",
        spots={"BTC": "89000", "event:100": "62", "ES": "2050"},
    )
    day.broker.price = Decimal(2050)
    day.broker.closing["BTC"] = Decimal(89000)
    day.play("18:21")

    scope = "paper/paper"
    assert [
        f"{word}/{scope}/2015-12-24{end}"
        for word in ("evening_before", "hour_before", "ready", "summary")
        for end in ("", "T0800", "T1200")
    ] == told(day, "evening_before", "hour_before", "ready", "summary")
    assert ["1 outcomes"] * 3 == [
        one.title.split(": ")[1].split(",")[0] for one in day.alerts("summary")
    ]


def test_ends_within_one_hour_are_summed_up_apart(open_kinds: KindDays) -> None:
    """What ended half an hour before is no outcome of this T."""
    day = open_kinds(
        kind("first", YES, 5, ends_at="08:00", policy=Policy.SETTLE),
        kind("second", "event:7:NO", 2, ends_at="08:30", policy=Policy.SETTLE),
        spots={"event:100": "62", "event:7": "30"},
    ).play("08:51")

    bodies = [one.body for one in day.alerts("summary")]

    assert [True, False] == ["event 100 YES" in body for body in bodies]
    assert [False, True] == ["event 7 NO" in body for body in bodies]


def test_it_is_told_before_what_the_broker_cannot_do(open_kinds: KindDays) -> None:
    """An hour before the first attempt a person knows what will be theirs."""
    day = open_kinds(
        kind("p", CALL, 3), card=READ_ONLY, begins="06:45", spots={"BTC": "93000"}
    ).play("07:46")

    words = "the broker has no call that closes a position: what must be closed goes to you"
    assert words in day.words("hour_before")
    assert words in day.words("ready")


def test_a_future_needs_no_quotes_to_be_ready(open_kinds: KindDays) -> None:
    """Nothing judges it, so that none are missed."""
    day = open_kinds(kind("p", ES, 2, ends_at="08:00")).play("07:46")

    assert "ready: 1 stop trading today" in day.words("ready")
    assert "ES 12-15 +2" in day.words("ready")
    assert () == day.alerts("not_ready")


@pytest.mark.parametrize(
    ("one", "spots"),
    [
        pytest.param(kind("p", CALL, 3), {"BTC": "93000"}, id="bitcoin"),
        pytest.param(kind("p", YES, 5, ends_at="12-27 08:00"), {"event:100": "62"}, id="an event"),
        pytest.param(kind("p", ES, 5, ends_at="12-27 20:00"), {"ES": "5797"}, id="a future"),
    ],
)
def test_a_person_closes_it_at_night(
    open_kinds: KindDays, one: Position, spots: dict[str, str]
) -> None:
    """What trades around the clock can be closed around the clock."""
    day = open_kinds(one, begins="03:00", spots=spots)
    day.broker.price = Decimal(70)
    day.start()

    asked = day.close("p")
    day.play("03:01")

    assert (True, "70") == (day.command(asked)["done"], day.command(asked)["net_price"])
    assert [(1, "closed", "70")] == outcomes(day.position("p"))


def test_a_person_hears_that_nothing_can_be_closed_there(open_kinds: KindDays) -> None:
    """Before anything is sent, and whatever the time."""
    day = open_kinds(kind("p", CALL, 3), card=READ_ONLY, begins="03:00", spots={"BTC": "93000"})
    day.start()

    asked = day.close("p")
    day.play("03:01")

    said = day.command(asked)
    assert not said["done"]
    assert (
        "nothing was sent: the broker has no call that closes a position: close it there"
        == said["message"]
    )
    assert [] == day.broker.taken


def test_a_person_closes_nothing_after_its_end(open_kinds: KindDays) -> None:
    """T is T, around the clock too."""
    day = open_kinds(kind("p", ES, 2, ends_at="08:00"), begins="08:02", spots={"ES": "5797"})
    day.start()

    asked = day.close("p")
    day.play("08:03")

    assert not day.command(asked)["done"]
    assert [] == day.broker.taken


def test_the_paper_exchange_lives_with_what_it_does_not_trade(open_day: Days) -> None:
    """It is held, attempted and left to a person; the day goes on for all others."""
    day = open_day(
        market("748", {"750P": "2.00/2.10"}, official="748"),
        kind("coin", CALL, 3),
        kind("future", ES, 1, ends_at="18:00"),
        kind("event", YES, 1, ends_at="18:00"),
        position("p", "-1 750P"),
        begins="07:30",
    )

    day.play("12-28 14:36")

    assert Status.CLOSED is day.position("p").status
    assert {"coin": False, "future": False, "event": False} == {
        name: bool(day.position(name).outcomes) for name in ("coin", "future", "event")
    }
    assert instant("08:00") == day.position("coin").closes_at
