"""Whole days, drawn at random: what must never happen never happens."""

import os

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings

from tests.property.checks import violations
from tests.property.days import days
from tests.property.scenario import Scenario
from tests.property.world import World

# 150 days take about half a minute; CI asks for thousands.
DAYS = int(os.environ.get("BOTD_PROPERTY_DAYS", "150"))
IS_HEAVY = "BOTD_PROPERTY_DAYS" in os.environ


@settings(
    max_examples=DAYS,
    deadline=None,
    derandomize=not IS_HEAVY,
    print_blob=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)
@given(days())
@pytest.mark.slow
def test_no_day_breaks_a_promise(day: Scenario) -> None:
    """Whatever is held, shown, broken, killed and done, every promise of the protocol holds."""
    found = violations(World(day).live())
    note(str(day))

    assert [] == found
