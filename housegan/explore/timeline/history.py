"""What the page knows of a run: its generators by now, how they were judged, and what people marked."""

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from housegan.errors import HouseganError
from housegan.run.favourites import favourites
from housegan.run.folder import Run
from housegan.run.metrics import Judged, evaluations, stage_begins, ticks
from housegan.run.snapshots import Moment, Snapshot, snapshot_at, snapshots


class History:
    """Reads a run anew whenever it is asked, since training may go on; what a file says of itself is read once."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._moments: dict[tuple[Path, int], Moment] = {}

    def told(self) -> dict[str, Any]:
        """All that the page shows but pictures."""
        every = [(snapshot, stamp) for snapshot in snapshots(self.run) if (stamp := stamp_of(snapshot))]
        lines = ticks(self.run)
        judged = [_judged(one) for one in evaluations(self.run) if isfinite(one.kid_lite0 + one.kid_lite0_error)]
        return {
            "name": self.run.name,
            "finished": self.run.finished,
            "snapshots": [row for snapshot, stamp in every if (row := self._row(snapshot, stamp))],
            "stages": [{"name": name, "images": images} for name, images in stage_begins(lines).items()],
            "judged": judged,
            "scores": None if judged else _scores(lines),
            "best": self._best(),
            "favourites": self.favourites(),
        }

    def favourites(self) -> list[dict[str, Any]]:
        """What people marked, the earliest first."""
        return [{"images": one.images, "name": one.name} for one in favourites(self.run)]

    def snapshot(self, images: int) -> Snapshot | None:
        """The generator kept at so many images, if it is there now."""
        return next((snapshot for snapshot in snapshots(self.run) if snapshot.images == images), None)

    def _row(self, snapshot: Snapshot, stamp: int) -> dict[str, Any] | None:
        key = (snapshot.path, stamp)
        if key not in self._moments:
            try:
                self._moments[key] = snapshot.moment()
            except HouseganError:  # let go in this moment, or damaged: what is whole can be looked at
                return None
        moment = self._moments[key]
        return {"images": snapshot.images, "stage": moment.stage, "epoch": moment.epoch, "stamp": str(stamp)}

    def _best(self) -> int | None:
        try:
            return snapshot_at(self.run, "best").images
        except HouseganError:  # nobody has judged it, or no generator is there
            return None


def stamp_of(snapshot: Snapshot) -> int:
    """By which a file of the same name is known for another one: training that went back writes some anew. 0: gone."""
    try:
        return snapshot.path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _judged(one: Judged) -> dict[str, Any]:
    return {
        "images": one.images, "stage": one.stage, "kid": one.kid_lite0, "error": one.kid_lite0_error,
        "real": _number(one.kid_lite0_real),
    }  # fmt: skip


def _scores(lines: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """What the discriminator thinks, to be shown where nobody has judged the run."""
    return {
        "images": [line["images"] for line in lines],
        "real": [_number(line.get("score_real")) for line in lines],
        "fake": [_number(line.get("score_fake")) for line in lines],
    }


def _number(value: Any) -> float | None:
    """JSON knows no NaN."""
    return value if isinstance(value, int | float) and isfinite(value) else None
