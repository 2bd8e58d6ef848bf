"""The instants of an expiration day at which people are told something."""

from datetime import date

from botd.domain.moments import Moment, MomentKind, moments_alone, moments_of
from tests.domain.trading_days import instant, session


def test_the_moments_of_a_half_day() -> None:
    """Each word of the day stands at its own distance from the half-day's close."""
    previous = session(date(2026, 11, 25))
    today = session(date(2026, 11, 27), is_half=True)
    expected = [
        (MomentKind.EVENING_BEFORE, "2026-11-25T23:00:00Z"),
        (MomentKind.MORNING, "2026-11-27T14:35:00Z"),
        (MomentKind.HOUR_BEFORE, "2026-11-27T16:50:00Z"),
        (MomentKind.HALT_60, "2026-11-27T17:00:00Z"),
        (MomentKind.HALT_15, "2026-11-27T17:45:00Z"),
        (MomentKind.READY, "2026-11-27T17:45:00Z"),
        (MomentKind.NEAR_STRIKE, "2026-11-27T17:55:00Z"),
        (MomentKind.STILL_OPEN, "2026-11-27T17:59:30Z"),
        (MomentKind.AFTER_CLOSE, "2026-11-27T18:00:05Z"),
        (MomentKind.SUMMARY, "2026-11-27T18:20:00Z"),
        (MomentKind.EXERCISE_CUTOFF, "2026-11-27T19:30:00Z"),
    ]

    found = moments_of(today, instant("2026-11-27T17:50:00Z"), previous)

    assert {Moment(kind, instant(at), today.day) for kind, at in expected} == set(found)
    assert sorted(found, key=lambda moment: moment.at) == list(found)


def test_ready_comes_before_attempts_that_count_from_a_cutoff() -> None:
    """Where the first attempt is early, so is the word that all is ready."""
    today = session(date(2026, 11, 25))

    found = {
        moment.kind: moment.at for moment in moments_of(today, instant("2026-11-25T20:05:00Z"))
    }

    assert instant("2026-11-25T20:00:00Z") == found[MomentKind.READY]
    assert instant("2026-11-25T19:05:00Z") == found[MomentKind.HOUR_BEFORE]
    assert instant("2026-11-25T22:30:00Z") == found[MomentKind.EXERCISE_CUTOFF]
    assert MomentKind.EVENING_BEFORE not in found


def test_a_day_without_attempts_has_its_morning_only() -> None:
    """Every trading day is reconciled, also when nothing expires."""
    today = session(date(2026, 11, 25))

    expected = (Moment(MomentKind.MORNING, instant("2026-11-25T14:35:00Z"), today.day),)

    assert expected == moments_of(today, None, session(date(2026, 11, 24)))


def test_a_t_that_is_no_close_has_moments_of_its_own() -> None:
    """No opening is waited for, nobody exercises late, and the evening is half a day before."""
    expected = [
        (MomentKind.EVENING_BEFORE, "2026-11-26T20:00:00Z"),
        (MomentKind.HOUR_BEFORE, "2026-11-27T06:50:00Z"),
        (MomentKind.HALT_60, "2026-11-27T07:00:00Z"),
        (MomentKind.HALT_15, "2026-11-27T07:45:00Z"),
        (MomentKind.READY, "2026-11-27T07:45:00Z"),
        (MomentKind.NEAR_STRIKE, "2026-11-27T07:55:00Z"),
        (MomentKind.STILL_OPEN, "2026-11-27T07:59:30Z"),
        (MomentKind.AFTER_CLOSE, "2026-11-27T08:00:05Z"),
        (MomentKind.SUMMARY, "2026-11-27T08:20:00Z"),
    ]

    found = moments_alone(instant("2026-11-27T08:00:00Z"), instant("2026-11-27T07:50:00Z"))

    assert {Moment(kind, instant(at), date(2026, 11, 27)) for kind, at in expected} == set(found)
    assert sorted(found, key=lambda moment: moment.at) == list(found)


def test_ready_comes_before_early_attempts_of_a_t_that_is_no_close() -> None:
    """Five minutes before the first, wherever that is."""
    found = {
        moment.kind: moment.at
        for moment in moments_alone(
            instant("2026-11-27T08:00:00Z"), instant("2026-11-27T07:00:00Z")
        )
    }

    assert instant("2026-11-27T06:55:00Z") == found[MomentKind.READY]
