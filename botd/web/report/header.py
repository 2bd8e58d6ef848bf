"""The head of the page: which day, which account, and what came out of it."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from botd.brokers.port import Environment
from botd.domain.pnl import leaves_shares_out
from botd.web.report.badge import badge
from botd.web.report.data import ReportDay, ReportPosition
from botd.web.report.figures import clock_minute, count, dollars
from botd.web.report.markup import Element, make
from botd.web.report.standing import Standing

_MOST_NAMED = 12  # positions named one by one in a sentence


def header(day: ReportDay, pairs: Sequence[tuple[ReportPosition, Standing]]) -> Element:
    """Make the head of the page."""
    session = day.session
    kind = "Half day" if session.early_close else "Full day"
    place = f"{kind}: opened {clock_minute(session.opens_at)}, closed "
    environment = day.environment.value.upper()
    tone = "badge live" if day.environment is Environment.LIVE else "badge paper"
    return make(
        "header",
        make("p", "botd replay of an expiration day", class_="over"),
        make("h1", title_of(day)),
        make(
            "p",
            f"{place}{clock_minute(session.closes_at)} New York. All times are New York times. ",
            make("span", environment, class_=tone),
            f" account {day.account}, played from {day.source}.",
            class_="lead",
        ),
        make("div", *_tiles(day, pairs), class_="tiles"),
        make("div", *_ends(pairs), class_="ends"),
        _unknown(pairs),
        *(make("p", note, class_="note") for note in day.notes),
    )


def title_of(day: ReportDay) -> str:
    """Write the day in full: `Thursday 24 December 2015`."""
    date = day.session.day
    return f"{date:%A} {date.day} {date:%B} {date.year}"


def _tiles(day: ReportDay, pairs: Sequence[tuple[ReportPosition, Standing]]) -> list[Element]:
    attempts = [attempt for entry in day.positions for attempt in entry.attempts]
    orders = [order for attempt in attempts for order in attempt.orders]
    sent = [order for order in orders if order.submitted_at is not None]
    refused = sum(order.refusal is not None for order in sent)
    filled = sum(bool(order.filled_units) for order in sent)
    units = sum(entry.position.units for entry in day.positions)
    needing = sum(standing.needs_person for _, standing in pairs)
    complete = all(entry.pnl_complete for entry in day.positions)
    return [
        _tile("Realized P/L", dollars(_total(day)), _pnl_words(day, complete=complete),
              class_="tile" if complete else "tile open"),
        _tile("Need a person", str(needing), "nobody has to act" if not needing
              else "listed first below", class_="tile urgent" if needing else "tile"),
        _tile("Positions", str(len(pairs)), f"{count(units, 'unit')} as opened"),
        _tile("Attempts", str(len(attempts)), _decisions([a.decision for a in attempts])),
        _tile("Orders sent", str(len(sent)), f"{filled} with a fill, {refused} refused"),
    ]  # fmt: skip


def _pnl_words(day: ReportDay, *, complete: bool) -> str:
    """Say what the total leaves out: delivered shares that a campaign counts."""
    words = "complete, before fees" if complete else "not complete, before fees"
    delivered = sum(
        leaves_shares_out(entry.position) and entry.realized_pnl is not None
        for entry in day.positions
    )
    if not delivered:
        return words
    return f"{words}; without the shares of {count(delivered, 'delivery', 'deliveries')}"


def _tile(name: str, figure: str, words: str, *, class_: str = "tile") -> Element:
    return make(
        "div",
        make("span", name, class_="name"),
        make("strong", figure),
        make("span", words, class_="words"),
        class_=class_,
    )


def _total(day: ReportDay) -> Decimal:
    known = (entry.realized_pnl for entry in day.positions if entry.realized_pnl is not None)
    return sum(known, Decimal(0))


def _ends(pairs: Sequence[tuple[ReportPosition, Standing]]) -> list[Element]:
    """Count how positions stand, the most urgent first."""
    totals = Counter((standing.mark, standing.label, standing.tone) for _, standing in pairs)
    return [badge(mark, f"{total} {label}", tone) for (mark, label, tone), total in totals.items()]


def _decisions(decisions: Sequence[str]) -> str:
    totals = Counter(decisions)
    ordered = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{total} {name.replace('_', ' ')}" for name, total in ordered) or "none"


def _unknown(pairs: Sequence[tuple[ReportPosition, Standing]]) -> Element | None:
    """Say whose P/L is still missing, and why."""
    missing = [(entry, standing) for entry, standing in pairs if not entry.pnl_complete]
    if not missing:
        return None
    named = [
        f"{entry.position.number} {entry.position.id} ({standing.label})"
        for entry, standing in missing[:_MOST_NAMED]
    ]
    more = len(missing) - len(named)
    tail = f", and {count(more, 'more position')}" if more else ""
    return make(
        "p",
        make(
            "strong", f"Not in the P/L yet, in whole or in part: {count(len(missing), 'position')}."
        ),
        f" {', '.join(named)}{tail}.",
        class_="note unknown",
    )
