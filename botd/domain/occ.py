"""
OCC option symbols: 21 characters, or compact without the root's padding.

    GOOG  151224P00740000
    ^root ^date  ^ strike in thousandths of a dollar
                ^ right: C or P

Source: OCC, Options Symbology Initiative. The date is the expiration date, a
Saturday for monthlies before 2015.
"""

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from botd.domain.contract import Instrument, OptionContract, Right, Shares
from botd.domain.roots import spec_of

_TAIL = 15  # date, right and strike
_ROOT = 6
_PADDED = _ROOT + _TAIL
_ROOT_LETTERS = re.compile(r"[A-Z][A-Z.]{0,5}|[A-Z][A-Z.]{0,4}[0-9]")
_TICKER = re.compile(r"[A-Z][A-Z.]{0,5}")
_RIGHTS = {"C": Right.CALL, "P": Right.PUT}


def parse(text: str) -> OptionContract:
    """
    Read an OCC symbol, compact (`GOOG151224P00740000`) or padded to 21 characters.

    The strike is exact and without trailing zeros, so that equal contracts are equal
    however they were written.

    Raises:
        ValueError: its message names the wrong part, and why.
    """
    return _parsed(text)


def parse_instrument(text: str) -> Instrument:
    """
    Read an OCC symbol or a ticker (`GOOG`, `BRK.B`: letters and dots, at most six).

    Raises:
        ValueError: it is neither; the message says what is wrong with which part.
    """
    if _TICKER.fullmatch(text):
        return Shares(text)
    if len(text) <= _ROOT:
        raise ValueError(f"{text!r} is neither a ticker (1 to 6 of A-Z and '.') nor an OCC symbol")
    return parse(text)


# Positions, holdings and quotes name the same few contracts every second.
@lru_cache(maxsize=16_384)
def _parsed(text: str) -> OptionContract:
    if not text.isascii():
        raise ValueError(f"OCC symbol {text!r}: only ASCII letters and digits are allowed")
    if not _TAIL < len(text) <= _PADDED:
        raise ValueError(
            f"OCC symbol {text!r}: length {len(text)}, expected 16 to 21 characters"
            " (root, yymmdd, C or P, strike in thousandths, 8 digits)",
        )
    root, tail = text[:-_TAIL], text[-_TAIL:]
    return OptionContract(
        spec=spec_of(_root(text, root)),
        expiration=_expiration(text, tail[:6]),
        right=_right(text, tail[6]),
        strike=_strike(text, tail[7:]),
    )


def _root(text: str, padded: str) -> str:
    root = padded.rstrip(" ") if len(padded) == _ROOT else padded
    if _ROOT_LETTERS.fullmatch(root):
        return root
    why = "must be in capitals" if _ROOT_LETTERS.fullmatch(root.upper()) else _ROOT_RULE
    raise ValueError(f"OCC symbol {text!r}: root {root!r} {why}")


_ROOT_RULE = "must be 1 to 6 of A-Z and '.', perhaps a digit at the end, padded only to six"


def _expiration(text: str, digits: str) -> date:
    if not digits.isdigit():
        raise ValueError(f"OCC symbol {text!r}: date {digits!r} must be six digits, yymmdd")
    year, month, day = (int(digits[at : at + 2]) for at in (0, 2, 4))
    try:
        return date(2000 + year, month, day)
    except ValueError as fault:
        raise ValueError(f"OCC symbol {text!r}: date {digits!r} is not a date: {fault}") from fault


def _right(text: str, letter: str) -> Right:
    if letter not in _RIGHTS:
        raise ValueError(f"OCC symbol {text!r}: right {letter!r} must be 'C' or 'P'")
    return _RIGHTS[letter]


def _strike(text: str, digits: str) -> Decimal:
    if not digits.isdigit():
        raise ValueError(f"OCC symbol {text!r}: strike {digits!r} must be eight digits")
    dollars, thousandths = divmod(int(digits), 1000)
    if not dollars and not thousandths:
        raise ValueError(f"OCC symbol {text!r}: strike {digits!r} must be above zero")
    if not thousandths:
        return Decimal(dollars)
    return Decimal(f"{dollars}.{thousandths:03d}".rstrip("0"))
