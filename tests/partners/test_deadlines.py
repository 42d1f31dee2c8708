"""One timer ends each call whose time is up, and nothing else."""

from __future__ import annotations

import asyncio

import pytest

from partners.deadlines import Deadlines


async def wait_for_good() -> None:
    await asyncio.Event().wait()


async def call(deadlines: Deadlines, seconds: float) -> str:
    try:
        with deadlines.within(seconds):
            await wait_for_good()
    except TimeoutError:
        return "ended"
    raise AssertionError("it cannot end by itself")


def test_each_call_is_ended_at_its_own_time():
    async def calls():
        deadlines = Deadlines()
        ends = []
        times = {"long": 0.02, "longest": 0.03, "short": 0.01}
        tasks = [asyncio.create_task(call(deadlines, times[name]), name=name) for name in times]
        for task in tasks:
            task.add_done_callback(lambda task: ends.append(task.get_name()))
        assert set(await asyncio.gather(*tasks)) == {"ended"}
        assert await call(deadlines, 0) == "ended"  # the timer goes on
        return ends

    assert asyncio.run(calls()) == ["short", "long", "longest"]


def test_a_call_that_is_done_is_left_alone():
    async def calls():
        deadlines = Deadlines()
        for _ in range(3):
            with deadlines.within(0):
                pass
        assert await call(deadlines, 0) == "ended"
        assert asyncio.current_task().cancelling() == 0

    asyncio.run(calls())


@pytest.mark.parametrize("seconds", [0, 60])
def test_who_is_asked_to_end_from_outside_ends(seconds):
    """Even if its own time is up at the same moment."""

    async def calls():
        task = asyncio.create_task(call(Deadlines(), seconds))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(calls())


def test_an_error_of_the_body_stays_that_error():
    async def calls():
        with Deadlines().within(60):
            raise KeyError("its own")

    with pytest.raises(KeyError, match="its own"):
        asyncio.run(calls())
