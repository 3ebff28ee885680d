"""What the page shows of a run, read from its folder: in parts, of which each is told only when it has changed."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from housegan.errors import HouseganError
from housegan.live.command import command_of, written
from housegan.live.curves import curves
from housegan.run.folder import Run, RunConfig
from housegan.run.lines import read_lines
from housegan.run.metrics import evaluations, stage_and_epoch, ticks
from housegan.run.standing import Observer, Standing

Phase = Literal["training", "paused", "finished", "stopped", "failed", "died"]


class View:
    """One run as the page sees it; what was read of a file is kept until the file changes."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._config = (self._config_written(), run.config())
        self.observer = Observer(run)
        self._read: tuple[object, dict[str, Any]] = (None, {})

    @property
    def config(self) -> RunConfig:
        """The run's config, as it is now: its last budget may have grown."""
        if self._config[0] != (written := self._config_written()):
            self._config = (written, self.run.config())
        return self._config[1]

    def _config_written(self) -> int:
        return (self.run.path / "config.yaml").stat().st_mtime_ns

    def news(self, known: Mapping[str, str]) -> dict[str, dict[str, Any]]:
        """The parts that differ from those known, by name: each with its digest."""
        figures = self._figures()
        everything = {
            "now": self._now(figures),
            "grids": [self._grid(path, at, figures["ticks"]) for path, at in _there(self.run.grids())],
            "curves": figures["curves"],
            "facts": self._facts(),
        }
        told = {name: {"digest": _digest(value), "value": value} for name, value in everything.items()}
        return {name: part for name, part in told.items() if known.get(name) != part["digest"]}

    def generator_near(self, images: int) -> Path:
        """The kept generator nearest to a grid. Raises HouseganError where there is none."""
        every = self.run.generators()
        if not every:
            raise HouseganError(f"{self.run.path} has no generator yet: let it train a little longer.")
        return min(every, key=lambda path: abs(int(path.stem) - images))

    def stage_at(self, images: int) -> str:
        """The stage in which so many images were shown: at its end a stage is not over yet."""
        return moment(images, self._figures()["ticks"])[0] or ("pretrain" if self.config.pretrain else "finetune")

    def phase(self) -> Phase:
        """How it stands, in a word."""
        standing = self.observer.standing()
        if self.observer.alive():
            return "paused" if standing and standing.paused else "training"
        if self.run.finished:
            return "finished"
        if standing is None:
            return "stopped"
        return "failed" if standing.trouble else "died"

    def _now(self, figures: Mapping[str, Any]) -> dict[str, Any]:
        phase, standing = self.phase(), self.observer.standing() or Standing()
        lines: Sequence[Mapping[str, Any]] = figures["ticks"] or [{"images": 0, "stage": "", "stage_images": 0}]
        last = lines[-1]
        rate = figures["per_second"]
        left = standing.seconds_left
        if standing.of and rate:
            left = (standing.of - standing.stage_images) / rate
        here = standing.stage == last["stage"]
        begun = last["images"] - last["stage_images"] if here else last["images"]
        running = phase in ("training", "paused") and standing.stage
        return {
            "phase": phase,
            "trouble": standing.trouble if phase == "failed" else "",
            "verdict": figures["verdict"],
            "stage": standing.stage if running else last["stage"],
            "stage_images": standing.stage_images if running else last["stage_images"],
            "of": standing.of if running else None,
            "images": begun + standing.stage_images if running else last["images"],
            "seconds_left": left if phase == "training" else None,
            "per_second": rate,
        }

    def _facts(self) -> dict[str, Any]:
        run = self.run
        return {
            "generators": [int(path.stem) for path in run.generators()],
            "states": [[int(path.name.partition("-")[0]), at / 1e9] for path, at in _there(run.states())],
            "lowered": sum(note.get("kind") == "lowered" for note in run.notes()),
            "resume": self._resume(),
        }

    def _resume(self) -> str:
        try:
            return written(command_of(self.config))
        except HouseganError:  # its recipe is gone
            return ""

    def _grid(self, path: Path, written_ns: int, lines: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Images, version, stage, epoch."""
        images = int(path.stem)
        return [images, written_ns % 10**12, *moment(images, lines)]

    def _figures(self) -> dict[str, Any]:
        """What follows from the files of lines, read anew when one of them has changed."""
        paths = [self.run.path / name for name in ("metrics.jsonl", "timing.jsonl", "notes.jsonl")]
        signature = [(path.stat().st_mtime_ns, path.stat().st_size) if path.is_file() else None for path in paths]
        if self._read[0] != signature:
            lines, judged, timing = ticks(self.run), evaluations(self.run), read_lines(paths[1])
            figures = {
                "ticks": lines,
                "curves": curves(lines, judged, timing, self.run.notes()),
                "verdict": judged[-1].said if judged else "",
                "per_second": timing[-1]["images_per_second"] if timing else None,
            }
            self._read = (signature, figures)
        return self._read[1]


def _there(paths: Iterable[Path]) -> Iterator[tuple[Path, int]]:
    """The files that are still there, with the nanosecond each was written at: training lets go of some meanwhile."""
    for path in paths:
        with suppress(FileNotFoundError):
            yield path, path.stat().st_mtime_ns


def moment(images: int, lines: Sequence[Mapping[str, Any]]) -> tuple[str, float]:
    """Stage and epoch when so many images were shown, from the ticks around."""
    if not lines:
        return "", 0.0
    stage, epoch = stage_and_epoch(images, lines)
    return stage, round(epoch, 2)


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:12]
