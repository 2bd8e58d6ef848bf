"""The whole page: one file, safe to mail, the same bytes each time."""

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from botd.domain.position import BrokerWords
from botd.errors import Refusal, RefusalReason
from botd.web.report.data import ReportDay, ReportEvent, ReportPosition
from botd.web.report.page import render
from tests.web.report import demo
from tests.web.report.trees import Page

EVIL = "</style></title><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J\x00\u202e'\"&"
ACTIVE = {"script", "img", "iframe", "object", "embed", "link", "form", "input", "a:href", "base"}


def many(number: int) -> ReportDay:
    """Make a day of many positions of every kind."""
    kinds = tuple(demo.positions())
    entries = []
    for index in range(number):
        entry = kinds[index % len(kinds)]
        held = replace(entry.position, number=index + 1, id=f"{entry.position.id}-{index}")
        entries.append(replace(entry, position=held))
    return replace(demo.demo_day(), positions=tuple(entries))


def haunted() -> ReportDay:
    """Make a day in which every text that others write is hostile."""
    entry = demo.refused()
    order = replace(
        entry.attempts[0].orders[0],
        client_order_id=EVIL,
        refusal=Refusal(RefusalReason.OTHER, EVIL, EVIL, 422),
        notes=(EVIL,),
    )
    tried = replace(
        entry.attempts[0], lead=f"T-{EVIL}", reason=EVIL, note=EVIL, decision=EVIL, orders=(order,)
    )
    held = replace(
        entry.position,
        id=EVIL,
        bot=EVIL,
        strategy=EVIL,
        fact=EVIL,
        broker_error=BrokerWords(EVIL, EVIL, 422, demo.T10),
    )
    bad = replace(
        entry,
        position=held,
        attempts=(tried,),
        command=EVIL,
        events=(ReportEvent(demo.T10, EVIL, EVIL),),
    )
    return replace(
        demo.demo_day(bad),
        source=EVIL,
        account=EVIL,
        notes=(EVIL,),
        underlyings=(replace(demo.spot_series(), underlying="GOOG"),),
    )


def test_the_same_day_gives_the_same_bytes() -> None:
    """Nothing of the host or the moment enters the page."""
    assert render(demo.demo_day()) == render(demo.demo_day())


def test_hostile_words_stay_words() -> None:
    """Whatever a broker, a bot or a file says, the page's elements are ours alone."""
    page = Page(render(haunted()))
    plain = Page(render(demo.demo_day(demo.refused())))

    assert set(page.tags) <= {*plain.tags, "details", "summary", "ul", "li"}
    assert not ACTIVE & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "<script>alert(1)</script>" in page.text
    assert "⟨U+001B⟩[2J⟨U+0000⟩⟨U+202E⟩" in page.text
    assert not set("\x00\x1b\u202e") & set(render(haunted()))


def test_nothing_is_loaded_from_elsewhere() -> None:
    """Links lead to places on the page, and no address of the world stands in it."""
    html = render(demo.demo_day())
    page = Page(html)

    assert all(target.startswith("#p") for target in page.values("href"))
    assert [] == page.values("src") + page.values("style")
    assert not re.search(r"https?://|url\(|@import", html)


def test_every_link_has_its_place() -> None:
    """A position in the table leads to its ladder, folded or not."""
    page = Page(render(demo.demo_day()))

    assert sorted(page.values("id")) == sorted(link[1:] for link in page.values("href"))


def test_the_policy_allows_the_one_style_sheet_and_nothing_else() -> None:
    """The hash in the policy is that of the style sheet as it stands."""
    html = render(demo.demo_day())
    style = html.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = next(text for text in Page(html).values("content") if "default-src" in text)

    assert (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        == policy
    )


def test_light_dark_and_paper() -> None:
    """The page follows the reader's scheme, and prints."""
    html = render(demo.demo_day())

    assert "prefers-color-scheme:dark" in html
    assert "@media print" in html


@pytest.mark.parametrize(
    "day",
    [
        pytest.param(replace(demo.demo_day(), positions=()), id="no positions"),
        pytest.param(replace(demo.demo_day(), positions=(), underlyings=()), id="nothing at all"),
    ],
)
def test_an_empty_day(day: ReportDay) -> None:
    """An empty day is a page, too."""
    assert "No position was managed on this day." in Page(render(day)).text


@pytest.mark.parametrize(
    ("day", "megabytes"),
    [
        pytest.param(many(40), 0.25, id="forty"),
        pytest.param(many(176), 1.0, id="every GOOG contract"),
        pytest.param(
            replace(
                many(176),
                positions=tuple(
                    ReportPosition(
                        replace(demo.long_call_sold().position, number=number, id=f"p{number}"),
                        None,
                        pnl_complete=False,
                        attempts=demo.long_call_sold().attempts,
                        market=demo.long_call_sold().market,
                    )
                    for number in range(1, 177)
                ),
            ),
            1.5,
            id="each with eleven orders",
        ),
    ],
)
def test_many_positions_stay_small(day: ReportDay, megabytes: float) -> None:
    """A page that is mailed must stay small; every position is on it."""
    html = render(day)
    page = Page(html)

    assert len(html.encode()) < megabytes * 1_000_000
    assert {f"p{number}" for number in range(1, len(day.positions) + 1)} == set(page.values("id"))
