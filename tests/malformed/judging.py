"""What every oracle asks: is an error one that is declared, and what does an answer say."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from botd.errors import BrokerError, BrokerUnavailable, OrderRefused, OutcomeUnknown
from tests.malformed.frames import METHOD
from tests.malformed.playing import Given, Played
from tests.malformed.reading import UNREADABLE, depth, strict
from tests.malformed.recording import Scene
from tests.malformed.shapes import faults
from tests.malformed.tampering import Pace
from tests.servers.face import Reply

_DECLARED = (BrokerUnavailable, OutcomeUnknown, OrderRefused)
_REFUSED_FROM = frozenset({"submit", "replace", "cancel"})
_DEEPEST = 32
_LONGEST = 5_000  # characters of words


def of_error(error: Exception, call: str) -> Iterator[str]:
    """Judge an error by itself."""
    if type(error) not in _DECLARED:
        yield f"{type(error).__name__} is none of the declared errors"
    if isinstance(error, OrderRefused):
        if call not in _REFUSED_FROM:
            yield f"a refusal from {call}"
        yield from faults(error.refusal, type(error.refusal), "refusal")
    if isinstance(error, BrokerError) and len(str(error)) > _LONGEST:
        yield f"{len(str(error))} characters of words"


def tree_of(answer: Given) -> Any:  # noqa: ANN401 - any JSON
    """Read an answer as strictly as one can; `UNREADABLE` where no whole answer came."""
    if not is_whole(answer):
        return UNREADABLE
    tree = strict(answer.reply.body)
    return UNREADABLE if depth(tree) > _DEEPEST else tree


def is_whole(answer: Given) -> bool:
    """Tell whether all of an answer came, as plain text; a frame has no headers."""
    reply = answer.reply
    if isinstance(reply, Reply):
        return True
    if reply.pace not in {Pace.WHOLE, Pace.BYTEWISE}:
        return False
    codings = {value for name, value in reply.headers if name == "content-encoding"}
    return answer.asked.method == METHOD or codings <= {b"", b"identity"}


def is_same(scene: Scene, played: Played) -> bool:
    """Tell whether a case came to what was recorded."""
    before, after = scene.ending, played.ending
    if before.error is None or after.error is None:
        return before.error is None and after.error is None and alike(before.value, after.value)
    same = (type(before.error), str(before.error)) == (type(after.error), str(after.error))
    return same or isinstance(after.error, type(before.error))


def alike(before: object, after: object) -> bool:
    """Compare values without the instants at which they were asked for."""
    if isinstance(before, tuple) and isinstance(after, tuple):
        pairs = zip(before, after, strict=False)
        return len(before) == len(after) and all(alike(one, other) for one, other in pairs)
    if hasattr(before, "as_of") and hasattr(after, "as_of"):
        names = [each.name for each in fields(before)]  # type: ignore[arg-type]
        kept = [name for name in names if name not in {"as_of", "submitted_at"}]
        return all(getattr(before, name) == getattr(after, name) for name in kept)
    return before == after
