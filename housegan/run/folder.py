"""`runs/00007-socal-imaginary/`: made once, locked while training, found by number, name or none.

`config.yaml` (fully resolved), `environment.json`, `metrics.jsonl`, `timing.jsonl`, `samples/`, `checkpoints/`,
`generators/`, `notes.jsonl`, `out/`. metrics.jsonl depends on config and seed alone; what the clock says is in
timing.jsonl, so that a resumed run's metrics equal an undisturbed one's byte for byte.
"""

import json
import platform
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock
from pydantic import NonNegativeInt

from housegan.config import Part, Recipe, read_yaml, validated
from housegan.errors import HouseganError
from housegan.files import alone, write_whole
from housegan.places import runs_folder
from housegan.run.lines import read_lines


class SetUsed(Part):
    """A curated set as a run saw it."""

    name: str
    """The set's name."""
    pack: str
    """Name of the pack's folder, with its fingerprint."""
    pictures: int
    """Pictures that training may see."""


class StartedFrom(Part):
    """The weights with which a run began."""

    path: str
    """Their file: a generator's, or another run's checkpoint."""
    digest: str
    """First 16 hexadecimal digits of its sha256."""


class RunConfig(Part):
    """`config.yaml` of a run: all that its outcome depends on."""

    recipe: Recipe
    """Networks and stages, every value resolved."""
    recipe_name: str
    """What the recipe is called."""
    seed: NonNegativeInt
    """Where all randomness comes from."""
    pretrain: SetUsed | None
    """The larger related set, seen together with the one to learn; None trains in one stage."""
    finetune: SetUsed
    """The set to learn."""
    precision: str
    """What convolutions compute in: fp32, bf16 or fp16."""
    device: str
    """Kind of processor: cpu, cuda or mps."""
    start: StartedFrom | None = None
    """Weights to begin with; None begins with random ones."""

    @property
    def identity(self) -> str:
        """What must be equal for a run to be resumed: all but how long its last stage lasts, and when flat ones end."""
        values = self.model_dump(mode="json")
        stages = [values["recipe"][name] for name in ("pretrain", "finetune")]
        for stage in stages:
            del stage["stop_when_flat"]
        del stages[1]["budget"]
        return json.dumps(values, sort_keys=True)


@dataclass(frozen=True, slots=True)
class Run:
    """A run folder."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's name, such as 00007-socal-imaginary."""
        return self.path.name

    @property
    def number(self) -> int:
        """The run's number, of a folder whose name we gave."""
        return int(self.name.partition("-")[0])

    @property
    def called(self) -> str:
        """What to name it by in a command: its number, or the folder where somebody gave that another name or place."""
        ours = any(run.path.resolve() == self.path.resolve() for run in all_runs())
        return str(self.number) if ours else shlex.quote(str(self.path))

    def config(self) -> RunConfig:
        """Read the run's resolved config."""
        path = self.path / "config.yaml"
        return validated(RunConfig, read_yaml(path), (), where=str(path))

    def write_config(self, config: RunConfig) -> None:
        """Write the run's resolved config, whole or not at all."""
        text = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
        write_whole(self.path / "config.yaml", text.encode())

    def begin(self, config: RunConfig) -> None:
        """Note a start: the config, whose last budget may have grown, and the environment."""
        (self.path / "finished").unlink(missing_ok=True)
        self.write_config(config)
        path = self.path / "environment.json"
        starts = json.loads(path.read_text()) if path.is_file() else []
        write_whole(path, json.dumps([*starts, _environment()], indent=1).encode())

    @property
    def finished(self) -> bool:
        """Whether its last stage has come to its end."""
        return (self.path / "finished").is_file()

    def out(self, name: str) -> Path:
        """A file in `out/`, whose folder is made."""
        (self.path / "out").mkdir(exist_ok=True)
        return self.path / "out" / name

    def grids(self) -> list[Path]:
        """Grids of pictures, `samples/000123456.png` by the images shown, the earliest first."""
        return sorted((self.path / "samples").glob("[0-9]*.png"))

    def generators(self) -> list[Path]:
        """Files of the generators that are kept, the earliest first."""
        return sorted((self.path / "generators").glob("[0-9]*.safetensors"))

    def states(self) -> list[Path]:
        """Files of the states from which training can go on, the oldest first."""
        return sorted((self.path / "checkpoints").glob("[0-9]*-*.pt"))

    def notes(self) -> list[dict[str, Any]]:
        """What people noted about the run, in order."""
        return read_lines(self.path / "notes.jsonl")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep a second training process out; the system frees the lock of a process that dies."""
        taken = f"Another process is training {self.path}: wait for it, stop it, or start a run of its own with --new."
        with alone(self.path / "lock", if_taken=taken):
            yield


def all_runs() -> list[Run]:
    """All runs in the working folder, the oldest first."""
    folders = (path for path in runs_folder().glob("*") if re.match(r"\d{5,}", path.name) and path.is_dir())
    return sorted((Run(path) for path in folders), key=lambda run: (run.number, run.name))


def new_run(config: RunConfig) -> Run:
    """Make the folder of the next run, its config in it."""
    names = [used.name for used in (config.pretrain, config.finetune) if used]
    runs_folder().mkdir(exist_ok=True)
    with FileLock(runs_folder() / ".lock"):  # two that begin at once would take the same number
        number = max((run.number for run in all_runs()), default=0) + 1
        run = Run(runs_folder() / f"{number:05d}-{'-'.join(names)}")
        run.path.mkdir()
    run.write_config(config)
    return run


def run_to_resume(config: RunConfig) -> Run | None:
    """The newest run of the same identity, finished or not; None where there is none."""
    for run in reversed(all_runs()):
        try:
            if run.config().identity == config.identity:
                return run
        except (HouseganError, FileNotFoundError):  # half made, or by another version: not to be resumed
            continue
    return None


def find_run(name: str | None) -> Run:
    """The run that a person means: a number, a folder's name or path; None means the newest."""
    runs = all_runs()
    if name is None:
        if not runs:
            raise HouseganError("There are no runs here yet. Run `housegan train --data NAME`, or try `housegan demo`.")
        return runs[-1]
    for run in runs:
        if run.name == name or (name.isdecimal() and run.number == int(name)):
            return run
    if (Path(name) / "config.yaml").is_file():
        return Run(Path(name).resolve())
    here = ", ".join(run.name for run in runs[-5:]) or "none"
    raise HouseganError(f"There is no run {name!r}: the newest here are {here}.")


def _environment() -> dict[str, str | int]:
    """What a run's numbers may depend on besides its config."""
    import torch

    versions: dict[str, str | int] = {
        name: version(name) for name in ("housegan", "torch", "numpy", "adabelief-pytorch")
    }
    return versions | {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else "",
    }
