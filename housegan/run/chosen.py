"""The generator that a person names: a run's, or a file of weights alone."""

from dataclasses import dataclass, field
from pathlib import Path

from housegan.errors import HouseganError
from housegan.networks import Generator
from housegan.places import shipped
from housegan.run.folder import Run, find_run
from housegan.run.snapshots import Moment, Snapshot, snapshot_at


@dataclass(frozen=True, slots=True)
class Chosen:
    """A generator to look at; `run` is None where it is a file alone.

    It is read once, at the beginning: a training beside it may let go of the file for room meanwhile.
    """

    snapshot: Snapshot
    run: Run | None
    generator: Generator = field(repr=False)
    moment: Moment

    @property
    def name(self) -> str:
        """What to call it: the run's name, or the file's."""
        return self.run.name if self.run else self.snapshot.path.stem

    def out(self, name: str) -> Path:
        """A file for what is made with it: in the run's `out/`, or in `out/NAME/` here; its folder is made."""
        if self.run:
            return self.run.out(name)
        folder = Path("out") / self.name
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name


def choose(what: str | None, at: str) -> Chosen:
    """Find the generator of a run (`at` as in `snapshot_at`), of a .safetensors file, or of shipped weights by name.

    None means the newest run. Raises HouseganError.
    """
    if what is not None and (file := weights_file(what)):
        if at != "last":
            raise HouseganError(f"{file} holds one generator: leave --at away, or name a run.")
        return _read(Snapshot(file), None)
    run = find_run(what)
    return _read(snapshot_at(run, at), run)


def _read(snapshot: Snapshot, run: Run | None) -> Chosen:
    return Chosen(snapshot, run, snapshot.generator(), snapshot.moment())


def weights_file(text: str) -> Path | None:
    """The .safetensors file of this path, or the shipped weights of this name; None where there are none."""
    for path in (Path(text), shipped("weights") / f"{Path(text).name}.safetensors"):
        if path.is_file():
            return path
    return None
