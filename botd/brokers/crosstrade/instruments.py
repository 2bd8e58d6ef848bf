"""
Futures by CrossTrade's names and by ours.

    theirs        ours
    ES 12-25      future:ES 12-25    the dated form, which CrossTrade always takes
    ESZ25         future:ES 12-25    the exchange's month code with two digits of the year
    ES, ES1!      as they are        they mean the front month, which is another one next week
    anything      as it is           shares, currencies, roots whose rules are not known
"""

import re

from botd.domain import futures
from botd.domain.contract import Future

_MONTH_CODES = "FGHJKMNQUVXZ"
_DATED = re.compile(r"([A-Z0-9]{1,4}) (\d{2}-\d{2})")
_CODED = re.compile(rf"([A-Z0-9]{{1,4}})([{_MONTH_CODES}])(\d{{2}})")


def known(name: str) -> Future | None:
    """Read a name of theirs; None: it is not one delivery month of a root that we know."""
    found = _CODED.fullmatch(name)
    if found is not None:
        month = _MONTH_CODES.index(found[2]) + 1
        name = f"{found[1]} {month:02}-{found[3]}"
    if _DATED.fullmatch(name) is None:
        return None
    try:
        return futures.parse(name)
    except ValueError:
        return None


def our_symbol(name: str) -> str:
    """Give the symbol of a name of theirs; what is not known stays, without spaces around it."""
    name = name.strip()
    future = known(name)
    return name if future is None else future.symbol


def their_name(future: Future) -> str:
    """Give the dated form of a future."""
    return f"{future.root} {future.month:%m-%y}"
