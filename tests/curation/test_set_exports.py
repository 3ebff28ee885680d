"""The formats that others read, as they are specified, and back through `housegan import`."""

import hashlib
import io
import json
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from curation import exports
from curation.exports import FORMATS, default_out, export, webdataset
from curation.exports.samples import Sample, samples
from housegan.catalog import Catalog, Sighting
from housegan.curated import CuratedRow, CuratedSet, current_set, reduced, writing
from housegan.errors import HouseganError, StoppedError, WrongUsageError

Housegan = Callable[..., subprocess.CompletedProcess[str]]
Picture = Callable[..., bytes]

PICTURES = 7
HELD_OUT = {2, 5}


@pytest.fixture
def pack(workdir: Path, picture: Picture) -> CuratedSet:
    """A pack of seven pictures at 64 px, two of them held out; one has no story at all."""
    stories = [(f"Häuser \u201e{n}\u201c, <b>", f"u/{n}", "CC BY 4.0", f"https://x.org/{n}?a=1&b") for n in range(6)]
    rows = [
        CuratedRow(hashlib.sha256(str(n).encode()).hexdigest(), (n, 0, 64), n in HELD_OUT, *story)
        for n, story in enumerate([*stories, ("", "", "", "")])
    ]
    with writing("houses", rows, size=64) as images:
        assert images is not None
        for n in range(PICTURES):
            images[n] = np.asarray(Image.open(io.BytesIO(picture(n, size=(64, 64), format_name="PNG"))))
    return current_set("houses", at_least=64)


def pixels(data: bytes) -> NDArray[np.uint8]:
    image = Image.open(io.BytesIO(data))
    assert (image.format, image.mode) == ("PNG", "RGB")
    return np.asarray(image)


def files(path: Path) -> dict[str, bytes]:
    if path.is_file():
        return {path.name: path.read_bytes()}
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def known_pixels(name: str) -> dict[bytes, Sighting]:
    """What a catalog holds: where each picture was found, by its pixels."""
    with Catalog.existing(name) as catalog:
        stories = catalog.stories()
        return {
            pixels(catalog.original(one.sha256, one.format).read_bytes()).tobytes(): stories[one.sha256]
            for one in catalog.pictures()
        }


@pytest.mark.parametrize("to", FORMATS)
def test_import_reads_an_export_back_equal(to: str, pack: CuratedSet, quick_housegan: Housegan) -> None:
    done = export(pack, to, with_held_out=True)
    said = quick_housegan("import", "again", done.path)
    assert f"{PICTURES} new pictures, 0 known already, 0 refused" in said.stdout, said.stderr
    images, again = pack.images(), known_pixels("again")
    for row, image in zip(pack.rows(), images, strict=True):
        story = again[image.tobytes()]
        assert (story.title, story.author, story.licence) == (row.title, row.author, row.licence)
        if row.url:
            assert story.media_url == row.url
        else:
            assert not story.media_url.startswith("http"), "only a place in the export"


def test_an_imagefolder_is_as_hugging_face_reads_it(pack: CuratedSet) -> None:
    done = export(pack, "imagefolder", Path("out/hf"))
    assert (done.pictures, done.held_out, done.left_out, done.was_there) == (PICTURES, len(HELD_OUT), 0, False)
    rows, images = pack.rows(), pack.images()
    seen = 0
    for split, held_out in (("train", False), ("test", True)):
        folder = Path("out/hf") / split
        table = [json.loads(line) for line in (folder / "metadata.jsonl").read_text().splitlines()]
        assert {line["file_name"] for line in table} == {path.name for path in folder.glob("*.png")}
        for line in table:
            number = int(Path(line["file_name"]).stem)
            row = rows[number]
            assert row.held_out == held_out
            assert line == {
                "file_name": f"{number:08d}.png", "title": row.title, "author": row.author, "licence": row.licence,
                "url": row.url, "sha256": row.sha256, "crop": list(row.crop),
            }  # fmt: skip
            np.testing.assert_array_equal(pixels((folder / line["file_name"]).read_bytes()), images[number])
            seen += 1
    assert seen == PICTURES
    assert {path.name for path in Path("out").iterdir()} == {"hf"}, "nothing temporary is left"


def test_shards_end_at_so_many_pictures_or_bytes(pack: CuratedSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webdataset, "SHARD_PICTURES", 2)
    export(pack, "webdataset", Path("few"))
    assert sorted(files(Path("few"))) == [
        "test/houses-000000.tar", "train/houses-000000.tar", "train/houses-000001.tar", "train/houses-000002.tar",
    ]  # fmt: skip
    monkeypatch.setattr(webdataset, "SHARD_BYTES", 1)
    export(pack, "webdataset", Path("one"))
    assert len(files(Path("one"))) == PICTURES


def test_a_shard_has_a_picture_and_its_story_next_to_each_other_and_no_trace_of_when_or_who(pack: CuratedSet) -> None:
    export(pack, "webdataset", Path("shards"))
    with tarfile.open("shards/train/houses-000000.tar") as archive:
        members = archive.getmembers()
        contents = [archive.extractfile(member).read() for member in members]  # type: ignore[union-attr]
    kept = [number for number in range(PICTURES) if number not in HELD_OUT]
    assert [m.name for m in members] == [f"{n:09d}.{suffix}" for n in kept for suffix in ("png", "json")]
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in members} == {(0, 0, 0, "", "", 0o644)}
    rows, images = pack.rows(), pack.images()
    for number, data, told in zip(kept, contents[::2], contents[1::2], strict=True):
        np.testing.assert_array_equal(pixels(data), images[number])
        assert json.loads(told)["sha256"] == rows[number].sha256


def test_a_stylegan_zip_is_as_dataset_tool_writes_it_without_what_is_held_out(pack: CuratedSet) -> None:
    done = export(pack, "stylegan", Path("houses.zip"))
    assert (done.pictures, done.held_out, done.left_out) == (PICTURES - len(HELD_OUT), 0, len(HELD_OUT))
    with zipfile.ZipFile("houses.zip") as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        assert names[:-2] == [f"00000/img{n:08d}.png" for n in range(5)]
        assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
        assert json.loads(archive.read("dataset.json")) == {"labels": None}
        shown = [pixels(archive.read(name)) for name in names[:-2]]
    kept = [number for number in range(PICTURES) if number not in HELD_OUT]
    np.testing.assert_array_equal(shown, pack.images()[kept])
    assert export(pack, "stylegan", Path("all.zip"), with_held_out=True).held_out == len(HELD_OUT)


@pytest.mark.parametrize("to", FORMATS)
def test_smaller_pictures_are_averages_of_boxes(to: str, pack: CuratedSet, quick_housegan: Housegan) -> None:
    done = export(pack, to, size=32, with_held_out=True)
    assert done.path.name.startswith(f"houses-{to}-32")
    quick_housegan("import", "small", done.path)
    assert set(known_pixels("small")) == {image.tobytes() for image in reduced(pack.images(), 32)}


@pytest.mark.parametrize("to", FORMATS)
def test_the_same_again_changes_nothing_and_gives_the_same_bytes(to: str, pack: CuratedSet) -> None:
    first = export(pack, to)
    again = export(pack, to)
    assert (first.was_there, again.was_there) == (False, True)
    elsewhere = Path("else.zip" if to == "stylegan" else "else")
    elsewhere.mkdir() if to != "stylegan" else None  # an empty folder is no obstacle
    export(pack, to, elsewhere)
    assert list(files(elsewhere).values()) == list(files(first.path).values())


@pytest.mark.parametrize("to", FORMATS)
def test_what_is_there_already_is_not_overwritten(to: str, pack: CuratedSet) -> None:
    out = default_out(pack, to, size=64)
    export(pack, to)
    path = out if to == "stylegan" else next(path for path in out.rglob("*") if path.suffix in {".png", ".tar"})
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    before = files(out)
    with pytest.raises(HouseganError, match="is there already and holds something else: remove it, or give another"):
        export(pack, to)
    assert files(out) == before
    assert len(list(out.parent.iterdir())) == 1


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize(("fault", "raised"), [(KeyboardInterrupt(), StoppedError), (OSError(28, "full"), OSError)])
def test_an_export_that_ends_early_leaves_nothing(
    to: str, fault: BaseException, raised: type[Exception], pack: CuratedSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(pack: CuratedSet, wanted: Sequence[int], *, size: int) -> Iterator[Sample]:
        for count, sample in enumerate(samples(pack, wanted, size=size)):
            if count == 4:
                raise fault
            yield sample

    monkeypatch.setattr(exports, "samples", broken)
    with pytest.raises(raised):
        export(pack, to)
    assert list(Path("exports").iterdir()) == []


def test_what_cannot_be_asked_for_says_what_can(pack: CuratedSet) -> None:
    with pytest.raises(WrongUsageError, match="imagefolder, webdataset, stylegan"):
        export(pack, "parquet")
    with pytest.raises(WrongUsageError, match=r"packed at 64 px: take one of 32, 64, .* `housegan curate houses"):
        export(pack, "stylegan", size=128)
    with pytest.raises(WrongUsageError, match=r"let --out houses end with \.zip"):
        export(pack, "stylegan", Path("houses"))
    assert not Path("exports").exists()


def test_a_labels_file_is_no_refusal_but_another_json_is(workdir: Path, quick_housegan: Housegan) -> None:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(file, "PNG")
    with zipfile.ZipFile("other.zip", "w") as archive:
        archive.writestr("00000/img00000000.png", file.getvalue())
        archive.writestr("dataset.json", '{"labels": [["00000/img00000000.png", 3]]}')
        archive.writestr("notes.json", "{}")
    said = quick_housegan("import", "other", "other.zip")
    assert "1 new pictures, 0 known already, 1 refused" in said.stdout
    assert "notes.json" in said.stderr
    assert "dataset.json" not in said.stderr
