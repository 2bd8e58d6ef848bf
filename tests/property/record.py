"""What the ledger must hold: every attempt, every outcome, every refusal, nothing in silence."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from botd.domain.orders import ReportState
from botd.domain.position import Status
from botd.errors import RefusalReason
from botd.ledger import alerts, orders
from botd.ledger.attempts import Attempt
from botd.ledger.columns import Tx
from tests.property.scenario import CLOSES_AT, OPENS_AT, at, position_id
from tests.property.story import Story, is_ours_to_close, stories
from tests.property.world import KEY, LEADS, Lived, Probe

_QUICK = 0.15  # seconds: calls that take no longer leave time to decide within two
_NO_REFUSAL = frozenset(
    {
        RefusalReason.ACCOUNT_BLOCKED,
        RefusalReason.MARKET_CLOSED,
        RefusalReason.HELD_BY_OTHER_ORDER,
        RefusalReason.WASH_TRADE,
        RefusalReason.DUPLICATE_CLIENT_ID,
        RefusalReason.PRICE_TICK,
        RefusalReason.PRICE_BAND,
    }
)
_NEVER = frozenset(
    {RefusalReason.ACCOUNT_BLOCKED, RefusalReason.MARKET_CLOSED, RefusalReason.DUPLICATE_CLIENT_ID}
)
_MAY_ASSIGN = frozenset({"refused", "reconciled", "handed_over", "confirmed", "resolved"})
_SOON = timedelta(seconds=2)


def every_attempt_is_there(lived: Lived) -> Iterator[str]:
    """Two seconds after its instant (five after a crash) an attempt has its row and reason."""
    told = stories(lived)
    for probe in lived.probes:
        if probe.of == "attempt":
            due_at, since = probe.at - _SOON, probe.at - _SOON
        elif probe.of == "back" and probe.at < CLOSES_AT:
            since = probe.at - timedelta(seconds=5)
            instants = [at(lead) for lead in LEADS if at(lead) <= since]
            if not instants:
                continue
            due_at = instants[-1]
        else:
            continue
        if not lived.is_up(since, probe.at) or _is_disk_full(lived, since, probe.at):
            continue
        for story in told.values():
            if _is_wanted(story, since, probe.at):
                yield from _row_is_there(lived, probe, story.name, due_at)


def _is_wanted(story: Story, since: datetime, until: datetime) -> bool:
    """Whether a bot managed it, and its legs were about to stop trading, all the while."""
    return all(
        is_ours_to_close(columns) and columns["closes_at"] == story.columns[0]["closes_at"]
        for columns in story.during(since, until)
    ) and str(story.columns[0]["closes_at"] or "").startswith("2026-11-19")


def _row_is_there(lived: Lived, probe: Probe, name: str, due_at: datetime) -> Iterator[str]:
    row = next((row for row in probe.attempts if _is(row, name, due_at)), None)
    if row is None:
        yield f"{name} has no row of {due_at:%H:%M:%S} at {probe.at:%H:%M:%S}"
    elif row.decision is None and max(lived.scenario.latencies) <= _QUICK:
        yield f"{name} has no reason for {due_at:%H:%M:%S} at {probe.at:%H:%M:%S}"


def _is(row: Attempt, name: str, due_at: datetime) -> bool:
    return row.position_id == name and row.due_at == due_at


def _is_disk_full(lived: Lived, since: datetime, until: datetime) -> bool:
    return any(
        at(one.since) <= until and since <= at(one.until) + _SOON
        for one in lived.scenario.disk_full
    )


def every_position_has_an_outcome(lived: Lived) -> Iterator[str]:
    """By T + 20 min and a look nothing that stopped trading stays open with its bot."""
    for probe in lived.probes:
        since = probe.at - timedelta(seconds=80)
        if probe.of != "judged" or not lived.is_up(since, probe.at):
            continue
        if _is_disk_full(lived, since, probe.at):
            continue
        for position in probe.book:
            if (
                is_ours_to_close(
                    {"managed_by": position.managed_by.value, "status": position.status.value}
                )
                and position.closes_at is not None
                and position.closes_at <= CLOSES_AT
                and "awaits_delivery" not in position.tags
            ):
                yield f"{position.id} is {position.status.value} at {probe.at:%H:%M:%S}"


def refusals_are_told_whole(lived: Lived) -> Iterator[str]:
    """A refusal puts assigned, manual and the broker's words down, in one event."""
    told = stories(lived)
    for refused in lived.history.refused:
        intent, refusal = refused.intent, refused.error.refusal
        if refusal.reason in _NO_REFUSAL or not _lived_on(lived, refused.at):
            continue
        story = told[intent.position_id]
        if not is_ours_to_close(story.before(refused.at)) or _is_disk_full(
            lived, refused.at, refused.at
        ):
            continue
        found = [
            columns
            for event, columns in zip(story.events, story.columns, strict=True)
            if event.kind == "refused" and refused.at <= event.at <= refused.at + _SOON
        ]
        if not found:
            yield f"{intent.client_order_id} was refused ({refusal.reason.value}), and no event"
    for story in told.values():
        yield from _told_whole(story)


def _told_whole(story: Story) -> Iterator[str]:
    for event, columns in zip(story.events, story.columns, strict=True):
        if event.kind != "refused":
            continue
        words = columns["broker_error"]
        state = (columns["status"], columns["managed_by"], columns["assignment"])
        if state != ("assigned", "manual", "presumed") or not words:
            yield f"{story.name} was refused, and is {state} with the words {words!r}"


def _lived_on(lived: Lived, since: datetime) -> bool:
    return lived.is_up(since, since + _SOON)


def nothing_else_is_a_refusal(lived: Lived) -> Iterator[str]:
    """Whatever calls a position assigned rests on a broker's no, or on what it holds."""
    for story in stories(lived).values():
        for event, columns in zip(story.events, story.columns, strict=True):
            is_news = event.changes.get("status") == "assigned" and event.kind not in _MAY_ASSIGN
            # A part that was assigned before names the whole, once the rest has ended, too.
            if is_news and not any("assigned" in each for each in columns["outcomes"]):
                yield f"{story.name} became assigned by {event.kind}"
            if event.kind == "refused":
                yield from _has_cause(lived, story.name, event.data or {})


def _has_cause(lived: Lived, position: str, data: dict[str, str]) -> Iterator[str]:
    name = data["client_order_id"]
    causes = [
        one.error.refusal.reason
        for one in lived.history.refused
        if one.intent.client_order_id == name
    ]
    report = lived.history.last.get(name)
    if report is not None and report.state is ReportState.REJECTED and report.refusal:
        causes.append(report.refusal.reason)
    if all(cause in _NEVER for cause in causes):
        yield f"{position} was called refused after {name}, which got {causes}"


def every_end_is_told(lived: Lived) -> Iterator[str]:
    """What ended in a person's hands, by the program's own doing, is in a message."""
    told = lived.ledger.read_now(_messages)
    probe = next((one for one in reversed(lived.probes) if one.of == "judged"), None)
    if probe is None or not lived.is_up(probe.at - timedelta(seconds=100), probe.at):
        return
    for position in probe.book:
        in_trouble = position.status in {Status.UNRESOLVED, Status.ASSIGNED}
        if in_trouble and not any(f"{position.number}  " in body for body in told):
            yield f"{position.id} is {position.status.value}, and nobody was told"


def _messages(tx: Tx) -> list[str]:
    rows = alerts.due(tx, at(100_000.0), limit=10_000)
    return [row.body for row in rows]


def orders_agree_with_the_exchange(lived: Lived) -> Iterator[str]:
    """At the end the ledger knows every order of ours, how it ended and what it filled."""
    if lived.scenario.disk_full and lived.errors:
        return
    rows = lived.ledger.read_now(lambda tx: orders.since(tx, KEY, OPENS_AT))
    known = {order.client_order_id: order for order in rows}
    for name, report in lived.history.last.items():
        order = known.get(name)
        if order is None:
            yield f"{name} is at the exchange, and not in the ledger"
            continue
        if order.filled_units != report.filled_units:
            yield (
                f"{name} filled {report.filled_units} units at the exchange, "
                f"{order.filled_units} in the ledger"
            )
        if not order.is_final:
            yield f"{name} is {order.status.value} the next morning"


def ledger_agrees_with_itself(lived: Lived) -> Iterator[str]:
    """Every state is the fold of its events, after each crash and at the end."""
    yield from lived.errors
    yield from lived.history.faults
    for index, _ in enumerate(lived.scenario.book):
        name = position_id(index)
        probes = lived.probes[-1:]
        seen = [row for one in probes for row in one.attempts if row.position_id == name]
        instants = [row.due_at for row in seen]
        if len(instants) != len(set(instants)):
            yield f"{name} has two attempts of one instant"
        for row in seen:
            if row.outcome is not None and (row.decision is None or row.reason is None):
                yield f"{name} ended {row.due_at:%H:%M:%S} as {row.outcome} without a reason"
