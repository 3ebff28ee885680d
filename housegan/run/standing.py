"""`standing.json`: how a run in training stands between two ticks. It is there as long as a process trains."""

import json
import time
from contextlib import suppress

from filelock import FileLock, Timeout
from pydantic import ValidationError

from housegan.config import Part
from housegan.files import replacing
from housegan.run.folder import Run

FRESH_S = 4.0
"""So long after it was written nobody asks whether the process still lives."""


class Standing(Part):
    """How a run in training stands."""

    stage: str = ""
    """Pretrain or finetune; empty before the first begins."""
    stage_images: int = 0
    """Images shown in the stage."""
    of: int | None = None
    """The stage's budget in images; null where the clock ends it."""
    seconds_left: float | None = None
    """Until the stage's end, as of the last tick."""
    paused: bool = False
    """Whether training waits until somebody lets it go on."""
    trouble: str = ""
    """What ended the process, where it ended by an error."""


def show(run: Run, standing: Standing) -> None:
    """Write it, whole; it doesn't wait for the disk, since after a power cut nobody needs it."""
    with suppress(OSError), replacing(run.path / "standing.json") as temporary:  # a full disk must not end a training
        temporary.write_text(standing.model_dump_json())


def hide(run: Run) -> None:
    """Take it away: the process ends in good order."""
    with suppress(OSError):
        (run.path / "standing.json").unlink(missing_ok=True)


class Observer:
    """Tells from outside whether a run is being trained, without getting in the way of a process that begins."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._ended = 0.0
        """When the file was written whose process was found to have ended."""

    def standing(self) -> Standing | None:
        """What the last process wrote; None where it ended in good order, or none ever began."""
        try:
            return Standing.model_validate(json.loads((self.run.path / "standing.json").read_text()))
        except (FileNotFoundError, ValueError, ValidationError):
            return None

    def alive(self) -> bool:
        """Whether a process trains the run now.

        What was written a moment ago is believed. Else the lock is tried, once for each file, since a process that
        begins in that instant would find it taken.
        """
        try:
            written = (self.run.path / "standing.json").stat().st_mtime
        except FileNotFoundError:
            return False
        standing = self.standing()
        if written == self._ended or (standing and standing.trouble):
            return False
        if abs(time.time() - written) < FRESH_S:
            return True
        try:
            with FileLock(self.run.path / "lock", timeout=0):
                self._ended = written
                return False
        except Timeout:
            return True
