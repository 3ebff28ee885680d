"""Training pictures from curated sets: which come next, mirrored or not, as tensors."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from housegan.curated import CuratedSet, reduced
from housegan.errors import HouseganError
from housegan.randomness import generator_for

CPU = torch.device("cpu")
ALL = slice(None)
MOST_OF_A_GPU = 0.5
"""Share of a GPU's free memory that one set's pictures may take."""


def held_out_of(packs: Iterable[CuratedSet]) -> set[str]:
    """Digests of the pictures that any of these packs holds out."""
    return {row.sha256 for pack in packs for row in pack.rows() if row.held_out}


def training_pictures(curated: CuratedSet, *, size: int, held_out: Collection[str] = ()) -> NDArray[np.uint8]:
    """The pictures of a set that training may see, N × size × size × 3: none that it holds out, nor any of `held_out`.

    What one set holds out may lie in another that is trained on with it.
    """
    seen = np.array([not row.held_out and row.sha256 not in held_out for row in curated.rows()], dtype=bool)
    if not seen.any():
        raise HouseganError(
            f"The set {curated.name!r} has no pictures to train on: import more, then `housegan curate {curated.name}`."
        )
    return _chosen(curated, seen, size=size)


def held_out_pictures(curated: CuratedSet, *, size: int) -> NDArray[np.uint8]:
    """The pictures that a set holds out, N × size × size × 3: to judge by, and for nothing else."""
    return _chosen(curated, np.array([row.held_out for row in curated.rows()], dtype=bool), size=size)


def _chosen(curated: CuratedSet, which: NDArray[np.bool_], *, size: int) -> NDArray[np.uint8]:
    images = curated.images()
    pictures: NDArray[np.uint8] = reduced(images, size)[which] if curated.size > size else images[which]
    return pictures


def placed(pictures: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Put a set's pictures where training finds them quickest: in a GPU's memory if they take half of it at most."""
    images = torch.from_numpy(pictures)
    if device.type == "cuda" and images.nbytes <= torch.cuda.mem_get_info(device)[0] * MOST_OF_A_GPU:
        return images.to(device)
    return images


class TrainingSet:
    """An endless stream of pictures, epoch after epoch, each in an order of its own.

    Where in the stream one is, is said by the number of images shown alone. `parts` are uint8, N × s × s × 3, each on
    any device; batches are on `device`.
    """

    def __init__(
        self, parts: Sequence[Tensor], *, seed: int, stage: str, flip: bool, device: torch.device = CPU
    ) -> None:
        self.parts, self.device = parts, device
        self.seed, self.stage, self.flip = seed, stage, flip
        self._order: tuple[int, Tensor] = (-1, torch.empty(0))
        self._small: TrainingSet | None = None

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    @property
    def side(self) -> int:
        """Side of the pictures, in px."""
        return self.parts[0].shape[1]

    def at(self, side: int) -> "TrainingSet":
        """The same pictures in the same order, reduced to a smaller side, in px; the last such set is kept."""
        if side == self.side:
            return self
        if self._small is None or self._small.side != side:
            parts = [torch.from_numpy(reduced(part.cpu().numpy(), side)).to(part.device) for part in self.parts]
            self._small = TrainingSet(parts, seed=self.seed, stage=self.stage, flip=self.flip, device=self.device)
        return self._small

    def batch(self, shown: int, count: int, part: slice = ALL) -> Float[Tensor, "b 3 s s"]:
        """The `count` pictures that follow the first `shown` ones, in [-1, 1]; of these only `part`."""
        indices = torch.stack([self._index(place) for place in range(shown, shown + count)[part]])
        pictures = self._gathered(indices)
        if self.flip:
            mirrored = torch.rand(count, generator=generator_for(self.seed, self.stage, "flips", shown))[part] < 0.5
            mirrored = mirrored.to(self.device)
            pictures[mirrored] = pictures[mirrored].flip(2)  # as bytes: a quarter of what floats would move
        return as_floats(pictures)

    def pictures(self, indices: Tensor) -> NDArray[np.uint8]:
        """Some of the pictures as they are, n × s × s × 3."""
        return self._gathered(indices).cpu().numpy()

    def _gathered(self, indices: Tensor) -> Tensor:
        images = torch.empty(len(indices), *self.parts[0].shape[1:], dtype=torch.uint8, device=self.device)
        first = 0
        for part in self.parts:
            here = (indices >= first) & (indices < first + len(part))
            chosen = part[(indices[here] - first).to(part.device)]
            if chosen.device.type == "cpu" and self.device.type == "cuda":
                chosen = chosen.pin_memory()
            images[here.to(self.device)] = chosen.to(self.device, non_blocking=True)
            first += len(part)
        return images

    def _index(self, place: int) -> Tensor:
        epoch, offset = divmod(place, len(self))
        if self._order[0] != epoch:
            generator = generator_for(self.seed, self.stage, "order", epoch)
            self._order = (epoch, torch.randperm(len(self), generator=generator))
        return self._order[1][offset]


def as_floats(pictures: Tensor) -> Float[Tensor, "b 3 h w"]:
    """From uint8 in [0, 255], b × h × w × 3, to floats in [-1, 1], channels first."""
    return pictures.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


def as_bytes(pictures: Float[Tensor, "b 3 h w"]) -> NDArray[np.uint8]:
    """From floats in [-1, 1] to uint8 in [0, 255], b × h × w × 3, rounded to nearest."""
    values = pictures.detach().float().add(1).mul(127.5).round().clamp(0, 255)
    return values.to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy()
