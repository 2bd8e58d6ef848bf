"""On what the figures were measured."""

import os
import platform
import sqlite3
import tempfile
from pathlib import Path


def describe() -> dict[str, str]:
    """Tell processor, system, interpreter and how busy the machine is."""
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{_memory_mib():,} MiB",
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "folder": tempfile.gettempdir(),
        "load": " ".join(f"{one:.2f}" for one in os.getloadavg()),
    }


def _processor() -> str:
    for line in _lines("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_mib() -> int:
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemTotal"):
            return int(line.split()[1]) // 1024
    return 0


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
