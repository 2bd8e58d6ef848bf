"""
What goes wrong between a client and a server, to order.

    kind               arrives   the client sees
    refuse             no        the status, body and headers given
    error_before       no        the status given (503), the request did nothing
    error_after        yes       the status given (503), the request did what it says
    too_many           no        the dialect's 429
    unauthorized       no        the dialect's 401
    lose_before        no        the connection reset before an answer
    lose_after         yes       the connection reset before an answer
    hang_before        no        nothing, until it stops waiting
    hang_after         yes       nothing, until it stops waiting
    cut_off            no        nobody takes the connection
    late_answer        at once   its answer, `duration` later
    late_arrival       later     its answer, after it arrived `duration` later
    odd_body           yes       the status, and the body given in place of the answer's
    redirect           no        the status given (307), to a `location` header
    twice              twice     the second answer

In process a `late_arrival` is shorter than the client waits; an order that arrives when
nobody waits any more is a `hang_after` of an order that the exchange accepts late.

A fault lies in wait for calls of one kind, or for a method, a path and words of the body,
or for any request; it befalls the first `times` of them after `skip` others.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum


class FaultKind(Enum):
    """The faults, by the words of the table."""

    REFUSE = "refuse"
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    TOO_MANY = "too_many"
    UNAUTHORIZED = "unauthorized"
    LOSE_BEFORE = "lose_before"
    LOSE_AFTER = "lose_after"
    HANG_BEFORE = "hang_before"
    HANG_AFTER = "hang_after"
    CUT_OFF = "cut_off"
    LATE_ANSWER = "late_answer"
    LATE_ARRIVAL = "late_arrival"
    ODD_BODY = "odd_body"
    REDIRECT = "redirect"
    TWICE = "twice"


class Call(Enum):
    """What a request is, whatever its dialect calls it."""

    ACCOUNT = "account"
    SESSION = "session"  # clock and calendar
    HOLDINGS = "holdings"
    MARKET = "market"
    TERMS = "terms"
    SUBMIT = "submit"
    REPLACE = "replace"
    CANCEL = "cancel"
    LOOK_UP = "look_up"  # one order, by whichever id
    ORDERS = "orders"
    SETTLEMENTS = "settlements"
    LOGIN = "login"  # a token, a stream's session
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that will go wrong; what a kind does not need is ignored."""

    kind: FaultKind
    call: Call | None = None  # None: any
    method: str | None = None
    path: str | None = None  # a regular expression that occurs in it
    times: int = 1
    skip: int = 0
    status: int | None = None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    duration: timedelta = timedelta(0)
    said: str | None = None  # a regular expression that occurs in the request's body

    def is_about(self, method: str, path: str, call: Call, body: str = "") -> bool:
        """Whether it lies in wait for such a request."""
        return (
            self.call in (None, call)
            and self.method in (None, method)
            and (self.path is None or re.search(self.path, path) is not None)
            and (self.said is None or re.search(self.said, body) is not None)
        )


class Faults:
    """The faults in waiting, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def plan(self, *faults: Fault) -> None:
        """Let faults lie in wait."""
        self._waiting.extend(faults)

    def clear(self) -> None:
        """Forget what has not happened yet."""
        self._waiting.clear()

    @property
    def waiting(self) -> tuple[Fault, ...]:
        """What has not happened yet."""
        return tuple(self._waiting)

    def meet(self, method: str, path: str, call: Call, body: str = "") -> Fault | None:
        """Give the fault that befalls a request, and count it."""
        for index, fault in enumerate(self._waiting):
            if not fault.is_about(method, path, call, body):
                continue
            if fault.skip:
                self._waiting[index] = replace(fault, skip=fault.skip - 1)
                return None
            if fault.times > 1:
                self._waiting[index] = replace(fault, times=fault.times - 1)
            else:
                del self._waiting[index]
            return fault
        return None
