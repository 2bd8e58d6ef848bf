"""
What may come of a spoiled answer where a close is no order: judged by positions.

    a close       is sent only where the list of positions, read strictly, lets it do what was
                  meant; a second one only where the first is refused or proved to be over
    filled        no more than positions that were read after it prove
    taken         only by an answer that says so, or by positions that are gone
    refused       only in the broker's words, with its status, or by the list itself
    holdings      what the list says, all of it and nothing else
"""

from collections.abc import Iterator
from typing import Any

from botd.domain.orders import OrderIntent, OrderReport, ReportState
from botd.errors import BrokerUnavailable, OrderRefused, OutcomeUnknown
from tests.malformed.closing_day import AGAIN
from tests.malformed.closing_dialects import CLOSING, Closing
from tests.malformed.frames import METHOD
from tests.malformed.judging import is_same, of_error, tree_of
from tests.malformed.playing import LONGEST, Given, Played
from tests.malformed.shapes import faults, promised
from tests.malformed.tampering import Pace, Tampered
from tests.servers.face import Reply

_OK = range(200, 300)
_UNAUTHORIZED = 401
_JUDGED_WHEN_KEPT = frozenset({"submit", "orders", "holdings", "account", "look_up"})


def closing_complaints(played: Played, name: str) -> Iterator[str]:
    """Give everything that must not have come of a case; none: all is well."""
    case, ending = played.case, played.ending
    call = case.scene.call
    if played.took > LONGEST:
        yield f"took {played.took}"
    if ending.error is not None:
        yield from of_error(ending.error, call)
    else:
        yield from faults(ending.value, promised(call))
    yield from _Judge(played, CLOSING[name]).complaints()
    if case.tampered.kept and call in _JUDGED_WHEN_KEPT and not is_same(case.scene, played):
        yield "the answer means what it meant before"


class _Judge:
    def __init__(self, played: Played, dialect: Closing) -> None:
        self.scene = played.case.scene
        self.ending = played.ending
        self.given = played.given
        self.dialect = dialect
        self.closes = [at for at, each in enumerate(self.given) if dialect.is_close(each.asked)]

    def complaints(self) -> Iterator[str]:
        """Judge what was sent, and then what was told."""
        call, value, error = self.scene.call, self.ending.value, self.ending.error
        if self.scene.intent is not None:
            yield from self._of_sending(self.scene.intent)
        if call == "submit" and error is not None:
            yield from self._of_no(error)
        elif call == "holdings" and error is None:
            yield from self._of_holdings(value)
        elif error is None and self.scene.intent is not None:
            reports: Any = value if isinstance(value, tuple) else (value,)
            for report in reports:
                if isinstance(report, OrderReport):
                    yield from self._of_report(report, self.scene.intent)
            if not any(isinstance(each, OrderReport) for each in reports):
                yield from self._of_silence(self.scene.intent)

    # What was sent.

    def _of_sending(self, intent: OrderIntent) -> Iterator[str]:
        for number, at in enumerate(self.closes):
            held = self._held_before(at)
            if held is None:
                yield "a close was sent, though nobody knows what is held"
            elif not self.dialect.allows(self.given[at].asked, held, intent):
                yield f"a close was sent where {held} was told: {self.given[at].asked.body!r}"
            if number and not self._is_over(self.closes[number - 1], at, intent):
                yield "a close was sent while another one may still execute"

    def _is_over(self, at: int, until: int, intent: OrderIntent) -> bool:
        """Tell whether a close is refused, or proved by positions to be done."""
        if self._refuses(at) or self._sends_away(at):
            return True
        return self._gone(at, until, intent) >= _wanted(intent)

    # What was told of it.

    def _of_no(self, error: Exception) -> Iterator[str]:
        last = len(self.given) - 1
        is_last = bool(self.closes) and self.closes[-1] == last
        if isinstance(error, OrderRefused):
            is_no = self._refuses(last) if is_last else self._is_less()
            if not is_no:
                yield "read as a refusal"
        elif isinstance(error, BrokerUnavailable) and self.closes:
            is_others = self.scene.wanted == AGAIN and len(self.closes) == 1  # nothing was sent
            if is_last and not is_others and not self._sends_away(last):
                yield "read as never sent, so that it may be sent again"
            is_login = any(self.given[at].reply.status == _UNAUTHORIZED for at in self.closes)
            if not is_last and self.scene.wanted != AGAIN and not is_login:
                yield "a close that was sent, and then was not"
        elif isinstance(error, OutcomeUnknown) and not self.closes:
            yield "unknown, though nothing was sent"

    def _is_less(self) -> bool:
        """Tell whether the last list holds less than was to be closed."""
        intent, held = self.scene.intent, self._held(len(self.given) - 1)
        if intent is None or held is None:
            return False
        [leg] = intent.legs
        return -held.get(leg.symbol, 0) * (1 if leg.quantity > 0 else -1) < _wanted(intent)

    def _of_report(self, report: OrderReport, intent: OrderIntent) -> Iterator[str]:
        if not self.closes:
            yield "told of a close that was never sent"
            return
        name = intent.client_order_id
        told = (report.broker_order_id, report.client_order_id, report.units, report.legs)
        if told != (name, name, intent.units, intent.legs) or report.net_price is not None:
            yield f"told as something else: {told}"
        at = self.closes[-1]
        gone, is_taken = self._gone(at, len(self.given), intent), self._accepts(at, intent)
        records = self._records()
        if report.filled_units * abs(intent.legs[0].quantity) > gone:
            yield f"filled {report.filled_units}, where {gone} are gone"
        if report.state is ReportState.FILLED and gone < _wanted(intent):
            yield f"filled, where {gone} are gone"
        if not is_taken and not gone:
            yield "read as taken"
        for fill in report.fills:
            if fill.net_price not in self.dialect.sold(records, intent):
                yield f"at a price that is told nowhere: {fill}"

    def _of_silence(self, intent: OrderIntent) -> Iterator[str]:
        """Hold that a close is not forgotten whose answer came as it was."""
        is_known = bool(self.closes) and isinstance(self.given[self.closes[-1]].reply, Reply)
        if is_known and self._accepts(self.closes[-1], intent):
            yield "a close of ours was passed over"

    def _of_holdings(self, value: Any) -> Iterator[str]:  # noqa: ANN401 - checked before
        lists = [at for at, each in enumerate(self.given) if self.dialect.is_holdings(each.asked)]
        told = self._held(lists[-1]) if lists else None
        found = {each.symbol: each.quantity for each in value}
        if told is None:
            yield "a value out of what is no list"
        elif told != found:
            yield f"{told} is told as {found}"

    # What was said.

    def _tree(self, at: int) -> Any:  # noqa: ANN401 - any JSON
        given = self.given[at]
        return self.dialect.tree(given.asked, tree_of(given))

    def _held(self, at: int) -> dict[str, int] | None:
        """Count what an answer says is held."""
        given = self.given[at]
        is_read = given.asked.method == METHOD or given.reply.status in _OK
        if not is_read or not self.dialect.is_holdings(given.asked):
            return None
        return self.dialect.held(self._tree(at))

    def _held_before(self, at: int) -> dict[str, int] | None:
        lists = [n for n in range(at) if self.dialect.is_holdings(self.given[n].asked)]
        return self._held(lists[-1]) if lists else None

    def _gone(self, at: int, until: int, intent: OrderIntent) -> int:
        """Count what positions prove to be gone since a close, as far as it goes."""
        [leg] = intent.legs
        before = (self._held_before(at) or {}).get(leg.symbol, 0)
        lists = [held for n in range(at + 1, until) if (held := self._held(n)) is not None]
        sign = 1 if before > 0 else -1
        gone = [(before - held.get(leg.symbol, 0)) * sign for held in lists]
        return max(0, min(max(gone, default=0), _wanted(intent)))

    def _accepts(self, at: int, intent: OrderIntent) -> bool:
        given = self.given[at]
        return self.dialect.accepts(given.asked, given.reply.status, self._tree(at), intent)

    def _refuses(self, at: int) -> bool:
        given = self.given[at]
        return self.dialect.refuses(given.asked, given.reply.status, self._tree(at))

    def _sends_away(self, at: int) -> bool:
        given = self.given[at]
        if _is_unreached(given):
            return True
        return self.dialect.sends_away(given.asked, given.reply.status, self._tree(at))

    def _records(self) -> list[Any]:
        """Give all lines of records that were told."""
        found: list[Any] = []
        for at, each in enumerate(self.given):
            tree = self._tree(at) if each.asked.path.endswith("/completed") else None
            if isinstance(tree, dict) and isinstance(tree.get("positions"), list):
                found += tree["positions"]
        return found


def _is_unreached(given: Given) -> bool:
    reply = given.reply
    is_tampered = isinstance(reply, Tampered) and reply.pace is Pace.UNREACHED
    return is_tampered and given.asked.method != METHOD


def _wanted(intent: OrderIntent) -> int:
    return abs(intent.legs[0].quantity) * intent.units
