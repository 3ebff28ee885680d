"""`video` and `flashes`, as a person types them."""

import json
from pathlib import Path

import av
import numpy as np
import pytest
import yaml
from PIL import Image
from typer.testing import CliRunner

from housegan.cli import app
from housegan.config import Recipe
from housegan.run.folder import Run, RunConfig, SetUsed
from housegan.run.lines import append_line
from housegan.sheets import tiled
from housegan.video.encoder import encode
from tests.video.drawn import checkerboard


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with one run: ten grids of 2 × 2 pictures of 32 px, two stages, an evaluation."""
    monkeypatch.chdir(tmp_path)
    recipe = Recipe.model_validate({"model": {"size": 32}, "watch": {"grid": 2}})
    used = [SetUsed(name=name, pack=name, pictures=100) for name in ("houses", "towers")]
    run = Run(tmp_path / "runs" / "00001-houses-towers")
    (run.path / "samples").mkdir(parents=True)
    run.write_config(
        RunConfig(
            recipe=recipe,
            recipe_name="default",
            seed=0,
            pretrain=used[0],
            finetune=used[1],
            precision="fp32",
            device="cpu",
        )
    )
    rng = np.random.default_rng(0)
    for number in range(10):
        images = number * 100
        pictures = np.broadcast_to(rng.integers(0, 256, (4, 1, 1, 3), dtype=np.uint8), (4, 32, 32, 3))
        Image.fromarray(tiled(pictures, columns=2)).save(run.path / "samples" / f"{images:012d}.png")
        stage, since = ("pretrain", 0) if images < 500 else ("finetune", 400)
        if images:
            line = {"images": images, "stage": stage, "stage_images": images - since, "epoch": (images - since) / 100}
            numbers = dict.fromkeys(("loss_d", "loss_g", "score_real", "score_real_std", "score_fake"), 0.5)
            append_line(run.path / "metrics.jsonl", {**line, **numbers, "score_fake_std": 0.1})
            append_line(run.path / "timing.jsonl", {"images": images, "seconds": images})
    return tmp_path


def typed(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, arguments)
    error = f"{result.exception}" if result.exception else ""
    return result.exit_code, result.stdout, result.stderr + error


def frames_in(path: Path) -> tuple[int, int, int]:
    with av.open(path) as container:
        stream = container.streams.video[0]
        return sum(1 for _ in container.decode(stream)), stream.width, stream.height


def test_a_film_is_made_measured_and_said(folder: Path) -> None:
    code, out, _ = typed("video", "--seconds", "13", "--strips", "losses, scores", "--fps", "10")
    assert code == 0
    film = folder / "runs" / "00001-houses-towers" / "out" / "progress.mp4"
    assert "10 keyframes, 13.0 seconds" in out
    assert "Flashes: pass" in out
    count, width, height = frames_in(film)
    assert count == 130
    assert width > height
    assert json.loads(film.with_name("progress.mp4.flashes.json").read_text())["verdict"] == "pass"
    code, out, _ = typed("flashes", str(film))
    assert (code, out) == (0, "pass\n")


def test_the_original_s_schedule_says_how_long_it_becomes(folder: Path) -> None:
    code, out, _ = typed("video", "1", "--schedule", "original", "--seconds", "2", "--to", "a.webm", "--fps", "12")
    assert code == 0
    assert "The original's schedule is 10 keyframes: 6.5 seconds at two a second." in out
    assert frames_in(folder / "a.webm")[0] == 24


def test_a_gif_and_a_webp_for_web_pages(folder: Path) -> None:
    assert typed("video", "--seconds", "1", "--to", "a.gif", "--fps", "12.5", "--picture", "1")[0] == 0
    with Image.open(folder / "a.gif") as gif:
        assert (gif.n_frames, gif.info["duration"]) == (12, 80)  # type: ignore[attr-defined]
        assert max(gif.size) <= 532
    assert typed("video", "--seconds", "1", "--to", "a.webp", "--fps", "10", "--picture", "1")[0] == 0
    with Image.open(folder / "a.webp") as webp:
        webp.load()
        assert (webp.n_frames, webp.info["duration"]) == (10, 100)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--to a.mov", ".mp4, .webm, .webp or .gif"), ("--picture 5", "have 4"), ("--strips kid", "never evaluated"),
        ("--strips fid", "losses, scores, kid"), ("--to a.gif --fps 30", "25, 20, 12.5"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_gets_a_sentence(folder: Path, options: str, said: str) -> None:
    code, _, error = typed("video", *options.split())
    assert code != 0
    assert said in error
    assert not list(folder.glob("*.*"))


def test_flashes_prints_one_word_or_json(tmp_path: Path) -> None:
    encode(tmp_path / "film", lambda: checkerboard(hertz=12, seconds=2), suffix=".webm", fps=24)
    code, out, error = typed("flashes", str(tmp_path / "film"))
    assert (code, out) == (0, "fail\n")
    assert "over 100%" in error
    report = json.loads(typed("flashes", str(tmp_path / "film"), "--json")[1])
    assert (report["verdict"], report["kind"], report["frames"]) == ("fail", "luminance", 48)


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_a_short_animation_is_judged_as_it_plays_again_and_again(tmp_path: Path, suffix: str) -> None:
    frames = [np.full((32, 32, 3), grey, np.uint8) for grey in (0, 255)]
    encode(tmp_path / "film", lambda: frames, suffix=suffix, fps=20)
    assert typed("flashes", str(tmp_path / "film"))[1] == "fail\n"


def test_strangers_files_get_a_sentence(tmp_path: Path) -> None:
    encode(tmp_path / "whole.webm", lambda: checkerboard(hertz=1, seconds=8), suffix=".webm", fps=24)
    whole = (tmp_path / "whole.webm").read_bytes()
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nwhole.webm\n#EXT-X-ENDLIST\n"
    files = {
        "empty.mp4": b"", "text.mp4": b"no video at all", "half.mp4": b"\0\0\0\x18ftypmp42" + b"\0" * 40,
        "list.m3u8": playlist, "riff.webp": b"RIFF\x10\0\0\0WEBPVP8 broken", "broken.gif": b"GIF89a\x10",
        "yaml.mp4": yaml.safe_dump({"a": 1}).encode(), "head.webm": whole[:300],
    }  # fmt: skip
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        code, out, error = typed("flashes", str(tmp_path / name))
        assert code == 1, name
        assert out == ""
        assert name in error
    assert "There is no file" in typed("flashes", str(tmp_path / "missing.mp4"))[2]
