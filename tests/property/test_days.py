"""Whole days, drawn at random: what must never happen never happens."""

import os

from hypothesis import HealthCheck, Phase, given, note, settings

from tests.property.checks import violations
from tests.property.days import days, storms
from tests.property.scenario import Scenario
from tests.property.world import World

# A hundred days take about twenty seconds; CI asks for thousands, and others each time.
DAYS = int(os.environ.get("BOTD_PROPERTY_DAYS", "120"))
lived_through = settings(
    max_examples=DAYS // 2,
    deadline=None,
    derandomize="BOTD_PROPERTY_DAYS" not in os.environ,
    print_blob=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)


@lived_through
@given(days())
def test_no_day_breaks_a_promise(day: Scenario) -> None:
    """Whatever is held, shown, broken, killed and done, every promise of the protocol holds."""
    note(str(day))

    assert [] == violations(World(day).live())


@lived_through
@given(storms())
def test_no_storm_at_the_weakest_broker_breaks_a_promise(day: Scenario) -> None:
    """A broker that promises nothing, on its worst day, makes us flip no leg."""
    note(str(day))

    assert [] == violations(World(day).live())
