"""The wheel: what people install brings its configs and weights along."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel was installed, without its dependencies."""
    folder = tmp_path_factory.mktemp("wheel")
    quiet = {"cwd": ROOT, "check": True, "capture_output": True}
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], **quiet)  # type: ignore[call-overload]
    wheel = next(folder.glob("*.whl"))
    target = folder / "site"
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet", "--target", target, wheel]
    subprocess.run(install, **quiet)  # type: ignore[call-overload]
    return target


def test_a_wheel_finds_its_sets_recipes_and_weights(installed: Path, tmp_path: Path) -> None:
    script = (
        "import housegan.places as places, scraping, curation\n"
        "from housegan.config import load_recipe, load_set\n"
        "print(places.__file__)\n"
        "print(load_recipe('classic').finetune.budget, load_set('socal').scrape.kaggle)\n"
        "print(places.shipped('weights').is_dir())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(installed)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    where, facts, weights = done.stdout.splitlines()
    assert where.startswith(str(installed))
    assert facts == "10,300 epochs ted8080/house-prices-and-images-socal"
    assert weights == "True"


def test_a_wheel_draws_with_its_weights(installed: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "housegan", "sample", "monet-256", "--count", "2", "--seed", "7"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(installed)}, capture_output=True, check=True,
    )  # fmt: skip
    assert len(list((tmp_path / "out" / "monet-256").rglob("*.png"))) == 3, "a sheet and two pictures"


def test_every_import_of_the_project_goes_down_the_layers() -> None:
    """Both scraping and curation know the bottom of housegan only, and never torch."""
    upper = [f"housegan.{part}" for part in ("train", "run", "networks", "explore", "video", "cli")]
    for path in [*(ROOT / "scraping").glob("*.py"), *(ROOT / "curation").glob("*.py")]:
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.lstrip().startswith(("import ", "from ")):
                module = line.split()[1]
                assert not module.startswith((*upper, "torch")), f"{path.name} imports {module}"
