from pathlib import Path

import pytest

from botd.errors import ConfigError
from botd.settings.locate import ledger_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "var/botd.sqlite3", id="left out"),
        pytest.param(
            '[ledger]\nurl = "sqlite:///elsewhere.sqlite3"\n',
            "elsewhere.sqlite3",
            id="a relative path",
        ),
        pytest.param(
            'nonsense = 7\n[brokers.x]\nkind = "?"\n',
            "var/botd.sqlite3",
            id="other faults don't matter",
        ),
    ],
)
def test_where_the_ledger_is(tmp_path: Path, text: str, expected: str) -> None:
    """Only the ledger's own entry is looked at."""
    (tmp_path / "botd.toml").write_text(text)

    assert tmp_path / expected == ledger_of(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("[ledger", "botd.toml: not valid TOML", id="no TOML"),
        pytest.param(
            '[ledger]\nurl = "postgresql://x"\n',
            "this version keeps SQLite only",
            id="another database",
        ),
        pytest.param("[ledger]\nurl = 7\n", "is not text", id="no text"),
    ],
)
def test_a_file_that_does_not_tell(tmp_path: Path, text: str, words: str) -> None:
    """Where the ledger's own entry is at fault, nobody guesses."""
    (tmp_path / "botd.toml").write_text(text)

    with pytest.raises(ConfigError, match=words):
        ledger_of(tmp_path)


def test_no_file(tmp_path: Path) -> None:
    """A folder without a main file names no ledger."""
    with pytest.raises(ConfigError, match="no such file"):
        ledger_of(tmp_path)
