from pathlib import Path

import pytest

from botd.settings.ledger_url import default_ledger_path, ledger_path, ledger_url


@pytest.mark.parametrize(
    ("directory", "expected"),
    [
        pytest.param("/etc/botd", "/var/lib/botd/botd.sqlite3", id="the system's"),
        pytest.param("/etc/../etc/botd/", "/var/lib/botd/botd.sqlite3", id="in other words"),
        pytest.param("/srv/botd", "/srv/botd/var/botd.sqlite3", id="another"),
    ],
)
def test_left_out(directory: str, expected: str) -> None:
    """Service and shell find the same ledger, whoever starts first."""
    assert Path(expected) == default_ledger_path(Path(directory))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("sqlite:///a/b.db", "/base/a/b.db", id="relative"),
        pytest.param("sqlite:////a/b.db", "/a/b.db", id="absolute"),
    ],
)
def test_urls(url: str, expected: str) -> None:
    """Three slashes are relative to the base, four absolute; both come back absolute."""
    path = ledger_path(url, Path("/base"))

    assert Path(expected) == path
    assert f"sqlite:///{expected}" == ledger_url(path)


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite:///", "sqlite:////", "sqlite:///:memory:", "sqlite:///a?b", "a.db", ""],
)
def test_no_urls(url: str) -> None:
    """What names no file is refused: a ledger must outlive the process."""
    with pytest.raises(ValueError, match="names no SQLite file; allowed: sqlite:///PATH"):
        ledger_path(url, Path("/base"))


def test_postgresql_is_later() -> None:
    """An honest message instead of a silent SQLite, without the password in it."""
    with pytest.raises(ValueError, match="keeps SQLite only") as caught:
        ledger_path("postgresql://botd:hunter2@db/botd", Path("/base"))

    assert "hunter2" not in str(caught.value)
