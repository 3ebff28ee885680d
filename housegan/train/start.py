"""Where a run takes its first weights from: a run's last state or a generator's file, at another size too."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from housegan.errors import HouseganError
from housegan.run.checkpoints import Checkpoint, checkpoints
from housegan.run.chosen import weights_file
from housegan.run.folder import StartedFrom, all_runs, find_run
from housegan.run.snapshots import load_generator, snapshot_at
from housegan.train.state import TrainingState

Weights = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Taken:
    """What went over into new networks, and what of these begins anew, by name."""

    taken: list[str]
    anew: list[str]

    def __str__(self) -> str:
        """Say it in a sentence."""
        rest = f"; begun anew: {', '.join(self.anew)}" if self.anew else ""
        return f"Took over {len(self.taken)} of {len(self.taken) + len(self.anew)} tensors{rest}."


def start_of(text: str) -> StartedFrom:
    """Find what `--from` means: a .safetensors file, the name of shipped weights, or a run, whose last state it is.

    A file that is gone is still known by the run that began with it, which resumes without. Raises HouseganError.
    """
    path = weights_file(text)
    if path is None and (known := _begun_with(text)):
        return known
    if path is None:
        run = find_run(text)
        states = checkpoints(run)
        path = states[-1].path if states else snapshot_at(run, "last").path
    return StartedFrom(path=str(path), digest=hashlib.sha256(path.read_bytes()).hexdigest()[:16])


def _begun_with(text: str) -> StartedFrom | None:
    for run in reversed(all_runs()):
        with suppress(HouseganError, FileNotFoundError):  # half made, or by another version
            start = run.config().start
            if start and start.path == text:
                return start
    return None


@torch.no_grad()
def begin_from(state: TrainingState, start: StartedFrom) -> Taken:
    """Take over all weights that fit: those of the same layer, counted from the 4 × 4 maps on, and of the same shape.

    A state's discriminator comes along, a generator's file has none. Raises HouseganError where nothing fits.
    """
    path = Path(start.path)
    if not path.is_file():
        raise HouseganError(f"{path}, from which the run was to begin, is not there any more: begin anew with --new.")
    if path.suffix == ".pt":
        saved = Checkpoint(path).load()
        sources: list[Weights] = [saved["average"], saved["discriminator"]]
    else:
        sources = [load_generator(path).state_dict(), {}]
    taken: list[str] = []
    anew: list[str] = []
    convolutions = 0
    networks = (("generator", state.generator, False), ("discriminator", state.discriminator, True))
    for source, (kind, network, from_the_end) in zip(sources, networks, strict=True):
        theirs = _by_layer(source, from_the_end=from_the_end)
        own = network.state_dict()
        for place, (name, weights) in _by_layer(own, from_the_end=from_the_end).items():
            if place in theirs and theirs[place][1].shape == weights.shape:
                weights.copy_(theirs[place][1])
                convolutions += weights.dim() == 4
                taken.append(f"{kind} {name}")
            else:
                anew.append(f"{kind} {name}")
    if not convolutions:
        raise HouseganError(f"Nothing of {path} fits these networks: take the recipe and the size it was trained with.")
    state.average.load_state_dict(state.generator.state_dict())
    return Taken(taken, anew)


def _by_layer(weights: Weights, *, from_the_end: bool) -> dict[tuple[int, str], tuple[str, Tensor]]:
    """Name and tensor by layer and part; a discriminator's layers are counted from its 4 × 4 end.

    Whatever else there is, as heads, entries and what enlarges, is found by its name alone.
    """
    split = {name: name.removeprefix("layers.").partition(".") for name in weights if name.startswith("layers.")}
    last = max((int(layer) for layer, _, _ in split.values()), default=0)
    return {
        (last - int(layer) if from_the_end else int(layer), part): (name, weights[name])
        for name, (layer, _, part) in split.items()
    } | {(-1, name): (name, weights[name]) for name in weights.keys() - split.keys()}
