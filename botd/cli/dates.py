"""Dates as options: `2015-12-24`, or `today` and `tomorrow` in New York."""

from datetime import date, datetime, timedelta

import click

from botd.calendar.new_york import day_of

_WORDS = {"today": timedelta(0), "tomorrow": timedelta(days=1)}


class Day(click.ParamType[str]):
    """A New York date; which day `today` is, the command's clock tells."""

    name = "date"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what is no date."""
        if value not in _WORDS:
            try:
                date.fromisoformat(value)
            except ValueError:
                self.fail(
                    f"{value!r} is no date; write it as 2015-12-24, today or tomorrow", param, ctx
                )
        return value


DAY = Day()


def day_named(text: str, now: datetime) -> date:
    """Give the date that an option named."""
    if text in _WORDS:
        return day_of(now) + _WORDS[text]
    return date.fromisoformat(text)


def span(first: str | None, last: str | None, now: datetime) -> tuple[date | None, date | None]:
    """
    Give the dates of `--from` and `--to`; None: not given.

    Raises:
        UsageError: they are in the wrong order.
    """
    start = None if first is None else day_named(first, now)
    end = None if last is None else day_named(last, now)
    if start is not None and end is not None and end < start:
        raise click.UsageError(f"--to {end} lies before --from {start}")
    return start, end
