"""What is over: completed positions, their P/L, and the campaigns they belong to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from botd.domain.campaign import Campaign
from botd.domain.observed import Compared
from botd.domain.observed import total as total_difference
from botd.domain.pnl import fees, realized_pnl
from botd.domain.position import Position
from botd.ledger import Tx, positions
from botd.ledger.positions import PositionQuery
from botd.service import shapes, wheel
from botd.service.shapes import Shape, money

CSV_COLUMNS = (
    "id",
    "number",
    "bot",
    "broker",
    "account",
    "underlying",
    "strategy",
    "legs",
    "units",
    "opened_at",
    "open_net_price",
    "closed_at",
    "status",
    "closed_by",
    "close_net_price",
    "realized_pnl",
    "pnl_complete",
    "fees",
    "assignment",
    "confirmed",
    "campaign",
)
_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class Total:
    """What some positions brought together. Dollars, before fees."""

    count: int
    realized_pnl: Decimal  # over the known parts
    is_complete: bool  # whether that is all
    fees: Decimal | None  # None: of some position they are not known

    def shape(self) -> Shape:
        """Give it as JSON has it."""
        return {
            "count": self.count,
            "realized_pnl": money(self.realized_pnl),
            "pnl_complete": self.is_complete,
            "fees": money(self.fees),
        }


@dataclass(frozen=True, slots=True)
class Wheel:
    """A campaign, and how many positions it took so far."""

    name: str
    underlying: str
    bot: str
    positions: tuple[str, ...]  # ids, oldest first
    campaign: Campaign

    def shape(self) -> Shape:
        """Give it as JSON has it."""
        found = self.campaign
        return {
            "name": self.name,
            "bot": self.bot,
            "underlying": self.underlying,
            "positions": list(self.positions),
            "premiums": money(found.premiums),
            "shares": found.shares,
            "share_cost": money(found.share_cost),
            "share_gain": money(found.share_gain),
            "net_pnl": money(found.net_pnl),
            "adjusted_basis": money(_rounded(found.adjusted_basis)),
            "is_open": found.is_open,
            "is_complete": found.is_complete,
        }


@dataclass(frozen=True, slots=True)
class History:
    """Completed positions of a span of time, oldest first, and what they brought."""

    positions: tuple[Position, ...]
    waiting: int  # ended for their bot, but how is not known yet
    wheels: tuple[Wheel, ...]

    @property
    def total(self) -> Total:
        """Everything together."""
        return total_of(self.positions)

    def by_status(self) -> dict[str, Total]:
        """Tell what each kind of end brought."""
        kinds = dict.fromkeys(found.status for found in self.positions)
        return {
            kind.value: total_of(tuple(one for one in self.positions if one.status is kind))
            for kind in kinds
        }

    def shape(self) -> Shape:
        """Give it as JSON has it."""
        return {
            "total": len(self.positions),
            "items": [shapes.position(found) for found in self.positions],
            "waiting": self.waiting,
            "totals": {
                **self.total.shape(),
                "by_status": {kind: total.shape() for kind, total in self.by_status().items()},
            },
            "campaigns": [found.shape() for found in self.wheels],
        }

    def csv_rows(self) -> Iterator[tuple[object, ...]]:
        """Give a row per position, in the order of `CSV_COLUMNS`."""
        for found in self.positions:
            shape = shapes.position(found)
            legs = " ".join(f"{leg.quantity:+d}x{leg.symbol}" for leg in found.legs)
            row = {**shape, "legs": legs}
            yield tuple(_plain(row[name]) for name in CSV_COLUMNS)


def read(
    tx: Tx, since: datetime | None = None, until: datetime | None = None, bot: str | None = None
) -> History:
    """Read what ended from *since* (inclusive) to *until* (exclusive), of one bot or of all."""
    found = positions.completed(tx, since, until, bot)
    ended = tuple(one for one in found if one.closed_at is not None)
    without_end = [one for one in positions.completed(tx, bot=bot) if one.closed_at is None]
    return History(ended, len(without_end), tuple(_wheels(tx, bot)))


def observed_shape(compared: tuple[Compared, ...]) -> Shape:
    """Give what observe mode would have done as JSON has it."""
    return {
        "total": len(compared),
        "items": [
            {
                "position": shapes.position(one.position),
                "would": [
                    {
                        "units": would.units,
                        "first_net_price": money(would.first),
                        "last_net_price": money(would.last),
                        "cap": money(would.cap),
                    }
                    for would in one.would
                ],
                "note": one.note or None,
                "difference": money(one.difference),
            }
            for one in compared
        ],
        "difference": money(total_difference(compared)),
    }


def total_of(found: tuple[Position, ...]) -> Total:
    """Add up the P/L of positions."""
    known = [realized_pnl(one) for one in found]
    told = [fees(one) for one in found]
    return Total(
        count=len(found),
        realized_pnl=sum((pnl for pnl, _ in known if pnl is not None), Decimal(0)),
        is_complete=all(is_complete for _, is_complete in known),
        fees=None if None in told else sum((one for one in told if one is not None), Decimal(0)),
    )


def _wheels(tx: Tx, bot: str | None) -> Iterator[Wheel]:
    """Read the campaigns, the newest first."""
    everything = positions.find(tx, PositionQuery(bot=bot), size=_ALL).items
    members: dict[str, list[Position]] = {}
    for found in everything:
        if found.campaign is not None:
            members.setdefault(found.campaign, []).append(found)
    for name, own in members.items():
        ids = tuple(one.id for one in reversed(own))
        yield Wheel(name, own[0].underlying, own[0].bot, ids, wheel.read(tx, name))


def _plain(value: object) -> object:
    """Write a value as spreadsheets and scripts both read it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value


def _rounded(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(Decimal("0.0001"))
