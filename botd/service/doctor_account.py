"""
Looking at one account through its broker: reads only, bounded in time.

    first the account: what it answers decides whether anything else is asked
    then side by side: what is held, the broker's calendar, quotes
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from botd.brokers.port import Broker
from botd.calendar.new_york import day_of
from botd.clock import Clock
from botd.domain.contract import option_legs
from botd.domain.session import Session, Sessions
from botd.errors import BrokerError, BrokerUnavailable
from botd.service import doctor_answers as answers
from botd.service.doctor import Cause, Finding
from botd.service.doctor_answers import Patient
from botd.settings.model import AccountEnvironment, BrokerKind

PATIENCE = timedelta(seconds=10)  # for everything that one account is asked

_SESSIONS = 5
_MOST_SYMBOLS = 20
_PROBE = "SPY"  # its quote is asked for where nothing is held
_SATURDAY = 5
_DAY = timedelta(days=1)
_Answer = TypeVar("_Answer")


async def examine(
    patient: Patient, broker: Broker, clock: Clock, sessions: Sessions
) -> tuple[Finding, ...]:
    """Ask a broker everything that matters before the day; it takes ten seconds at most."""
    return await _Exam(patient, broker, clock, sessions, clock.now() + PATIENCE).run()


class _Silent(Exception):  # noqa: N818 - what is missing, not a fault of ours
    """Nothing that could be judged was answered; why is in the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.found)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class _Exam:
    patient: Patient
    broker: Broker
    clock: Clock
    sessions: Sessions
    until: datetime

    async def run(self) -> tuple[Finding, ...]:
        notes, asked_at = self.patient.notes, self.clock.now()
        try:
            state = await self._ask("answer", self.broker.account())
        except _Silent as silent:
            return (silent.finding,)
        told_at = self.clock.now()
        found = [
            notes.ok("answer", f"after {(told_at - asked_at).total_seconds():.2f} s"),
            *answers.of_account(self.patient, state),
            answers.of_clock(notes, asked_at, told_at, state.as_of),
            self._proof(),
        ]
        if state.account == self.patient.key[1]:
            works = (self._reads(), self._calendar(), self._quotes())
            found += await asyncio.gather(*map(_told, works))
        return tuple(found)

    async def _reads(self) -> Finding:
        holdings = await self._ask("reads", self.broker.holdings())
        orders = await self._ask("reads", self.broker.orders(self.clock.now() - _DAY))
        return answers.of_holdings(self.patient.notes, holdings, len(orders))

    async def _calendar(self) -> Finding:
        if not self.broker.card.has_calendar:
            return answers.of_calendar(self.patient.notes, {}, {})
        try:
            ours = _coming(self.sessions, day_of(self.clock.now()))
        except LookupError as error:
            return self.patient.notes.fault("calendar", str(error), "botd calendar")
        told = {}
        for day in ours:
            told[day] = await self._ask("calendar", self.broker.session(day))
        return answers.of_calendar(self.patient.notes, ours, told)

    async def _quotes(self) -> Finding:
        symbols, underlyings = self._shown()
        if not underlyings:
            return self.patient.notes.ok("quotes", "nothing is held that could be asked for")
        view = await self._ask("quotes", self.broker.market(symbols, underlyings))
        now = self.clock.now()
        try:
            session = self.sessions.containing_day(now)
        except LookupError:
            session = None
        return answers.of_quotes(self.patient.notes, view, symbols | underlyings, session, now)

    def _shown(self) -> tuple[frozenset[str], frozenset[str]]:
        """Choose what to ask quotes of: what ends first of what is held."""
        held = [one for one in self.patient.held if one.closes_at is not None]
        held.sort(key=lambda one: (one.closes_at or self.until, one.id))
        chosen = [
            (contract.symbol, one.underlying)
            for one in held
            for contract, _ in option_legs(one.legs)
        ][:_MOST_SYMBOLS]
        if not chosen and self.patient.chosen.kind is not BrokerKind.PAPER:
            return frozenset(), frozenset({_PROBE})
        return frozenset(one for one, _ in chosen), frozenset(one for _, one in chosen)

    def _proof(self) -> Finding:
        """Say how far this adapter is proven, and warn where that is not real money."""
        notes, card = self.patient.notes, self.broker.card
        is_live = self.patient.chosen.environment is AccountEnvironment.LIVE
        words = f"the {card.kind} adapter is proven by: {card.proven}"
        if is_live and "live" not in card.proven:
            return notes.warn("adapter", words, f'{self.patient.table}.mode: "observe" first')
        return notes.ok("adapter", words)

    async def _ask(self, check: str, question: Awaitable[_Answer]) -> _Answer:
        """Wait for an answer as long as there is time."""
        notes, away = self.patient.notes, Cause.AWAY
        try:
            return await self.clock.within(question, self.until)
        except BrokerUnavailable as error:
            if error.is_auth:
                help_ = f"{self.patient.table}: credentials and environment; the bots' account"
                words = f"credentials refused: {error}"
                raise _Silent(notes.fault(check, words, help_)) from error
            words, help_ = (
                f"not reached: {error}",
                f"the network, or {self.patient.table}: its address",
            )
            raise _Silent(notes.fault(check, words, help_, away)) from error
        except BrokerError as error:
            words = f"no readable answer: {error}"
            raise _Silent(notes.fault(check, words, "botd doctor", away)) from error
        except TimeoutError as error:
            words = f"no answer within {PATIENCE.total_seconds():g} s"
            raise _Silent(notes.fault(check, words, "botd doctor", away)) from error


async def _told(work: Awaitable[Finding]) -> Finding:
    try:
        return await work
    except _Silent as silent:
        return silent.finding


def _coming(sessions: Sessions, today: date) -> dict[date, Session | None]:
    """Give the weekdays from *today* to the fifth session, each with its session."""
    found: dict[date, Session | None] = {}
    day = today
    while sum(session is not None for session in found.values()) < _SESSIONS:
        if day.weekday() < _SATURDAY:
            found[day] = sessions.on(day)
        day += _DAY
    return found
