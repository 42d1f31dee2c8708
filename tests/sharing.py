"""How the tests are shared among workers: the long ones first, so that none is waited for last."""

from __future__ import annotations

import pytest

# Each of these takes many seconds, most of them waiting for processes.
LONG = (
    "tests/chaos/",
    "tests/api/test_cut_connections.py",
    "tests/attestations/test_control_runs.py",
    "tests/attestations/test_fault_set.py",
    "tests/attestations/test_import_stops.py",
    "tests/attestations/test_import_tracks.py",
    "tests/attestations/test_two_clocks.py",
    "tests/config/test_demo.py",
)


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: much of what is tested waits for other processes."""
    processors: int = yield
    return processors + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deal the long tests to the workers, in the order they came in; the others follow."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    long = [item for item in items if item.nodeid.startswith(LONG)]
    others = [item for item in items if not item.nodeid.startswith(LONG)]
    dealt: list[pytest.Item] = []
    for worker in range(workers):
        # As `--dist worksteal` cuts the list. Who is done takes from the end of another's share.
        share = (len(items) - len(dealt)) // (workers - worker)
        first = long[worker::workers]
        rest = max(0, share - len(first))
        dealt += first + others[:rest]
        del others[:rest]
    items[:] = dealt + others
