"""OCC symbols: read exactly, or refused with the part that is wrong."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.domain.contract import Instrument, OptionContract, Right, Shares
from botd.domain.occ import parse, parse_instrument
from botd.domain.roots import spec_of

GOOG_740_PUT = OptionContract(spec_of("GOOG"), date(2015, 12, 24), Right.PUT, Decimal(740))

roots = st.from_regex(r"[A-Z][A-Z.]{0,5}|[A-Z][A-Z.]{0,4}[0-9]", fullmatch=True)
contracts = st.builds(
    OptionContract,
    spec=roots.map(spec_of),
    expiration=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    right=st.sampled_from(Right),
    strike=st.integers(1, 99_999_999).map(lambda thousandths: Decimal(thousandths) / 1000),
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("GOOG151224P00740000", id="compact"),
        pytest.param("GOOG  151224P00740000", id="padded to 21 characters"),
    ],
)
def test_both_ways_of_writing_name_one_contract(text: str) -> None:
    """Files write a symbol compact and exchanges pad it: it is the same contract."""
    assert GOOG_740_PUT == parse(text)


@given(contracts)
def test_symbols_read_back(contract: OptionContract) -> None:
    """Every contract comes back from either of its symbols."""
    assert contract == parse(contract.symbol)
    assert contract == parse(contract.occ_symbol)
    assert contract.symbol == parse(contract.occ_symbol).symbol


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        pytest.param("00740000", "740", id="whole dollars"),
        pytest.param("00742500", "742.5", id="half a dollar"),
        pytest.param("00000001", "0.001", id="the smallest"),
        pytest.param("99999999", "99999.999", id="the largest"),
        pytest.param("01000000", "1000", id="no exponent"),
        pytest.param("00000010", "0.01", id="a cent"),
    ],
)
def test_strikes_are_exact_and_plainly_written(digits: str, expected: str) -> None:
    """Thousandths become dollars without zeros at the end and without an exponent."""
    assert expected == str(parse(f"SPXW210106C{digits}").strike)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "length 0, expected 16 to 21", id="nothing"),
        pytest.param("151224P00740000", "length 15, expected 16 to 21", id="no root"),
        pytest.param("GOOGLE 151224P00740000", "length 22, expected 16 to 21", id="too long"),
        pytest.param("GOOG 151224P00740000", "root 'GOOG ' must be 1 to 6", id="padded to five"),
        pytest.param("  GOOG151224P00740000", "root '  GOOG' must be 1 to 6", id="padded in front"),
        pytest.param("      151224P00740000", "root '' must be 1 to 6", id="a blank root"),
        pytest.param("goog151224P00740000", "root 'goog' must be in capitals", id="lower case"),
        pytest.param("4SPX151224P00740000", "root '4SPX' must be 1 to 6", id="a digit in front"),
        pytest.param("GOOG20260231P00740000", "root 'GOOG20' must be 1 to 6", id="a long year"),
        pytest.param("GO-G151224P00740000", "root 'GO-G' must be 1 to 6", id="a dash"),
        pytest.param("GOÖG151224P00740000", "only ASCII", id="an umlaut"),
        pytest.param("GOOG15122٤P00740000", "only ASCII", id="a digit of another script"),
        pytest.param("GOOG15122AP00740000", "date '15122A' must be six digits", id="a letter"),
        pytest.param("GOOG260231P00740000", "date '260231' is not a date", id="31 February"),
        pytest.param("GOOG261301P00740000", "date '261301' is not a date", id="month 13"),
        pytest.param("GOOG260100P00740000", "date '260100' is not a date", id="day 0"),
        pytest.param("GOOG270229P00740000", "date '270229' is not a date", id="no leap year"),
        pytest.param("GOOG151224X00740000", "right 'X' must be 'C' or 'P'", id="another right"),
        pytest.param("GOOG151224p00740000", "right 'p' must be 'C' or 'P'", id="a small right"),
        pytest.param("GOOG151224P00000000", "strike '00000000' must be above zero", id="zero"),
        pytest.param("GOOG151224P0074000.", "strike '0074000.' must be eight digits", id="a dot"),
        pytest.param("GOOG151224P-0740000", "strike '-0740000' must be eight", id="a sign"),
        pytest.param("GOOG151224P0740000", "date 'G15122'", id="a strike one digit short"),
    ],
)
def test_a_bad_symbol_is_refused_with_the_part_that_is_wrong(text: str, expected: str) -> None:
    """The message names the symbol, the part, and what is expected of it."""
    with pytest.raises(ValueError, match="OCC symbol") as refused:
        parse(text)

    assert expected in str(refused.value)
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("GOOG", Shares("GOOG"), id="a ticker"),
        pytest.param("F", Shares("F"), id="one letter"),
        pytest.param("BRK.B", Shares("BRK.B"), id="a class of shares"),
        pytest.param("ABCDEF", Shares("ABCDEF"), id="six letters"),
        pytest.param("GOOG151224P00740000", GOOG_740_PUT, id="an option"),
        pytest.param("GOOG  151224P00740000", GOOG_740_PUT, id="a padded option"),
    ],
)
def test_instruments_are_options_or_shares(text: str, expected: Instrument) -> None:
    """A leg is named by an OCC symbol or by a ticker."""
    assert expected == parse_instrument(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "neither a ticker", id="nothing"),
        pytest.param("goog", "neither a ticker", id="lower case"),
        pytest.param(".GOOG", "neither a ticker", id="a dot in front"),
        pytest.param("AAPL1", "neither a ticker", id="a root is no ticker"),
        pytest.param("ALPHABET", "length 8, expected 16 to 21", id="too long for a ticker"),
        pytest.param("GOOG151224X00740000", "right 'X'", id="a bad option"),
    ],
)
def test_what_is_neither_is_refused(text: str, expected: str) -> None:
    """The message says what was expected of which part."""
    with pytest.raises(ValueError, match=expected):
        parse_instrument(text)
