"""Resumable states on disk: whole, checksummed by their names, the last three kept."""

import hashlib
import io
import logging
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from housegan.errors import HouseganError
from housegan.files import write_whole
from housegan.run.folder import Run

KEPT = 3
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`checkpoints/000123456-<first 16 hexadecimal digits of its sha256>.pt`."""

    path: Path

    @property
    def images(self) -> int:
        """Images shown when it was saved."""
        return int(self.path.name.partition("-")[0])

    def load(self) -> dict[str, Any]:
        """Read the state, without running anything that a pickle could hold. Raises HouseganError if damaged."""
        data = self.path.read_bytes()
        if _digest(data) != self.path.stem.partition("-")[2]:
            raise HouseganError(f"{self.path} is damaged: its bytes are not the ones that were saved.")
        try:
            state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError):
            state = None
        if not isinstance(state, dict):
            raise HouseganError(f"{self.path} is damaged: it holds no state of ours.")
        return state


def save_checkpoint(run: Run, state: dict[str, Any], *, images: int) -> Checkpoint:
    """Write a state and let go of all but the last three, and of one that was saved at the same images before."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    data = buffer.getvalue()
    folder = run.path / "checkpoints"
    folder.mkdir(exist_ok=True)
    path = folder / f"{images:012d}-{_digest(data)}.pt"
    write_whole(path, data)
    others = [one for one in checkpoints(run) if one.path != path]
    for old in [one for one in others if one.images == images]:  # which the digest might call the newer one
        old.path.unlink()
    for old in checkpoints(run)[:-KEPT]:
        old.path.unlink()
    return Checkpoint(path)


def checkpoints(run: Run) -> list[Checkpoint]:
    """All checkpoints of a run, the oldest first."""
    return [Checkpoint(path) for path in run.states()]


def load_last(run: Run) -> dict[str, Any] | None:
    """The newest state that is whole, saying which ones are not; None where there is none at all."""
    every = checkpoints(run)
    for checkpoint in reversed(every):
        try:
            return checkpoint.load()
        except HouseganError as error:
            log.warning("%s The one before is taken.", error)
    if every:
        raise HouseganError(f"No checkpoint of {run.path} is whole: start again with --new.")
    return None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
