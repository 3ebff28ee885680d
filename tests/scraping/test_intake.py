import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from housegan.catalog import Catalog, Sha256, Sighting
from housegan.config import IntakeConfig
from housegan.errors import UnreadablePictureError
from scraping.intake import Find, Intake, Tally

Housegan = Callable[..., subprocess.CompletedProcess[str]]
Picture = Callable[..., bytes]


def sha256(data: bytes) -> Sha256:
    return Sha256(hashlib.sha256(data).hexdigest())


def fill(folder: Path, picture: Picture, count: int) -> Path:
    """Lay pictures in a folder and its folders, in all four formats."""
    for number in range(count):
        path = folder / f"part {number % 3}" / f"{number:03}.jpg"  # the name says JPEG, whatever it is
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(number, format_name=("JPEG", "PNG", "WEBP", "GIF")[number % 4 if number < 40 else 0]))
    return folder


def holdings(name: str) -> tuple[set[Sha256], set[tuple[Sha256, str]]]:
    """What a set's catalog counts, every byte of it checked, and its sightings."""
    with Catalog(Path("data") / name) as catalog:
        pictures = catalog.pictures()
        for one in pictures:
            data = catalog.original(one.sha256, one.format).read_bytes()
            assert (sha256(data), len(data)) == (one.sha256, one.bytes)
        return {one.sha256 for one in pictures}, {(sha, story.media_url) for sha, story in catalog.stories().items()}


# The half without processes of its own


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog(tmp_path / "set") as catalog:
        yield catalog


def take(catalog: Catalog, finds: list[tuple[str, bytes | UnreadablePictureError]]) -> tuple[Tally, dict[str, str]]:
    refused: dict[str, str] = {}
    intake = Intake(catalog, IntakeConfig(), on_refused=refused.__setitem__)
    tally = intake.take(Find(name, data, Sighting("test", name)) for name, data in finds)
    return tally, refused


def test_a_tally_counts_each_find_once(catalog: Catalog, picture: Picture) -> None:
    first, second = picture(1), picture(2)
    finds: list[tuple[str, bytes | UnreadablePictureError]] = [
        ("a", first),
        ("b", b"<html>"),
        ("again", first),
        ("c", second),
        ("d", UnreadablePictureError("larger than 1 MB")),
        ("e", second[:500]),
        ("f", b"<html>"),
    ]
    tally, refused = take(catalog, finds)
    assert (tally.new, tally.known, tally.refused.total(), tally.total) == (2, 1, 4, 7)
    assert tally.refused == {"a web page, not a picture": 2, "larger than 1 MB": 1, "damaged JPEG": 1}
    assert refused.keys() == {"b", "d", "e", "f"}
    assert take(catalog, finds[:1] + finds[3:4])[0].known == 2
    assert len(catalog.stories()) == 2
    assert catalog.extra_sightings() == 1


def test_nothing_gives_an_empty_tally(catalog: Catalog) -> None:
    assert take(catalog, [])[0] == Tally()


def test_commits_go_on_while_everything_is_known(catalog: Catalog, picture: Picture) -> None:
    """A second import of a large folder shows how far it is, and loses little when it is stopped."""
    data = picture(1)
    take(catalog, [("a", data)])
    heard: list[int] = []
    intake = Intake(
        catalog, IntakeConfig(), on_refused=lambda *_: None, on_commit=lambda tally: heard.append(tally.total)
    )
    intake.take(Find(f"{number}", data, Sighting("test", f"{number}")) for number in range(2_500))
    assert heard[:2] == [1_000, 2_000]
    assert heard[-1] == 2_500


def test_a_picture_whose_bytes_went_missing_is_brought_back(catalog: Catalog, picture: Picture) -> None:
    data = picture(1)
    take(catalog, [("a", data)])
    path = catalog.original(sha256(data), "JPEG")
    path.unlink()
    tally, _ = take(catalog, [("a", data)])
    assert path.read_bytes() == data
    assert (tally.new, tally.known) == (0, 1)


# `housegan import`


def test_an_import_keeps_the_bytes_and_a_second_one_imports_only_what_changed(
    workdir: Path, housegan: Housegan, picture: Picture
) -> None:
    source = fill(workdir / "mine", picture, 12)
    (source / "notes.txt").write_text("not a picture")
    (source / "page.jpg").write_text("<!doctype html>")
    with zipfile.ZipFile(source / "more.zip", "w") as archive:
        archive.writestr("x/inside.png", picture(77, format_name="PNG"))
        archive.writestr("x/same.jpg", picture(0))

    first = housegan("import", "monet", source)

    assert first.returncode == 0
    assert first.stdout.splitlines()[0] == "13 new pictures, 1 known already, 2 refused."
    assert "  1 × a web page, not a picture" in first.stdout
    assert first.stdout.splitlines()[-1] == "The set 'monet' has 13 pictures in data/monet. Next: housegan curate monet"
    assert sorted(first.stderr.splitlines()) == [
        "refused mine/notes.txt: not a JPEG, PNG, WebP or GIF",
        "refused mine/page.jpg: a web page, not a picture",
    ]
    expected = {sha256(path.read_bytes()) for path in source.rglob("part*/*")} | {
        sha256(picture(77, format_name="PNG"))
    }
    before = holdings("monet")
    assert before[0] == expected

    (source / "part 1" / "001.jpg").write_bytes(picture(500))  # one file changed between
    second = housegan("import", "monet", source)
    assert second.stdout.splitlines()[0] == "1 new pictures, 13 known already, 2 refused."
    pictures, sightings = holdings("monet")
    assert pictures == expected | {sha256(picture(500))}
    assert before[1] <= sightings


def test_limits_can_be_set(workdir: Path, housegan: Housegan, picture: Picture) -> None:
    folder = workdir / "mine"
    folder.mkdir()
    (folder / "small.jpg").write_bytes(picture(1))
    (folder / "wide.jpg").write_bytes(picture(2, size=(800, 600)))
    (folder / "heavy.png").write_bytes(picture(3, size=(300, 300), format_name="PNG"))
    limits = ("max_file_mb=0.15", "max_megapixels=0.1", "memory_limit_mb=1024", "time_limit_s=30")
    assert (folder / "wide.jpg").stat().st_size < 150_000 < (folder / "heavy.png").stat().st_size
    limited = housegan("import", "a", folder, *(part for limit in limits for part in ("--set", f"intake.{limit}")))
    first, *reasons, _ = limited.stdout.splitlines()
    assert first == "1 new pictures, 0 known already, 2 refused."
    assert sorted(reasons) == ["  1 × 800 × 600 pixels are too many", "  1 × larger than 0.15 MB"]

    wrong = housegan("import", "b", folder, "--set", "intake.max_file_mb=none", "--set", "intake.memory_limit_mb=5")
    assert wrong.returncode == 1
    assert "set b has 2 mistakes: intake.max_file_mb: " in wrong.stderr
    assert not (workdir / "data" / "b").exists()


def test_an_import_of_no_pictures_says_so(workdir: Path, housegan: Housegan) -> None:
    (workdir / "texts").mkdir()
    (workdir / "texts" / "a.txt").write_text("words")
    done = housegan("import", "monet", "texts")
    assert done.returncode == 1
    assert (
        done.stderr.splitlines()[-1] == "housegan: The set 'monet' has no pictures: texts held none that can be read."
    )
    missing = housegan("import", "monet", "nowhere")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert missing.stderr == "housegan: There is no nowhere: give a folder of pictures or a zip.\n"


@pytest.mark.skipif(os.name != "posix", reason="file names are bytes on POSIX alone")
def test_strange_file_names_are_imported_like_others(workdir: Path, housegan: Housegan, picture: Picture) -> None:
    folder = workdir / "mine"
    folder.mkdir()
    names = [
        b"caf\xe9.jpg",
        "Häuser 🏠.jpg".encode(),
        b"two\nlines.jpg",
        b"\x1b[31mred.jpg",
        b"-rf.jpg",
        b"a" * 250 + b".jpg",
    ]
    try:
        for number, name in enumerate(names):
            Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(picture(number))
            Path(os.fsdecode(os.fsencode(folder) + b"/" + name[:-4] + b".htm")).write_bytes(b"no picture")
    except OSError:
        pytest.skip("this file system takes only text as names")
    done = housegan("import", "monet", folder)
    assert done.returncode == 0
    assert done.stdout.startswith("6 new pictures, 0 known already, 6 refused.")
    assert len(done.stderr.splitlines()) == 6
    assert "\x1b" not in done.stderr


@pytest.mark.shared
def test_hostile_files_cost_a_line_each_and_nothing_else(workdir: Path, housegan: Housegan, shared: Path) -> None:
    done = housegan("import", "hostile", shared / "hostile", "--set", "intake.time_limit_s=10")
    assert done.returncode == 0
    new, known, refused = map(int, re.findall(r"\d+", done.stdout.splitlines()[0]))
    files = sum(path.is_file() for path in (shared / "hostile").iterdir())
    assert new + known + refused == files
    assert new + known >= 30
    assert len(done.stderr.splitlines()) == refused
    assert len(holdings("hostile")[0]) == new


# Sudden ends


@pytest.fixture(scope="module")
def three_hundred(tmp_path_factory: pytest.TempPathFactory, picture: Picture) -> Path:
    """A folder of 300 pictures."""
    return fill(tmp_path_factory.mktemp("three hundred") / "mine", picture, 300)


def start_import(name: str, source: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "housegan", "import", name, str(source)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_an_import_killed_again_and_again_ends_like_an_undisturbed_one(
    workdir: Path, housegan: Housegan, three_hundred: Path, command_environment: dict[str, str]
) -> None:
    source = three_hundred
    assert housegan("import", "calm", source).returncode == 0
    calm = holdings("calm")
    assert len(calm[0]) == 300

    chance = random.Random(0)
    for number, files in enumerate((60, 180, 1, 240)):
        if number == 2:  # begin anew: kills are to hit beginnings too
            shutil.rmtree(workdir / "data" / "killed")
        command = start_import("killed", source, command_environment)
        while command.poll() is None and sum(1 for _ in workdir.glob("data/killed/originals/*/*.jpg")) < files:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.03))
        command.kill()
        command.communicate()
        assert command.returncode == -signal.SIGKILL
        assert holdings("killed")[0] <= calm[0]

    assert housegan("import", "killed", source).returncode == 0
    assert holdings("killed") == calm


def test_ctrl_c_says_how_to_go_on_and_keeps_what_was_counted(
    workdir: Path, housegan: Housegan, three_hundred: Path, command_environment: dict[str, str]
) -> None:
    source = three_hundred
    originals = workdir / "data" / "monet" / "originals"
    for _ in range(5):  # on a busy machine it may have come to its end before it is stopped
        shutil.rmtree(originals.parent, ignore_errors=True)
        command = start_import("monet", source, command_environment)
        while command.poll() is None and not any(originals.glob("??/*")):
            time.sleep(0.005)
        if command.poll() is None:
            os.killpg(command.pid, signal.SIGINT)  # a terminal tells all of a command's processes
        said, errors = command.communicate(timeout=20)
        if command.returncode:
            break
    assert command.returncode == 130
    assert said == ""
    assert errors == f"housegan: Stopped; what was counted is kept. To go on: housegan import monet {source}\n"
    assert len(holdings("monet")[0]) < 300
    again = housegan("import", "monet", source)
    assert again.returncode == 0
    assert len(holdings("monet")[0]) == 300


def test_a_full_disk_stops_an_import_with_a_sentence(
    workdir: Path, housegan: Housegan, picture: Picture, command_environment: dict[str, str]
) -> None:
    source = fill(workdir / "mine", picture, 5)
    (source / "large.png").write_bytes(picture(9, size=(1200, 900), format_name="PNG"))
    code = """if True:
        import resource, sys
        from housegan.cli import main
        resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, resource.RLIM_INFINITY))
        main()
    """
    assert (source / "large.png").stat().st_size > 700_000
    command = subprocess.run(
        [sys.executable, "-c", code, "import", "monet", str(source)],
        env=command_environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert command.returncode == 1
    assert command.stderr.startswith("housegan: The disk is full")
    assert len(command.stderr.splitlines()) == 1
    assert housegan("import", "monet", source).returncode == 0
    assert len(holdings("monet")[0]) == 6
    assert not list((workdir / "data/monet/originals").glob("??/.*"))
