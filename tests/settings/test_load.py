from pathlib import Path

import pytest

import botd
from botd.domain.bot import Bot
from botd.errors import ConfigError
from botd.settings.load import find_config_dir, load, load_bot
from botd.settings.model import Align, PaperQuotes
from tests.settings.folder import BOT, PAPER, REFERENCES, faults, main, write

B = "bots/condors.toml: "
M = "botd.toml: "
SHIPPED = Path(botd.__file__).parents[1] / "config"


def test_shipped_files_are_valid_as_they_stand() -> None:
    """What a fresh checkout holds runs on paper."""
    settings = load(SHIPPED, {})

    assert ["paper"] == list(settings.brokers)
    assert PaperQuotes(align=Align.CLOSE) == settings.brokers["paper"].quotes  # type: ignore[union-attr]
    assert ["iron-condors", "spx-dailies", "wheel"] == sorted(settings.bots)
    assert Bot("iron-condors", "paper", "paper") == settings.bots["iron-condors"]
    assert () == settings.overrides
    assert () == settings.secret_faults()


@pytest.mark.parametrize("path", sorted(SHIPPED.rglob("*.toml")), ids=lambda path: path.name)
def test_shipped_examples_are_valid_with_every_comment_lifted(path: Path, tmp_path: Path) -> None:
    """Each commented setting may be used as it is written."""
    lines = [
        line.removeprefix("# ") if line.startswith("# ") and _is_setting(line) else line
        for line in path.read_text().splitlines()
    ]
    target = {"botd.toml": "main", "calendar.toml": "calendar"}.get(path.name, "condors")
    settings = load(write(tmp_path, **{target: "\n".join(lines)}), {})

    assert settings.directory == tmp_path


def _is_setting(line: str) -> bool:
    words = line.removeprefix("# ")
    return words.startswith("[") or (" = " in words and words.split(" = ")[0].isidentifier())


def test_notifications(tmp_path: Path) -> None:
    """Channels and the heartbeat are credentials: their addresses hold keys."""
    words = f"""{PAPER}
        [notify]
        urls = [{{ env = "FIRST" }}, {{ env = "SECOND" }}]
        heartbeat_url = {{ env = "HEARTBEAT" }}
    """
    settings = load(write(tmp_path, main=words), {"FIRST": "json://a", "HEARTBEAT": "https://b"})

    assert "json://a" == settings.notify.urls[0].reveal()
    assert settings.notify.heartbeat_url is not None
    assert "https://b" == settings.notify.heartbeat_url.reveal()
    assert [f"{tmp_path}/botd.toml: notify.urls: environment variable SECOND is not set"] == list(
        settings.secret_faults(),
    )


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param("", "var/botd.sqlite3", id="left out"),
        pytest.param('[ledger]\nurl = "sqlite:///other.db"', "other.db", id="from the folder"),
        pytest.param('[ledger]\nurl = "sqlite:////srv/b.db"', "/srv/b.db", id="absolute"),
    ],
)
def test_where_the_ledger_is(tmp_path: Path, said: str, expected: str) -> None:
    """Its folder is the state directory, wherever the command was started."""
    settings = load(write(tmp_path, main=f"{PAPER}{said}\n"), {})

    assert tmp_path / expected == settings.ledger_path
    assert settings.ledger_path.parent == settings.state_dir
    assert f"sqlite:///{tmp_path / expected}" == settings.ledger_url


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + BOT.encode(), id="a byte order mark"),
        pytest.param(BOT.replace("\n", "\r\n").encode(), id="Windows line ends"),
    ],
)
def test_files_of_other_editors(tmp_path: Path, content: bytes) -> None:
    """What Windows editors write is read."""
    assert ["condors"] == list(load(write(tmp_path, condors=content), {}).bots)


def test_files_beside_the_bots_are_left_alone(tmp_path: Path) -> None:
    """An editor's backup or a hidden file is no bot."""
    write(tmp_path)
    (tmp_path / "bots" / "condors.toml~").write_text("broken = ")
    (tmp_path / "bots" / ".condors.toml").write_text("broken = ")

    assert ["condors"] == list(load(tmp_path, {}).bots)


def test_a_folder_without_bots(tmp_path: Path) -> None:
    """Before the first bot there is nothing to do, and nothing wrong."""
    (tmp_path / "botd.toml").write_text(PAPER)

    assert {} == load(tmp_path, {}).bots


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            main('[ledger]\nurl = "postgresql://db/botd"'),
            [
                (
                    f"{M}ledger.url: PostgreSQL is not there yet: this version keeps SQLite "
                    "only; allowed: sqlite:///PATH"
                ),
            ],
            id="PostgreSQL is later",
        ),
        pytest.param(
            main('[ledger]\nurl = "sqlite://"\npath = "x"'),
            [
                f"{M}ledger.url: 'sqlite://' names no SQLite file; allowed: sqlite:///PATH",
                f"{M}ledger.path: unknown key; allowed: url",
            ],
            id="a ledger in memory forgets",
        ),
        pytest.param(
            main('[notify]\nurls = { env = "A" }\nheartbeat_url = "https://hc.example/1"'),
            [
                f'{M}notify.urls: not a list; write [{{ env = "NAME" }}]',
                f"{M}notify.heartbeat_url: no secret stands in a file; write {REFERENCES}",
            ],
            id="notifications of the wrong shape",
        ),
        pytest.param(
            {"main": PAPER + "[brokerz.paper]\n"},
            [f"{M}brokerz: unknown key; did you mean brokers?"],
            id="a misspelt table",
        ),
        pytest.param(
            {"condors": "name = "},
            [f"{B}not valid TOML: Invalid value (at end of document)"],
            id="no TOML",
        ),
        pytest.param(
            {"condors": 'name = "x"\nname = "y"'},
            [f"{B}not valid TOML: Cannot overwrite a value (at end of document)"],
            id="a key twice",
        ),
        pytest.param(
            {"condors": b'name = "x"\nbroker = "\xff"\n'},
            [f"{B}line 2 is not UTF-8 text"],
            id="another encoding",
        ),
        pytest.param(
            {"condors": "name = " + "[" * 5000},
            [f"{B}not valid TOML: nested too deep"],
            id="nested without end",
        ),
    ],
)
def test_faults(tmp_path: Path, files: dict[str, str | bytes], expected: list[str]) -> None:
    """Each fault names file, key, what was found and what is allowed, all of them in one run."""
    assert expected == faults(tmp_path, **files)


def test_a_folder_without_its_main_file(tmp_path: Path) -> None:
    """A missing botd.toml is told as what it is, and bots are not blamed for its brokers twice."""
    write(tmp_path)
    (tmp_path / "botd.toml").unlink()

    with pytest.raises(ConfigError) as caught:
        load(tmp_path, {})

    assert f"{tmp_path}/botd.toml: no such file" == caught.value.faults[0]


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    """A folder that is named like a bot's file, and a file in place of the bots' folder."""
    write(tmp_path)
    (tmp_path / "bots" / "b.toml").mkdir()

    assert ["bots/b.toml: is a folder, not a file"] == faults(tmp_path)

    other = tmp_path / "other"
    other.mkdir()
    (other / "botd.toml").write_text(PAPER)
    (other / "bots").touch()
    with pytest.raises(ConfigError, match="is a file; it must be a folder of bots"):
        load(other, {})


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A link that leads to itself stands for everything the system refuses."""
    write(tmp_path)
    (tmp_path / "bots" / "b.toml").symlink_to("b.toml")

    assert ["bots/b.toml: cannot be read: Too many levels of symbolic links"] == faults(tmp_path)


def test_messages_show_paths_from_here() -> None:
    """Below the working directory a path is shown as a person would type it."""
    here = Path.cwd()
    with pytest.raises(ConfigError) as caught:
        load(here / "no-such-folder", {})

    assert "no-such-folder/botd.toml: no such file" == caught.value.faults[0]


class TestLoadBot:
    """A bot's file by itself, as a replay takes it."""

    def test_its_broker_is_not_looked_up(self, tmp_path: Path) -> None:
        """A file written for a real account plays on paper as well."""
        path = tmp_path / "bot.toml"
        path.write_text('name = "condors"\nbroker = "alpaca"\naccount = "PA3"\n')

        assert Bot("condors", "alpaca", "PA3") == load_bot(path)

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            pytest.param('name = "x"', ["broker: missing"], id="no broker"),
            pytest.param(BOT + "x = 1\n[pricing]\ny = 2", ["pricing.y", "x: unknown"], id="keys"),
        ],
    )
    def test_its_faults(self, tmp_path: Path, content: str, expected: list[str]) -> None:
        """All faults of the file, in one run."""
        path = tmp_path / "bot.toml"
        path.write_text(content)

        with pytest.raises(ConfigError) as caught:
            load_bot(path)

        assert len(expected) == len(caught.value.faults)
        assert all(part in fault for part, fault in zip(expected, caught.value.faults, strict=True))

    def test_no_such_file(self, tmp_path: Path) -> None:
        """A path that leads nowhere is told."""
        with pytest.raises(ConfigError, match=r"bot\.toml: no such file"):
            load_bot(tmp_path / "bot.toml")


class TestFindConfigDir:
    """The option, else the variable, else ./config, else the system's folder."""

    @pytest.fixture
    def places(self, tmp_path: Path) -> Path:
        """Make the four places, two of them with a main file."""
        for name in ("option", "variable", "config", "etc"):
            (tmp_path / name).mkdir()
        (tmp_path / "config" / "botd.toml").touch()
        (tmp_path / "etc" / "botd.toml").touch()
        return tmp_path

    @pytest.mark.parametrize(
        ("option", "environ", "expected"),
        [
            pytest.param("option", {"BOTD_CONFIG": "variable"}, "option", id="the option"),
            pytest.param(None, {"BOTD_CONFIG": "variable"}, "variable", id="the variable"),
            pytest.param(None, {"BOTD_CONFIG": ""}, "config", id="an empty variable is none"),
            pytest.param(None, {}, "config", id="the folder here"),
        ],
    )
    def test_order(
        self,
        places: Path,
        option: str | None,
        environ: dict[str, str],
        expected: str,
    ) -> None:
        """The first place that is given or found counts."""
        found = find_config_dir(option, environ, places, system=places / "etc")

        assert places / expected == found

    def test_the_system_folder_comes_last(self, places: Path) -> None:
        """A config folder that holds no botd.toml is somebody else's."""
        (places / "config" / "botd.toml").unlink()

        assert places / "etc" == find_config_dir(None, {}, places, system=places / "etc")

    def test_an_absolute_option(self, places: Path) -> None:
        """A path from the root is taken as it is."""
        assert places / "etc" == find_config_dir(places / "etc", {}, Path("/"))

    @pytest.mark.parametrize(
        ("option", "environ", "expected"),
        [
            pytest.param("gone", {}, "--config: no folder 'gone'", id="the option"),
            pytest.param(
                None, {"BOTD_CONFIG": "x"}, r"\$BOTD_CONFIG: no folder 'x'", id="variable"
            ),
            pytest.param(None, {}, r"neither /.*/config nor /.*/etc holds a botd.toml", id="none"),
        ],
    )
    def test_nothing_found(
        self,
        tmp_path: Path,
        option: str | None,
        environ: dict[str, str],
        expected: str,
    ) -> None:
        """A place that was given and is not there is no reason to look elsewhere."""
        with pytest.raises(ConfigError, match=expected):
            find_config_dir(option, environ, tmp_path, system=tmp_path / "etc")
