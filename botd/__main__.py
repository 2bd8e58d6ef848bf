"""Starts the command line of this process."""

import os
import sys
from pathlib import Path

from botd.cli.app import run
from botd.cli.errors import BROKEN_PIPE
from botd.cli.options import World


def main() -> int:
    """Run the command that the shell named; give its exit code."""
    code = run(sys.argv[1:], World(environ=os.environ, cwd=_cwd()))
    if code == BROKEN_PIPE:
        # Nobody reads any more: what is left in the buffer goes nowhere, quietly.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _cwd() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:  # the shell stands in a folder that was removed
        return Path("/")


if __name__ == "__main__":
    sys.exit(main())
