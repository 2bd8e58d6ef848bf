"""`botd positions import`, as people and bots call it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from botd.brokers.paper.pack_files import SAMPLE
from botd.cli.importing import import_positions
from botd.cli.options import Here
from tests.service.house import ALIGNED, BOTD, PUT_740, PUT_752, House, entry, house_in


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    yield from house_in(tmp_path, capsys)


def test_import_makes_the_ledger(house: House) -> None:
    """What was taken, until when it trades, and where it is written."""
    house.write("a.toml", entry("a", PUT_752) + entry("b", PUT_740, more='bot = "wheel"'))

    answer = house.run("positions", "import", "a.toml")

    assert (0, "") == (answer.code, answer.err)
    assert [
        "1  GOOG 752.5P -1  a  for condors, stops trading THU 2015-12-24 13:00 New York",
        "2  GOOG 740P -1  b  for wheel, stops trading THU 2015-12-24 13:00 New York, campaign b",
        "2 positions taken under management",
        f"ledger {house.path} (no daemon runs: start it with botd run)",
    ] == answer.out.splitlines()


def test_import_again(house: House) -> None:
    """What was there already is said, and new entries are taken beside it."""
    house.take_in(entry("a", PUT_752))
    house.write("a.toml", entry("a", PUT_752) + entry("sh", "100 GOOG"))

    answer = house.run("positions", "import", "a.toml")

    assert [
        "2  GOOG shares x1  sh  for condors, campaign sh",
        "1 position taken under management",
        "1 position there already, unchanged: a",
    ] == answer.out.splitlines()[:3]


def test_import_as_json(house: House) -> None:
    """Positions as everywhere, new and known apart."""
    house.take_in(entry("a", PUT_752))
    house.write("a.toml", entry("a", PUT_752))
    house.write("b.toml", entry("b", PUT_740))

    found = house.run("positions", "import", "a.toml", "b.toml", "--json").json

    assert (["b"], ["a"], str(house.path)) == (
        [one["id"] for one in found["imported"]],
        [one["id"] for one in found["unchanged"]],
        found["ledger"]["path"],
    )


def test_import_from_a_bot(house: House) -> None:
    """`-` reads what a bot writes, JSON too."""
    book = {
        "position": [
            {
                "bot": "condors",
                "opened_at": "2015-12-18T15:00:00Z",
                "units": 1,
                "net_price": "1.25",
                "legs": [{"symbol": "GOOG151224P00740000", "quantity": -1}],
            }
        ]
    }

    answer = CliRunner().invoke(
        import_positions, ["-"], input=json.dumps(book), obj=Here(house.world())
    )

    assert (0, 1) == (answer.exit_code, len(house.positions()))


def test_import_of_files_at_fault(house: House) -> None:
    """Exit code 2: every fault of every file in one run, and nothing is taken."""
    house.write("a.toml", entry("a", PUT_752).replace("units = 1", "units = 0"))
    house.write("b.toml", entry("b", "-1 GOOG15X224P00740000", more='bot = "condor"'))
    house.write("c.toml", "[[position")

    answer = house.run("positions", "import", "a.toml", "b.toml", "c.toml", "d.toml")

    assert 2 == answer.code
    for words in ("a.toml", "'GOOG15X224P00740000'", "'condor'", "c.toml", "d.toml: no such file"):
        assert words in answer.err
    assert not house.path.exists()


@pytest.mark.parametrize(
    ("files", "code", "words"),
    [
        pytest.param(("d.toml",), 3, "d.toml: no such file", id="not there"),
        pytest.param(("config",), 2, "config: cannot be read: Is a directory", id="a folder"),
        pytest.param((), 2, "Missing argument 'FILE...'", id="nothing named"),
        pytest.param(("old.toml",), 2, "stopped trading at 2015-12-18", id="too late"),
        pytest.param(("a.toml",), 4, "with other content: units 2 (ledger: 1)", id="another"),
    ],
)
def test_import_that_is_refused(
    house: House, files: tuple[str, ...], code: int, words: str
) -> None:
    """Each refusal has its exit code and its words."""
    house.take_in(entry("a", PUT_752))
    house.write("a.toml", entry("a", PUT_752, units=2))
    house.write("old.toml", entry("old", "-1 GOOG151218P00740000"))

    answer = house.run("positions", "import", *files)

    assert code == answer.code
    assert words in answer.err


def test_import_of_one_file_twice(house: House) -> None:
    """A file named twice is read once."""
    house.write("a.toml", entry("a", PUT_752))

    answer = house.run("positions", "import", "a.toml", "a.toml")

    assert "1 position taken under management" in answer.out
    assert "already" not in answer.out


def test_import_of_the_packaged_book(house: House) -> None:
    """The first paper day: the book of the packaged day, moved to the session of today."""
    house.configure(ALIGNED)
    for name in ("iron-condors", "spx-dailies"):
        house.write(f"config/bots/{name}.toml", f'name = "{name}"\nbroker = "paper"\n')
    house.pass_until(house.clock.now() + timedelta(days=5))

    answer = house.run("positions", "import", str(SAMPLE / "positions.toml"))

    assert (0, "") == (answer.code, answer.err)
    assert "30 positions taken under management" in answer.out
    assert "stops trading TUE 2015-12-29 16:00 New York" in answer.out


def test_import_with_a_configuration_at_fault(house: House) -> None:
    """Exit code 2: which bot trades which account must be known."""
    house.configure(BOTD.replace("paper", "papyrus"))
    house.write("a.toml", entry("a", PUT_752))

    assert 2 == house.run("positions", "import", "a.toml").code
