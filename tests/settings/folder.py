"""A configuration folder as a test writes it."""

from pathlib import Path

import pytest

from botd.errors import ConfigError
from botd.settings.load import load

PAPER = '[brokers.paper]\nkind = "paper"\n'
BOT = 'name = "condors"\nbroker = "paper"\n'


ALPACA = """
[brokers.alpaca]
kind = "alpaca"
key_id = { env = "APCA_API_KEY_ID" }
secret_key = { env = "APCA_API_SECRET_KEY" }
"""
REFERENCES = '{ env = "NAME" }, { file = "PATH" } or { credential = "NAME" }'


def main(lines: str) -> dict[str, str]:
    """Give a main file with a paper broker and *lines* after it."""
    return {"main": f"{PAPER}{lines}\n"}


def write(directory: Path, **files: str | bytes) -> Path:
    """Write files: `main`, `calendar`, and any other name as a bot's; valid ones by default."""
    (directory / "bots").mkdir(exist_ok=True)
    names = {"main": "botd.toml", "calendar": "calendar.toml"}
    for name, content in {"main": PAPER, "condors": BOT, **files}.items():
        path = directory / names.get(name, f"bots/{name}.toml")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return directory


def faults(directory: Path, **files: str | bytes) -> list[str]:
    """Load a folder at fault; give its faults with paths as seen from the folder."""
    with pytest.raises(ConfigError) as caught:
        load(write(directory, **files), {})
    return [fault.replace(f"{directory}/", "") for fault in caught.value.faults]
