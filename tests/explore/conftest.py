"""A small real run, made once by the real commands."""

import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest

from housegan.demo.planted import plant
from housegan.progress import Progress
from housegan.run.folder import Run
from housegan.run.learned import learned_from, sets_of

TINY = "--size 32 --batch 4 --images 160+160 --set model.generator_channels=4 --set model.discriminator_channels=4"


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, command_environment: dict[str, str]) -> Path:
    """A working folder with the sets `houses` and `towers` and one finished run of two stages."""
    folder = tmp_path_factory.mktemp("trained")
    plant(folder / "a", style="photographic", count=24, extras={})
    plant(folder / "b", style="fantastic", count=24, seed=1, extras={})
    for command in (
        "import houses a", "import towers b", "curate houses --size 32", "curate towers --size 32",
        f"train --pretrain houses --finetune towers {TINY} --set watch.tick_images=40 --set watch.grid=2",
    ):  # fmt: skip
        arguments = [sys.executable, "-m", "housegan", *command.split()]
        subprocess.run(arguments, cwd=folder, env=command_environment, check=True, capture_output=True, timeout=120)
    return folder


@pytest.fixture(scope="session")
def described(trained: Path) -> Path:
    """The same, with its training pictures described, which takes the longest of what looks at them."""
    run = Run(Path("runs/00001-houses-towers"))
    with chdir(trained), Progress("", total=None, unit="", if_stopped="") as bar:
        for part in learned_from(run, sets=sets_of(run.config(), stage="pretrain"))[0]:
            part.features(32, kept_in=run.out(""), bar=bar)
    return trained
