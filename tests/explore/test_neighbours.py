"""`neighbours`: planted copies are found in all three rows, and what can't be compared is said."""

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from housegan.explore.neighbour_sheet import neighbour_sheet
from housegan.explore.neighbours import WAYS, _unit, neighbours
from housegan.explore.samples import drawn
from housegan.progress import Progress
from housegan.run.chosen import choose
from housegan.run.folder import Run
from housegan.run.learned import Learned, learned_from, sets_of
from tests.conftest import Housegan

Pictures = NDArray[np.uint8]


@pytest.fixture
def run(described: Path, workdir: Path) -> Run:
    """The run and its sets copied into the test's own working folder."""
    for part in ("runs", "data"):
        shutil.copytree(described / part, workdir / part)
    return Run(Path("runs/00001-houses-towers"))


def parts_of(run: Run) -> list[Learned]:
    return learned_from(run, sets=sets_of(run.config(), stage="pretrain"))[0]


def recompressed(picture: Pictures) -> Pictures:
    """As others pass a picture on: large and as a poor JPEG. At 32 px its blocks would be a quarter of the side."""
    file = io.BytesIO()
    large = Image.fromarray(np.ascontiguousarray(picture)).resize((256, 256))
    large.save(file, "JPEG", quality=50)
    return np.asarray(Image.open(file).resize((32, 32), Image.Resampling.BOX))


def test_a_training_picture_mirrored_and_recompressed_among_the_samples_is_found_in_all_three_rows(run: Run) -> None:
    parts = parts_of(run)
    planted = [(part, place) for part in parts for place in (0, 7, len(part.rows) - 1)]
    copies = [recompressed(part.pack.images()[part.places[place]][:, ::-1]) for part, place in planted]
    others = list(drawn(choose(None, "last").snapshot.generator(), range(3)))
    with Progress("", total=None, unit="", if_stopped="") as bar:
        found = neighbours(np.stack([*others, *copies]), parts, kept_in=run.path / "out", bar=bar)
    for way in WAYS:
        for (part, place), near in zip(planted, found[way][3:], strict=True):
            assert (near[0].part, near[0].place) == (part, place), way
            if way != "features":  # the network hardly tells a picture from its mirror image
                assert near[0].mirrored
    for sample, near in enumerate(found["euclidean"]):
        assert (near[0].number < 0.5 * near[1].number) == (sample >= 3), "a copy stands out, others don't"


def test_the_numbers_are_those_of_a_plain_search(run: Run) -> None:
    parts = parts_of(run)
    samples = np.stack(list(drawn(choose(None, "last").snapshot.generator(), range(3))))
    with Progress("", total=None, unit="", if_stopped="") as bar:
        found = neighbours(samples, parts, kept_in=run.path / "out", bar=bar)
    training = np.concatenate([part.pack.images()[part.places] for part in parts]).astype(float)
    everyone = [(part, place) for part in parts for place in range(len(part.rows))]
    for sample, picture in enumerate(samples.astype(float)):
        rms = [min(np.sqrt(((picture - one[:, ::turn]) ** 2).mean()) for turn in (1, -1)) for one in training]
        same = [max(np.corrcoef(picture.ravel(), one[:, ::turn].ravel())[0, 1] for turn in (1, -1)) for one in training]
        for way, numbers, order in (("euclidean", rms, np.argsort(rms)), ("cosine", same, np.argsort(-np.array(same)))):
            near = found[way][sample]
            assert [(one.part, one.place) for one in near] == [everyone[place] for place in order[:5]]
            assert [one.number for one in near] == pytest.approx([numbers[place] for place in order[:5]], rel=1e-4)


def test_a_picture_is_shown_as_it_was_matched(run: Run) -> None:
    part = parts_of(run)[0]
    original = part.pack.images()[part.places[4]]
    with Progress("", total=None, unit="", if_stopped="") as bar:
        found = neighbours(np.stack([original, original[:, ::-1]]), [part], kept_in=run.path / "out", bar=bar)
    for way in WAYS:
        for near, picture in zip(found[way], (original, original[:, ::-1]), strict=True):
            assert (near[0].picture(32) == picture).all(), way
            assert near[0].number == pytest.approx(1 if way == "cosine" else 0, abs=1e-3)


def test_flat_pictures_have_no_direction() -> None:
    assert (_unit(np.full((1, 12), 7, np.float32)) == 0).all()


def test_held_out_pictures_are_not_compared(run: Run) -> None:
    for part in parts_of(run):
        rows = part.pack.rows()
        assert any(row.held_out for row in rows)
        assert [rows[place] for place in part.places] == list(part.rows)
        assert not any(row.held_out for row in part.rows)


def test_features_are_described_once_and_anew_where_the_file_is_damaged(run: Run, tmp_path: Path) -> None:
    part = parts_of(run)[0]
    with Progress("", total=None, unit="", if_stopped="") as bar:
        first = part.features(32, kept_in=tmp_path, bar=bar)
        (kept,) = tmp_path.glob("*.npy")
        np.save(kept, first + 1)
        assert (part.features(32, kept_in=tmp_path, bar=bar) == first + 1).all()
        kept.write_bytes(kept.read_bytes()[:500])
        assert (part.features(32, kept_in=tmp_path, bar=bar) == first).all()


def test_the_command_writes_a_sheet_and_json_with_what_is_known_of_each_picture(
    run: Run, quick_housegan: Housegan
) -> None:
    done = quick_housegan("neighbours", "--count", "3", "--seed", "4")
    assert done.returncode == 0, done.stderr
    assert "That none is seen doesn't show that nothing was copied" in done.stdout
    (folder,) = (run.path / "out").glob("neighbours-*-seeds-4-6")
    values = json.loads((folder / "neighbours.json").read_text())
    assert [one["sample"] for one in values["samples"]] == ["seed 4", "seed 5", "seed 6"]
    for sample in values["samples"]:
        for way in WAYS:
            assert len({(one["set"], one["sha256"]) for one in sample[way]}) == 5
            assert {"number", "mirrored", "title", "author", "licence", "url"} < sample[way][0].keys()
            numbers = [one["number"] for one in sample[way]]
            assert numbers == sorted(numbers, reverse=way == "cosine")
    before = (folder / "neighbours.png").read_bytes()
    assert quick_housegan("neighbours", "--count", "3", "--seed", "4").returncode == 0
    assert (folder / "neighbours.png").read_bytes() == before


def test_ones_own_picture_is_compared_and_what_is_none_gets_a_sentence(run: Run, quick_housegan: Housegan) -> None:
    part = parts_of(run)[1]
    large = Image.fromarray(part.pack.images()[part.places[2]][:, ::-1]).resize((320, 320), Image.Resampling.NEAREST)
    wide = Image.new("RGB", (480, 320))
    wide.paste(large, (80, 0))
    wide.save("mine.jpg", quality=50)
    done = quick_housegan("neighbours", "--picture", "mine.jpg", "--to", "a")
    assert done.returncode == 0, done.stderr
    (sample,) = json.loads(Path("a/neighbours.json").read_text())["samples"]
    assert sample["sample"] == "mine.jpg"
    assert {sample[way][0]["sha256"] for way in WAYS} == {part.rows[2].sha256}
    Path("no.jpg").write_text("<html>")
    assert "no.jpg can't be compared: a web page" in quick_housegan("neighbours", "--picture", "no.jpg").stderr
    assert "can't be read" in quick_housegan("neighbours", "--picture", "missing.jpg").stderr


def test_packs_that_have_gone_are_said(run: Run, quick_housegan: Housegan) -> None:
    shutil.rmtree("data/houses/curated")
    done = quick_housegan("neighbours", "--count", "1", "--to", "a")
    assert done.returncode == 0, done.stderr
    gone = "The pictures of houses are gone (purged or deleted): they were not compared."
    assert gone in done.stdout
    assert gone in json.loads(Path("a/neighbours.json").read_text())["notes"]
    shutil.rmtree("data/towers/curated")
    done = quick_housegan("neighbours")
    assert done.returncode == 1
    assert "are gone" in done.stderr
    shutil.copy(next((run.path / "generators").iterdir()), "x.safetensors")
    assert "name a run" in quick_housegan("neighbours", "x.safetensors").stderr


def test_the_sheet_holds_every_picture_and_marks_mirrored_ones(run: Run) -> None:
    part = parts_of(run)[0]
    original = part.pack.images()[part.places[4]]
    samples = np.stack([original, original[:, ::-1]])
    with Progress("", total=None, unit="", if_stopped="") as bar:
        found = neighbours(samples, [part], kept_in=run.path / "out", bar=bar)
    marks = []
    for place in range(2):
        one = {way: [found[way][place]] for way in WAYS}
        sheet = neighbour_sheet(samples[[place]], ["a"], one, heading="b").astype(int)
        marks.append(int(((sheet[:, :, 0] - sheet[:, :, 1] > 90) & (sheet[:, :, 2] < 80)).sum()))
    both = neighbour_sheet(samples, ["a", "b"], found, heading="b")
    assert both.shape[0] > sheet.shape[0]
    assert marks[0] != marks[1]
