import bz2
import gzip
import io
import lzma
import random
import subprocess
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from housegan.errors import HouseganError
from scraping.intake import Find
from scraping.local import finds_in
from tests.scraping.conftest import found, pictures_in, refusals_in

GOOD = b"a picture"
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "x.tar": bytes,
    "x.tar.gz": gzip.compress,
    "x.tgz": gzip.compress,
    "x.tar.bz2": bz2.compress,
    "x.tar.xz": lzma.compress,
}


def tarred(members: dict[str, bytes], *odd: tarfile.TarInfo) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in odd:
            archive.addfile(info)
    return file.getvalue()


def odd(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def noise(seed: int, length: int = 3_000) -> bytes:
    return random.Random(seed).randbytes(length)


@pytest.mark.parametrize("name", PACKED)
def test_a_tar_of_every_compression_gives_its_files_in_order(name: str, tmp_path: Path) -> None:
    members = {"b/1.jpg": noise(1), "a/2.jpg": noise(2, 100_000), "b/._1.jpg": b"x", "empty.jpg": b"", "3.jpg": GOOD}
    (tmp_path / name).write_bytes(PACKED[name](tarred(members)))
    finds = found(tmp_path / name)
    del members["b/._1.jpg"]
    assert [(find.name, find.data) for find in finds] == [(f"{name}/{inner}", data) for inner, data in members.items()]
    assert found(tmp_path / name) == finds


def test_the_command_imports_a_tar_and_nothing_twice(
    housegan: Callable[..., subprocess.CompletedProcess[str]], picture: Callable[..., bytes], tmp_path: Path
) -> None:
    data = tarred({f"{seed}.jpg": picture(seed) for seed in range(5)} | {"notes": b"no picture"})
    (tmp_path / "x.tar.gz").write_bytes(gzip.compress(data))
    first = housegan("import", "houses", tmp_path / "x.tar.gz")
    assert first.returncode == 0, first.stderr
    assert "5 new pictures, 0 known already, 1 refused." in first.stdout
    assert "refused x.tar.gz/notes: not a JPEG, PNG, WebP or GIF" in first.stderr
    assert "0 new pictures, 5 known already, 1 refused." in housegan("import", "houses", tmp_path / "x.tar.gz").stdout


def test_the_name_decides_last_and_the_content_first(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("in.jpg", GOOD)
    (tmp_path / "download").write_bytes(gzip.compress(tarred({"a.jpg": GOOD})))
    (tmp_path / "x.tar").write_bytes(tarred({"a.jpg": GOOD, "last.zip": inner.getvalue()}))
    assert set(pictures_in(found(tmp_path / "download"))) == {"download/a.jpg"}
    assert set(pictures_in(found(tmp_path / "x.tar"))) == {"x.tar/a.jpg", "x.tar/last.zip/in.jpg"}
    for name in ("no.tar", "no.tgz"):
        (tmp_path / name).write_bytes(noise(0, 5_000))
        with pytest.raises(HouseganError, match="neither a folder nor a whole zip or tar"):
            found(tmp_path / name)
    (tmp_path / "empty.tar").write_bytes(tarred({}))
    assert found(tmp_path / "empty.tar") == []


def test_archives_nest_in_each_other_up_to_three_deep(tmp_path: Path) -> None:
    deepest = tarred({"deepest.jpg": GOOD})
    third = tarred({"3.jpg": noise(3), "n.tar": deepest})
    second = io.BytesIO()
    with zipfile.ZipFile(second, "w") as archive:
        archive.writestr("2.jpg", GOOD)
        archive.writestr("n.tgz", gzip.compress(third))
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "x.tar.xz").write_bytes(lzma.compress(tarred({"1.jpg": GOOD, "n.zip": second.getvalue()})))
    finds = found(tmp_path / "set")
    inside = "set/x.tar.xz/n.zip/n.tgz"
    assert set(pictures_in(finds)) == {"set/x.tar.xz/1.jpg", "set/x.tar.xz/n.zip/2.jpg", f"{inside}/3.jpg"}
    assert refusals_in(finds) == {f"{inside}/n.tar": "tar refused whole: archives nested more than 3 deep"}


@pytest.mark.parametrize("name", ["../b.jpg", "x/../../b.jpg", "/etc/b.jpg", "x\\..\\..\\b.jpg", "C:\\b.jpg"])
def test_a_name_that_leads_outside_refuses_the_tar_whole(name: str, tmp_path: Path) -> None:
    data = tarred({"a.jpg": GOOD, name: GOOD})
    (tmp_path / "x.tar").write_bytes(data)
    seen: list[Find] = []
    with pytest.raises(HouseganError, match=r"^Nothing of .*x.tar was imported, tar refused whole: .*leads outside"):
        seen.extend(finds_in(tmp_path / "x.tar", max_file_mb=25))
    assert seen == []
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "b.tar").write_bytes(data)
    (tmp_path / "set" / "c.jpg").write_bytes(GOOD)
    finds = found(tmp_path / "set")
    assert (set(pictures_in(finds)), set(refusals_in(finds))) == ({"set/c.jpg"}, {"set/b.tar"})


def test_links_devices_and_sparse_files_are_refused_alone(tmp_path: Path) -> None:
    sparse = odd("sparse.jpg", tarfile.GNUTYPE_SPARSE)
    kinds = [
        odd("link.jpg", tarfile.SYMTYPE, "/etc/passwd"), odd("hard.jpg", tarfile.LNKTYPE, "a.jpg"),
        odd("device.jpg", tarfile.CHRTYPE), odd("pipe.jpg", tarfile.FIFOTYPE), odd("folder", tarfile.DIRTYPE), sparse,
    ]  # fmt: skip
    (tmp_path / "x.tar").write_bytes(tarred({"a.jpg": GOOD}, *kinds))
    finds = found(tmp_path / "x.tar")
    assert pictures_in(finds) == {"x.tar/a.jpg": GOOD}
    assert refusals_in(finds) == {
        "x.tar/link.jpg": "a link, not a file",
        "x.tar/hard.jpg": "a link, not a file",
        "x.tar/device.jpg": "a device or another oddity, not a file",
        "x.tar/pipe.jpg": "a device or another oddity, not a file",
        "x.tar/sparse.jpg": "a sparse file, which is not taken",
    }


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_bomb_is_refused_whole(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    (tmp_path / "x.tar.gz").write_bytes(pack(tarred({"a.jpg": GOOD, "b.jpg": bytes(30_000_000)})))
    with pytest.raises(HouseganError, match="more than 200 times its size"):
        found(tmp_path / "x.tar.gz")


def test_an_extended_header_of_any_size_takes_little_memory(tmp_path: Path) -> None:
    """Within the ratio it would unpack to 100 MB that tarfile holds at once, for one file's name."""
    name = odd("././@LongLink", tarfile.GNUTYPE_LONGNAME)
    name.size = 100_000_000
    with gzip.open(tmp_path / "x.tgz", "wb", 1) as file:
        file.write(tarred({"a.jpg": noise(1, 1 << 20)})[: 512 + (1 << 20)] + name.tobuf())
        for _ in range(100):
            file.write(bytes(1_000_000))
    tracemalloc.start()
    finds = found(tmp_path / "x.tgz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10e6
    assert set(pictures_in(finds)) == {"x.tgz/a.jpg"}
    assert set(refusals_in(finds)) == {"x.tgz"}


def test_memory_does_not_grow_with_the_number_of_files(tmp_path: Path) -> None:
    peaks = []
    for count in (500, 5_000):
        (tmp_path / "x.tar").write_bytes(tarred({f"{number}.jpg": b"x" for number in range(count)}))
        tracemalloc.start()
        assert sum(1 for _ in finds_in(tmp_path / "x.tar", max_file_mb=25)) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def test_a_size_that_is_negative_does_not_go_round_in_circles(tmp_path: Path) -> None:
    header = bytearray(tarred({"b.jpg": b""})[:512])
    header[124:136] = b"\xff" * 10 + b"\xfa\x00"  # -1,536 in base 256
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    whole = tarred({"a.jpg": GOOD})
    (tmp_path / "x.tar").write_bytes(whole[:1024] + bytes(header) + whole[:1024] + bytes(1024))
    finds = found(tmp_path / "x.tar")
    assert pictures_in(finds) == {"x.tar/a.jpg": GOOD}
    assert len(finds) <= 3


def test_a_huge_declared_size_is_refused_without_being_read(tmp_path: Path) -> None:
    large = tarfile.TarInfo("b.jpg")
    large.size = 8 << 40
    (tmp_path / "x.tar").write_bytes(tarred({"a.jpg": GOOD})[:1024] + large.tobuf() + bytes(2048))
    finds = found(tmp_path / "x.tar")
    assert pictures_in(finds) == {"x.tar/a.jpg": GOOD}
    assert refusals_in(finds)["x.tar/b.jpg"] == "larger than 25 MB"


def test_a_tar_that_is_cut_off_gives_what_stands_before_the_cut_and_says_so(tmp_path: Path) -> None:
    whole = tarred({f"{number}.jpg": noise(number) for number in range(4)})
    for name, data in {"in a file": whole[:9_000], "in a header": whole[: 2 * 3_584 + 100]}.items():
        (tmp_path / "x.tar").write_bytes(data)
        finds = found(tmp_path / "x.tar")
        assert {"x.tar/0.jpg", "x.tar/1.jpg"} <= pictures_in(finds).keys() <= {f"x.tar/{n}.jpg" for n in range(4)}, name
        assert refusals_in(finds)["x.tar"] == "cut off or damaged in the middle, what follows is missing"
    (tmp_path / "x.tgz").write_bytes(gzip.compress(whole)[:-2_000])
    assert "x.tgz" in refusals_in(found(tmp_path / "x.tgz"))


def test_random_damage_to_a_tar_is_never_another_exception(tmp_path: Path) -> None:
    whole = tarred({"1.jpg": noise(1, 300), "n.tar": tarred({"2.jpg": noise(2, 300)})[:3_000], "x" * 150: GOOD})[:9_000]
    chance = random.Random(0)
    for name, pack in PACKED.items():
        packed = pack(whole)
        for _ in range(120):
            data = bytearray(packed)
            for _ in range(chance.randint(1, 12)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            (tmp_path / name).write_bytes(data)
            with suppress(HouseganError):
                assert len(found(tmp_path / name, max_file_mb=1)) <= 8
