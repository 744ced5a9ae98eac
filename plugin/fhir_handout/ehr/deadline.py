"""A limit on the whole time that something takes.

In: a number of seconds and something to do. Out: what it gave or raised, or `TimeoutError`. The
time-outs of a connection are not enough: a server that sends a byte now and then keeps to them for
as long as it likes, and a name can take long to resolve.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T]) -> T:
    """What `work` gives, if it does in time.

    Nothing can stop it in the middle, so work that is late goes on in a thread of its own, which
    does not keep the program from ending; do not give it more.
    """
    running = _Running(work)
    running.join(seconds)
    return running.result()


class _Running(Thread, Generic[T]):
    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._given: list[T] = []
        self._raised: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self._given.append(self._work())
        except Exception as error:  # raised again where somebody waits for it
            self._raised = error

    def result(self) -> T:
        if self._raised is not None:
            raise self._raised
        if not self._given:
            raise TimeoutError
        return self._given[0]
