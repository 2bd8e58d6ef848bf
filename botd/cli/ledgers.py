"""`botd ledger check`, `backup`, `migrate` and `path`."""

from pathlib import Path

import click

from botd.cli import errors, words, workplace
from botd.cli.options import Here, examples, json_option, pass_here
from botd.cli.output import Line, plain, show, show_json, warn
from botd.ledger import upkeep
from botd.ledger.upkeep import Checked, Migration
from botd.service.inspection import lock_path
from botd.service.lock import hold
from botd.settings.ledger_url import ledger_url


@click.command(epilog=examples("botd ledger check", "botd ledger check --json"))
@json_option
@pass_here
def check(here: Here, as_json: bool) -> int:
    """
    Look whether the ledger is whole: its pages, and every position against its events.

    Exit 1: it is not.
    """
    path = workplace.ledger_path_of(here)
    found = upkeep.check(ledger_url(path))
    for fault in found.faults:
        warn(f"botd: {plain(fault)}")
    if as_json:
        show_json(_checked_shape(found))
    elif not found.faults:
        show([_checked_line(found)], here.screen)
    return errors.FAILED if found.faults else errors.DONE


@click.command(epilog=examples("botd ledger backup /var/backups/botd-$(date +%F).sqlite3"))
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_here
def backup(here: Here, file: Path, as_json: bool) -> None:
    """Copy the ledger to FILE, whole and verified, also while a daemon uses it."""
    path = workplace.ledger_path_of(here)
    copy = upkeep.backup(ledger_url(path), here.world.cwd / file)
    if as_json:
        show_json({"ledger": str(path), "backup": str(copy)})
    else:
        show([f"copied {path} to {copy}"], here.screen)


@click.command(epilog=examples("botd ledger migrate"))
@json_option
@pass_here
def migrate(here: Here, as_json: bool) -> None:
    """
    Bring the ledger to this version's schema, keeping a copy of the file as it was.

    A ledger that does not exist is made. No daemon may hold it meanwhile.
    """
    path = workplace.ledger_path_of(here)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with hold(lock_path(path), now=workplace.now_of(here), purpose="ledger migrate"):
        done = upkeep.migrate(ledger_url(path))
    if as_json:
        show_json(_migration_shape(done))
    else:
        show([_migration_line(done)], here.screen)


@click.command(epilog=examples("botd ledger path", "sqlite3 $(botd ledger path)"))
@json_option
@pass_here
def path(here: Here, as_json: bool) -> None:
    """Tell where the ledger is, whether or not it exists."""
    found = workplace.ledger_path_of(here)
    if as_json:
        show_json({"ledger": str(found), "exists": found.exists()})
    else:
        show([str(found)], here.screen)


def _checked_shape(found: Checked) -> dict[str, object]:
    return {
        "ok": not found.faults,
        "ledger": str(found.path),
        "positions": found.positions,
        "events": found.events,
        "orders": found.orders,
        "faults": list(found.faults),
    }


def _checked_line(found: Checked) -> Line:
    counts = (
        words.counted(found.positions, "position"),
        words.counted(found.events, "event"),
        words.counted(found.orders, "order"),
    )
    return (("whole", "good"), (f": {', '.join(counts)} in {found.path}", ""))


def _migration_shape(done: Migration) -> dict[str, object]:
    return {
        "ledger": str(done.path),
        "from_version": done.from_version,
        "to_version": done.to_version,
        "copy": None if done.copy is None else str(done.copy),
    }


def _migration_line(done: Migration) -> str:
    if done.from_version is None:
        return f"made {done.path}, schema {done.to_version}"
    if done.copy is None:
        return f"{done.path} has schema {done.to_version} already"
    return f"{done.path}: schema {done.from_version} to {done.to_version}; as it was: {done.copy}"
