"""Measure botd on this machine: `python -m benchmarks [--json] [NAME ...]`."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import idle, lateness, machine, replaying, sending, starting
from benchmarks.figure import Figure, table

MEASUREMENTS: dict[str, Callable[[Path], list[Figure]]] = {
    "version": starting.measure_version,
    "status": starting.measure_status,
    "ready": starting.measure_ready,
    "replay": replaying.measure,
    "wave": sending.measure,
    "lateness": lateness.measure,
    "idle": idle.measure,
}


def main() -> int:
    """Run what is named, or everything; 1 where an aim is missed."""
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASUREMENTS))
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - MEASUREMENTS.keys()
    if unknown:
        parser.error(f"no measurement {', '.join(sorted(unknown))}; {', '.join(MEASUREMENTS)}")
    host = machine.describe()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="botd-benchmarks-") as place:
        for name in arguments.names or MEASUREMENTS:
            print(f"measuring {name} ...", file=sys.stderr)
            folder = Path(place) / name
            folder.mkdir()
            figures += MEASUREMENTS[name](folder)
    if arguments.json:
        print(json.dumps({"machine": host, "figures": [one.shape() for one in figures]}))
    else:
        print("\n".join(f"{what:10} {how}" for what, how in host.items()))
        print()
        print(table(figures))
    return int(any(one.is_met is False for one in figures))


if __name__ == "__main__":
    sys.exit(main())
