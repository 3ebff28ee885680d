"""From a grid to a run of its own: what was trained is stopped and saved, and a process begins with its generator."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread
from typing import Literal

from housegan.errors import HouseganError
from housegan.live.view import View
from housegan.run.wishes import wish

Phase = Literal["checking", "stopping", "starting", "running", "failed"]
END_S = 600.0
"""How long a run may take to save and end; a step of a large network takes minutes on a small machine."""
LOOK_EVERY_S = 0.2


class Branch:
    """One branch on its way, in a thread of its own."""

    def __init__(self, view: View, words: list[str]) -> None:
        self.view, self.words = view, words
        self.phase: Phase = "checking"
        self.run = ""
        """The new run's name, once it has one."""
        self.said = ""
        """What went wrong."""
        self.log = view.run.out(f"branch-{time.strftime('%Y%m%d-%H%M%S')}.log")
        Thread(target=self._go, daemon=True).start()

    @property
    def on_its_way(self) -> bool:
        """Whether it has neither begun nor failed yet."""
        return self.phase in ("checking", "stopping", "starting")

    def told(self) -> dict[str, str]:
        """What the page shows of it."""
        return {"phase": self.phase, "run": self.run, "said": self.said, "log": str(self.log)}

    def _go(self) -> None:
        try:
            self._check()
            self.phase = "stopping"
            self._stop()
            self.phase = "starting"
            self._start()
        except (HouseganError, OSError) as error:
            self.phase, self.said = "failed", str(error)

    def _check(self) -> None:
        """Try it without starting anything, so that nothing is stopped for a branch that can't be."""
        done = subprocess.run(
            [*_housegan(), *self.words, "--dry-run"], env=alone(), stdin=subprocess.DEVNULL, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise HouseganError(f"Nothing was stopped, the branch can't begin: {_last_line(done.stderr)}")

    def _stop(self) -> None:
        if not self.view.observer.alive():
            return
        wish(self.view.run, "stop")
        give_up = time.monotonic() + END_S
        while self.view.observer.alive():
            if time.monotonic() > give_up:
                raise HouseganError("The run was asked to stop and doesn't end: the branch was not begun.")
            time.sleep(LOOK_EVERY_S)

    def _start(self) -> None:
        """Start it apart from this process, which may end before it; it writes into the log."""
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [*_housegan(), *self.words], env=alone(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        while not (found := re.search(r"^Run: (.+)$", self._logged(), flags=re.MULTILINE)):
            if process.poll() is not None:
                raise HouseganError(f"The branch ended at once: {_last_line(self._logged())}")
            time.sleep(LOOK_EVERY_S)
        self.run = Path(found[1]).name
        self.phase = "running"
        process.wait()  # so that the system can forget it

    def _logged(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


def alone() -> dict[str, str]:
    """The environment of a process that is no part of a group that torchrun started."""
    theirs = ("RANK", "WORLD_SIZE", "LOCAL_", "GROUP_", "ROLE_", "MASTER_", "TORCHELASTIC_")
    return {name: value for name, value in os.environ.items() if not name.startswith(theirs)}


def _housegan() -> list[str]:
    return [sys.executable, "-m", "housegan"]


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].removeprefix("housegan: ") if lines else "it says nothing."
