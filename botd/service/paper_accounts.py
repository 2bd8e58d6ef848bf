"""Putting imported positions into paper accounts, where nobody else trades for us."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date

from botd.brokers.paper.adapter import PaperBroker
from botd.clock import Clock
from botd.domain import lots, occ
from botd.domain.contract import Leg, OptionContract, option_legs
from botd.domain.position import Position
from botd.domain.session import Session, Sessions
from botd.service import wiring
from botd.service.wiring import AccountKey
from botd.settings.model import Align, PaperSettings, Settings


@dataclass(slots=True)
class PaperAccounts:
    """The paper accounts that an import touches, each opened once; `close` lets go."""

    settings: Settings
    clock: Clock
    sessions: Sessions
    _open: dict[AccountKey, PaperBroker] = field(default_factory=dict)

    def book(self, position: Position) -> None:
        """
        Put what a position holds into its account, once; other brokers know it already.

        Raises:
            BrokerError: the account's file cannot be written.
        """
        account = self._account(position.account_key)
        if account is not None:
            account.book(lots.quantities(position), key=position.id)

    def remember(self, position: Position) -> None:
        """
        See that no later import books a position whose legs its account holds already.

        Raises:
            BrokerError: the account's file cannot be written.
        """
        account = self._account(position.account_key)
        if account is not None:
            account.book({}, key=position.id)

    def moved(self, key: AccountKey, legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
        """
        Re-date legs of a recorded day that is moved to the current or next session.

        A leg that expires on the recorded day then expires on the session's, also where
        the pack has no quotes for it. Beside it one that was to expire later, and would
        have by now, keeps its distance; everything else keeps its date.
        """
        chosen = self.settings.brokers.get(key[0])
        account = self._account(key)
        if account is None or not _is_aligned(chosen):
            return legs
        session = self._session()
        redated = account.feed.at(session.opens_at).pack.redated
        recorded = next((occ.parse(symbol).expiration for symbol in redated), session.day)
        if all(contract.expiration != recorded for contract, _ in option_legs(legs)):
            return legs
        return tuple(_moved(leg, recorded, session.day) for leg in legs)

    def close(self) -> None:
        """Let go of the accounts' files."""
        for account in self._open.values():
            account.close()
        self._open.clear()

    def _account(self, key: AccountKey) -> PaperBroker | None:
        chosen = self.settings.brokers.get(key[0])
        if not isinstance(chosen, PaperSettings):
            return None
        if key not in self._open:
            state_dir = self.settings.state_dir
            self._open[key] = wiring.open_paper(
                chosen, key[1], state_dir, self.clock, self.sessions
            )
        return self._open[key]

    def _session(self) -> Session:
        """Find the current session, or the next one."""
        now = self.clock.now()
        session = self.sessions.containing_day(now)
        if session is not None and now < session.closes_at:
            return session
        return self.sessions.after(session.day if session else now.date())


def _moved(leg: Leg, recorded: date, day: date) -> Leg:
    contract = leg.instrument
    if not isinstance(contract, OptionContract) or not recorded <= contract.expiration < day:
        return leg
    moved_to = contract.expiration + (day - recorded)
    return replace(leg, instrument=replace(contract, expiration=moved_to))


def _is_aligned(chosen: object) -> bool:
    return isinstance(chosen, PaperSettings) and chosen.quotes.align is Align.CLOSE


@contextmanager
def opened(settings: Settings, clock: Clock, sessions: Sessions) -> Iterator[PaperAccounts]:
    """Give the paper accounts of a configuration for the length of a `with` block."""
    accounts = PaperAccounts(settings, clock, sessions)
    try:
        yield accounts
    finally:
        accounts.close()
