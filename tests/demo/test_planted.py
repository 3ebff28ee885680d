"""Planted folders: every file is what its name says."""

import hashlib
from collections import Counter
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image

from housegan.demo.planted import EXTRAS, Planted, plant
from housegan.errors import HouseganError

COUNT = 14


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("planted")


@pytest.fixture(scope="module")
def planted(folder: Path) -> list[Planted]:
    return plant(folder, style="fantastic", count=COUNT)


def digests(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def phash(path: Path) -> imagehash.ImageHash:
    with Image.open(path) as image:
        return imagehash.phash(image, hash_size=16)


def test_the_list_names_every_file_and_no_other(folder: Path, planted: list[Planted]) -> None:
    assert sorted(one.name for one in planted) == sorted(digests(folder))
    assert Counter(one.kind for one in planted) == {"house": COUNT, **EXTRAS}
    assert any("/" in one.name for one in planted)


def test_the_same_seed_plants_the_same_bytes_and_another_seed_others(
    folder: Path, planted: list[Planted], tmp_path: Path
) -> None:
    assert plant(tmp_path / "again", style="fantastic", count=COUNT) == planted
    assert digests(tmp_path / "again") == digests(folder)
    plant(tmp_path / "other", style="fantastic", count=3, seed=1, extras={})
    assert not set(digests(tmp_path / "other").values()) & set(digests(folder).values())


def test_copies_are_as_close_as_their_names_say(folder: Path, planted: list[Planted]) -> None:
    for one in planted:
        if one.original is None:
            continue
        assert Path(one.original).stem in one.name
        copy, original = folder / one.name, folder / one.original
        if one.kind == "exact_copy":
            assert copy.read_bytes() == original.read_bytes()
        else:
            assert copy.read_bytes() != original.read_bytes()
            assert phash(copy) - phash(original) <= 24, one.name


def test_houses_are_far_from_each_other(folder: Path, planted: list[Planted]) -> None:
    hashes = np.array([phash(folder / one.name).hash.ravel() for one in planted if one.kind == "house"])
    distances = (hashes[:, None] != hashes[None]).sum(axis=-1)[np.triu_indices(COUNT, 1)]
    assert distances.min() > 48


def test_broken_files_cannot_be_read_and_all_others_can(folder: Path, planted: list[Planted]) -> None:
    for one in planted:
        if one.kind == "broken":
            with pytest.raises(OSError, match=r"cannot identify|truncated"), Image.open(folder / one.name) as image:
                image.load()
        else:
            with Image.open(folder / one.name) as image:
                image.load()
                assert (min(image.size) < 64) == (one.kind == "tiny"), one.name
                if one.subject_box:
                    left, top, right, bottom = one.subject_box
                    assert 0 <= left < right <= image.width, one.name
                    assert 0 <= top < bottom <= image.height, one.name


def test_a_flat_picture_is_nearly_one_colour_and_text_is_written_across_the_bottom(
    folder: Path, planted: list[Planted]
) -> None:
    for one in planted:
        if one.kind not in ("flat", "text"):
            continue
        with Image.open(folder / one.name) as image:
            grey = np.asarray(image.convert("L")).astype(float)
        if one.kind == "flat":
            assert grey.std() < 4
        else:
            bottom = grey[-grey.shape[0] // 6 :]
            assert (bottom.max(axis=0) > 225).mean() > 0.3
            assert (bottom.min(axis=0) < 45).mean() > 0.3


def test_extras_given_replace_the_usual_ones(tmp_path: Path) -> None:
    planted = plant(tmp_path, style="photographic", count=1, extras={"exact_copy": 2, "tiny": 1})
    assert Counter(one.kind for one in planted) == {"house": 1, "exact_copy": 2, "tiny": 1}
    assert len(digests(tmp_path)) == 4


def test_copies_need_a_house_to_copy(tmp_path: Path) -> None:
    with pytest.raises(HouseganError, match="Ask for at least one house"):
        plant(tmp_path, style="photographic", count=0)
