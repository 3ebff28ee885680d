"""`sample`, `again`, `video`, `plot` and `favourite` on a real run."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open

from tests.conftest import Housegan

OUT = Path("runs/00001-houses-towers/out")


@pytest.fixture
def run_here(trained: Path, workdir: Path) -> Path:
    """The run copied into the test's own working folder."""
    shutil.copytree(trained / "runs", workdir / "runs")
    return workdir / "runs" / "00001-houses-towers"


def test_a_sample_is_drawn_anew_from_what_its_file_says(run_here: Path, quick_housegan: Housegan) -> None:
    done = quick_housegan("sample", "--count", "5", "--seed", "7", "--at", "images:200")
    assert done.returncode == 0, done.stderr
    grid = next(OUT.glob("samples-*/grid.png"))
    assert str(grid) in done.stdout
    singles = sorted(path.name for path in grid.parent.glob("seed-*.png"))
    assert singles == [f"seed-{seed:05d}.png" for seed in range(7, 12)]
    for path in (grid.parent / "seed-00009.png", grid):
        assert quick_housegan("again", path).returncode == 0
        with Image.open(path) as first, Image.open(path.with_name(f"{path.stem}-again.png")) as second:
            assert (np.asarray(first) == np.asarray(second)).all()


def test_the_same_seed_is_the_same_picture_in_any_company(run_here: Path, quick_housegan: Housegan) -> None:
    quick_housegan("sample", "--count", "3", "--seed", "0", "--to", "first")
    quick_housegan("sample", "--count", "1", "--seed", "2", "--to", "second")
    assert Path("first/seed-00002.png").read_bytes() == Path("second/seed-00002.png").read_bytes()


def test_different_seeds_and_moments_are_different_pictures(run_here: Path, quick_housegan: Housegan) -> None:
    quick_housegan("sample", "--count", "2", "--to", "late")
    quick_housegan("sample", "--count", "2", "--to", "early", "--at", "images:40")
    pictures = {path.read_bytes() for path in (*Path("late").glob("seed-*"), *Path("early").glob("seed-*"))}
    assert len(pictures) == 4


def test_a_favourite_is_found_again(run_here: Path, quick_housegan: Housegan) -> None:
    assert "no favourite yet" in quick_housegan("sample", "--at", "favourite").stderr
    done = quick_housegan("favourite", "1", "--at", "epoch:3", "--name", "blue")
    assert done.returncode == 0, done.stderr
    images = int((run_here / "notes.jsonl").read_text().split('"images": ')[1].split(",")[0])
    with safe_open(run_here / "generators" / f"{images:012d}.safetensors", framework="np") as file:
        assert json.loads(file.metadata()["housegan"])["moment"]["stage"] == "finetune"
    assert f"at {images:,} images" in quick_housegan("sample", "--at", "favourite", "--count", "1").stdout


def test_a_film_shows_every_keyframe_and_plays_as_long_as_it_says(run_here: Path, quick_housegan: Housegan) -> None:
    done = quick_housegan("video", "--seconds", "2")
    assert done.returncode == 0, done.stderr
    with av.open(str(OUT / "progress.mp4")) as container:
        assert container.duration == pytest.approx(2e6, rel=0.02)
    assert "2.0 seconds" in done.stdout


def test_a_plot_is_drawn_where_one_asks(run_here: Path, quick_housegan: Housegan) -> None:
    assert quick_housegan("plot", "--to", "p.png").returncode == 0
    with Image.open("p.png") as image:
        assert image.format == "PNG"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("again", "nothing.png"), "There is no nothing.png"),
        (("again", "foreign.png"), "doesn't say where it comes from"),
        (("again", "elsewhere.png"), "is not here"),
        (("again", "text.txt"), "is no PNG"),
        (("video", "--to", "film.avi"), "must end in .mp4"),
        (("sample", "9"), "There is no run '9'"),
        (("sample", "--at", "yesterday"), "must be last, best, favourite"),
    ],
)
def test_mistakes_get_one_sentence(
    run_here: Path, quick_housegan: Housegan, arguments: tuple[str, ...], sentence: str
) -> None:
    from housegan.explore.samples import Origin
    from housegan.sheets import png

    black = np.zeros((8, 8, 3), np.uint8)
    Path("foreign.png").write_bytes(png(black))
    Path("elsewhere.png").write_bytes(png(black, Origin("../../etc", 1, (0,)).facts()))
    Path("text.txt").write_text("no picture")
    done = quick_housegan(*arguments)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_without_any_run_the_commands_say_what_to_do(workdir: Path, quick_housegan: Housegan) -> None:
    done = quick_housegan("video")
    assert (done.returncode, "housegan train" in done.stderr) == (1, True)


def test_a_full_disk_is_one_sentence(run_here: Path, command_environment: dict[str, str]) -> None:
    """A limit of 8 KB on a file's size stands in for the disk's end."""
    script = f"ulimit -f 8; exec {sys.executable} -m housegan plot"
    done = subprocess.run(["bash", "-c", script], env=command_environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "disk is full" in done.stderr
    assert not list(OUT.glob("*.png"))
