"""`sample` and `again`: seeds, truncation, sheets, latents, and what is picked says so."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from housegan.catalog import Catalog, Decision
from housegan.config import ModelConfig
from housegan.dataset import as_bytes
from housegan.errors import HouseganError
from housegan.explore.samples import Origin, drawn, latent, origin_of
from housegan.explore.wishes import layout_in, pick_in, seeds_in
from housegan.networks import Generator
from housegan.randomness import generator_for
from housegan.sheets import GAP_PX, LINE_PX, png, tiled
from tests.conftest import Housegan

OUT = Path("runs/00001-houses-towers/out")
GENERATOR = Generator(ModelConfig(size=32, generator_channels=4)).eval()


@pytest.fixture
def run_here(described: Path, workdir: Path) -> Path:
    """The run and its sets copied into the test's own working folder."""
    for part in ("runs", "data"):
        shutil.copytree(described / part, workdir / part)
    return workdir / "runs" / "00001-houses-towers"


def pixels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image)


def test_seeds_picks_and_layouts_are_read_as_people_type_them() -> None:
    assert seeds_in("0-3,7, 5,2") == (0, 1, 2, 3, 7, 5)
    assert seeds_in("9") == (9,)
    assert len(seeds_in("0-9999")) == 10_000
    assert pick_in("16 of 500") == (16, 500)
    assert pick_in("16of1,000") == (16, 1000)
    assert layout_in("100x100") == layout_in("100 × 100") == (100, 100)


@pytest.mark.parametrize("text", ["", "a", "5-3", "1-", "-1", "1,,2", "1.5", "0-10000", "0-9999,10001", "9" * 30])
def test_seeds_that_make_no_sense_are_a_sentence(text: str) -> None:
    with pytest.raises(HouseganError, match=r"--seeds|too many"):
        seeds_in(text)


@pytest.mark.parametrize("text", ["16", "0 of 5", "5 of 5", "6 of 5", "x of y", "-1 of 5", "1 of 20000"])
def test_picks_that_make_no_sense_are_a_sentence(text: str) -> None:
    with pytest.raises(HouseganError, match=r"--best|too many"):
        pick_in(text)


@pytest.mark.parametrize("text", ["10", "0x5", "101x100", "axb", "1x2x3"])
def test_layouts_that_make_no_sense_are_a_sentence(text: str) -> None:
    with pytest.raises(HouseganError, match=r"--sheet|too many"):
        layout_in(text)


def test_truncation_shortens_z_and_keeps_its_direction_and_one_changes_nothing() -> None:
    z = latent(GENERATOR, 5)
    assert torch.equal(z, torch.randn(1, 64, generator=generator_for(5, "latent")))
    assert torch.allclose(latent(GENERATOR, 5, truncation=0.7), 0.7 * z)
    pictures = {share: np.stack(list(drawn(GENERATOR, range(8), truncation=share))) for share in (1.0, 0.5, 0.05)}
    spread = [pictures[share].astype(float).std(axis=0).mean() for share in (1.0, 0.5, 0.05)]
    assert spread[0] > spread[1] > spread[2]


def test_a_large_sheet_is_the_pictures_in_order_and_is_drawn_anew_byte_for_byte(
    run_here: Path, quick_housegan: Housegan
) -> None:
    done = quick_housegan("sample", "--sheet", "12x5", "--truncation", "0.6", "--no-singles", "--to", "a")
    assert done.returncode == 0, done.stderr
    assert "60 pictures" in done.stdout
    assert "uncurated" in done.stdout
    assert [path.name for path in Path("a").iterdir()] == ["grid.png"]
    quick_housegan("sample", "--seeds", "0-59", "--truncation", "0.6", "--no-singles", "--sheet", "12x5", "--to", "b")
    assert quick_housegan("again", "a/grid.png").returncode == 0
    first = Path("a/grid.png").read_bytes()
    assert first == Path("b/grid.png").read_bytes() == Path("a/grid-again.png").read_bytes()
    quick_housegan("sample", "--seeds", "41", "--truncation", "0.6", "--to", "c")
    top, left = 3 * (32 + GAP_PX), 5 * (32 + GAP_PX)
    assert (pixels(Path("a/grid.png"))[top : top + 32, left : left + 32] == pixels(Path("c/seed-00041.png"))).all()
    assert quick_housegan("again", "c/seed-00041.png").returncode == 0
    assert Path("c/seed-00041.png").read_bytes() == Path("c/seed-00041-again.png").read_bytes()


def test_more_pictures_than_a_sheet_holds_fill_further_sheets(run_here: Path, quick_housegan: Housegan) -> None:
    done = quick_housegan("sample", "--count", "10", "--sheet", "2x2", "--to", "a")
    assert "a/grid-1.png to grid-3.png" in done.stdout
    assert [origin_of(path).seeds for path in sorted(Path("a").glob("grid-*"))] == [(0, 1, 2, 3), (4, 5, 6, 7), (8, 9)]
    assert pixels(Path("a/grid-3.png")).shape == (32, 2 * 32 + GAP_PX, 3)


def test_latents_give_the_very_pictures(run_here: Path, quick_housegan: Housegan) -> None:
    from housegan.run.chosen import choose

    quick_housegan("sample", "--seeds", "3,9", "--truncation", "0.8", "--latents", "--to", "a")
    values = json.loads(Path("a/latents.json").read_text())
    assert values["truncation"] == 0.8
    assert list(values["latents"]) == ["3", "9"]
    generator = choose(None, "last").snapshot.generator()
    for seed, z in values["latents"].items():
        with torch.no_grad():
            picture = as_bytes(generator(torch.tensor([z])))[0]
        assert (picture == pixels(Path(f"a/seed-{int(seed):05d}.png"))).all()


def test_what_is_picked_says_so_on_the_sheet_and_in_every_file(run_here: Path, quick_housegan: Housegan) -> None:
    done = quick_housegan("sample", "--best", "4 of 20", "--to", "a")
    assert done.returncode == 0, done.stderr
    said = "picked: 4 of 20 by realism"
    assert said in done.stdout
    files = sorted(Path("a").iterdir())
    assert len(files) == 5
    assert {origin_of(path).picked for path in files} == {said}
    grid = pixels(Path("a/grid.png"))
    pictures = np.stack([pixels(Path(f"a/seed-{seed:05d}.png")) for seed in origin_of(Path("a/grid.png")).seeds])
    body = tiled(pictures, columns=2)
    assert (grid[-len(body) :, : body.shape[1]] == body).all()
    assert (grid[:LINE_PX] < 100).any()
    assert quick_housegan("again", "a/grid.png").returncode == 0
    assert Path("a/grid.png").read_bytes() == Path("a/grid-again.png").read_bytes()
    quick_housegan("sample", "--count", "4", "--to", "b")
    assert origin_of(Path("b/grid.png")).picked == ""
    assert pixels(Path("b/grid.png")).shape == (2 * 32 + GAP_PX, 2 * 32 + GAP_PX, 3)


def test_the_most_real_are_picked_the_best_first(run_here: Path, quick_housegan: Housegan) -> None:
    from housegan.features import described
    from housegan.judge.realism import realism
    from housegan.run.chosen import choose

    quick_housegan("sample", "--best", "3 of 12", "--seed", "5", "--to", "a")
    generator = choose(None, "last").snapshot.generator()
    pack = next(Path("data/towers/curated").glob("32-*"))
    rows = [json.loads(line) for line in (pack / "images.jsonl").read_text().splitlines()]
    real = np.load(pack / "images.npy")[[not row["held_out"] for row in rows]]
    scores = realism(described(real), described(drawn(generator, range(5, 17))))
    assert origin_of(Path("a/grid.png")).seeds == tuple(5 + np.argsort(-scores)[:3])


def test_taste_is_learned_from_the_review_and_says_when_it_was_too_short(
    run_here: Path, quick_housegan: Housegan
) -> None:
    taste = ("sample", "--best", "4 of 12", "--taste", "towers", "--to", "a")
    assert "Nobody has decided anything about 'towers'" in quick_housegan(*taste).stderr
    with Catalog(Path("data/towers")) as catalog:
        digests = [picture.sha256 for picture in catalog.pictures()]
        words = [Decision(one, "review", 1, "w:1", "keep" if place % 2 else "reject", by="person")
                 for place, one in enumerate(digests)]  # fmt: skip
        catalog.record(words[:12])
        few = quick_housegan(*taste)
        assert few.returncode == 1
        assert "takes 10 kept and 10 rejected pictures of 'towers', of which 6 and 6 are there" in few.stderr
        catalog.record(words[12:])
    done = quick_housegan(*taste)
    assert done.returncode == 0, done.stderr
    assert "picked: 4 of 12 by the taste of towers" in done.stdout
    first = origin_of(Path("a/grid.png")).seeds
    with Catalog(Path("data/towers")) as catalog:  # the opposite taste picks the opposite end
        catalog.record([replace(one, verdict="keep" if one.verdict == "reject" else "reject") for one in words])
    quick_housegan(*taste)
    assert not set(first) & set(origin_of(Path("a/grid.png")).seeds)


def test_a_file_of_weights_draws_and_its_pictures_are_drawn_anew_by_the_same_file_alone(
    run_here: Path, quick_housegan: Housegan
) -> None:
    shutil.copy(sorted((run_here / "generators").iterdir())[-1], "castles.safetensors")
    done = quick_housegan("sample", "castles.safetensors", "--count", "2")
    assert done.returncode == 0, done.stderr
    single = next(Path("out/castles").glob("*/seed-00001.png"))
    quick_housegan("sample", "--count", "2", "--to", "a")
    assert (pixels(single) == pixels(Path("a/seed-00001.png"))).all()
    assert quick_housegan("again", single).returncode == 0
    assert single.read_bytes() == single.with_name("seed-00001-again.png").read_bytes()
    shutil.copy(sorted((run_here / "generators").iterdir())[0], "castles.safetensors")
    assert "put the same castles.safetensors into this folder" in quick_housegan("again", single).stderr
    assert "pick by --taste" in quick_housegan("sample", "castles.safetensors", "--best", "1 of 2").stderr


def test_sheets_of_former_versions_are_drawn_anew(run_here: Path, quick_housegan: Housegan) -> None:
    quick_housegan("sample", "--count", "5", "--to", "a")
    images = origin_of(Path("a/grid.png")).snapshot
    pictures = np.stack([pixels(Path(f"a/seed-{seed:05d}.png")) for seed in range(5)])
    facts = {"housegan": json.dumps({"run": run_here.name, "snapshot": images, "seeds": [0, 1, 2, 3, 4]})}
    Path("old.png").write_bytes(png(tiled(pictures), facts))
    assert quick_housegan("again", "old.png").returncode == 0
    assert (pixels(Path("old-again.png")) == pixels(Path("old.png"))).all()


@pytest.mark.parametrize(
    "values",
    [{"truncation": 0}, {"truncation": "x"}, {"truncation": float("nan")}, {"columns": 0}, {"columns": 1e9},
     {"seeds": []}, {"seeds": [-1]}, {"seeds": 3}, {"run": "../x", "weights": "0"}],
)  # fmt: skip
def test_what_strangers_write_into_a_png_does_no_harm(
    workdir: Path, quick_housegan: Housegan, values: dict[str, object]
) -> None:
    facts = {"housegan": json.dumps({"run": "x", "snapshot": 1, "seeds": [0]} | values)}
    Path("a.png").write_bytes(png(np.zeros((8, 8, 3), np.uint8), facts))
    done = quick_housegan("again", "a.png")
    assert done.returncode == 1
    assert "doesn't say where it comes from" in done.stderr or "can't name" in done.stderr


def test_options_that_contradict_each_other_are_wrong_usage(run_here: Path, quick_housegan: Housegan) -> None:
    for arguments in (("--count", "3", "--seeds", "0-5"), ("--best", "1 of 4", "--count", "2"), ("--taste", "towers")):
        done = quick_housegan("sample", *arguments)
        assert done.returncode in (1, 2)
        assert "together" in done.stderr or "say how many of how many" in done.stderr


def test_an_origin_says_only_what_is_unusual() -> None:
    assert json.loads(Origin("r", 3, (1, 2)).facts()["housegan"]) == {"run": "r", "snapshot": 3, "seeds": [1, 2]}
