"""The report of an expiration day: one page that needs nothing beside itself."""

import base64
import hashlib

from botd.web.report.data import ReportDay
from botd.web.report.header import header, title_of
from botd.web.report.ladders import ladders
from botd.web.report.legend import legend
from botd.web.report.markup import Element, make, serialize
from botd.web.report.spot_chart import spot_figure
from botd.web.report.standing import by_need
from botd.web.report.style import STYLE
from botd.web.report.table import outcome_table

_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# Nothing may be loaded, run or sent from the page; the one style sheet is known by its hash.
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"
)


def render(day: ReportDay) -> str:
    """
    Write the report as one HTML document.

    Pure: the same day gives the same bytes. Every text of the day is escaped.
    """
    pairs = by_need(day)
    body = make(
        "body",
        make(
            "main",
            header(day, pairs),
            make("h2", "Outcomes"),
            outcome_table(pairs),
            make("h2", "The underlying against the strikes") if day.underlyings else None,
            *(spot_figure(series, day) for series in day.underlyings),
            make("h2", "Each position's ladder") if pairs else None,
            *ladders(pairs),
            legend(),
        ),
    )
    return f"<!doctype html>\n{serialize(make('html', _head(day), body, lang='en'))}\n"


def _head(day: ReportDay) -> Element:
    return make(
        "head",
        make("meta", charset="utf-8"),
        make("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        make("meta", name="viewport", content="width=device-width, initial-scale=1"),
        make("meta", name="color-scheme", content="light dark"),
        make("title", f"botd: {title_of(day)}, {day.source}"),
        make("style", STYLE),
    )
