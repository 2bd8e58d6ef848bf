from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from botd.errors import ConfigError, RefusalReason
from botd.settings.positions_file import parse_positions
from botd.settings.scenario import Happening, Scenario

POSITIONS = """
[[position]]
id = "vertical"
bot = "condors"
opened_at = 2015-12-18T15:00:00Z
units = 3
net_price = "1.25"
legs = [
  { symbol = "GOOG151224P00735000", quantity = 1 },
  { symbol = "GOOG151224P00740000", quantity = -1 },
]
[[position]]
id = "strangle"
bot = "condors"
opened_at = 2015-12-18T15:00:00Z
units = 1
net_price = "1.25"
legs = [
  { symbol = "GOOG151224P00700000", quantity = -1 },
  { symbol = "GOOG151224C00800000", quantity = -1 },
]
[[position]]
id = "faulty"
"""
SHORT = "GOOG151224P00740000"
T10 = timedelta(minutes=-10)


def read(scenario: str, positions: str = POSITIONS) -> tuple[Scenario, ...]:
    whole = positions.replace('[[position]]\nid = "faulty"\n', "")
    data = f"{whole}\n[[scenario]]\n{scenario}\n".encode()
    return parse_positions(data, "p.toml", bots={}, must_know_bots=False).scenarios


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param('"T-10"', T10, id="minutes before the close"),
        pytest.param('"T-10+3s"', T10 + timedelta(seconds=3), id="a moment after an attempt"),
        pytest.param('"T-5-2s"', timedelta(minutes=-5, seconds=-2), id="a moment before one"),
        pytest.param('"T-30s"', timedelta(seconds=-30), id="seconds alone"),
        pytest.param('"T+20"', timedelta(minutes=20), id="after the close"),
        pytest.param('"T"', timedelta(0), id="at the close"),
        pytest.param(
            "2015-12-24T17:50:00Z",
            datetime(2015, 12, 24, 17, 50, tzinfo=UTC),
            id="an instant",
        ),
    ],
)
def test_when(written: str, expected: datetime | timedelta) -> None:
    """An instant, or counted from the position's close."""
    [scenario] = read(f'at = {written}\ndo = "halt"')

    assert Scenario(expected, Happening.HALT) == scenario


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param(
            'do = "refuse"\nposition = "vertical"\nreason = "assignment_lock"\n'
            'message = "no"\ncode = "40310000"',
            Scenario(
                T10,
                Happening.REFUSE,
                "vertical",
                refusal=RefusalReason.ASSIGNMENT_LOCK,
                message="no",
                code="40310000",
            ),
            id="a refusal in a broker's words",
        ),
        pytest.param(
            'do = "lose_answer"\nposition = "vertical"',
            Scenario(T10, Happening.LOSE_ANSWER, "vertical"),
            id="a lost answer",
        ),
        pytest.param(
            'do = "answer_late"\nposition = "vertical"\nseconds = 2.5',
            Scenario(T10, Happening.ANSWER_LATE, "vertical", late=timedelta(seconds=2.5)),
            id="a late answer",
        ),
        pytest.param(
            'do = "partial"\nposition = "vertical"\nunits = 2',
            Scenario(T10, Happening.PARTIAL, "vertical", units=2),
            id="a partial fill",
        ),
        pytest.param(
            f'do = "liquidate_leg"\nposition = "vertical"\nleg = "GOOG  {SHORT[4:]}"',
            Scenario(T10, Happening.LIQUIDATE_LEG, "vertical", leg=SHORT),
            id="a leg, padded",
        ),
        pytest.param(
            'do = "assign"\nposition = "vertical"',
            Scenario(T10, Happening.ASSIGN, "vertical", leg=SHORT),
            id="the only short leg is meant",
        ),
        pytest.param(
            'do = "resting_exit"\nposition = "vertical"\nnet_price = "-0.20"\nunits = 1',
            Scenario(T10, Happening.RESTING_EXIT, "vertical", units=1, net_price=Decimal("-0.20")),
            id="a resting take-profit",
        ),
        pytest.param(
            'do = "outside_close"\nposition = "vertical"',
            Scenario(T10, Happening.OUTSIDE_CLOSE, "vertical"),
            id="somebody closes it elsewhere",
        ),
        pytest.param(
            'do = "take"\nposition = "vertical"\nreason = "I do it"',
            Scenario(T10, Happening.TAKE, "vertical", reason="I do it"),
            id="a person takes it",
        ),
        pytest.param('do = "resume"', Scenario(T10, Happening.RESUME), id="a person resumes"),
    ],
)
def test_what(written: str, expected: Scenario) -> None:
    """Each happening takes its own keys."""
    assert (expected,) == read(f'at = "T-10"\n{written}')


WHEN = 'at = "T-10"\n'


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param(
            "",
            [
                'at: missing; an instant, or from the close: "T-10"',
                (
                    "do: missing; allowed: refuse, lose_answer, answer_late, partial, gone, "
                    "liquidate_leg, assign, fill_across_cancel, resting_exit, "
                    "outside_close, take, release, halt, resume"
                ),
            ],
            id="nothing",
        ),
        pytest.param(
            'at = "X-10"\ndo = "partialy"',
            [
                (
                    "at: 'X-10' is no instant; write it like 2015-12-18T15:00:00Z, "
                    'or from the close: "T-10", "T-10+3s"'
                ),
                (
                    "do: 'partialy'; allowed: refuse, lose_answer, answer_late, partial, gone, "
                    "liquidate_leg, assign, fill_across_cancel, resting_exit, "
                    "outside_close, take, release, halt, resume; "
                    "did you mean partial?"
                ),
            ],
            id="neither when nor what",
        ),
        pytest.param(
            'at = 17:50:00\ndo = "halt"',
            [
                (
                    "at: 17:50:00 is no instant; write it like 2015-12-18T15:00:00Z, "
                    'or from the close: "T-10", "T-10+3s"'
                ),
            ],
            id="a time without date",
        ),
        pytest.param(
            WHEN + 'do = "gone"',
            ["position: missing; allowed: strangle, vertical"],
            id="no position",
        ),
        pytest.param(
            WHEN + 'do = "gone"\nposition = "verticle"',
            ["position: no position 'verticle' in this file; did you mean vertical?"],
            id="an unknown position",
        ),
        pytest.param(
            WHEN + 'do = "halt"\nposition = "vertical"',
            ["position: unknown key; allowed: at, do, reason"],
            id="a halt is of everything",
        ),
        pytest.param(
            WHEN + 'do = "answer_late"\nposition = "vertical"',
            ["seconds: missing; allowed: a number above 0, up to 3600"],
            id="how late",
        ),
        pytest.param(
            WHEN + 'do = "answer_late"\nposition = "vertical"\nseconds = "5"',
            ["seconds: '5'; allowed: a number above 0, up to 3600"],
            id="seconds as text",
        ),
        pytest.param(
            WHEN + 'do = "answer_late"\nposition = "vertical"\nseconds = 3600.5',
            ["seconds: 3600.5; allowed: a number above 0, up to 3600"],
            id="more than an hour",
        ),
        pytest.param(
            WHEN + 'do = "assign"\nposition = "strangle"',
            ["leg: missing; allowed: GOOG151224P00700000, GOOG151224C00800000"],
            id="which short leg",
        ),
        pytest.param(
            WHEN + 'do = "liquidate_leg"\nposition = "vertical"',
            ["leg: missing; allowed: GOOG151224P00735000, GOOG151224P00740000"],
            id="which leg",
        ),
        pytest.param(
            WHEN + f'do = "assign"\nposition = "strangle"\nleg = "{SHORT}"',
            [
                (
                    f"leg: '{SHORT}' is no leg of the position; "
                    "allowed: GOOG151224P00700000, GOOG151224C00800000"
                ),
            ],
            id="a leg of another position",
        ),
        pytest.param(
            WHEN + 'do = "refuse"\nposition = "vertical"\nreason = "because"\nunits = 0',
            [
                "reason: 'because'; allowed: "
                + ", ".join(reason.value for reason in RefusalReason),
                "units: unknown key; allowed: at, do, position, reason, message, code",
            ],
            id="a refusal for no known reason",
        ),
    ],
)
def test_faults(written: str, expected: list[str]) -> None:
    """Each fault names the entry, the key, what was found and what is allowed."""
    with pytest.raises(ConfigError) as caught:
        read(written)

    assert [f"p.toml: scenario 1: {fault}" for fault in expected] == list(caught.value.faults)


def test_a_position_at_fault_is_not_told_twice() -> None:
    """A scenario of an entry that has faults of its own adds none."""
    data = f'{POSITIONS}\n[[scenario]]\n{WHEN}do = "assign"\nposition = "faulty"\nleg = "{SHORT}"\n'

    with pytest.raises(ConfigError) as caught:
        parse_positions(data.encode(), "p.toml", bots={}, must_know_bots=False)

    assert all("position 3 (faulty)" in fault for fault in caught.value.faults)
