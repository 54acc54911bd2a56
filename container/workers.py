"""Work on all cores: one process per core, one thread each, results in the order of what was given.

Processes are forked after the model is loaded, so that all of them share its memory. At any moment
only a few blocks are on their way, which bounds the memory whatever the length of the file.
"""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from typing import Any, TypeVar

from contract.errors import PlatformError

BLOCKS_PER_WORKER = 2  # one in work, one waiting
PR_SET_PDEATHSIG = 1  # from Linux's <sys/prctl.h>

Result = TypeVar("Result")


def in_order(work: Callable[[bytes], Result], blocks: Iterable[bytes], workers: int) -> Generator[Result, None, None]:
    """The result of each block, in order; with one worker, or a single block, the work is done in this process."""
    rest = iter(blocks)
    first, second = list(islice(rest, 1)), list(islice(rest, 1))
    everything = chain(first, second, rest)
    if workers == 1 or not second:
        yield from map(work, everything)
    else:
        yield from _by_processes(work, everything, workers)


def _by_processes(work: Callable[[bytes], Result], blocks: Iterable[bytes], workers: int) -> Generator[Result, None, None]:
    waiting: deque[Future[Result]] = deque()
    context = multiprocessing.get_context("fork")
    gc.freeze()  # else each worker's collector would write to the memory that all share, and so copy it
    with ProcessPoolExecutor(workers, context, _start_worker, (work, os.getpid())) as pool:
        try:
            for block in blocks:
                waiting.append(pool.submit(_do, block))
                if len(waiting) > BLOCKS_PER_WORKER * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise PlatformError("A worker process was killed, most likely for want of memory. Use an instance type with more.") from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            gc.unfreeze()


_work: Callable[[bytes], Any]  # of this worker process, set when it starts


def _start_worker(work: Callable[[bytes], Any], parent: int) -> None:
    """Take over the work, and die with the parent: a killed job must not leave its workers behind."""
    global _work  # noqa: PLW0603  # a pool hands state to its workers in no other way
    _work = work
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the parent answers it
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the request was made
        os._exit(1)


def _do(block: bytes) -> Any:
    return _work(block)
