"""The progress film, made of grids whose colours are known."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from housegan.errors import HouseganError
from housegan.run.folder import Run
from housegan.run.lines import append_line
from housegan.sheets import tiled
from housegan.video.film import CAPTION_PX, Cell, Film
from housegan.video.flashes import Shown, judge
from housegan.video.keyframes import Keyframe, keyframes, original_schedule, thinned
from housegan.video.strips import MARGIN_PX, chosen_strips, panel
from housegan.video.timeline import HOLD_S, Title, most_keyframes, natural_seconds, segment, stage_changes, timeline

FPS = 30


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
                "images": images, "stage": stage, "stage_images": images - since, "epoch": (images - since) / 500,
                "loss_d": 0.5, "loss_g": images / 8000, "score_real": 0.7, "score_real_std": 0.1, "score_fake": 0.3,
                "score_fake_std": 0.1,
            }  # fmt: skip
            append_line(run.path / "metrics.jsonl", metrics)
            append_line(run.path / "timing.jsonl", {"images": images, "seconds": images / 10})
    return run


def many(count: int, *, epochs_each: float = 1, pretraining: int = 0) -> list[Keyframe]:
    return [
        Keyframe(Path(str(n)), "", n, "pretrain" if n < pretraining else "finetune", n * epochs_each)
        for n in range(count)
    ]


def test_captions_say_stage_epoch_images_and_time(run: Run) -> None:
    captions = [keyframe.caption for keyframe in keyframes(run)]
    assert captions[0] == "pretrain    epoch 0.0    0 images    0.0 minutes"
    assert captions[3] == "pretrain    epoch 6.0    3,000 images    5.0 minutes"
    assert captions[6] == "finetune    epoch 4.0    6,000 images    10.0 minutes"


def test_there_are_never_more_than_two_keyframes_a_second(run: Run) -> None:
    found = keyframes(run)
    for seconds, titles in (
        (1.5, {}),
        (2.5, {}),
        (3, {}),
        (60, {}),
        (12, {"finetune": "now"}),
        (75, {"finetune": "now"}),
    ):
        chosen = thinned(found, most_keyframes(seconds, len(titles)))
        stops = timeline(chosen, seconds=seconds, titles=titles)
        steps = np.diff([stop.at_s for stop in stops[:-1]])
        assert steps.min() >= 0.5 - 1e-9, seconds
        assert stops[-1].at_s == seconds
        assert (stops[0].shown, stops[-1].shown) == (found[0], found[-1])


def test_a_long_run_is_thinned_denser_early_with_the_ends_of_its_stages() -> None:
    chosen = thinned(many(1000, pretraining=301), 151)
    places = [keyframe.images for keyframe in chosen]
    assert len(places) == len(set(places)) == 151
    assert {0, 300, 301, 999} <= set(places)
    assert sum(place < 500 for place in places) > 90
    assert places == sorted(places)


def test_the_original_s_schedule_is_each_of_thirty_epochs_and_then_each_fifth() -> None:
    chosen = original_schedule(many(401, epochs_each=0.5))
    assert [keyframe.epoch for keyframe in chosen] == [*range(31), *range(35, 201, 5)]
    assert natural_seconds(len(chosen), 0) == (len(chosen) - 1) / 2 + HOLD_S


def test_where_grids_are_missing_the_nearest_are_shown_once() -> None:
    chosen = original_schedule(many(4, epochs_each=20))
    assert [keyframe.epoch for keyframe in chosen] == [0, 20, 40, 60]


def test_frames_go_from_the_first_grid_to_the_last_and_never_back(run: Run) -> None:
    stops = timeline(keyframes(run), seconds=6, titles={})
    film = list(Film(stops, FPS).frames())
    assert len(film) == len(Film(stops, FPS)) == 6 * FPS
    height, width = film[0].shape[:2]
    assert width % 2 == height % 2 == 0
    brightness = np.array([frame[: height - CAPTION_PX - 4].mean() for frame in film])
    assert brightness[0] == 0
    assert brightness[-1] == 240
    assert (np.diff(brightness) >= 0).all()
    assert (brightness[-round(1.5 * FPS) :] == 240).all()


def test_half_way_between_black_and_white_is_half_the_light(tmp_path: Path) -> None:
    for name, colour in (("a", "black"), ("b", "white")):
        Image.new("RGB", (40, 40), colour).save(tmp_path / f"{name}.png")
    stops = timeline([Keyframe(tmp_path / f"{name}.png", "", 0) for name in "ab"], seconds=4, titles={})
    film = list(Film(stops, FPS).frames())
    assert film[3 * FPS // 2][20, 20].tolist() == [188, 188, 188]


def test_a_title_stands_between_the_stages(run: Run) -> None:
    found = keyframes(run)
    assert stage_changes(found) == 1
    stops = timeline(found, seconds=20, titles={"finetune": "Fine-tuning on b"})
    (first, _second) = [stop for stop in stops if isinstance(stop.shown, Title)]
    frames = list(Film(stops, FPS).frames())
    title = frames[round((first.at_s + 0.7) * FPS)]
    assert title[:40].max() < 40
    assert title.max() > 200


def test_grids_of_black_and_white_by_turns_make_a_film_that_does_not_even_warn(tmp_path: Path) -> None:
    """The worst that a default film can be made of."""
    for name, colour in (("a", "black"), ("b", "white")):
        Image.new("RGB", (40, 40), colour).save(tmp_path / f"{name}.png")
    found = [Keyframe(tmp_path / f"{'ab'[n % 2]}.png", "", n, "pretrain" if n < 6 else "finetune") for n in range(14)]
    for titles in ({}, {"finetune": "now"}):
        stops = timeline(found, seconds=natural_seconds(len(found), len(titles)), titles=titles)
        frames = Film(stops, FPS).frames()
        report = judge(Shown(number / FPS, 1 / FPS, frame) for number, frame in enumerate(frames))
        assert report.verdict == "pass"
        assert 2 <= report.transitions <= 3


def test_one_picture_of_the_grid_is_shown_large(tmp_path: Path) -> None:
    pictures = np.stack([np.full((16, 16, 3), 20 * number, np.uint8) for number in range(9)])
    Image.fromarray(tiled(pictures, columns=3)).save(tmp_path / "a.png")
    stops = timeline([Keyframe(tmp_path / "a.png", "", 0)] * 2, seconds=2, titles={})
    frame = next(Film(stops, FPS, Cell(6, 16, 3)).frames())
    assert frame.shape[:2] == (720 + CAPTION_PX, 720)
    assert (frame[:720] == 100).all()
    small = next(Film(stops, FPS, Cell(6, 16, 3), most_px=300).frames())
    assert small.shape[1] <= 300


def test_strips_uncover_what_has_happened_by_then(run: Run) -> None:
    strips = panel(chosen_strips(run, ["losses", "scores"]), 400)
    width = strips.bare.shape[1]
    assert (strips.until(0)[:, MARGIN_PX + 2 :] == strips.bare[:, MARGIN_PX + 2 :]).all()
    assert (strips.until(8000)[:, : width - MARGIN_PX] == strips.drawn[:, : width - MARGIN_PX]).all()
    half = strips.until(4000)
    assert (half[:, : width // 2 - 4] == strips.drawn[:, : width // 2 - 4]).all()
    assert (half[:, width // 2 + 4 :] == strips.bare[:, width // 2 + 4 :]).all()
    changed = (strips.bare != strips.drawn).any(-1)
    assert changed[:200].any()
    assert changed[200:].any()
    stops = timeline(keyframes(run), seconds=6, titles={})
    frame = next(Film(stops, FPS, strips=panel(chosen_strips(run, ["losses"]), Film(stops, FPS).height)).frames())
    assert frame.shape[1] % 2 == 0


def test_strips_that_cannot_be_drawn_say_why(run: Run) -> None:
    with pytest.raises(HouseganError, match="never evaluated"):
        chosen_strips(run, ["kid"])
    with pytest.raises(HouseganError, match="losses, scores, kid"):
        chosen_strips(run, ["fid"])


def test_kid_is_drawn_where_the_run_was_evaluated(run: Run) -> None:
    numbers = dict.fromkeys(("precision", "recall", "density", "coverage"), 0.5)
    for images, kid in ((2000, 0.4), (6000, 0.1)):
        line = {
            "stage": "finetune", "images": images, "stage_images": images, "epoch": 1.0, "samples": 100,
            "kid_lite0": kid, "kid_lite0_error": 0.02, "kid_lite0_real": 0.01, **numbers,
            **{f"{name}_real": value for name, value in numbers.items()}, "copying": None, "copying_z": None,
            "copying_close": None, "score_real": 0.7, "score_fake": 0.3, "verdict": "improving", "said": "It improves.",
        }  # fmt: skip
        append_line(run.path / "metrics.jsonl", line)
    (strip,) = chosen_strips(run, ["kid"])
    assert strip.curves[0].values.tolist() == [0.4, 0.1]
    assert strip.curves[1].values.tolist() == [0.01, 0.01]
    strips = panel([strip], 300, begins=[4000])
    first, last = (np.flatnonzero((strips.drawn != strips.bare).any(-1).any(0))[place] for place in (0, -1))
    assert MARGIN_PX <= first < last <= strips.bare.shape[1] - MARGIN_PX + 4


def test_a_moment_lies_between_two_stops(run: Run) -> None:
    stops = timeline(keyframes(run), seconds=6, titles={})
    assert segment(stops, 0) == (0, 0)
    place, share = segment(stops, stops[3].at_s + 0.25 * (stops[4].at_s - stops[3].at_s))
    assert (place, round(share, 6)) == (3, 0.25)
    assert segment(stops, 6)[0] == len(stops) - 2


def test_a_run_that_has_only_begun_says_so(tmp_path: Path) -> None:
    run = Run(tmp_path / "00001-a")
    run.path.mkdir()
    with pytest.raises(HouseganError, match="let it train a little longer"):
        keyframes(run)
