"""The progress film, made of grids whose colours are known."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from housegan.errors import HouseganError
from housegan.run.folder import Run, append_line
from housegan.video.film import CAPTION_PX, FPS, HOLD_S, Keyframe, frame_count, frames, keyframes, thinned


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run with a grey grid at every thousand images, pretraining up to 4,000."""
    run = Run(tmp_path / "00001-a-b")
    (run.path / "samples").mkdir(parents=True)
    for number in range(9):
        images = number * 1000
        grey = Image.new("RGB", (90, 90), (number * 30,) * 3)
        grey.save(run.path / "samples" / f"{images:012d}.png")
        if images:
            stage, since = ("pretrain", 0) if images <= 4000 else ("finetune", 4000)
            metrics = {
                "images": images,
                "stage": stage,
                "stage_images": images - since,
                "epoch": (images - since) / 500,
            }
            append_line(run.path / "metrics.jsonl", metrics)
            append_line(run.path / "timing.jsonl", {"images": images, "seconds": images / 10})
    return run


def test_captions_say_stage_epoch_images_and_time(run: Run) -> None:
    captions = [keyframe.caption for keyframe in keyframes(run)]
    assert captions[0] == "0 images"
    assert captions[3] == "pretrain    epoch 6.0    3,000 images    5.0 minutes"
    assert captions[6] == "finetune    epoch 4.0    6,000 images    10.0 minutes"


def test_there_are_never_more_than_two_keyframes_a_second(run: Run) -> None:
    for seconds in (None, 1, 2.5, 3, 60):
        chosen, lasting = thinned(keyframes(run), seconds)
        assert len(chosen) - 1 <= 2 * lasting
        assert (chosen[0], chosen[-1]) == (keyframes(run)[0], keyframes(run)[-1])


def test_a_long_run_is_thinned_to_the_longest_film() -> None:
    many = [Keyframe(Path(str(number)), "") for number in range(1000)]
    chosen, lasting = thinned(many, None)
    assert lasting == 75
    assert len(chosen) == 151
    assert len(set(chosen)) == len(chosen)


def test_frames_go_from_the_first_grid_to_the_last_and_never_back(run: Run) -> None:
    chosen, lasting = thinned(keyframes(run), None)
    film = list(frames(chosen, seconds=lasting))
    assert len(film) == frame_count(lasting) == (4 + HOLD_S) * FPS
    height, width = film[0].shape[:2]
    assert width % 2 == height % 2 == 0
    brightness = np.array([frame[: height - CAPTION_PX - 4].mean() for frame in film])
    assert brightness[0] == 0
    assert brightness[-1] == 240
    assert (np.diff(brightness) >= 0).all()


def test_half_way_between_black_and_white_is_half_the_light(tmp_path: Path) -> None:
    for name, colour in (("a", "black"), ("b", "white")):
        Image.new("RGB", (40, 40), colour).save(tmp_path / f"{name}.png")
    film = list(frames([Keyframe(tmp_path / "a.png", ""), Keyframe(tmp_path / "b.png", "")], seconds=1))
    assert film[FPS // 2][20, 20].tolist() == [188, 188, 188]


def test_a_run_that_has_only_begun_says_so(tmp_path: Path) -> None:
    run = Run(tmp_path / "00001-a")
    run.path.mkdir()
    with pytest.raises(HouseganError, match="let it train a little longer"):
        keyframes(run)
