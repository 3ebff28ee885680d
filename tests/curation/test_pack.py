from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curation.curate import curate, planned
from curation.pack import Packed
from housegan.catalog import Catalog, Crop, Decision, Sha256
from housegan.config import CurateConfig, SetConfig
from housegan.curated import current_set
from housegan.errors import HouseganError

Paint = Callable[..., Image.Image]
Add = Callable[..., Sha256]

CONFIG = SetConfig(curate=CurateConfig(size=32, held_out=0.25, crop="centre"))


def packed(catalog: Catalog) -> Packed:
    return curate(catalog, CONFIG).packed


def test_a_pack_holds_each_picture_with_its_story(catalog: Catalog, add: Add, paint: Paint) -> None:
    paintings = {add(paint(n), name=f"house {n}", format="PNG"): paint(n) for n in range(4)}
    pack = packed(catalog).pack
    assert pack == current_set("houses", at_least=32)
    images = pack.images()
    for index, row in enumerate(pack.rows()):
        square = paintings[Sha256(row.sha256)].crop((32, 0, 288, 256)).resize((32, 32), Image.Resampling.LANCZOS)
        np.testing.assert_array_equal(images[index], np.asarray(square))
        assert row.crop == (32, 0, 256)
        assert row.title.startswith("house ")
    assert [row.sha256 for row in pack.rows()] == sorted(paintings)


def test_a_quarter_is_held_out_and_stays_so_while_the_set_grows(catalog: Catalog, add: Add, paint: Paint) -> None:
    for number in range(8):
        add(paint(number))
    before = {row.sha256 for row in packed(catalog).pack.rows() if row.held_out}
    for number in range(8, 12):
        add(paint(number))
    after = {row.sha256 for row in packed(catalog).pack.rows() if row.held_out}
    assert (len(before), len(after)) == (2, 3)
    assert before & after


def test_copies_that_a_person_keeps_are_on_one_side(catalog: Catalog, add: Add, paint: Paint) -> None:
    twins = [add(paint(100)), add(paint(100), quality=50)]
    for number in range(6):
        add(paint(number))
    catalog.record([Decision(twin, "review", 1, "", "keep", by="person") for twin in twins])
    sides = {Sha256(row.sha256): row.held_out for row in packed(catalog).pack.rows()}
    assert sides[twins[0]] == sides[twins[1]]
    assert sum(sides.values()) <= 2
    assert [(pair.first, pair.second, pair.same) for pair in catalog.pairs()] == [(min(twins), max(twins), True)]


def test_packing_twice_does_nothing_and_another_crop_makes_another_pack(
    catalog: Catalog, add: Add, paint: Paint
) -> None:
    sha256 = add(paint(1))
    first = packed(catalog)
    written = (first.pack.folder / "images.npy").stat().st_mtime_ns
    second = packed(catalog)
    assert (first.was_there, second.was_there) == (False, True)
    assert (second.pack.folder / "images.npy").stat().st_mtime_ns == written
    catalog.record([Decision(sha256, "review", 1, "", crop=Crop(500, 10, 100), by="person")])
    third = packed(catalog)
    assert third.pack != first.pack
    assert third.pack.rows()[0].crop == (220, 10, 100)
    assert current_set("houses", at_least=32) == third.pack


def test_unreadable_originals_are_named_and_left_out(catalog: Catalog, add: Add, paint: Paint) -> None:
    for number in range(4):
        add(paint(number))
    planned(catalog, CONFIG)  # looked at while they were whole
    gone, changed, *_ = (catalog.original(picture.sha256, "JPEG") for picture in catalog.pictures())
    gone.unlink()
    changed.write_bytes(b"no picture any more")
    result = packed(catalog)
    assert result.unreadable == {gone: "it is missing", changed: "its bytes are not those that came"}
    assert result.pictures == len(result.pack.rows()) == len(result.pack.images()) == 2
    assert not list(Path("data/houses/curated").glob(".*"))
    assert packed(catalog).was_there


def test_no_original_left_says_how_to_bring_them_back(catalog: Catalog, add: Add, paint: Paint) -> None:
    sha256 = add(paint(1))
    planned(catalog, CONFIG)
    assert catalog.knows(sha256)
    catalog.original(sha256, "JPEG").unlink()
    assert not catalog.knows(sha256), "so that importing it again brings its bytes back"
    with pytest.raises(HouseganError, match=r"None of the 1 originals .* `housegan import houses FOLDER`"):
        packed(catalog)
