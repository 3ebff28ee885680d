"""What all tests share: a folder to work in, real pictures, and the command line as people run it."""

import importlib.util
import io
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Tests run side by side: threads that spin for one another would take the cores from the neighbours.
os.environ["OMP_NUM_THREADS"] = "1"

if importlib.util.find_spec("jaxtyping") and importlib.util.find_spec("beartype"):
    from jaxtyping import install_import_hook

    # Before their first import: the test run checks every shape in a signature. Elsewhere beartype refuses `Self`.
    install_import_hook(
        ["housegan.networks", "housegan.losses", "housegan.augment", "housegan.explore.paths"], "beartype.beartype"
    )

from PIL import Image

from housegan.catalog import Catalog

if TYPE_CHECKING:
    from housegan.run.metrics import Judged

Housegan = Callable[..., subprocess.CompletedProcess[str]]
Picture = Callable[..., bytes]


@pytest.fixture
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which the test works."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="session")
def shared() -> Path:
    """The real pictures beside the checkout."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real pictures (../shared/data) are not here")
    return folder


@pytest.fixture(scope="session")
def command_environment() -> dict[str, str]:
    """The environment commands run in: wide and without colours, so that sentences stay in one piece."""
    return {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb", "PYTHONWARNINGS": "error"}


@pytest.fixture
def housegan(workdir: Path, command_environment: dict[str, str]) -> Housegan:
    """Run the command line as a process in the working folder."""

    def run(*arguments: str | Path, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "housegan", *map(str, arguments)],
            cwd=workdir, env=command_environment, capture_output=True, text=True, timeout=timeout_s, check=False,
        )  # fmt: skip

    return run


@pytest.fixture
def catalog(workdir: Path) -> Iterator[Catalog]:
    """The open catalog of a set `houses` in the test's working folder."""
    with Catalog(Path("data/houses")) as catalog:
        yield catalog


@pytest.fixture
def quick_housegan(workdir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Housegan:
    """Run the command line inside the test's own process: the same, without the seconds that a start takes."""
    from housegan.cli import main

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = ["housegan", *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        code = ended.value.code
        return subprocess.CompletedProcess(command, code if isinstance(code, int) else 0, said.out, said.err)

    return run


@pytest.fixture(scope="session")
def judged() -> Callable[..., "Judged"]:
    """One line of an evaluation; what isn't given is a middling run's."""
    from housegan.run.metrics import Judged

    middling = {
        "stage": "finetune", "images": 1000, "stage_images": 1000, "epoch": 10.0, "samples": 500,
        "kid_lite0": 5.0, "kid_lite0_error": 0.1, "kid_lite0_real": 0.0,
        "precision": 0.5, "recall": 0.3, "density": 0.6, "coverage": 0.6,
        "precision_real": 0.7, "recall_real": 0.7, "density_real": 1.0, "coverage_real": 0.97,
        "copying": False, "copying_z": 1.0, "copying_close": 0.04, "score_real": 0.7, "score_fake": 0.3,
        "verdict": "improving", "said": "Improving: KID 5.00 ± 0.10, after 6.00.",
    }  # fmt: skip

    def judged(**changes: object) -> Judged:
        return Judged.model_validate(middling | changes)

    return judged


@pytest.fixture(scope="session")
def picture() -> Picture:
    """Make the bytes of a picture of soft blobs: the same seed gives the same picture."""

    def make(seed: int, *, size: tuple[int, int] = (96, 72), format_name: str = "JPEG") -> bytes:
        blobs = Image.frombytes("RGB", (40, 30), random.Random(seed).randbytes(40 * 30 * 3))
        file = io.BytesIO()
        blobs.resize(size, Image.Resampling.BICUBIC).save(file, format_name)
        return file.getvalue()

    return make
