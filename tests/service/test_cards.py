from dataclasses import replace
from datetime import time, timedelta

import pytest

from botd.brokers.paper.card import PAPER_CARD
from botd.service import cards
from botd.settings.model import PaperQuotes, PaperSettings

PAPER = PaperSettings("paper", PaperQuotes())
EARLY = replace(PAPER_CARD, cutoff=time(15, 15))


@pytest.mark.parametrize(
    ("configured", "of_card", "expected"),
    [
        pytest.param(None, None, None, id="nobody knows of one"),
        pytest.param(None, time(15, 15), time(15, 15), id="the card's"),
        pytest.param(time(15, 30), time(15, 15), time(15, 30), id="a person corrects the card"),
        pytest.param(time(16, 0), time(15, 15), None, id="a person says that there is none"),
        pytest.param(time(15, 59), None, time(15, 59), id="a minute before the close"),
    ],
)
def test_which_cut_off_counts(
    configured: time | None, of_card: time | None, expected: time | None
) -> None:
    """What a person wrote comes before what the adapter knows; at the close is no cut-off."""
    chosen, card = replace(PAPER, cutoff=configured), replace(PAPER_CARD, cutoff=of_card)

    assert expected == cards.cutoff_of(chosen, card)


def test_the_paper_exchange_has_no_cut_off() -> None:
    """It takes orders to the bell, unless a file says that it plays another broker."""
    assert PAPER_CARD is cards.card_of(PAPER)
    assert None is cards.cutoff_of(PAPER)


def test_a_cut_off_is_a_distance_from_the_close() -> None:
    """So it shifts with a half-day's."""
    assert timedelta(minutes=45) == cards.before_close(time(15, 15))
