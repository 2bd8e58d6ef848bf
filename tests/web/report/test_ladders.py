"""Each position's section: attempts, orders in figures, and its record."""

from dataclasses import replace

from botd.domain.decision import LegMoneyness, Moneyness
from botd.errors import Refusal, RefusalReason
from botd.web.report.data import ReportPosition
from botd.web.report.ladders import ladders
from botd.web.report.markup import Element, make
from botd.web.report.standing import by_need
from tests.web.report import demo
from tests.web.report.trees import find, text_of, value


def sections(*entries: ReportPosition) -> Element:
    """Make the sections of some positions, or of the demo day."""
    return make("div", *ladders(by_need(demo.demo_day(*entries))))


def test_what_was_left_alone_is_folded_away() -> None:
    """Only positions where something was sent, or someone must act, lie open."""
    made = sections()
    (folded,) = find(made, "details", "quiet-ones")

    assert "5 positions for which nothing had to be sent" in text_of(folded)
    assert ["p9", "p13", "p15", "p12", "p14"] == [
        value(section, "id") for section in find(folded, "section")
    ]
    assert 15 == len(find(made, "section"))


def test_without_quiet_positions_nothing_is_folded() -> None:
    """No empty fold."""
    assert [] == find(sections(demo.refused()), "details", "quiet-ones")


def test_a_picture_for_each_attempt_with_orders() -> None:
    """An attempt that sent nothing has words, and no empty picture."""
    made = sections(demo.unknown_fate())

    assert 2 == len(find(made, "article"))
    assert 1 == len(find(made, "svg", "ladder"))


def test_orders_without_any_price_have_no_picture() -> None:
    """A market order that was not filled, and no quote: the figures tell all."""
    entry = demo.by_market()
    order = replace(entry.attempts[0].orders[0], fills=(), average_net_price=None)
    tried = replace(entry.attempts[0], orders=(order,))
    made = sections(replace(entry, attempts=(tried,), market=()))

    assert [] == find(made, "svg", "ladder")
    assert 1 == len(find(made, "table", "orders"))


def test_why_an_attempt_decided_as_it_did() -> None:
    """Reason, moneyness, note and cap as sentences; lateness and flag in bold."""
    article = find(sections(demo.unknown_fate()), "article")[0]

    assert "T-10 12:50:00  close: fate unknown" in text_of(article)
    assert (
        "In the money. 747.5 ITM, spot 749.62. Spot implied by the options, 4 min old. "
        "Cap: get 2.10. 4 s late; flagged: decided on old, implied or missing data."
    ) in text_of(article)


def test_a_spot_that_is_not_known() -> None:
    """Unknown is told, with its note."""
    unknown = LegMoneyness("x", Moneyness.UNKNOWN, demo.ROWS["GOOG"][0][1], None, None, "halted")
    entry = demo.refused()
    tried = replace(entry.attempts[0], moneyness=(unknown,))

    assert "UNKNOWN, no spot (halted)." in text_of(sections(replace(entry, attempts=(tried,))))


def test_only_late() -> None:
    """Late alone says nothing of its data."""
    entry = demo.unknown_fate()
    tried = replace(entry.attempts[0], is_flagged=False)

    assert "4 s late." in text_of(sections(replace(entry, attempts=(tried,))))


def test_a_refusal_in_the_brokers_words() -> None:
    """Verbatim, with status and code."""
    (quote,) = find(sections(demo.refused()), "blockquote")

    assert f"{demo.LOCK} (HTTP 422, code 42210000)" == text_of(quote)


def test_a_refusal_without_codes() -> None:
    """What the broker did not say is not shown."""
    entry = demo.refused()
    order = replace(
        entry.attempts[0].orders[0], refusal=Refusal(RefusalReason.OTHER, "no"), submitted_at=None
    )
    made = sections(replace(entry, attempts=(replace(entry.attempts[0], orders=(order,)),)))

    assert ["no"] == [text_of(quote) for quote in find(made, "blockquote")]
    assert "not sent" in text_of(made)


def test_notes_of_an_order() -> None:
    """At the cap, resting, and with which legs alone."""
    entry = demo.capped()
    legged = replace(entry.attempts[0].orders[0], legs=(demo.option("760P", 1),))
    made = sections(replace(entry, attempts=(replace(entry.attempts[0], orders=(legged,)),)))

    assert "at the cap; capped at the width; rests" in text_of(made)
    assert "only +1\N{NO-BREAK SPACE}760\N{NO-BREAK SPACE}P" in text_of(made)


def test_a_position_that_nobody_quotes_says_so() -> None:
    """A picture without a market is explained."""
    assert "No quote of this package is known" in text_of(sections(demo.no_quote()))
    assert "No quote of this package is known" not in text_of(sections(demo.refused()))


def test_its_record() -> None:
    """What the ledger wrote, line by line, with who did it."""
    entry = demo.refused()
    nobody = replace(entry.events[1], by="")
    made = sections(replace(entry, events=(entry.events[0], nobody)))

    assert ["10:00:00 imported, by person", "12:50:00 attempt T-10 claimed"] == [
        text_of(line) for line in find(made, "li")
    ]
    assert [] == find(sections(replace(entry, events=())), "li")
