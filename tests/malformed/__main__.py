"""
`python -m tests.malformed [alpaca | clickoptions | ...] [--count N] [--seed S] [--index I]`.

Without a name all of them are played. `--index` plays one case again and shows it. It exits
with 1 where an adapter did what it must not do.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.malformed.oracle import described
from tests.malformed.playable import NAMES
from tests.malformed.running import Tally, again, run

SEED = 20_261_120
_COUNT = 100_000
_SLICE = 5_000
_SHOWN = 1_500
_FIRST = 20


def main() -> int:
    """Play what is asked for, and tell what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.malformed")
    parser.add_argument("name", nargs="?", choices=NAMES)
    parser.add_argument("--count", type=int, default=_COUNT)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--index", type=int)
    asked = parser.parse_args()
    names = [asked.name] if asked.name else list(NAMES)
    if asked.index is not None:
        return _one(names[0], asked.seed, asked.index)
    return max(_many(name, asked.seed, asked.count) for name in names)


def _many(name: str, seed: int, count: int) -> int:
    began = time.perf_counter()
    tally = Tally()
    slices = [range(first, min(first + _SLICE, count)) for first in range(0, count, _SLICE)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for done in pool.map(run, [name] * len(slices), [seed] * len(slices), slices):
            tally.add(done)
    rate = tally.count / (time.perf_counter() - began)
    say = f"{name}: {tally.count} malformed answers, {rate:.0f} per second, seed {seed}"
    _say(f"{say}, {tally.n_violations} violations, grown by {tally.grown} KiB")
    endings = sorted({ending for _, ending in tally.outcomes})
    _say(f"  {'':16}" + "".join(f"{ending:>20}" for ending in endings))
    for call in sorted({call for call, _ in tally.outcomes}):
        counts = "".join(f"{tally.outcomes[call, ending]:>20}" for ending in endings)
        _say(f"  {call:16}{counts}")
    for words in tally.violations[:_FIRST]:
        _say(f"VIOLATION {words}")
    if tally.violations:
        _say(f"one again: python -m tests.malformed {name} --seed {seed} --index NUMBER")
    return 1 if tally.n_violations else 0


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


def _one(name: str, seed: int, index: int) -> int:
    case, seen, found = again(name, seed, index)
    _say(described(case))
    original = case.scene.exchanges[case.place]
    _say(f"asked     {original.asked.method} {original.asked.path}")
    _say(f"recorded  {original.reply.status} {original.reply.body[:_SHOWN]!r}")
    _say(f"malformed {case.tampered.status} {case.tampered.body[:_SHOWN]!r}")
    _say(f"headers   {case.tampered.headers!r:.1500}")
    if seen is not None:
        _say(f"came to   {seen.ending.word}: {seen.ending.error or seen.ending.value!r:.1500}")
    for words in found:
        _say(f"VIOLATION {words}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
