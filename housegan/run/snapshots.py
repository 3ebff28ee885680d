"""Generators over a run, as safetensors with the model's config in the metadata: denser early, capped on disk."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from housegan.config import ModelConfig, Part, WatchConfig, validated
from housegan.errors import HouseganError
from housegan.files import write_whole
from housegan.networks import Generator, weights
from housegan.run.favourites import favourites
from housegan.run.folder import Run
from housegan.run.metrics import Judged, best, evaluations, stage_ends, ticks

SMALLEST_REACH = 3.0
"""Of a generator that draws 8 × 8 px."""
KEY = "housegan"
"""The only key of the metadata: safetensors writes several in an order of chance, and a run is the same bytes again."""


class Moment(Part):
    """When a snapshot was taken."""

    stage: str
    """Pretrain or finetune."""
    images: int
    """Images shown since the run began."""
    epoch: float
    """Passes over the stage's pictures since the stage began."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`generators/000123456.safetensors`: a generator to draw with, in half precision where that suffices."""

    path: Path

    @property
    def images(self) -> int:
        """Images shown when it was taken."""
        return int(self.path.stem)

    def moment(self) -> Moment:
        """When it was taken."""
        return validated(Moment, _facts(self.path, "moment"), (), where=str(self.path))

    def generator(self) -> Generator:
        """Build the generator, in eval mode on the CPU, in single precision."""
        return load_generator(self.path)


def save_snapshot(run: Run, generator: Generator, moment: Moment) -> Snapshot:
    """Write a generator's weights, at the images of its moment."""
    tensors = {name: _compact(tensor) for name, tensor in generator.state_dict().items()}
    facts = {"format": 1, "model": generator.config.model_dump(), "moment": moment.model_dump()}
    if generator.side < generator.config.size or generator.faded_in < 1:
        facts["growth"] = {"reach": generator.reach}
    folder = run.path / "generators"
    folder.mkdir(exist_ok=True)
    path = folder / f"{moment.images:012d}.safetensors"
    write_whole(path, save(tensors, {KEY: json.dumps(facts)}))
    return Snapshot(path)


def snapshots(run: Run) -> list[Snapshot]:
    """All generators of a run, the earliest first."""
    return [Snapshot(path) for path in run.generators()]


def load_generator(path: Path) -> Generator:
    """Read a generator from a safetensors file of ours, whoever it comes from."""
    config = validated(ModelConfig, _facts(path, "model"), (), where=str(path))
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 it is no dict
        if weights(config) > sum(tensor.numel() for tensor in tensors.values()):
            raise RuntimeError  # before a stranger's config asks for terabytes
        generator = Generator(config)
        generator.load_state_dict(tensors)
        generator.reach = _reach(path, generator)
    except FileNotFoundError:
        raise _gone(path) from None
    except RuntimeError:
        raise HouseganError(f"{path} is damaged: its weights don't fit the model that it names.") from None
    return generator.eval()


def snapshot_due(stage_images: int, last: int, watch: WatchConfig) -> bool:
    """Whether enough was shown since the last snapshot: a share of the stage, and a tick at least."""
    return stage_images >= max(last * (1 + watch.snapshot_growth), last + watch.tick_images)


def thin(run: Run, *, disk_mb: float) -> None:
    """Let go of every second generator until the rest fit into `disk_mb`; not of stages' ends, favourites, the best."""
    every = snapshots(run)
    while sum(snapshot.path.stat().st_size for snapshot in every) > disk_mb * 1e6:
        marked = {favourite.images for favourite in favourites(run)}
        ends = {every[0].images, every[-1].images, *stage_ends(ticks(run))}
        ends |= {one.images for one in [best_of(run)] if one}
        spare = [snapshot for snapshot in every if snapshot.images not in marked | ends][1::2]
        if not spare:
            return
        for snapshot in spare:
            snapshot.path.unlink()
        every = snapshots(run)


def snapshot_at(run: Run, at: str) -> Snapshot:
    """The snapshot that `--at` names: last, best, favourite, epoch:N or images:N (the nearest one)."""
    every = snapshots(run)
    if not every:
        raise HouseganError(f"{run.path} has no generator yet: let it train a little longer.")
    if at == "last":
        return every[-1]
    if at == "favourite":
        marked = favourites(run)
        if not marked:
            raise HouseganError(
                f"{run.path} has no favourite yet: mark one with `housegan favourite {run.called} --at epoch:N`."
            )
        return _nearest(every, marked[-1].images)
    if at == "best":
        if (judged := best_of(run)) is None:
            why = "All that were judged copy their pictures" if evaluations(run) else "No snapshot has been judged yet"
            raise HouseganError(f"{why} in {run.path}: take --at last, epoch:N or images:N.")
        return _nearest(every, judged.images)
    if match := re.fullmatch(r"(epoch|images):(\d[\d_,]*(?:\.\d+)?)", at):
        number = float(re.sub("[_,]", "", match[2]))
        return _nearest(every, number) if match[1] == "images" else _nearest_epoch(every, number)
    raise HouseganError(f"--at {at!r} must be last, best, favourite, epoch:N or images:N, as in epoch:4350.")


def best_of(run: Run) -> Judged | None:
    """The best evaluation of the last stage that was judged; None where there is none."""
    judged = evaluations(run)
    return best([each for each in judged if each.stage == judged[-1].stage])


def _nearest(every: Sequence[Snapshot], images: float) -> Snapshot:
    return min(every, key=lambda snapshot: abs(snapshot.images - images))


def _nearest_epoch(every: Iterable[Snapshot], epoch: float) -> Snapshot:
    """Epochs are counted in the last stage that has begun."""
    moments = [(snapshot, snapshot.moment()) for snapshot in every]
    stage = moments[-1][1].stage
    return min(
        ((snapshot, moment) for snapshot, moment in moments if moment.stage == stage),
        key=lambda pair: abs(pair[1].epoch - epoch),
    )[0]


def _compact(tensor: Tensor) -> Tensor:
    """Half precision for convolutions' weights, a fiftieth of a grey level in the picture; the rest as it is."""
    return tensor.detach().to("cpu", torch.float16 if tensor.dim() > 1 else tensor.dtype).contiguous()


def _reach(path: Path, generator: Generator) -> float:
    """How far the generator had grown; a grown one's file says nothing of it."""
    reach = _facts(path, "growth", {"reach": generator.reach}).get("reach")
    if isinstance(reach, int | float) and SMALLEST_REACH <= reach <= generator.reach:
        return float(reach)
    raise HouseganError(f"{path} is damaged: how far its generator has grown is no side of a picture.")


def _facts(path: Path, about: str, otherwise: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the metadata says about the model or the moment."""
    try:
        with safe_open(path, framework="pt") as file:
            facts = json.loads((file.metadata() or {})[KEY]).get(about, otherwise)
        if isinstance(facts, dict):
            return facts
    except SafetensorError:
        raise HouseganError(f"{path} is damaged or no safetensors file: take another snapshot with --at.") from None
    except FileNotFoundError:
        raise _gone(path) from None
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):  # a stranger's
        pass
    raise HouseganError(f"{path} holds no housegan generator: its metadata doesn't say its {about}.")


def _gone(path: Path) -> HouseganError:
    return HouseganError(f"There is no {path}: take one of the snapshots that are there.")
