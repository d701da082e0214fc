"""Child processes that never outlive a run, and waiting for things with a deadline."""

import asyncio
import ctypes
import os
import pathlib
import signal
import sys
import time

sys.path.append(str(pathlib.Path(__file__).parents[1] / "shared"))
from ports import free_port  # noqa: E402, F401

STOP_PATIENCE_S = 10
LOOK_AGAIN_S = 0.1  # files, pages and child processes send no event
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)


class Failure(Exception):
    """Something is not as it must be; the text is one sentence for people."""


class Children:
    """Programs in process groups of their own, ended in reverse order."""

    def __init__(self, log_folder):
        self.log_folder = log_folder
        self.children = []
        log_folder.mkdir(parents=True, exist_ok=True)

    def log_of(self, name):
        return self.log_folder / f"{name}.log"

    async def start(self, name, words, **pipes):
        """Output goes to the log unless `pipes` says otherwise."""
        with open(self.log_of(name), "ab") as log:
            streams = {"stdin": asyncio.subprocess.DEVNULL, "stdout": log, "stderr": log} | pipes
            child = await asyncio.create_subprocess_exec(*map(str, words), **streams, limit=1 << 20, start_new_session=True,
                                                         preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM))
        self.children.append((name, child))
        return child

    async def run(self, name, words):
        """The output of a program that ends well."""
        child = await self.start(name, words, stdout=asyncio.subprocess.PIPE)
        output, _ = await asyncio.wait_for(child.communicate(), 60)
        self.children.remove((name, child))
        if child.returncode != 0:
            raise Failure(f"{name} ended with {child.returncode}: {self.end_of_log(name)}")
        return output.decode()

    def check(self):
        for name, child in self.children:
            if child.returncode is not None:
                raise Failure(f"{name} ended by itself with {child.returncode}: {self.end_of_log(name)}")

    def end_of_log(self, name, lines=6):
        return " | ".join(self.log_of(name).read_text(errors="replace").splitlines()[-lines:])

    async def stop(self):
        while self.children:
            _, child = self.children.pop()
            await end(child)


async def end(child):
    """Asks, waits, kills; then the rest of its process group."""
    if child.returncode is None:
        child.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(child.wait(), STOP_PATIENCE_S)
        except asyncio.TimeoutError:
            pass
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    await child.wait()


class Waiter:
    """Waits for conditions; whoever receives an event calls wake()."""

    def __init__(self, check):
        self.check = check
        self.woken = asyncio.Event()

    def wake(self):
        self.woken.set()

    async def until(self, condition, within, what):
        """The first true result of `condition`, which may be a coroutine function. `what` completes "it did not happen that"."""
        end_at = time.monotonic() + within
        while True:
            self.woken.clear()
            result = condition()
            if asyncio.iscoroutine(result):
                result = await result
            if result:
                return result
            self.check()
            left = end_at - time.monotonic()
            if left <= 0:
                raise Failure(f"within {within} s it did not happen that {what}")
            try:
                await asyncio.wait_for(self.woken.wait(), min(left, LOOK_AGAIN_S))
            except asyncio.TimeoutError:
                pass
