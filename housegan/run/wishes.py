"""`wishes.jsonl`: what people wish of a run in training, appended by a page and heard by the process that trains."""

import json
import time
from datetime import UTC, datetime
from typing import Literal, get_args

from housegan.run.folder import Run
from housegan.run.lines import append_line

Wish = Literal["pause", "go on", "stop", "lower"]
"""Wait after this step; go on; save and end; halve both learning rates from here on."""
LOOK_EVERY_S = 0.5
"""How often the file is looked at, at most."""


def wish(run: Run, kind: Wish) -> None:
    """Append a wish."""
    append_line(run.path / "wishes.jsonl", {"kind": kind, "when": datetime.now(UTC).isoformat(timespec="seconds")})


class Inbox:
    """The wishes that came since it was made, each heard once."""

    def __init__(self, run: Run) -> None:
        self._path = run.path / "wishes.jsonl"
        self._look_at = 0.0
        self._heard = 0
        self._heard = len(self._unheard())

    def new(self) -> list[Wish]:
        """What has come since the last look; lines that say nothing we know are passed over."""
        now = time.monotonic()
        if now < self._look_at:
            return []
        self._look_at = now + LOOK_EVERY_S
        lines = self._unheard()
        self._heard += len(lines)
        return [kind for line in lines.splitlines() if (kind := _kind(line))]

    def _unheard(self) -> bytes:
        """Whole lines after those that were heard."""
        try:
            if self._path.stat().st_size <= self._heard:
                return b""
            with self._path.open("rb") as file:
                file.seek(self._heard)
                data = file.read()
        except FileNotFoundError:
            return b""
        return data[: data.rfind(b"\n") + 1]


def _kind(line: bytes) -> Wish | None:
    try:
        said = json.loads(line)["kind"]
    except (ValueError, KeyError, TypeError):
        return None
    return said if said in get_args(Wish) else None
