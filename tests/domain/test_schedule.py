"""When contracts stop trading, and which attempts run, are missed, or wait."""

import time
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.domain.bot import Anchor, Expiration
from botd.domain.contract import Leg, OptionContract, Right, Shares
from botd.domain.roots import crypto_spec, spec_of
from botd.domain.schedule import (
    AttemptTime,
    Due,
    DueAttempt,
    PositionSchedule,
    attempt_times,
    closes_at,
    due,
    expiring_legs,
    last_trading_day,
    next_due,
    stops_trading_at,
)
from botd.domain.session import Sessions
from tests.domain.trading_days import instant, weekdays

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
CLOSE = instant("2026-11-27T18:00:00Z")  # a half-day
OPENED = instant("2026-11-20T15:00:00Z")
ATTEMPTS = attempt_times((CLOSE,), Expiration(), None)
POSITION = PositionSchedule("kept", OPENED, CLOSE, ATTEMPTS)
WEEK = weekdays(
    date(2026, 11, 16),
    date(2026, 11, 27),
    closed={date(2026, 11, 26)},
    half={date(2026, 11, 27)},
)


def contract(root: str, expiration: date) -> OptionContract:
    """Make a contract whose strike plays no part."""
    return OptionContract(spec_of(root), expiration, Right.PUT, Decimal(100))


def days(
    first: str,
    last: str,
    *,
    offset: int = -5,
    closed: tuple[str, ...] = (),
    half: tuple[str, ...] = (),
) -> Sessions:
    """Make the weekdays' sessions between two ISO dates."""
    return weekdays(
        date.fromisoformat(first),
        date.fromisoformat(last),
        closed={date.fromisoformat(day) for day in closed},
        half={date.fromisoformat(day) for day in half},
        utc_offset=offset,
    )


# Exchange notices and specifications: Cboe for SPX and VIX, OCC for Saturday expirations,
# Cboe's notice for 2018-12-05, NYSE's for 2025-01-09.
PRESIDENTS_2008 = days("2008-02-11", "2008-02-22", closed=("2008-02-18",))
SATURDAYS_2014 = days("2014-01-06", "2014-01-24", closed=("2014-01-20",))
EASTER_2014 = days("2014-04-14", "2014-04-25", offset=-4, closed=("2014-04-18",))
CHRISTMAS_2015 = days("2015-12-21", "2015-12-31", closed=("2015-12-25",), half=("2015-12-24",))
BUSH_2018 = days("2018-12-03", "2018-12-07", closed=("2018-12-05",))
CARTER_2025 = days("2025-01-06", "2025-01-10", closed=("2025-01-09",))
JUNETEENTH_2026 = days("2026-06-15", "2026-06-26", offset=-4, closed=("2026-06-19",))
CHRISTMAS_2026 = days("2026-12-21", "2026-12-31", closed=("2026-12-25",), half=("2026-12-24",))
THANKSGIVING_2026 = WEEK

GOLDEN = [
    (PRESIDENTS_2008, "VIX", "2008-02-19", "2008-02-15T21:00:00Z", "over a holiday weekend"),
    (SATURDAYS_2014, "AAPL", "2014-01-18", "2014-01-17T21:00:00Z", "Saturday monthly"),
    (SATURDAYS_2014, "SPX", "2014-01-18", "2014-01-16T21:00:00Z", "Saturday monthly, AM"),
    (SATURDAYS_2014, "SPXW", "2014-01-10", "2014-01-10T21:00:00Z", "Friday weekly"),
    (EASTER_2014, "AAPL", "2014-04-19", "2014-04-17T20:00:00Z", "Saturday after Good Friday"),
    (EASTER_2014, "SPX", "2014-04-19", "2014-04-16T20:00:00Z", "the same, AM"),
    (EASTER_2014, "AAPL", "2014-04-17", "2014-04-17T20:00:00Z", "Thursday monthly"),
    (EASTER_2014, "SPX", "2014-04-17", "2014-04-16T20:00:00Z", "Thursday monthly, AM"),
    (CHRISTMAS_2015, "GOOG", "2015-12-24", "2015-12-24T18:00:00Z", "half-day"),
    (CHRISTMAS_2015, "SPY", "2015-12-24", "2015-12-24T18:00:00Z", "half-day, late-close fund"),
    (CHRISTMAS_2015, "SPXW", "2015-12-24", "2015-12-24T18:00:00Z", "half-day, index"),
    (BUSH_2018, "SPXW", "2018-12-05", "2018-12-04T21:00:00Z", "closed on the day itself"),
    (BUSH_2018, "SPY", "2018-12-05", "2018-12-04T21:00:00Z", "closed on the day itself, fund"),
    (BUSH_2018, "VIXW", "2018-12-05", "2018-12-04T21:00:00Z", "closed on the day itself, AM"),
    (CARTER_2025, "SPXW", "2025-01-09", "2025-01-08T21:00:00Z", "closed at short notice"),
    (JUNETEENTH_2026, "AAPL", "2026-06-18", "2026-06-18T20:00:00Z", "monthly moved to Thursday"),
    (JUNETEENTH_2026, "SPX", "2026-06-18", "2026-06-17T20:00:00Z", "the same, AM"),
    (JUNETEENTH_2026, "SPX", "2026-06-19", "2026-06-18T20:00:00Z", "a date on the holiday, AM"),
    (CHRISTMAS_2026, "AAPL", "2026-12-24", "2026-12-24T18:00:00Z", "weekly moved to a half-day"),
    (THANKSGIVING_2026, "SPX", "2026-11-20", "2026-11-19T21:00:00Z", "AM monthly"),
    (THANKSGIVING_2026, "SPXW", "2026-11-20", "2026-11-20T21:00:00Z", "PM series of that date"),
    (THANKSGIVING_2026, "OEX", "2026-11-20", "2026-11-20T21:00:00Z", "American index"),
    (THANKSGIVING_2026, "VIX", "2026-11-18", "2026-11-17T21:00:00Z", "volatility, Wednesday"),
    (THANKSGIVING_2026, "SPX", "2026-11-27", "2026-11-25T21:00:00Z", "AM after Thanksgiving"),
    (THANKSGIVING_2026, "BTC", "2026-11-27", "2026-11-27T18:00:00Z", "the fund BTC"),
]


@pytest.mark.parametrize(
    ("sessions", "root", "expiration", "expected"),
    [pytest.param(*row[:4], id=f"{row[1]} {row[2]}, {row[4]}") for row in GOLDEN],
)
def test_contracts_stop_trading_on_their_last_day(
    sessions: Sessions,
    root: str,
    expiration: str,
    expected: str,
) -> None:
    """The last trading day is known from published rows, and T is that session's close."""
    held = contract(root, date.fromisoformat(expiration))

    assert instant(expected) == stops_trading_at(held, sessions)
    assert date.fromisoformat(expected[:10]) == last_trading_day(held, sessions)


@pytest.mark.parametrize("day", [date(2026, 11, 26), date(2027, 1, 1)])
def test_crypto_options_know_no_holidays(day: date) -> None:
    """They end at 08:00 UTC of their date, whatever exchanges do and calendars know."""
    held = OptionContract(crypto_spec("BTC"), day, Right.CALL, Decimal(90_000))

    assert instant(f"{day}T08:00:00Z") == stops_trading_at(held, WEEK)
    assert day == last_trading_day(held, WEEK)


@pytest.mark.parametrize(
    ("root", "expiration"),
    [
        pytest.param("GOOG", date(2026, 11, 28), id="after the horizon"),
        pytest.param("GOOG", date(2026, 11, 15), id="before the horizon"),
        pytest.param("SPX", date(2026, 11, 16), id="AM, whose session lies before it"),
        pytest.param("SPX", date(2026, 11, 28), id="AM, a Saturday after it"),
    ],
)
def test_a_contract_beyond_the_calendar_is_not_guessed(root: str, expiration: date) -> None:
    """Where the calendar says nothing there is no T."""
    with pytest.raises(LookupError):
        stops_trading_at(contract(root, expiration), WEEK)
    with pytest.raises(LookupError):
        last_trading_day(contract(root, expiration), WEEK)


NEAR = Leg(contract("GOOG", date(2026, 11, 25)), -1)
FAR = Leg(contract("GOOG", date(2026, 11, 27)), 1)
SHARES = Leg(Shares("GOOG"), 100)


def test_a_position_closes_with_its_first_leg() -> None:
    """T of several legs is the earliest; shares have none."""
    assert instant("2026-11-25T21:00:00Z") == closes_at((SHARES, FAR, NEAR), WEEK)
    assert CLOSE == closes_at((FAR,), WEEK)
    assert closes_at((SHARES,), WEEK) is None
    assert closes_at((), WEEK) is None


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param("2026-11-25T20:59:59Z", (), id="a second before"),
        pytest.param("2026-11-25T21:00:00Z", (NEAR,), id="at the first T"),
        pytest.param("2026-11-27T17:59:59Z", (NEAR,), id="a second before the second"),
        pytest.param("2026-11-27T18:00:00Z", (FAR, NEAR), id="at the second"),
    ],
)
def test_legs_expire_each_at_its_own_close(at: str, expected: tuple[Leg, ...]) -> None:
    """A leg expires at its T, in the order of the position; shares never do."""
    assert expected == expiring_legs((SHARES, FAR, NEAR), instant(at), WEEK)


def at_(text: str) -> datetime:
    """Read a time of the half-day, UTC."""
    return instant(f"2026-11-27T{text}Z")


def rows(attempts: tuple[AttemptTime, ...]) -> list[tuple[str, str, bool]]:
    """Show attempts as (lead, UTC time, is last)."""
    return [(found.lead, f"{found.due_at:%H:%M:%S}", found.is_last) for found in attempts]


@pytest.mark.parametrize(
    ("anchor", "cutoff", "expected"),
    [
        pytest.param(
            Anchor.CLOSE,
            "17:15:00",
            [("T-10", "17:50:00", False), ("T-5", "17:55:00", False), ("T-1", "17:59:00", True)],
            id="the close, whatever the cut-off",
        ),
        pytest.param(
            Anchor.CUTOFF,
            "17:15:00",
            [("C-10", "17:05:00", False), ("C-5", "17:10:00", False), ("C-1", "17:14:00", True)],
            id="the cut-off",
        ),
        pytest.param(
            Anchor.CUTOFF,
            "18:00:00",
            [("T-10", "17:50:00", False), ("T-5", "17:55:00", False), ("T-1", "17:59:00", True)],
            id="a cut-off at the close is the close",
        ),
        pytest.param(
            Anchor.CUTOFF,
            None,
            [("T-10", "17:50:00", False), ("T-5", "17:55:00", False), ("T-1", "17:59:00", True)],
            id="a broker without cut-off",
        ),
        pytest.param(
            Anchor.BOTH,
            "17:15:00",
            [
                ("C-10", "17:05:00", False),
                ("C-5", "17:10:00", False),
                ("C-1", "17:14:00", False),
                ("T-10", "17:50:00", False),
                ("T-5", "17:55:00", False),
                ("T-1", "17:59:00", True),
            ],
            id="both",
        ),
        pytest.param(
            Anchor.BOTH,
            "17:59:59",
            [
                ("C-10", "17:49:59", False),
                ("T-10", "17:50:00", False),
                ("C-5", "17:54:59", False),
                ("T-5", "17:55:00", False),
                ("C-1", "17:58:59", False),
                ("T-1", "17:59:00", True),
            ],
            id="both, a second apart",
        ),
        pytest.param(
            Anchor.BOTH,
            "17:55:00",
            [
                ("C-10", "17:45:00", False),
                ("T-10", "17:50:00", False),
                ("C-1", "17:54:00", False),
                ("T-5", "17:55:00", False),
                ("T-1", "17:59:00", True),
            ],
            id="both, one instant is one attempt",
        ),
        pytest.param(
            Anchor.BOTH,
            None,
            [("T-10", "17:50:00", False), ("T-5", "17:55:00", False), ("T-1", "17:59:00", True)],
            id="both, without cut-off",
        ),
    ],
)
def test_attempts_count_back_from_their_anchor(
    anchor: Anchor,
    cutoff: str | None,
    expected: list[tuple[str, str, bool]],
) -> None:
    """Each anchor gives its own instants, in order, and the last one is marked."""
    found = attempt_times((CLOSE,), Expiration(anchor=anchor), at_(cutoff) if cutoff else None)

    assert expected == rows(found)


def test_attempts_run_before_every_claimed_close() -> None:
    """Where sources disagree, nobody's close is missed, and each has its last attempt."""
    expected = [
        ("T-10", "17:50:00", False),
        ("T-5", "17:55:00", False),
        ("T-1", "17:59:00", True),
        ("T-10", "20:50:00", False),
        ("T-5", "20:55:00", False),
        ("T-1", "20:59:00", True),
    ]

    found = attempt_times((at_("21:00:00"), CLOSE, CLOSE), Expiration(), None)

    assert expected == rows(found)


def test_claims_five_minutes_apart_share_an_attempt() -> None:
    """One instant is one attempt, named by the close that comes first."""
    expected = [
        ("T-10", "17:50:00", False),
        ("T-5", "17:55:00", False),
        ("T-1", "17:59:00", True),
        ("T-5", "18:00:00", False),
        ("T-1", "18:04:00", True),
    ]

    assert expected == rows(attempt_times((at_("18:05:00"), CLOSE), Expiration(), None))


def test_a_shared_instant_stays_a_last_one() -> None:
    """What is the last attempt before one claim is so whatever else it is."""
    leads = Expiration(attempts=(5 * MINUTE, MINUTE))

    found = attempt_times((CLOSE, CLOSE + 4 * MINUTE), leads, None)

    assert [("T-5", "17:55:00", False), ("T-1", "17:59:00", True), ("T-1", "18:03:00", True)] == (
        rows(found)
    )


def test_leads_are_the_bots_own() -> None:
    """Any list of leads counts, in order of time, and reads in its own unit."""
    leads = Expiration(attempts=(30 * SECOND, timedelta(hours=1), 90 * SECOND, 15 * MINUTE))
    expected = [
        ("T-60", "17:00:00", False),
        ("T-15", "17:45:00", False),
        ("T-90s", "17:58:30", False),
        ("T-30s", "17:59:30", True),
    ]

    assert expected == rows(attempt_times((CLOSE,), leads, None))


def test_without_leads_there_are_no_attempts() -> None:
    """An empty list is nothing to do, not an error."""
    assert () == attempt_times((CLOSE,), Expiration(attempts=()), None)


def told(found: Due) -> tuple[list[str], list[str]]:
    """Show what runs and what is missed, by lead."""
    return ([item.lead for item in found.run], [item.lead for item in found.missed])


def taken(*leads: str) -> frozenset[tuple[str, datetime]]:
    """Make the attempts of `POSITION` that are already claimed."""
    return frozenset(("kept", found.due_at) for found in ATTEMPTS if found.lead in leads)


@pytest.mark.parametrize(
    ("now", "done", "run", "missed"),
    [
        pytest.param("17:49:59", (), [], [], id="a second early"),
        pytest.param("17:50:00", (), ["T-10"], [], id="on the instant"),
        pytest.param("17:50:00", ("T-10",), [], [], id="taken stays taken"),
        pytest.param("17:54:59", (), ["T-10"], [], id="late, but the newest"),
        pytest.param("17:55:00", ("T-10",), ["T-5"], [], id="the next one"),
        pytest.param("17:55:00", (), ["T-5"], ["T-10"], id="the older one is missed"),
        pytest.param("17:59:00", (), ["T-1"], ["T-5", "T-10"], id="woken at the last attempt"),
        pytest.param("17:59:00", ("T-10",), ["T-1"], ["T-5"], id="asleep through the second"),
        pytest.param("17:59:00", ("T-5",), ["T-1"], ["T-10"], id="a gap is recorded, not run"),
        pytest.param("17:59:59", (), ["T-1"], ["T-5", "T-10"], id="a second before the close"),
        pytest.param("18:00:00", (), [], ["T-1", "T-5", "T-10"], id="at the close nothing runs"),
        pytest.param("18:00:00", ("T-10", "T-5"), [], ["T-1"], id="at the close, one untaken"),
        pytest.param("23:59:59", ("T-10", "T-5", "T-1"), [], [], id="long after, all done"),
        pytest.param("17:52:00", ("T-10", "T-5"), [], [], id="the clock stepped back"),
        pytest.param("17:52:00", ("T-5",), [], ["T-10"], id="back, and the older never ran"),
        pytest.param("17:49:00", ("T-10",), [], [], id="back before the first"),
        pytest.param("17:57:00", ("T-1",), [], ["T-5", "T-10"], id="back from the last"),
    ],
)
def test_which_attempts_run_and_which_are_missed(
    now: str,
    done: tuple[str, ...],
    run: list[str],
    missed: list[str],
) -> None:
    """The newest attempt that is due runs once; what is older and untaken is missed."""
    assert (run, missed) == told(due([POSITION], taken(*done), at_(now)))


@pytest.mark.parametrize(
    ("opened", "now", "run", "missed"),
    [
        pytest.param("17:50:00", "17:50:00", ["T-10"], [], id="opened as it falls due"),
        pytest.param("17:50:01", "17:50:01", [], [], id="opened a second after it"),
        pytest.param("17:50:01", "17:55:00", ["T-5"], [], id="the earlier one never applied"),
        pytest.param("17:56:00", "17:59:30", ["T-1"], [], id="only the last one applies"),
        pytest.param("17:59:01", "17:59:30", [], [], id="opened after the last attempt"),
        pytest.param("17:51:00", "18:00:00", [], ["T-1", "T-5"], id="missed ones that applied"),
    ],
)
def test_attempts_before_the_opening_do_not_apply(
    opened: str,
    now: str,
    run: list[str],
    missed: list[str],
) -> None:
    """A position has no attempts from before it was there, not even missed ones."""
    late = PositionSchedule("late", at_(opened), CLOSE, ATTEMPTS)

    assert (run, missed) == told(due([late], frozenset(), at_(now)))


def test_a_due_attempt_tells_all_that_is_needed() -> None:
    """Lateness, the close and the next attempt come along."""
    expected = Due(
        run=(
            DueAttempt(
                "kept",
                "T-5",
                at_("17:55:00"),
                CLOSE,
                timedelta(seconds=90),
                is_last=False,
                next_due_at=at_("17:59:00"),
            ),
        ),
        missed=(
            DueAttempt(
                "kept",
                "T-10",
                at_("17:50:00"),
                CLOSE,
                timedelta(seconds=390),
                is_last=False,
                next_due_at=at_("17:55:00"),
            ),
        ),
    )

    assert expected == due([POSITION], frozenset(), at_("17:56:30"))


def test_the_last_attempt_has_no_next() -> None:
    """After it there is only the bell."""
    found = due([POSITION], taken("T-10", "T-5"), at_("17:59:00")).run[0]

    assert found.is_last
    assert found.next_due_at is None


def test_the_last_attempt_before_the_earlier_claim_is_followed_by_others() -> None:
    """It is a last one, because the earlier claim may be true, and the next is named."""
    later = at_("21:00:00")
    disputed = PositionSchedule(
        "kept",
        OPENED,
        later,
        attempt_times((CLOSE, later), Expiration(), None),
    )

    found = due([disputed], taken("T-10", "T-5"), at_("17:59:00")).run[0]

    assert found.is_last
    assert at_("20:50:00") == found.next_due_at


def test_nothing_is_lost_between_two_claimed_closes() -> None:
    """After the earlier claim a late attempt still runs: the later claim may be true."""
    later = at_("21:00:00")
    disputed = PositionSchedule(
        "kept",
        OPENED,
        later,
        attempt_times((CLOSE, later), Expiration(), None),
    )

    assert (["T-1"], ["T-5", "T-10"]) == told(due([disputed], frozenset(), at_("18:30:00")))


def test_positions_do_not_disturb_one_another() -> None:
    """What one position has taken says nothing about another."""
    other = PositionSchedule("other", OPENED, CLOSE, ATTEMPTS)
    empty = PositionSchedule("without options", OPENED, CLOSE, ())

    found = due([POSITION, empty, other], taken("T-10"), at_("17:50:00"))

    assert ["other"] == [item.position_id for item in found.run]
    assert () == found.missed


@pytest.mark.parametrize(
    ("now", "done", "expected"),
    [
        pytest.param("09:00:00", (), "17:50:00", id="in the morning"),
        pytest.param("17:49:59", (), "17:50:00", id="a second before"),
        pytest.param("17:50:00", (), "17:55:00", id="what is due now isn't next"),
        pytest.param("17:49:59", ("T-10",), "17:55:00", id="taken, and the clock stepped back"),
        pytest.param("17:58:59", (), "17:59:00", id="the last one"),
        pytest.param("17:59:00", (), None, id="nothing after the last"),
        pytest.param("18:00:00", (), None, id="nothing after the close"),
    ],
)
def test_the_next_instant(now: str, done: tuple[str, ...], expected: str | None) -> None:
    """The next attempt is the earliest untaken one that still lies ahead."""
    found = next_due([POSITION], taken(*done), at_(now))

    assert (at_(expected) if expected else None) == found


def test_the_next_instant_is_the_earliest_of_all_positions() -> None:
    """Attempts before an opening and after a close don't count."""
    opened_late = PositionSchedule("late", at_("17:52:00"), CLOSE, ATTEMPTS)
    closed_early = PositionSchedule("early", OPENED, at_("17:55:00"), ATTEMPTS)

    assert at_("17:55:00") == next_due([opened_late], frozenset(), at_("17:00:00"))
    assert at_("17:50:00") == next_due([opened_late, POSITION], frozenset(), at_("17:00:00"))
    assert next_due([closed_early], frozenset(), at_("17:50:00")) is None
    assert next_due([], frozenset(), at_("17:00:00")) is None


offsets = st.integers(-1_200, 120).map(lambda seconds: CLOSE + seconds * SECOND)


@given(st.lists(offsets, min_size=1, max_size=12), offsets)
def test_no_attempt_ever_runs_twice_or_early_or_late(
    wakes: list[datetime],
    opened_at: datetime,
) -> None:
    """However often, late and out of order the daemon wakes, the protocol's promises hold."""
    schedule = PositionSchedule("kept", opened_at, CLOSE, ATTEMPTS)
    claimed: frozenset[tuple[str, datetime]] = frozenset()
    ran: list[DueAttempt] = []
    for now in wakes:
        found = due([schedule], claimed, now)
        for item in (*found.run, *found.missed):
            assert (item.position_id, item.due_at) not in claimed
            assert opened_at <= item.due_at <= now
            assert now - item.due_at == item.late
        assert len(found.run) <= 1
        assert not found.run or now < CLOSE
        ran.extend(found.run)
        claimed |= {("kept", item.due_at) for item in (*found.run, *found.missed)}
        assert Due() == due([schedule], claimed, now)

    assert sorted({item.due_at for item in ran}) == [item.due_at for item in ran]


@given(st.lists(offsets, min_size=1, max_size=12))
def test_every_attempt_runs_or_is_recorded_as_missed(wakes: list[datetime]) -> None:
    """Once the close has passed, no attempt has been forgotten."""
    claimed: frozenset[tuple[str, datetime]] = frozenset()
    for now in (*sorted(wakes), CLOSE + MINUTE):
        found = due([POSITION], claimed, now)
        claimed |= {("kept", item.due_at) for item in (*found.run, *found.missed)}

    assert {("kept", item.due_at) for item in ATTEMPTS} == claimed


def test_a_thousand_positions_are_asked_in_no_time() -> None:
    """Asking every second costs next to nothing, before, during and after the window."""
    many = [
        PositionSchedule(f"position-{number}", OPENED, CLOSE, ATTEMPTS) for number in range(1_000)
    ]
    done = frozenset((item.position_id, attempt.due_at) for item in many for attempt in ATTEMPTS)
    started = time.perf_counter()

    found = [due(many, done, at_(now)) for now in ("09:00:00", "17:55:00", "18:00:01")]

    assert time.perf_counter() - started < 1  # a few milliseconds, as a rule
    assert [Due(), Due(), Due()] == found
