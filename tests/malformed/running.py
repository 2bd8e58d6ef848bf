"""Many cases, one after the other, and what came of them."""

import asyncio
import resource
import traceback
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from botd.clock import VirtualTimeLoop
from tests.malformed.oracle import described
from tests.malformed.playable import judged, recorded
from tests.malformed.playing import START, Case, Cases, Played, played

MOST_MEMORY = 400 * 1024  # KiB by which the process may grow, its largest answers included
_SHOWN = 200


@dataclass
class Tally:
    """What came of cases; it can be sent from one process to another."""

    count: int = 0
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)  # call, ending
    violations: list[str] = field(default_factory=list)
    n_violations: int = 0
    grown: int = 0  # KiB, the process at its largest, since it began

    def add(self, other: "Tally") -> None:
        """Count what another has counted."""
        self.count += other.count
        self.outcomes += other.outcomes
        self.violations = (self.violations + other.violations)[:_SHOWN]
        self.n_violations += other.n_violations
        self.grown = max(self.grown, other.grown)

    def blame(self, words: str) -> None:
        """Note a violation."""
        self.n_violations += 1
        if len(self.violations) < _SHOWN:
            self.violations.append(words)


def run(name: str, seed: int, indices: Iterable[int]) -> Tally:
    """Play the cases of these numbers."""
    return tallied(Cases(recorded(name), seed), indices)


def tallied(cases: Cases, indices: Iterable[int]) -> Tally:
    """Play cases of a recording."""
    tally = Tally()
    begun = _memory()
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(START)) as runner:
        runner.run(_all(cases, indices, tally))
    tally.grown = _memory() - begun
    if tally.grown > MOST_MEMORY:
        tally.blame(f"{cases.recording.name}: the process grew by {tally.grown} KiB")
    return tally


def again(name: str, seed: int, index: int) -> tuple[Case, Played | None, list[str]]:
    """Play one case, and tell everything of it."""
    cases = Cases(recorded(name), seed)
    case = cases.case(index)
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(START)) as runner:
        _, seen, found = runner.run(_judged(cases, case))
    return case, seen, found


async def _all(cases: Cases, indices: Iterable[int], tally: Tally) -> None:
    for index in indices:
        case = cases.case(index)
        ending, _, found = await _judged(cases, case)
        tally.count += 1
        tally.outcomes[case.scene.call, ending] += 1
        for words in found:
            tally.blame(f"{cases.recording.name} {described(case)}\n    {words}")


async def _judged(cases: Cases, case: Case) -> tuple[str, Played | None, list[str]]:
    """Play a case; whatever escapes from it is a violation, and so is what is left running."""
    try:
        seen = await played(cases.recording, case)
    except Exception as error:  # noqa: BLE001 - anything may come out of a fault of ours
        trace = "".join(traceback.format_exception(error)[-4:])
        return type(error).__name__, None, [f"{type(error).__name__} escaped\n{trace}"]
    found = list(judged(seen, cases.recording.name))
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in left:
        task.cancel()
        found.append(f"left running: {task!r:.300}")
    return seen.ending.word, seen, found


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
