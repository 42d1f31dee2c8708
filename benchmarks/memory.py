"""How much memory this process has needed at most; on Linux."""

from __future__ import annotations

import re
from pathlib import Path


def peak() -> int:
    """MiB resident at the highest, since the program began.

    `getrusage` would also count the process that started this one.
    """
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) // 1024
