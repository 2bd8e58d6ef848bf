"""`botd status`: is the daemon alive, what comes next."""

from datetime import datetime

import click

from botd.cli import words, workplace
from botd.cli.options import Here, examples, json_option, pass_here
from botd.cli.output import Line, plain, show, show_json
from botd.ledger.halts import Halt
from botd.service import inspection
from botd.service.inspection import DAEMON, Standing
from botd.service.lock import Holder
from botd.service.rules import Rules


@click.command(epilog=examples("botd status", "botd status --json | jq .running"))
@json_option
@pass_here
def status(here: Here, as_json: bool) -> None:
    """Tell whether the daemon is alive, the next attempt, and what waits for somebody."""
    now, rules = workplace.now_of(here), Rules.of(workplace.sound_settings_of(here))
    with workplace.ledger_at(here) as ledger:
        found = ledger.read_now(lambda tx: inspection.standing(tx, rules, now))
    holder, path = workplace.holder_at(here), workplace.ledger_path_of(here)
    if as_json:
        show_json(inspection.shape(found, holder, path))
        return
    show(
        [_daemon(holder), *_lines(found, now), (("ledger      ", "dim"), (str(path), ""))],
        here.screen,
    )


def _daemon(holder: Holder | None) -> Line:
    title = ("daemon      ", "dim")
    if holder is None:
        return (title, ("NOT RUNNING", "danger"), (": nobody closes anything; botd run", ""))
    if holder.pid is None or holder.since is None:
        return (title, ("starting", "warn"))
    who = f", process {holder.pid} since {words.day_and_time(holder.since)}"
    if holder.purpose != DAEMON:
        return (title, ("NOT RUNNING", "danger"), (f", botd {holder.purpose} is at work{who}", ""))
    return (title, ("running", "good"), (who, ""))


def _lines(found: Standing, now: datetime) -> list[Line]:
    counts = [
        f"{count} {words.spaced(status.value)}"
        for status, count in found.positions.items()
        if count
    ]
    return [
        (("next        ", "dim"), (_next(found, now), "")),
        (("positions   ", "dim"), (", ".join(counts) or "none", "")),
        (("orders      ", "dim"), *_orders(found)),
        *(_halt(halt) for halt in found.halts),
        (("alerts      ", "dim"), *_alerts(found)),
    ]


def _next(found: Standing, now: datetime) -> str:
    coming = found.next_attempt
    if coming is None:
        return "no attempt ahead"
    what = words.counted(coming.positions, "position")
    when = f"{words.day_and_time(coming.at)}, in {words.countdown(coming.at - now)}"
    return f"{coming.lead} of {what} {when}"


def _orders(found: Standing) -> Line:
    live = (f"{found.live_orders} live" if found.live_orders else "none live", "")
    if not found.unknown_orders:
        return (live,)
    return (live, (f", the fate of {found.unknown_orders} is unknown", "danger"))


def _halt(halt: Halt) -> Line:
    what = "HALTED" if halt.scope == "all" else f"STOPPED {halt.scope}"
    who = f" by {plain(halt.by)} since {words.day_and_time(halt.at)}"
    since = f"{who}: {plain(halt.reason)}; botd resume"
    return (("halt        ", "dim"), (what, "danger"), (since, ""))


def _alerts(found: Standing) -> Line:
    count = found.undelivered_alerts
    if not count:
        return (("all delivered", ""),)
    return ((f"{count} not delivered", "warn"),)
