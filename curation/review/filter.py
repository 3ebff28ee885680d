"""The page's end of the filter: starts its process, asks it to learn as decisions come, holds what it said last."""

import multiprocessing
import threading
from collections.abc import Callable

from pydantic import JsonValue

from curation.learning import Describing, Learned, Said, Trouble, run
from housegan.config import IntakeConfig

EVERY = 10
"""Decisions after which it learns again."""
STOP_WITHIN_S = 5.0


class Filter:
    """A filter that isn't started says nothing; `heard` is called in a thread of its own."""

    def __init__(self, name: str, limits: IntakeConfig, *, like: str, heard: Callable[[Said], None]) -> None:
        self._arguments, self._heard = (name, limits, like), heard
        self._decided = 0
        self._ends = threading.Event()
        self._process: multiprocessing.process.BaseProcess | None = None
        self.said: Said | None = None

    def start(self) -> None:
        """Start it; what it says comes later."""
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=run, args=(theirs, *self._arguments), name="filter")
        self._process.start()
        theirs.close()
        self._listener = threading.Thread(target=self._listen, name="filter")
        self._listener.start()

    def stop(self) -> None:
        """End it; what it has described is kept."""
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


def told(said: Said | None, *, rejected: int) -> JsonValue:
    """What the page is told of it; `rejected` counts the pictures that it rejects now."""
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
                "may_reject": audit.passes and not said.needed, "rejected": rejected,
            }  # fmt: skip
