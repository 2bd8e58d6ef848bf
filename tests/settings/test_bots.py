from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from botd.domain.bot import Amount, Anchor, Bot, Expiration, Pricing, PricingMode
from botd.domain.position import Policy
from botd.settings.load import load
from tests.settings.folder import ALPACA, BOT, PAPER, faults, write

B = "bots/condors.toml: "


def test_a_bot_with_everything_said(tmp_path: Path) -> None:
    """Every key of a bot's file reaches the rules."""
    everything = """
        name = "condors"
        broker = "paper"
        account = "second"
        [expiration]
        attempts = ["1m", "15m", "90s"]
        anchor = "both"
        itm_policy = "hand_over"
        scope = "position"
        legging = "never"
        pin_band = "0.15%"
        max_quote_age = "2m"
        on_refusal = "classify"
        cancel_resting_exits = false
        [pricing]
        mode = "patient"
        final_price = 150
        max_overpay = "0.10"
    """
    bot = load(write(tmp_path, condors=everything), {}).bots["condors"]

    assert "second" == bot.account
    assert (timedelta(minutes=15), timedelta(seconds=90), timedelta(minutes=1)) == (
        bot.expiration.attempts
    )
    assert Anchor.BOTH is bot.expiration.anchor
    assert Policy.HAND_OVER is bot.expiration.itm_policy
    assert "position never classify" == " ".join(
        each.value
        for each in (bot.expiration.scope, bot.expiration.legging, bot.expiration.on_refusal)
    )
    assert Amount(Decimal("0.15"), is_percent=True) == bot.expiration.pin_band
    assert timedelta(minutes=2) == bot.expiration.max_quote_age
    assert not bot.expiration.cancel_resting_exits
    assert Pricing(PricingMode.PATIENT, 150, Amount(Decimal("0.10"))) == bot.pricing


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param("", False, id="left out"),
        pytest.param("[expiration]\nscope = 'auto'\n", False, id="another key is said"),
        pytest.param("[expiration]\nanchor = 'close'\n", True, id="the default, in words"),
        pytest.param("[expiration]\nanchor = 'both'\n", True, id="another than the default"),
    ],
)
def test_whether_a_file_says_its_anchor(tmp_path: Path, said: str, expected: bool) -> None:  # noqa: FBT001 - a row's answer
    """A default that was chosen is told from one that nobody thought of."""
    settings = load(write(tmp_path, condors=BOT + said), {})
    found = settings.bot_files["condors"]

    assert expected is found.says_anchor
    assert found.path.endswith("bots/condors.toml")


def test_a_bot_with_little_said(tmp_path: Path) -> None:
    """What is left out has its default; a paper account need not be named."""
    settings = load(write(tmp_path), {})

    assert Bot("condors", "paper", "paper", Expiration(), Pricing()) == settings.bots["condors"]


def bot(lines: str = "", expiration: str = "", pricing: str = "") -> dict[str, str]:
    return {"condors": f"{BOT}{lines}\n[expiration]\n{expiration}\n[pricing]\n{pricing}\n"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            bot(expiration='itm_polcy = "close"'),
            [f"{B}expiration.itm_polcy: unknown key; did you mean itm_policy?"],
            id="a misspelt key",
        ),
        pytest.param(
            bot(lines="zzz = 1"),
            [f"{B}zzz: unknown key; allowed: name, broker, account, expiration, pricing"],
            id="a key like no other",
        ),
        pytest.param(
            bot(expiration='itm_policy = "cloze"'),
            [
                (
                    f"{B}expiration.itm_policy: 'cloze'; "
                    "allowed: close, hand_over, settle, accept; did you mean close?"
                ),
            ],
            id="a misspelt policy",
        ),
        pytest.param(
            bot(expiration="anchor = 5\nscope = true\nlegging = []\non_refusal = 1.5"),
            [
                f"{B}expiration.anchor: 5; allowed: close, cutoff, both",
                f"{B}expiration.scope: true; allowed: auto, position, expiring",
                f"{B}expiration.legging: []; allowed: last_resort, never",
                f"{B}expiration.on_refusal: 1.5; allowed: assigned, classify",
            ],
            id="choices of other types, all in one run",
        ),
        pytest.param(
            bot(pricing='mode = "slow"\nfinal_price = 49'),
            [
                f"{B}pricing.mode: 'slow'; allowed: normal, fast, patient, market, limit",
                f"{B}pricing.final_price: 49; allowed: whole numbers from 50 to 150",
            ],
            id="pricing out of bounds",
        ),
        pytest.param(
            bot(pricing="final_price = 151\nmax_overpay = -1"),
            [
                f"{B}pricing.final_price: 151; allowed: whole numbers from 50 to 150",
                f'{B}pricing.max_overpay: -1; allowed: 0 or more; or in percent: "0.15%"',
            ],
            id="one above the bound, one below zero",
        ),
        pytest.param(
            bot(pricing="final_price = true"),
            [f"{B}pricing.final_price: true; allowed: whole numbers from 50 to 150"],
            id="true is no number",
        ),
        pytest.param(
            bot(expiration='cancel_resting_exits = "yes"'),
            [f"{B}expiration.cancel_resting_exits: 'yes'; allowed: true, false (without quotes)"],
            id="yes is not true",
        ),
        pytest.param(
            bot(expiration='attempts = "10m"'),
            [f"""{B}expiration.attempts: '10m'; write a list of durations: ["10m", "5m", "1m"]"""],
            id="attempts that are no list",
        ),
        pytest.param(
            bot(expiration="attempts = []"),
            [f"""{B}expiration.attempts: []; write a list of durations: ["10m", "5m", "1m"]"""],
            id="no attempt at all",
        ),
        pytest.param(
            bot(expiration='attempts = ["60s", "1m"]'),
            [f"{B}expiration.attempts: ['60s', '1m'] names one attempt twice"],
            id="one attempt in two spellings",
        ),
        pytest.param(
            bot(expiration='attempts = ["10m", "0m"]'),
            [f"{B}expiration.attempts: '0m'; allowed: 5s to 3h"],
            id="an attempt at the close",
        ),
        pytest.param(
            bot(expiration='attempts = ["3h1s"]'),
            [f"{B}expiration.attempts: '3h1s'; allowed: 5s to 3h"],
            id="before a half-day opens",
        ),
        pytest.param(
            bot(expiration="attempts = [10, 5, 1]"),
            [
                f'{B}expiration.attempts: 10 is no duration; write it like "10m", "60s" or "1h"',
            ],
            id="a duration without unit",
        ),
        pytest.param(
            bot(expiration='max_quote_age = ""'),
            [
                (
                    f"{B}expiration.max_quote_age: '' is no duration; "
                    'write it like "10m", "60s" or "1h"'
                ),
            ],
            id="an empty duration",
        ),
        pytest.param(
            bot(expiration='max_quote_age = "15m1s"\npin_band = "100%"'),
            [
                f"""{B}expiration.pin_band: '100%'; allowed: "0%" to below "100%\"""",
                f"{B}expiration.max_quote_age: '15m1s'; allowed: 1s to 15m",
            ],
            id="just beyond",
        ),
        pytest.param(
            bot(expiration='pin_band = "a little"'),
            [
                (
                    f"{B}expiration.pin_band: 'a little' is no amount of dollars; "
                    'write it like "1.25" or "-0.40"; or in percent: "0.15%"'
                ),
            ],
            id="a band in words",
        ),
        pytest.param(
            bot(expiration='pin_band = "x%"'),
            [f"""{B}expiration.pin_band: 'x%'; allowed: "0%" to below "100%\""""],
            id="a percentage in words",
        ),
        pytest.param(
            {"condors": ""},
            [f'{B}name: missing; write name = "..."', f"{B}broker: missing; allowed: paper"],
            id="an empty bot",
        ),
        pytest.param(
            {"condors": 'name = "a b"\nbroker = 5\nexpiration = 7'},
            [
                (
                    f"{B}name: 'a b'; allowed: up to 64 letters, digits, '.', '_' and '-', "
                    "beginning with a letter or digit"
                ),
                f"{B}broker: 5 is not text; write it in quotes",
                f"{B}expiration: 7 is not a table",
            ],
            id="names that are none",
        ),
        pytest.param(
            bot(lines='account = " "'),
            [f"{B}account: is empty"],
            id="an empty account",
        ),
        pytest.param(
            bot(lines='account = "a\\u0000b"'),
            [f"{B}account: 'a\\x00b' holds characters that are no text"],
            id="an account with a zero byte",
        ),
        pytest.param(
            {"condors": BOT.replace('"paper"', '"papper"')},
            [f"{B}broker: 'papper' is no [brokers.NAME] of botd.toml; did you mean paper?"],
            id="an unknown broker",
        ),
        pytest.param(
            {"main": ""},
            [f"{B}broker: 'paper' is no [brokers.NAME] of botd.toml; in botd.toml: none"],
            id="an empty botd.toml",
        ),
        pytest.param(
            {"other": BOT},
            ["bots/other.toml: name: 'condors' is also the name of bots/condors.toml"],
            id="two bots of one name",
        ),
        pytest.param(
            {"main": PAPER + ALPACA, "condors": BOT.replace('"paper"', '"alpaca"')},
            [
                (f'{B}account: missing; write account = "...", the one that the credentials open'),
            ],
            id="a real broker without an account",
        ),
    ],
)
def test_faults(tmp_path: Path, files: dict[str, str | bytes], expected: list[str]) -> None:
    """Each fault names file, key, what was found and what is allowed, all of them in one run."""
    assert expected == faults(tmp_path, **files)
