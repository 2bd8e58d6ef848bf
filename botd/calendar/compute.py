"""
Compute the sessions of the New York Stock Exchange, in a process of its own.

Run as `python -I compute.py FIRST_DAY LAST_DAY`; prints one JSON document, as
`botd.calendar.kept` reads it. pandas, which the library brings, costs half a second and
55 MiB: it lives and dies here. Imports nothing of botd, so that it runs by its path.
"""

import json
import signal
import sys
from datetime import date

_PATIENCE_SECONDS = 60  # real ones: the environment is empty, so no fake clock is inherited
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def compute(first_day: date, last_day: date) -> dict[str, object]:
    """
    Give the sessions of the horizon as one letter a day, and what each letter means.

    A letter stands for opening and close, in seconds after midnight UTC, and for
    whether the close is an early one; `.` is a closed day.
    """
    import exchange_calendars  # noqa: PLC0415 - after the alarm is set, and never in the parent

    calendar = exchange_calendars.get_calendar("XNYS", start=str(first_day), end=str(last_day))
    early = set(calendar.early_closes)
    letters: dict[tuple[int, int, int], str] = {}
    days = ["."] * ((last_day - first_day).days + 1)
    for session, opens, closes in zip(
        calendar.sessions,
        calendar.opens,
        calendar.closes,
        strict=True,
    ):
        midnight = session.tz_localize("UTC")
        hours = tuple(int((at - midnight).total_seconds()) for at in (opens, closes))
        kind = (hours[0], hours[1], int(session in early))
        letter = letters.setdefault(kind, _LETTERS[len(letters) % len(_LETTERS)])
        days[(session.date() - first_day).days] = letter
    return {
        "first_day": str(first_day),
        "last_day": str(last_day),
        "hours": {letter: kind for kind, letter in letters.items()},
        "days": "".join(days),
    }


def main(arguments: list[str]) -> None:
    """Print the document for the two days in *arguments*; the alarm ends what hangs."""
    signal.alarm(_PATIENCE_SECONDS)
    first_day, last_day = (date.fromisoformat(argument) for argument in arguments)
    json.dump(compute(first_day, last_day), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
