"""`walk` and `interpolate` on a real run."""

import shlex
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
import scipy.io.wavfile
from numpy.typing import NDArray
from PIL import Image

from tests.conftest import Housegan

OUT = Path("runs/00001-houses-towers/out")
SMALL = ("--px", "64", "--stops", "2", "--seconds", "1")


@pytest.fixture
def run_here(trained: Path, workdir: Path) -> Path:
    """The run copied into the test's own working folder."""
    shutil.copytree(trained / "runs", workdir / "runs")
    return workdir / "runs" / "00001-houses-towers"


def frames(path: Path) -> NDArray[np.uint8]:
    with av.open(path) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def enlarged(picture: str) -> NDArray[np.int_]:
    with Image.open(picture) as image:
        return np.asarray(image.resize((64, 64), Image.Resampling.BICUBIC)).astype(int)


def tile(sheet: Path, row: int, column: int) -> NDArray[np.uint8]:
    with Image.open(sheet) as image:
        return np.asarray(image)[row * 34 : row * 34 + 32, column * 34 : column * 34 + 32]


def test_a_walk_is_a_closed_loop_through_the_pictures_of_sample_and_the_same_file_twice(
    run_here: Path, quick_housegan: Housegan
) -> None:
    done = quick_housegan("walk", *SMALL, "--seed", "3")
    assert done.returncode == 0, done.stderr
    film = next(OUT.glob("walk-*.mp4"))
    assert str(film) in done.stdout
    assert "times the mean" in done.stdout.splitlines()[-1]
    shown = frames(film).astype(int)
    assert shown.shape == (30, 64, 64, 3)
    quick_housegan("sample", "--count", "2", "--seed", "3", "--to", "samples")
    for frame, seed, other in ((0, 3, 4), (15, 4, 3)):
        near, far = (np.abs(shown[frame] - enlarged(f"samples/seed-{name:05d}.png")).mean() for name in (seed, other))
        assert near < min(10, 0.7 * far)  # the film's colours are coarser
    steps = np.abs(np.diff(np.concatenate([shown, shown[:1]]), axis=0)).mean(axis=(1, 2, 3))
    assert steps[-1] <= steps.max()  # from the last frame to the first it goes on
    assert quick_housegan("walk", *SMALL, "--seed", "3", "--to", "again.mp4").returncode == 0
    assert Path("again.mp4").read_bytes() == film.read_bytes()


def test_tiles_walk_different_seeds_in_the_shape_one_asks_for(run_here: Path, quick_housegan: Housegan) -> None:
    done = quick_housegan("walk", *SMALL, "--tiles", "2", "--shape", "16:9", "--pace", "steady", "--to", "wide.mp4")
    assert done.returncode == 0, done.stderr
    assert "2 tiles, 2 seeds each" in done.stdout
    shown = frames(Path("wide.mp4"))
    assert shown.shape[1:3] == (64, 114)
    left, right = shown[0, :, :57].astype(int), shown[0, :, 57:].astype(int)
    assert np.abs(left - right).mean() > 1


def test_an_orbit_stays_near_its_seed(run_here: Path, quick_housegan: Housegan) -> None:
    done = quick_housegan("walk", "--orbit", "10", "--px", "64", "--seconds", "1", "--seeds", "5", "--to", "round.mp4")
    assert done.returncode == 0, done.stderr
    assert "around seed 5" in done.stdout
    assert len(frames(Path("round.mp4"))) == 30


def test_on_music_the_seeds_are_on_the_beats_and_the_music_is_in_the_film(
    run_here: Path, quick_housegan: Housegan
) -> None:
    rate = 22_050
    samples = np.zeros(rate * 7, np.int16)
    for beat in np.arange(0.3, 6.9, 1 / 3):  # 180 a minute
        samples[round(beat * rate) :][:200] = 15_000
    scipy.io.wavfile.write("music.wav", rate, samples)
    done = quick_housegan(
        "walk", "--beats", "music.wav", "--bpm", "180", "--px", "64", "--stops", "2", "--to", "out/music.mp4"
    )
    assert done.returncode == 0, done.stderr
    assert "a seed on every second, since more than two seeds a second could flash" in done.stdout
    with av.open("out/music.mp4") as film:
        assert [stream.type for stream in film.streams] == ["video", "audio"]
        assert film.streams.video[0].frames == 210
    assert [path.name for path in Path("out").glob("*.mp4")] == ["music.mp4"]
    assert not [path for path in Path("out").iterdir() if path.name.startswith(".")]


def test_rows_begin_and_end_with_the_pictures_of_their_seeds_and_say_how_to_draw_them_anew(
    run_here: Path, quick_housegan: Housegan
) -> None:
    done = quick_housegan("interpolate", "--seeds", "4,9,2", "--steps", "3", "--at", "images:200")
    assert done.returncode == 0, done.stderr
    sheet = next(OUT.glob("interpolation-*.png"))
    quick_housegan("sample", "--count", "10", "--to", "samples", "--at", "images:200")
    for (row, column), seed in {(0, 0): 4, (0, 3): 9, (1, 0): 9, (1, 3): 2}.items():
        with Image.open(f"samples/seed-{seed:05d}.png") as image:
            wanted = np.asarray(image).astype(int)
        assert np.abs(tile(sheet, row, column) - wanted).max() <= 1  # a batch rounds as it likes
    first = sheet.read_bytes()
    with Image.open(sheet) as image:
        command = str(image.info["Comment"])
    sheet.unlink()
    assert quick_housegan(*shlex.split(command)[1:]).returncode == 0
    assert sheet.read_bytes() == first
    quick_housegan(*shlex.split(command)[1:], "--straight", "--to", "lines.png")
    assert Path("lines.png").read_bytes() != first


def test_a_file_of_weights_walks_too(run_here: Path, quick_housegan: Housegan) -> None:
    shutil.copy(sorted((run_here / "generators").iterdir())[-1], "towers.safetensors")
    done = quick_housegan("interpolate", "towers.safetensors", "--seeds", "0,1", "--steps", "1")
    assert done.returncode == 0, done.stderr
    assert list(Path("out/towers").glob("interpolation-*.png"))


@pytest.mark.parametrize(
    ("arguments", "sentence", "code"),
    [
        (("walk", "--beats", "text.txt"), "sound", 1),
        (("walk", "--beats", "nothing.wav"), "There is no nothing.wav", 1),
        (("walk", "--beats", "still.wav"), "is silent", 1),
        (("walk", "--beats", "still.wav", "--bpm", "100"), "silent or too short", 1),
        (("walk", "--stops", "9", "--seconds", "3"), "more than two a second", 1),
        (("walk", "--seeds", "1,2,3", "--tiles", "2"), "can't be dealt to 2 tiles", 1),
        (("walk", "--seeds", "one"), "must be numbers", 1),
        (("walk", "--orbit", "5", "--bpm", "90"), "circles one seed", 2),
        (("walk", "--seeds", "1,2", "--stops", "3"), "give one of them", 2),
        (("walk", "--to", "film.gif"), "must end in .mp4", 1),
        (("interpolate", "--seeds", "3"), "two seeds at least", 1),
        (("interpolate", "9"), "There is no run '9'", 1),
    ],
)
def test_a_mistake_gets_one_sentence_and_leaves_nothing(
    run_here: Path, quick_housegan: Housegan, arguments: tuple[str, ...], sentence: str, code: int
) -> None:
    Path("text.txt").write_text("no music")
    scipy.io.wavfile.write("still.wav", 8000, np.zeros(16_000, np.int16))
    done = quick_housegan(*arguments)
    assert (done.returncode, sentence in done.stderr) == (code, True), done.stderr
    assert "fault of housegan" not in done.stderr
    assert not list(Path().glob("**/*.mp4"))
