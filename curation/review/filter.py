"""The page's end of the filter: starts its process, asks it to learn as decisions come, holds what it said last."""

import ctypes
import multiprocessing
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pydantic import JsonValue

from curation.learning import Describing, Learned, Said, Start, Trouble, run
from housegan.catalog.shown import Counts
from housegan.config import IntakeConfig

LEAST_OPEN = 120
"""With fewer pictures that nobody has judged, a person is through before it has learned and passed its audit."""
FIRST = 10
"""Decisions before it is started, unless it knows something without them."""
EVERY = 10
"""Decisions after which it learns again."""
STOP_WITHIN_S = 5.0


class Filter:
    """A filter that isn't started says nothing; `heard` is called in a thread of its own."""

    def __init__(self, name: str, limits: IntakeConfig, start: Start, *, heard: Callable[[Said], None]) -> None:
        self._knows, self._arguments, self._heard = start, (name, limits, start), heard
        self._decided = self._waited_for = 0
        self._ends = threading.Event()
        self._starts = threading.Lock()
        self._process: multiprocessing.process.BaseProcess | None = None
        self.said: Said | None = None

    def is_useful(self, counts: Counts) -> bool:
        """Whether to start it: a set that is nearly done, or that nobody has begun with, is left in peace."""
        return counts.open >= LEAST_OPEN and (bool(self._knows) or counts.judged >= FIRST)

    def start(self) -> None:
        """Start it; what it says comes later."""
        context = multiprocessing.get_context("spawn")
        with self._starts:
            if self._ends.is_set():
                return
            self._pipe, theirs = context.Pipe()
            self._rests = context.RawValue(ctypes.c_bool, False)  # without a lock, with which the process may be killed
            self._process = context.Process(target=run, args=(theirs, self._rests, *self._arguments), name="filter")
            self._process.start()
            theirs.close()
            self._listener = threading.Thread(target=self._listen, name="filter")
            self._listener.start()

    def stop(self) -> None:
        """End it; what it has described is kept."""
        with self._starts:
            self._ends.set()
        if self._process is None:
            return
        self._process.terminate()
        self._process.join(STOP_WITHIN_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._listener.join()
        self._pipe.close()

    @contextmanager
    def resting(self) -> Iterator[None]:
        """It looks at no further pictures meanwhile."""
        self._waited_for += 1
        self._rest()
        try:
            yield
        finally:
            self._waited_for -= 1
            self._rest()

    def decided(self, count: int) -> None:
        """Hear of so many decisions: enough of them make it learn."""
        self._decided += count
        due = min(EVERY, self.said.needed or EVERY) if isinstance(self.said, Learned) else EVERY
        if self._decided >= due:
            self.ask()

    def ask(self) -> None:
        """Let it learn from all that has been said."""
        self._decided = 0
        if self._process is None:
            return
        try:
            self._pipe.send("learn")
        except OSError:  # it has ended, which `_listen` has heard as well
            return

    def _rest(self) -> None:
        if self._process is not None:
            self._rests.value = self._waited_for > 0

    def _listen(self) -> None:
        while True:
            try:
                said: Said = self._pipe.recv()
            except (EOFError, OSError):
                if self._ends.is_set() or isinstance(self.said, Trouble):
                    return
                said = Trouble("The filter has broken down; it begins again when the page is started anew.")
            self._heard(said)
            self.said = said


def told(said: Said | None) -> JsonValue:
    """What the page is told of it."""
    match said:
        case None:
            return None
        case Describing(done, of):
            return {"describing": done, "of": of}
        case Trouble(sentence):
            return {"trouble": sentence}
        case Learned():
            audit = said.audit
            return {
                "labelled": said.labelled, "needed": said.needed,
                "accuracy": said.accuracy, "low": said.low, "high": said.high,
                "audit": {"asked": audit.asked, "wrong": audit.wrong, "low": audit.low, "needed": audit.needed},
                "may_reject": audit.passes and not said.needed, "sure": said.sure,
                "is_sorted": bool(said.order), "note": said.note,
            }  # fmt: skip
