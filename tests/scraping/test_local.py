import io
import os
import random
import stat
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from housegan.errors import HouseganError
from scraping.intake import Find
from scraping.local import count_in, finds_in
from tests.scraping.conftest import found, pictures_in, refusals_in

Picture = Callable[..., bytes]


def zipped(members: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def patched(data: bytes, name: bytes, *, local: dict[int, bytes] | None = None, directory: dict[int, bytes]) -> bytes:
    """Change bytes in a member's local header and its entry in the directory, at offsets from their signatures."""
    changed = bytearray(data)
    for signature, name_at, changes in ((b"PK\3\4", 30, local or {}), (b"PK\1\2", 46, directory)):
        at = -1
        while (at := data.find(signature, at + 1)) >= 0:
            if data[at + name_at : at + name_at + len(name)] == name:
                for offset, new in changes.items():
                    changed[at + offset : at + offset + len(new)] = new
    return bytes(changed)


# Folders


def test_nested_folders_and_zips_are_all_looked_through_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "paintings"
    (folder / "a" / "b" / "c").mkdir(parents=True)
    (folder / "z.jpg").write_bytes(b"z")
    (folder / "a" / "b" / "c" / "deep_one.PNG").write_bytes(b"deep")
    (folder / "no suffix").write_bytes(b"none")
    inner = zipped({"inner/1.jpg": b"1", "twice.zip": zipped({"2.jpg": b"2", "thrice.zip": zipped({"3.jpg": b"3"})})})
    (folder / "a" / "more.ZIP").write_bytes(inner)

    finds = found(folder)

    assert pictures_in(finds) == {
        "paintings/a/b/c/deep_one.PNG": b"deep",
        "paintings/a/more.ZIP/inner/1.jpg": b"1",
        "paintings/a/more.ZIP/twice.zip/2.jpg": b"2",
        "paintings/a/more.ZIP/twice.zip/thrice.zip/3.jpg": b"3",
        "paintings/no suffix": b"none",
        "paintings/z.jpg": b"z",
    }
    assert finds == found(folder)
    assert finds[0].sighting.title == "deep one"
    assert finds[0].sighting.source == "import"
    assert count_in(folder) == 4
    assert count_in(folder / "a" / "more.ZIP") is None


def test_what_systems_leave_behind_is_passed_over(tmp_path: Path) -> None:
    clutter = {"a/.DS_Store": b"x", "Thumbs.db": b"x", "__MACOSX/._a.jpg": b"x", "._a.jpg": b"x", "a.jpg": b"a"}
    (tmp_path / "x.zip").write_bytes(zipped(clutter))
    assert pictures_in(found(tmp_path / "x.zip")) == {"x.zip/a.jpg": b"a"}
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "._b.jpg"):
        (tmp_path / name).write_bytes(b"x")
    assert count_in(tmp_path) == 1
    assert set(pictures_in(found(tmp_path))) == {f"{tmp_path.name}/x.zip/a.jpg"}


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "large.jpg").write_bytes(bytes(1_000_001))
    (tmp_path / "small.jpg").write_bytes(bytes(1_000_000))
    finds = found(tmp_path, max_file_mb=1)
    assert refusals_in(finds) == {f"{tmp_path.name}/large.jpg": "larger than 1 MB"}
    assert set(pictures_in(finds)) == {f"{tmp_path.name}/small.jpg"}


@pytest.mark.skipif(os.name != "posix", reason="file names are bytes on POSIX alone")
def test_a_file_name_that_is_no_text_becomes_one(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg")).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes only text as names")
    (find,) = found(tmp_path)
    assert find.name.endswith(r"/caf\udce9.jpg")
    assert find.sighting.title.encode() == rb"caf\udce9"


def test_links_in_a_circle_and_pipes_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"a")
    (tmp_path / "circle").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "dangling.jpg").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.jpg")
    assert len(found(tmp_path)) == 1


def test_what_is_not_there_or_no_archive_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(HouseganError, match=r"There is no .*nowhere: give a folder of pictures or a zip\."):
        found(tmp_path / "nowhere")
    (tmp_path / "a.jpg").write_bytes(b"a")
    with pytest.raises(HouseganError, match="neither a folder nor a whole zip"):
        found(tmp_path / "a.jpg")
    whole = zipped({f"{number}.jpg": random.Random(number).randbytes(100) for number in range(9)})
    (tmp_path / "cut.zip").write_bytes(whole[:-60])
    with pytest.raises(HouseganError, match="neither a folder nor a whole zip"):
        found(tmp_path / "cut.zip")


def test_an_empty_folder_or_zip_has_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.zip").write_bytes(zipped({}))
    assert found(tmp_path / "empty") == found(tmp_path / "empty.zip") == []


# Archives that try something

GOOD = b"a picture"


def overlapping() -> bytes:
    """Two entries of the directory that share one file's bytes, as the better zip bombs do."""
    first = zipped({"a.jpg": bytes(5_000), "b.jpg": bytes(5_000)}, method=zipfile.ZIP_STORED)
    return patched(first, b"b.jpg", directory={42: struct.pack("<I", 0)})


def encrypted() -> bytes:
    return patched(zipped({"a.jpg": GOOD}), b"a.jpg", local={6: b"\1\0"}, directory={8: b"\1\0"})


def with_link() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.jpg", GOOD)
        link = zipfile.ZipInfo("b.jpg")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return file.getvalue()


HOSTILE = {
    "above": (zipped({"a.jpg": GOOD, "../b.jpg": GOOD}), "leads outside"),
    "above inside": (zipped({"a.jpg": GOOD, "x/../../b.jpg": GOOD}), "leads outside"),
    "above with backslashes": (zipped({"a.jpg": GOOD, "x\\..\\..\\b.jpg": GOOD}), "leads outside"),
    "absolute": (zipped({"a.jpg": GOOD, "/etc/b.jpg": GOOD}), "leads outside"),
    "on a drive": (zipped({"a.jpg": GOOD, "C:\\b.jpg": GOOD}), "leads outside"),
    "link": (with_link(), "is a symbolic link"),
    "encrypted": (encrypted(), "is encrypted: unpack it yourself"),
    "overlapping": (overlapping(), "its files overlap"),
    "ratio": (zipped({"a.jpg": GOOD, "b.jpg": bytes(30_000_000)}), "more than 200 times its size"),
    "ratio of many": (
        zipped({f"{number}.jpg": bytes(100_000) for number in range(300)}),
        "more than 200 times its size",
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_zip_is_refused_whole(kind: str, tmp_path: Path) -> None:
    data, reason = HOSTILE[kind]
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    seen: list[Find] = []
    with pytest.raises(
        HouseganError, match=f"^Nothing of .*x.zip was imported, zip refused whole: .*{reason}"
    ) as refusal:
        seen.extend(finds_in(path, max_file_mb=25))
    assert seen == []
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_zip_among_others_is_one_refusal_and_the_rest_goes_on(kind: str, tmp_path: Path) -> None:
    data, reason = HOSTILE[kind]
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(GOOD)
    (folder / "b.zip").write_bytes(data)
    (folder / "c.zip").write_bytes(zipped({"1.jpg": GOOD, "2.zip": data, "3.jpg": GOOD}))
    (folder / "d.jpg").write_bytes(GOOD)

    finds = found(folder)

    assert set(pictures_in(finds)) == {"set/a.jpg", "set/c.zip/1.jpg", "set/c.zip/3.jpg", "set/d.jpg"}
    refusals = refusals_in(finds)
    assert set(refusals) == {"set/b.zip", "set/c.zip/2.zip"}
    assert all(reason in refusal for refusal in refusals.values())


def test_a_zip_nested_too_deep_is_refused(tmp_path: Path) -> None:
    data = zipped({"deepest.jpg": GOOD})
    for _ in range(3):
        data = zipped({"a.jpg": GOOD, "n.zip": data})
    (tmp_path / "x.zip").write_bytes(data)
    finds = found(tmp_path / "x.zip")
    assert set(pictures_in(finds)) == {"x.zip/a.jpg", "x.zip/n.zip/a.jpg", "x.zip/n.zip/n.zip/a.jpg"}
    assert refusals_in(finds) == {"x.zip/n.zip/n.zip/n.zip": "zip refused whole: archives nested more than 3 deep"}


def test_ratios_do_not_multiply_with_depth(tmp_path: Path) -> None:
    """Each level stays under the limit by itself; together they would be 100 times 100."""
    level = zipped({"a.jpg": bytes(150_000) + random.Random(0).randbytes(1_400)})
    assert 50 < 150_000 / len(level) < 200
    data = zipped({f"{number}.zip": level for number in range(60)}, method=zipfile.ZIP_STORED)
    (tmp_path / "x.zip").write_bytes(zipped({"n.zip": data}))
    finds = found(tmp_path / "x.zip")
    assert pictures_in(finds) == {}
    assert set(refusals_in(finds)) == {f"x.zip/n.zip/{number}.zip" for number in range(60)}
    assert set(refusals_in(finds).values()) == {"zip refused whole: it would unpack to more than 200 times its size"}


def test_a_member_over_the_limit_is_refused_alone(tmp_path: Path) -> None:
    noise = random.Random(0).randbytes(1_000_001)
    (tmp_path / "x.zip").write_bytes(zipped({"large.jpg": noise, "small.jpg": noise[:-1]}))
    finds = found(tmp_path / "x.zip", max_file_mb=1)
    assert refusals_in(finds) == {"x.zip/large.jpg": "larger than 1 MB"}
    assert set(pictures_in(finds)) == {"x.zip/small.jpg"}


def test_a_header_that_lies_about_the_size_gains_nothing(tmp_path: Path) -> None:
    noise = random.Random(0).randbytes(2_000_000)
    for told in (0, 10, 3_000_000):
        size = struct.pack("<I", told)
        data = patched(zipped({"a.jpg": noise, "b.jpg": GOOD}), b"a.jpg", local={22: size}, directory={24: size})
        (tmp_path / "x.zip").write_bytes(data)
        finds = found(tmp_path / "x.zip", max_file_mb=1)
        assert set(refusals_in(finds)) == {"x.zip/a.jpg"}
        assert pictures_in(finds) == {"x.zip/b.jpg": GOOD}


def test_a_damaged_member_is_refused_alone(tmp_path: Path) -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        data = bytearray(zipped({"a.jpg": random.Random(0).randbytes(3_000), "b.jpg": GOOD}, method=method))
        data[100:300] = b"\xaa" * 200
        (tmp_path / "x.zip").write_bytes(data)
        finds = found(tmp_path / "x.zip")
        assert list(refusals_in(finds)) == ["x.zip/a.jpg"], method
        assert refusals_in(finds)["x.zip/a.jpg"].startswith("damaged in the zip: ")
        assert pictures_in(finds) == {"x.zip/b.jpg": GOOD}


def test_a_damaged_zip_in_a_zip_is_refused_alone(tmp_path: Path) -> None:
    inner = zipped({"1.jpg": random.Random(0).randbytes(3_000)})
    whole = zipped({"a.jpg": GOOD, "b.zip": inner, "c.zip": inner[:-60], "d.zip": b"", "e.jpg": GOOD}, method=0)
    data = bytearray(whole)
    at = data.index(inner[100:200])
    data[at : at + 200] = b"\xaa" * 200
    (tmp_path / "x.zip").write_bytes(data)
    finds = found(tmp_path / "x.zip")
    assert set(pictures_in(finds)) == {"x.zip/a.jpg", "x.zip/e.jpg"}
    assert set(refusals_in(finds)) == {"x.zip/b.zip", "x.zip/c.zip", "x.zip/d.zip"}


def test_random_damage_is_never_another_exception(tmp_path: Path) -> None:
    inner = zipped({"2.jpg": random.Random(2).randbytes(300)})
    chance = random.Random(0)
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2):
        whole = zipped({"1.jpg": random.Random(1).randbytes(300), "n.zip": inner, "3.jpg": GOOD * 9}, method=method)
        for _ in range(150):
            data = bytearray(whole)
            for _ in range(chance.randint(1, 12)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            (tmp_path / "x.zip").write_bytes(data)
            with suppress(HouseganError):
                assert len(found(tmp_path / "x.zip", max_file_mb=1)) <= 4
