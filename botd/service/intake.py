"""Taking positions under management: from a file's entry to the ledger's position."""

from botd.domain import lots, schedule, strategy
from botd.domain.bot import Bot
from botd.domain.contract import option_legs
from botd.domain.position import Position
from botd.domain.session import Sessions
from botd.settings.positions_file import PositionEntry


def position_of(entry: PositionEntry, bot: Bot, sessions: Sessions) -> Position:
    """
    Make the position that an entry of a positions file describes, with its T.

    Raises:
        LookupError: a leg stops trading beyond the calendar's horizon.
    """
    expirations = [contract.expiration for contract, _ in option_legs(entry.legs)]
    return lots.open_position(
        Position(
            id=entry.id,
            number=0,  # the ledger gives the next one
            bot=entry.bot,
            broker=bot.broker,
            account=bot.account,
            underlying=entry.legs[0].instrument.underlying,
            strategy=strategy.name(entry.legs),
            legs=entry.legs,
            units=entry.units,
            opened_at=entry.opened_at,
            open_net_price=entry.net_price,
            expiration=min(expirations, default=None),
            closes_at=schedule.closes_at(entry.legs, sessions),
            policy=entry.policy,
        )
    )
