"""A proposal as a positions file: to be corrected by a person, and imported."""

from collections.abc import Iterable

from botd.calendar.new_york import to_wall
from botd.domain.contract import Leg
from botd.service.shapes import instant, money
from botd.service.sync_proposal import Proposal, Proposed
from botd.settings.positions_file import UNKNOWN

_HEAD = """\
# What nobody manages, as botd has grouped it. Correct what was opened otherwise, leave out
# what is none of a bot's business, then: botd positions import {name}
#
#   opened_at   of the first order; where no order of the last days tells, then or before
#   net_price   per share, toward you: credit > 0, debit < 0; "unknown" keeps P/L unknown
#   held        the account holds the legs already: a paper account books none
"""


def text_of(proposals: Iterable[Proposal], name: str) -> str:
    """Write *proposals* as the file that is to be called *name*, valid as it stands."""
    return "\n".join((_HEAD.format(name=name), *map(_account, proposals)))


def _account(proposal: Proposal) -> str:
    when = f"{to_wall(proposal.read_at):%Y-%m-%d %H:%M} New York"
    left_out = (
        f"left out: {one.symbol} {one.quantity:+d}: {one.reason}" for one in proposal.left_out
    )
    told = (f"{' '.join(proposal.key)}, {when}", *left_out)
    return "\n".join((*map(_comment, told), "", *map(_position, proposal.found)))


def _comment(words: str) -> str:
    """Keep a broker's words on their line: whatever they hold, they are no entry."""
    return "# " + "".join(letter if letter.isprintable() else "?" for letter in words)


def _position(found: Proposed) -> str:
    entry = found.entry
    worst = money(found.worst_case)
    price = UNKNOWN if entry.net_price is None else money(entry.net_price)
    lines = [
        "[[position]]",
        f"# {found.position.strategy}; worst case {worst or 'without bound'}",
        f'id = "{entry.id}"',
        f'bot = "{entry.bot}"',
        f"opened_at = {instant(entry.opened_at)}",
        f"units = {entry.units}",
        f'net_price = "{price}"',
        "held = true",
        "legs = [",
        *map(_leg, entry.legs),
        "]",
    ]
    return "\n".join((*lines, ""))


def _leg(leg: Leg) -> str:
    return f'  {{ symbol = "{leg.symbol}", quantity = {leg.quantity} }},'
