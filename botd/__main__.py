"""Starts the command line of this process."""

import gc
import os
import sys
from pathlib import Path
from typing import TextIO

from botd.cli.app import run
from botd.cli.errors import BROKEN_PIPE
from botd.cli.options import World

_ALLOCATIONS = 50_000  # between two collections


def main() -> int:
    """Run the command that the shell named; give its exit code."""
    # Importing makes many objects that stay: looking through them again and again is a
    # twentieth of the time that an everyday command takes.
    gc.set_threshold(_ALLOCATIONS)
    code = run(sys.argv[1:], World(environ=os.environ, cwd=_cwd()))
    if code == BROKEN_PIPE:
        silence(sys.stdout)
    return code


def silence(stream: TextIO) -> None:
    """Let what is left in a stream's buffer go nowhere: its reader has left."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _cwd() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:  # the shell stands in a folder that was removed
        return Path("/")


if __name__ == "__main__":
    sys.exit(main())
