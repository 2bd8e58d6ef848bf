"""Symbols of everything that can be held: read exactly, or refused with the part that is wrong."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.domain import futures
from botd.domain.contract import Future, Instrument, OptionContract, Right, Shares
from botd.domain.instruments import ending, parse_instrument
from botd.domain.roots import CRYPTO_ASSETS, EVENT_STRIKE, crypto_spec, event_spec, spec_of

ENDS_AT = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)
BTC_CALL = OptionContract(crypto_spec("BTC"), date(2026, 11, 27), Right.CALL, Decimal(90000))
ES = Future("ES", date(2025, 12, 1), Decimal(50), ends_on_third_friday=True)
CL = Future("CL", date(2026, 1, 1), Decimal(1000))

crypto_options = st.builds(
    OptionContract,
    spec=st.sampled_from(sorted(CRYPTO_ASSETS)).map(crypto_spec),
    expiration=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    right=st.sampled_from(Right),
    strike=st.integers(1, 9_999_999_999_999).map(lambda parts: Decimal(parts) / 10_000),
)
events = st.builds(
    OptionContract,
    spec=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}", fullmatch=True).map(event_spec),
    expiration=st.just(date.max),
    right=st.sampled_from(Right),
    strike=st.just(EVENT_STRIKE),
)
months = st.dates(date(2000, 1, 1), date(2099, 12, 31)).map(lambda day: day.replace(day=1))
known_futures = st.builds(
    lambda root, month: futures.parse(f"{root} {month:%m-%y}"),
    st.sampled_from(["ES", "MYM", "CL", "6E", "ZT", "M2K"]),
    months,
)


@given(st.one_of(crypto_options, events, known_futures))
def test_symbols_read_back(held: OptionContract | Future) -> None:
    """Whatever is held comes back from its symbol, and is written in the same way again."""
    found = parse_instrument(held.symbol)

    assert held == found
    assert held.symbol == found.symbol


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("GOOG", Shares("GOOG"), id="shares"),
        pytest.param(
            "GOOG151224P00740000",
            OptionContract(spec_of("GOOG"), date(2015, 12, 24), Right.PUT, Decimal(740)),
            id="a listed option",
        ),
        pytest.param("crypto:BTC-27NOV26-90000-C", BTC_CALL, id="a crypto option"),
        pytest.param(
            "crypto:ETH-2JAN27-2750.5-P",
            OptionContract(crypto_spec("ETH"), date(2027, 1, 2), Right.PUT, Decimal("2750.5")),
            id="a day of one digit, half a dollar",
        ),
        pytest.param(
            "event:100:YES",
            OptionContract(event_spec("100"), date.max, Right.CALL, Decimal(50)),
            id="the side that wins above half",
        ),
        pytest.param(
            "event:9f1c-A:NO",
            OptionContract(event_spec("9f1c-A"), date.max, Right.PUT, Decimal(50)),
            id="the side that wins below half",
        ),
        pytest.param("future:ES 12-25", ES, id="a future of an index"),
        pytest.param("future:CL 01-26", CL, id="a future of oil"),
    ],
)
def test_symbols(text: str, expected: Instrument) -> None:
    """Each kind has its own way of being written."""
    assert expected == parse_instrument(text)


def test_zeros_at_the_end_of_a_strike_make_no_other_contract() -> None:
    """A strike is exact however it is written."""
    assert BTC_CALL == parse_instrument("crypto:BTC-27NOV26-90000.00-C")
    assert "crypto:BTC-27NOV26-90000-C" == parse_instrument("crypto:BTC-27NOV26-90000.00-C").symbol


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("crypto:BTC", "write it as crypto:BTC-27NOV26-90000-C", id="an asset alone"),
        pytest.param("crypto:BTC-27XXX26-1-C", "write it as crypto:", id="no month"),
        pytest.param("crypto:BTC-27nov26-1-C", "write it as crypto:", id="small letters"),
        pytest.param("crypto:BTC-27NOV26-1-X", "write it as crypto:", id="no right"),
        pytest.param("crypto:SOL-27NOV26-1-C", "asset 'SOL' is not one of BTC, ETH", id="SOL"),
        pytest.param("crypto:BTC-27NOV26-0-C", "the strike must be above zero", id="strike 0"),
        pytest.param("crypto:BTC-31NOV26-1-C", "no such date: day", id="31 November"),
        pytest.param("event:100", "write it as event:100:YES", id="no side"),
        pytest.param("event:100:MAYBE", "write it as event:100:YES", id="another side"),
        pytest.param("event::YES", "write it as event:100:YES", id="no market"),
        pytest.param("event:-1:YES", "write it as event:100:YES", id="a dash in front"),
        pytest.param("future:ES", "write root, month and year", id="no month of delivery"),
        pytest.param("future:ESZ5", "write root, month and year", id="an exchange's own name"),
        pytest.param("future:ES 13-25", "month '13' is not 01 to 12", id="month 13"),
        pytest.param("future:ES 00-25", "month '00' is not 01 to 12", id="month 0"),
        pytest.param("future:XX 12-25", "root 'XX' is not known; known: ES, MES", id="root XX"),
        pytest.param("bond:T 12-25", "unknown kind 'bond'", id="another kind"),
        pytest.param(":ES 12-25", "OCC symbol", id="no kind"),
        pytest.param("", "neither a ticker", id="nothing"),
    ],
)
def test_a_bad_symbol_is_refused_with_the_part_that_is_wrong(text: str, expected: str) -> None:
    """The message names the symbol, the part, and what is expected of it."""
    with pytest.raises(ValueError, match=re.escape(expected)):
        parse_instrument(text)


def test_an_event_is_told_when_it_ends() -> None:
    """Its day is that of the instant in UTC, and it stays the same contract by symbol."""
    told = ending(
        parse_instrument("event:100:NO"),
        datetime(2026, 11, 27, 22, 0, tzinfo=timezone(timedelta(hours=-5))),
    )

    assert isinstance(told, OptionContract)
    assert ("event:100:NO", date(2026, 11, 28)) == (told.symbol, told.expiration)
    assert datetime(2026, 11, 28, 3, 0, tzinfo=UTC) == told.ends_at
    assert (Right.PUT, Decimal(50)) == (told.right, told.strike)


@pytest.mark.parametrize("future", [ES, CL], ids=["by a rule", "by no rule"])
def test_a_future_is_told_when_it_ends(future: Future) -> None:
    """Whatever its rule says; it is still the same future."""
    told = ending(future, ENDS_AT)

    assert isinstance(told, Future)
    assert (future, ENDS_AT) == (told, told.ends_at)


@pytest.mark.parametrize("symbol", ["GOOG", "GOOG151224P00740000", "crypto:BTC-27NOV26-90000-C"])
def test_what_has_an_end_of_its_own_is_told_none(symbol: str) -> None:
    """Shares never end, and the others' symbols say it."""
    held = parse_instrument(symbol)

    assert held is ending(held, ENDS_AT)


def test_nothing_is_told() -> None:
    """Without an instant all stays as it is."""
    held = parse_instrument("event:100:YES")

    assert held is ending(held, None)


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        pytest.param("GOOG", "1", id="shares"),
        pytest.param("GOOG151224P00740000", "100", id="a listed option"),
        pytest.param("crypto:BTC-27NOV26-90000-C", "0.01", id="a hundredth of a bitcoin"),
        pytest.param("crypto:ETH-27NOV26-3000-P", "0.1", id="a tenth of an ether"),
        pytest.param("event:100:YES", "1", id="an event's share"),
        pytest.param("future:ES 12-25", "50", id="the S&P 500"),
        pytest.param("future:MYM 12-25", "0.50", id="a micro of the Dow"),
        pytest.param("future:6E 12-25", "125000", id="the euro"),
    ],
)
def test_dollars_per_point(symbol: str, expected: str) -> None:
    """What a point of price is worth, for one contract."""
    assert Decimal(expected) == parse_instrument(symbol).dollars_per_point


@pytest.mark.parametrize(
    ("symbol", "is_cash"),
    [("future:ES 12-25", True), ("future:CL 12-25", False)],
    ids=["an index", "oil"],
)
def test_only_futures_of_an_index_settle_in_cash(symbol: str, is_cash: bool) -> None:  # noqa: FBT001 - the answer
    """The others deliver, or may."""
    future = parse_instrument(symbol)

    assert isinstance(future, Future)
    assert is_cash is future.is_cash_settled


@pytest.mark.parametrize(
    ("side", "spot", "expected"),
    [
        pytest.param("YES", "50.01", "100", id="YES, a cent above half"),
        pytest.param("YES", "50", "0", id="YES, at half nobody has won"),
        pytest.param("YES", "0", "0", id="YES, lost"),
        pytest.param("NO", "49.99", "100", id="NO, a cent below half"),
        pytest.param("NO", "50", "0", id="NO, at half nobody has won"),
        pytest.param("NO", "100", "0", id="NO, lost"),
    ],
)
def test_an_event_pays_all_or_nothing(side: str, spot: str, expected: str) -> None:
    """A hundred dollars a share, 10000 cents, and never anything between."""
    contract = parse_instrument(f"event:100:{side}")

    assert isinstance(contract, OptionContract)
    assert Decimal(expected) == contract.intrinsic(Decimal(spot))
