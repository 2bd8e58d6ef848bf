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
    sys.stdout, sys.stderr = sys.stdout or nowhere(), sys.stderr or nowhere()
    code = run(sys.argv[1:], World(environ=os.environ, cwd=_cwd()))
    for stream in (sys.stdout, sys.stderr):
        if code == BROKEN_PIPE or not _is_written(stream):
            silence(stream)  # else the interpreter tries again at its end, and exits with 120
    return code


def _is_written(stream: TextIO) -> bool:
    """Whether everything that was printed has left the buffer."""
    try:
        stream.flush()
    except OSError:
        return False
    return True


def nowhere() -> TextIO:
    """Stand in for a stream that was closed before the process began (`>&-`)."""
    return Path(os.devnull).open("w", encoding="utf-8")


def silence(stream: TextIO) -> None:
    """Let what is left in a stream's buffer go nowhere: its reader has left."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, stream.fileno())
    os.close(sink)


def _cwd() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:  # the shell stands in a folder that was removed
        return Path("/")


if __name__ == "__main__":
    sys.exit(main())
