"""The packaged day and its book: what each position is there for truly happens."""

import gzip
import io
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from botd.brokers.paper.align import align
from botd.brokers.paper.faults import fault_of
from botd.brokers.paper.matching import Natural, natural
from botd.brokers.paper.pack_files import SAMPLE, load_pack
from botd.domain.contract import Leg, OptionContract, option_legs
from botd.settings.positions_file import PositionEntry, PositionsFile, parse_positions
from botd.settings.scenario import Happening
from tests.brokers.paper.day import SESSIONS, instant, session

PACK = load_pack(SAMPLE)
FILE = SAMPLE / "positions.toml"
ATTEMPTS = (instant("17:50"), instant("17:55"), instant("17:59"))
CLOSE = instant("18:00")
QUIET = {
    *("short-put-740", "short-call-760", "long-call-757"),
    *("condor-quiet", "strangle-stale", "pinned-747"),
}
FILLS_AT_THE_FIRST_ATTEMPT = {
    *("short-put-752", "long-put-762", "long-call-705", "vertical-750", "vertical-deep"),
    *("vertical-stale", "covered-kept", "calendar-737", "lost-answer-765", "late-answer-730"),
    *("crossing-785", "resting-exit-780", "given-back-720"),
}
PEOPLE = {Happening.TAKE, Happening.RELEASE}


@pytest.fixture(scope="module")
def book() -> PositionsFile:
    return parse_positions(FILE.read_bytes(), str(FILE), bots={}, must_know_bots=False)


@pytest.fixture(scope="module")
def entries(book: PositionsFile) -> dict[str, PositionEntry]:
    return {entry.id: entry for entry in book.entries}


def spot(at: datetime) -> Decimal:
    last = PACK.last_trade(at, CLOSE)
    assert last is not None
    return last.price


def expiring(entry: PositionEntry) -> tuple[tuple[OptionContract, int], ...]:
    return tuple(
        (contract, quantity)
        for contract, quantity in option_legs(entry.legs)
        if contract.expiration == PACK.day
    )


def closing(entry: PositionEntry, at: datetime) -> Natural | None:
    """Tell what closing the legs of the day trades at."""
    day = SESSIONS.on(PACK.day)
    assert day is not None
    return natural(
        tuple(Leg(contract, -quantity) for contract, quantity in expiring(entry)),
        lambda symbol: PACK.quote(symbol, at),
        lambda _side, _row_at: 0,
        day,
    )


def last_ten_minutes() -> Iterator[datetime]:
    return (ATTEMPTS[0] + timedelta(minutes=minute) for minute in range(11))


def test_quotes_are_packed_without_a_time_and_whole() -> None:
    """The same bytes on every build: no name, no time; and nothing of the day is skipped."""
    body = (SAMPLE / "quotes.csv.gz").read_bytes()

    assert b"\x00" * 4 == body[4:8]
    assert 21_903 == gzip.GzipFile(fileobj=io.BytesIO(body)).read().count(b"\n")
    assert (176, 176, {}) == (len(PACK.contracts), len(PACK.tapes), PACK.skipped)


def test_attribution_stands_beside_the_data() -> None:
    """The data's licence and the words that it asks for are packaged."""
    attribution = (SAMPLE / "ATTRIBUTION").read_text()

    assert "QuantConnect LEAN sample data (AlgoSeek), Apache-2.0" in attribution
    assert "Apache License" in (SAMPLE / "LICENSE-Apache-2.0.txt").read_text()


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param("17:50", "749.62", id="T-10"),
        pytest.param("17:55", "749.10", id="T-5"),
        pytest.param("17:59", "747.75", id="T-1"),
        pytest.param("18:00", "748.40", id="close"),
        pytest.param("20:00", "748.40", id="two hours later"),
    ],
)
def test_spot_of_the_day(at: str, expected: str) -> None:
    """The published figures of the day, and no print from after the close."""
    assert Decimal(expected) == spot(instant(at))


def test_book_is_large_and_trades_what_the_pack_quotes(
    entries: dict[str, PositionEntry],
) -> None:
    """Every contract that expires that day has quotes."""
    assert len(entries) >= 15
    for entry in entries.values():
        assert expiring(entry)
        for contract, _ in expiring(entry):
            assert contract.symbol in PACK.tapes


def test_every_scenario_can_be_planned(
    book: PositionsFile,
    entries: dict[str, PositionEntry],
) -> None:
    """Each entry is a person's act, or a fault that the exchange knows."""
    planned = Counter(
        fault_of(each.do.value, CLOSE, entries[each.position or ""].legs, leg=each.leg).kind
        for each in book.scenarios
        if each.do not in PEOPLE
    )

    assert {1, 2} == set(planned.values())
    assert len(planned) >= 9


def test_faults_do_not_reach_other_positions(
    book: PositionsFile,
    entries: dict[str, PositionEntry],
) -> None:
    """A contract with a fault on it is in one position only."""
    uses = Counter(leg.symbol for entry in entries.values() for leg in entry.legs)
    struck = {
        leg.symbol
        for each in book.scenarios
        if each.do not in PEOPLE
        for leg in entries[each.position or ""].legs
        if each.leg in (None, leg.symbol)
    }

    assert {1} == {uses[symbol] for symbol in struck}


@pytest.mark.parametrize("name", sorted(QUIET))
def test_quiet_positions_are_never_in_the_money(
    entries: dict[str, PositionEntry],
    name: str,
) -> None:
    """At each attempt and at the close all their legs are worthless."""
    for at in (*ATTEMPTS, CLOSE):
        for contract, _ in expiring(entries[name]):
            assert 0 == contract.intrinsic(spot(at))


def test_all_others_are_in_the_money_at_the_first_attempt(
    entries: dict[str, PositionEntry],
) -> None:
    """Whatever is not quiet gives botd something to decide."""
    for name in entries.keys() - QUIET:
        values = [contract.intrinsic(spot(ATTEMPTS[0])) for contract, _ in expiring(entries[name])]

        assert any(values), name


@pytest.mark.parametrize("name", sorted(FILLS_AT_THE_FIRST_ATTEMPT))
def test_close_finds_its_other_side_at_the_first_attempt(
    entries: dict[str, PositionEntry],
    name: str,
) -> None:
    """At T-10 the whole package trades, for at least its units."""
    shown = closing(entries[name], ATTEMPTS[0])

    assert shown is not None
    assert shown.units >= entries[name].units


def test_pinned_strike_is_touched(entries: dict[str, PositionEntry]) -> None:
    """Within 0.25 % of the strike at T-1, and not in the money."""
    ((contract, _),) = expiring(entries["pinned-747"])

    assert Decimal("0.25") == spot(ATTEMPTS[2]) - contract.strike


def test_stale_quotes_are_stale(entries: dict[str, PositionEntry]) -> None:
    """Both legs of the strangle, and the long leg of the vertical, went unquoted for long."""
    long_leg, _ = option_legs(entries["vertical-stale"].legs)[0]
    for contract, _ in (*expiring(entries["strangle-stale"]), (long_leg, 1)):
        quote = PACK.quote(contract.symbol, CLOSE)

        assert quote is not None
        assert CLOSE - quote.quoted_at > timedelta(minutes=10)


def test_breached_condor_has_a_leg_without_a_bid(entries: dict[str, PositionEntry]) -> None:
    """Nobody bids for the long put, so the whole package never trades in the last minutes."""
    assert {None} == {closing(entries["condor-breached"], at) for at in last_ten_minutes()}


def test_capped_vertical_is_always_quoted_above_its_width(
    entries: dict[str, PositionEntry],
) -> None:
    """Closing costs more than the 2.50 that it can lose, at every minute of the last ten."""
    for at in last_ten_minutes():
        shown = closing(entries["vertical-capped"], at)

        assert shown is not None
        assert shown.net_price < Decimal("-2.50")


def test_sample_can_be_lived_through_on_any_day() -> None:
    """Moved to a later session, its contracts expire there."""
    moved = align(PACK, session("2015-12-28", "14:30", "21:00"))

    assert "GOOG151228P00740000" == moved.redated["GOOG151224P00740000"]
    assert 176 == len(moved.tapes)
