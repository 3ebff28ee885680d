"""What stands beside pictures: Hugging Face's ImageFolder, WebDataset shards, img2dataset's output."""

import io
import json
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from housegan.catalog import Catalog, Sighting
from housegan.errors import UnreadablePictureError
from scraping.local import count_in, finds_in
from scraping.stories import sidecar_facts, sighting, table

Picture = Callable[..., bytes]
Housegan = Callable[..., subprocess.CompletedProcess[str]]

TOLD = {
    "file_name": "sub/a.jpg", "text": "A house", "author": "Ada", "license": "CC0 1.0",
    "license_url": "https://creativecommons.org/publicdomain/zero/1.0/", "url": "https://x.org/a.jpg",
    "page_url": "https://x.org/a",
}  # fmt: skip
STORY = Sighting(
    "import", "https://x.org/a.jpg", page_url="https://x.org/a", title="A house", author="Ada", licence="CC0 1.0",
    licence_url="https://creativecommons.org/publicdomain/zero/1.0/",
)  # fmt: skip


def as_csv(row: dict[str, str]) -> str:
    return "\ufeff" + ",".join(row) + "\r\n" + ",".join(f'"{value}"' for value in row.values()) + "\r\n"


def shard(samples: dict[str, tuple[bytes, dict[str, Any]]]) -> bytes:
    """As img2dataset writes it: KEY.jpg, KEY.json and KEY.txt after each other."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for key, (data, values) in samples.items():
            texts = {"json": json.dumps(values).encode(), "txt": (values.get("caption") or "").encode()}
            for suffix, content in {"jpg": data, **texts}.items():
                info = tarfile.TarInfo(f"{key}.{suffix}")
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def downloaded(key: str, url: str, caption: str | None, **more: Any) -> dict[str, Any]:
    return {
        "caption": caption, "url": url, "key": key, "status": "success", "error_message": None, "width": 96,
        "height": 72, "original_width": 96, "original_height": 72, "exif": "{}", "sha256": "0" * 64,
    } | more  # fmt: skip


@pytest.mark.parametrize("name", ["metadata.jsonl", "metadata.csv"])
@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_imagefolder_s_table_tells_about_the_pictures_beside_it(name: str, kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "set" / "train"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.jpg").write_bytes(b"a")
    (folder / "b_c.jpg").write_bytes(b"b")
    (folder / name).write_text(as_csv(TOLD) if name.endswith("csv") else f"{json.dumps(TOLD)}\n", encoding="utf-8")
    path = tmp_path / "set"
    if kind != "folder":
        path = tmp_path / f"set.{kind}"
        files = [(file, file.relative_to(tmp_path / "set").as_posix()) for file in sorted(folder.rglob("*.*"))]
        if kind == "zip":
            with zipfile.ZipFile(path, "w") as archive:
                for file, inner in files:
                    archive.write(file, inner)
        else:
            with tarfile.open(path, "w") as tar:
                for file, inner in files:
                    tar.add(file, inner)
    finds = {find.name: find for find in finds_in(path, max_file_mb=25)}
    assert set(finds) == {f"{path.name}/train/sub/a.jpg", f"{path.name}/train/b_c.jpg"}
    assert finds[f"{path.name}/train/sub/a.jpg"].sighting == STORY
    assert finds[f"{path.name}/train/b_c.jpg"].sighting.title == "b c"


def test_a_table_that_is_not_imagefolder_s_is_a_file_like_others(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text("price,street\n1,Elm\n")
    (find,) = finds_in(tmp_path, max_file_mb=25)
    assert find.data == b"price,street\n1,Elm\n"


@pytest.mark.parametrize(
    "line",
    [
        b"no json", b"[1]", b"{}", b"\xff\xfe", b"[" * 100_000,
        b'{"file_name": 3}', b'{"file_name": ""}', b'{"file_name": "a\\u0000b"}',
        b'{"file_name": "../../etc/passwd", "text": "t"}', b'{"file_name": "a.jpg", "text": ["x"]}',
        b'{"file_name": "a.jpg", "author": {"x": 1}, "url": "javascript:alert(1)", "score": 1e999}',
        b'{"file_name": "a.jpg", "text": "' + b"x" * 200_000 + b'"}',
    ],
)  # fmt: skip
def test_nonsense_in_a_table_tells_nothing(line: bytes) -> None:
    whole = b'{"file_name": "good.jpg", "text": "Good"}\n' + line + b"\n"
    rows = dict(table(PurePosixPath("x/metadata.jsonl"), whole))
    assert rows[PurePosixPath("x/good.jpg")]["text"] == "Good"
    told = sighting(PurePosixPath("set/x/a.jpg"), rows.get(PurePosixPath("x/a.jpg")))
    assert told == Sighting("import", "set/x/a.jpg", title="a")


def test_words_are_one_short_line_of_text() -> None:
    facts = {"title": "two\nlines \u202e and \x1b[2J" + "x" * 9_000, "author": "  Ada\t", "score": 3, "licence": 4}
    told = sighting(PurePosixPath("a/0001.jpg"), facts)
    assert told.title.startswith("two lines  and [2Jxxx")
    assert len(told.title) <= 500
    assert (told.author, told.score, told.licence) == ("Ada", 3, "")
    assert sighting(PurePosixPath("a/0001.jpg"), {}).title == "", "a shard's number is no title"


def test_sidecars_of_any_kind_never_raise() -> None:
    for data in (b"", b"[", b"[" * 500_000, b"\xff", b'{"url": 1}', b'{"a": ' + b"9" * 5_000 + b"}", b" " * 2_000_000):
        sighting(PurePosixPath("a.jpg"), sidecar_facts({".json": data, ".txt": data}))
    assert sidecar_facts({}) is None
    assert sidecar_facts({".json": b"{" + b" " * 1_000_001 + b"}"}) is None


def test_a_shard_s_pictures_keep_the_addresses_they_came_from(tmp_path: Path) -> None:
    samples = {
        "000000000": (b"0", downloaded("000000000", "https://x.org/0.jpg", "A barn", author="Ada", license="CC0")),
        "000000001": (b"1", downloaded("000000001", "https://x.org/1.jpg", None)),
    }
    (tmp_path / "00000.tar").write_bytes(shard(samples))
    (tmp_path / "00000.parquet").write_bytes(b"PAR1")
    (tmp_path / "00000_stats.json").write_text("{}")
    first, second = finds_in(tmp_path, max_file_mb=25)
    assert first.sighting == Sighting("import", "https://x.org/0.jpg", title="A barn", author="Ada", licence="CC0")
    assert second.sighting == Sighting("import", "https://x.org/1.jpg")
    assert count_in(tmp_path) == 1


def test_img2dataset_s_files_in_folders_are_read_alike(tmp_path: Path) -> None:
    (tmp_path / "00000").mkdir()
    (tmp_path / "00000.parquet").write_bytes(b"PAR1")
    (tmp_path / "00000_stats.json").write_text("{}")
    (tmp_path / "00000" / "000000007.jpg").write_bytes(b"7")
    (tmp_path / "00000" / "000000007.txt").write_text("A mill")
    values = downloaded("000000007", "https://x.org/7.jpg", "A mill")
    (tmp_path / "00000" / "000000007.json").write_text(json.dumps(values))
    (find,) = finds_in(tmp_path, max_file_mb=25)
    assert find.sighting == Sighting("import", "https://x.org/7.jpg", title="A mill")
    assert count_in(tmp_path) == 1


def test_text_without_a_picture_beside_it_is_named_as_none(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("hello")
    (tmp_path / "a.jpg").write_bytes(b"a")
    (tmp_path / "a.txt").write_text("A house")
    finds = list(finds_in(tmp_path, max_file_mb=25))
    assert [(find.name.rpartition("/")[2], find.sighting.title) for find in finds] == [
        ("a.jpg", "A house"), ("readme.txt", "readme"),
    ]  # fmt: skip


def test_a_table_over_the_limit_is_refused_and_the_pictures_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scraping.local.MAX_METADATA_BYTES", 100)
    (tmp_path / "metadata.jsonl").write_text(f"{json.dumps(TOLD)}\n" * 2)
    (tmp_path / "a.jpg").write_bytes(b"a")
    finds = {find.name.rpartition("/")[2]: find.data for find in finds_in(tmp_path, max_file_mb=25)}
    assert finds["a.jpg"] == b"a"
    assert isinstance(finds["metadata.jsonl"], UnreadablePictureError)


def test_again_imports_nothing_twice(workdir: Path, quick_housegan: Housegan, picture: Picture) -> None:
    samples = {
        f"{number:09}": (picture(number), downloaded(f"{number:09}", f"https://x.org/{number}.jpg", f"House {number}"))
        for number in range(3)
    }
    Path("shards").mkdir()
    Path("shards/00000.tar").write_bytes(shard(samples))
    assert "3 new pictures, 0 known already, 0 refused." in quick_housegan("import", "houses", "shards").stdout
    assert "0 new pictures, 3 known already, 0 refused." in quick_housegan("import", "houses", "shards").stdout
    with Catalog.existing("houses") as catalog:
        assert catalog.extra_sightings() == 0
        assert {story.media_url: story.title for story in catalog.stories().values()} == {
            f"https://x.org/{number}.jpg": f"House {number}" for number in range(3)
        }
