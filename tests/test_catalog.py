import hashlib
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from housegan.catalog import MAX_ROWS_A_COMMIT, NO_CROP, By, Catalog, Crop, Decision, Pair, Sha256, Sighting, Verdict
from housegan.catalog.measures import keep, known
from housegan.catalog.schema import MIGRATIONS
from housegan.errors import HouseganError
from housegan.pictures import PictureFacts

FACTS = PictureFacts(format="JPEG", width=640, height=480, animated=False)


def digest(number: int) -> Sha256:
    return Sha256(hashlib.sha256(str(number).encode()).hexdigest())


def find(number: int, source: str = "import") -> tuple[Sha256, int, PictureFacts, Sighting]:
    return digest(number), 1000, FACTS, Sighting(source, f"folder/{number}.jpg", title=f"picture {number}")


def opinion(
    number: int,
    verdict: Verdict | None = None,
    *,
    by: By = "machine",
    step: str = "flat",
    version: int = 1,
    crop: Crop | None = None,
    reason: str = "",
) -> Decision:
    return Decision(digest(number), step, version, "c0ffee", verdict, crop, reason, by)


def come_to(catalog: Catalog, number: int = 0) -> tuple[str, str, str, Crop | None]:
    """Verdict, step, reason and crop of one picture."""
    (found,) = [one for one in catalog.resolved() if one.picture.sha256 == digest(number)]
    return found.verdict, found.step, found.reason, found.crop


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """A catalog of three pictures."""
    with Catalog(tmp_path / "set") as catalog:
        catalog.add([find(0), find(1), find(2)])
        yield catalog


def run_python(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# Opening


def test_a_new_catalog_is_empty_and_opens_again(tmp_path: Path) -> None:
    for _ in range(2):
        with Catalog(tmp_path / "set") as catalog:
            assert (catalog.pictures(), list(catalog.resolved()), catalog.pairs()) == ([], [], [])


def test_an_empty_file_becomes_a_catalog(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite").touch()
    with Catalog(tmp_path) as catalog:
        assert catalog.add([find(1)]) == 1


def test_what_is_written_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    with Catalog(tmp_path) as catalog:
        catalog.add([find(1)])
        catalog.record([opinion(1, "reject", by="person", step="review", crop=Crop(1, 2, 3))])
    with Catalog(tmp_path) as catalog:
        (picture,) = catalog.pictures()
        assert (picture.sha256, picture.format, picture.width, picture.height) == (digest(1), "JPEG", 640, 480)
        assert (picture.bytes, picture.animated, picture.width) == (1000, False, 640)
        assert come_to(catalog, 1) == ("reject", "review", "", Crop(1, 2, 3))


def test_a_newer_catalog_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "catalog.sqlite") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    before = (tmp_path / "catalog.sqlite").read_bytes()
    with pytest.raises(HouseganError, match=r"written by a newer housegan: update this one\.$"):
        Catalog(tmp_path)
    assert (tmp_path / "catalog.sqlite").read_bytes()[100:] == before[100:]


@pytest.mark.parametrize(
    "content", [b"this is no database, it is a letter to my aunt" * 100, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_corrupt_file_is_one_sentence_with_what_to_do(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite").write_bytes(content)
    with pytest.raises(HouseganError, match=r"can't be used \(.*\): move it away to begin anew; originals/ keeps"):
        Catalog(tmp_path)
    assert (tmp_path / "catalog.sqlite").read_bytes() == content


def test_a_catalog_damaged_in_the_middle_is_one_sentence(tmp_path: Path) -> None:
    with Catalog(tmp_path) as catalog:
        catalog.add(find(number) for number in range(500))
    data = bytearray((tmp_path / "catalog.sqlite").read_bytes())
    data[4096 * 20 : 4096 * 60] = b"\xaa" * (4096 * 40)
    (tmp_path / "catalog.sqlite").write_bytes(data)
    with pytest.raises(HouseganError, match="can't be used"), Catalog(tmp_path) as catalog:
        list(catalog.resolved())


def test_a_set_that_is_not_there_says_how_to_make_it(workdir: Path) -> None:
    with pytest.raises(HouseganError, match="Run `housegan scrape monet` or `housegan import monet FOLDER`"):
        Catalog.existing("monet")
    assert not (workdir / "data").exists()
    with pytest.raises(HouseganError, match="can't name a set"):
        Catalog.existing("../monet")


def test_a_folder_where_the_catalog_should_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite").mkdir()
    with pytest.raises(HouseganError, match="No permission to write"):
        Catalog(tmp_path)


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="a system without users")
def test_no_permission_is_one_sentence(tmp_path: Path) -> None:
    with Catalog(tmp_path / "set") as catalog:
        catalog.add([find(1)])
    for path in (tmp_path / "set", tmp_path / "set" / "catalog.sqlite"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    code = """if True:
        import os, sys
        from pathlib import Path
        from housegan.catalog import Catalog, Decision
        from housegan.cli import _explained
        folder = Path(sys.argv[1])
        os.chdir(folder)  # its parents are the other user's own
        if os.getuid() == 0:
            os.setuid(65534)
        try:
            with Catalog(Path('.')) as catalog:
                catalog.record([Decision(catalog.pictures()[0].sha256, 's', 1, 'c', 'keep')])
        except Exception as error:
            sys.exit(_explained(error))
    """
    command = run_python(code, tmp_path / "set")
    _, errors = command.communicate(timeout=30)
    (tmp_path / "set").chmod(0o755)
    assert "No permission to write" in errors
    assert "check who owns the folder" in errors
    assert command.returncode == 1


def test_many_processes_may_open_a_new_catalog_at_once(tmp_path: Path) -> None:
    code = """if True:
        import sys
        from pathlib import Path
        from housegan.catalog import Catalog
        print("ready", flush=True)
        sys.stdin.readline()
        for number in range(8):
            with Catalog(Path(sys.argv[1]) / str(number)) as catalog:
                catalog.pictures()
    """
    commands = [run_python(code, tmp_path) for _ in range(4)]
    for command in commands:
        assert command.stdout
        assert command.stdout.readline() == "ready\n"
    for command in commands:
        assert command.stdin
        command.stdin.write("\n")
        command.stdin.flush()
    for command in commands:
        _, errors = command.communicate(timeout=60)
        assert (command.returncode, errors) == (0, "")


# Pictures and sightings


def test_a_picture_is_added_once_and_its_sightings_add_up(catalog: Catalog) -> None:
    assert catalog.add([find(0), find(3), find(3)]) == 1
    assert catalog.add([find(0, source="elsewhere")]) == 0
    assert [picture.sha256 for picture in catalog.pictures()] == sorted(digest(number) for number in range(4))


def test_a_picture_is_known_when_its_bytes_are_there(catalog: Catalog) -> None:
    assert not catalog.knows(digest(0))
    catalog.keep_bytes(digest(0), "JPEG", b"as they came")
    assert catalog.knows(digest(0))
    catalog.keep_bytes(digest(4), "JPEG", b"not in the catalog yet")
    assert not catalog.knows(digest(4))


def test_a_known_picture_needs_no_facts_for_another_sighting(catalog: Catalog) -> None:
    assert catalog.add([(digest(0), 1000, None, Sighting("reddit", "https://x/0.jpg", author="Ann"))]) == 0
    assert catalog.stories()[digest(0)].author == "Ann"


def test_a_story_is_the_first_sighting_with_an_author_else_the_first(catalog: Catalog) -> None:
    for author, url in (("", "a"), ("Ann", "b"), ("Bob", "c")):
        catalog.add([(digest(0), 1, None, Sighting("net", url, author=author, licence="CC0", score=1.5))])
    stories = catalog.stories()
    assert (stories[digest(0)].author, stories[digest(0)].media_url, stories[digest(0)].score) == ("Ann", "b", 1.5)
    assert stories[digest(1)].media_url == "folder/1.jpg"


def test_bytes_are_kept_whole_under_their_name(catalog: Catalog) -> None:
    catalog.keep_bytes(digest(0), "JPEG", b"as they came")
    path = catalog.original(digest(0), "JPEG")
    assert path.relative_to(catalog.folder) == Path("originals", digest(0)[:2], f"{digest(0)}.jpg")
    assert path.read_bytes() == b"as they came"
    assert list(path.parent.iterdir()) == [path]


def test_an_opinion_about_an_unknown_picture_is_a_fault_not_bad_advice(tmp_path: Path) -> None:
    """The catalog is whole: nobody should be told to move it away."""
    first, second = sorted((digest(0), digest(7)))

    def decide(catalog: Catalog) -> None:
        catalog.record([opinion(7, "keep")])

    def pair(catalog: Catalog) -> None:
        catalog.record_pairs([Pair(first, second, same=True, distance=3)])

    def see(catalog: Catalog) -> None:
        catalog.add([(digest(7), 1, None, Sighting("net", "x"))])

    with Catalog(tmp_path) as catalog:
        catalog.add([find(0)])
    for act in (decide, pair, see):
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"), Catalog(tmp_path) as catalog:
            act(catalog)
        with Catalog(tmp_path) as catalog:
            assert (catalog.opinions("flat"), catalog.pairs(), len(catalog.stories())) == ({}, [], 1)


# Opinions


def test_where_nobody_objects_a_picture_is_kept_whole(catalog: Catalog) -> None:
    assert come_to(catalog) == ("keep", "", "", None)


def test_one_rejection_among_machines_is_enough_and_the_first_is_named(catalog: Catalog) -> None:
    catalog.record([opinion(0, "keep", step="size")])
    catalog.record([opinion(0, "reject", step="flat", reason="nearly flat")])
    catalog.record([opinion(0, "keep", step="odd"), opinion(0, "reject", step="twin", reason="twin of another")])
    assert come_to(catalog) == ("reject", "flat", "nearly flat", None)


def test_the_last_human_opinion_beats_every_machine_whatever_came_later(catalog: Catalog) -> None:
    catalog.record([opinion(0, "reject", reason="nearly flat")])
    catalog.record([opinion(0, "keep", by="person", step="review", reason="I like it")])
    catalog.record([opinion(0, "reject", step="twin"), opinion(0, "reject", version=2)])
    assert come_to(catalog) == ("keep", "review", "I like it", None)
    catalog.record([opinion(0, "reject", by="person", step="explore", reason="not any more")])
    assert come_to(catalog) == ("reject", "explore", "not any more", None)
    assert come_to(catalog, 1)[0] == "keep"


def test_a_withdrawn_human_opinion_gives_the_machines_the_word_again(catalog: Catalog) -> None:
    catalog.record([opinion(0, "reject", reason="nearly flat"), opinion(0, "keep", by="person", step="review")])
    catalog.record([opinion(0, "withdrawn", by="person", step="review")])
    assert come_to(catalog) == ("reject", "flat", "nearly flat", None)
    catalog.record([opinion(0, "withdrawn")])
    assert come_to(catalog) == ("keep", "", "", None)


def test_a_newer_opinion_of_a_step_replaces_its_older_one(catalog: Catalog) -> None:
    catalog.record([opinion(0, "reject", version=1, reason="flat")])
    catalog.record([opinion(0, "keep", version=2)])
    assert come_to(catalog)[0] == "keep"
    assert catalog.opinions("flat")[digest(0)] == opinion(0, "keep", version=2)
    catalog.record([opinion(0, "reject", version=3, reason="flat after all")])
    assert come_to(catalog) == ("reject", "flat", "flat after all", None)


def test_verdict_and_crop_are_resolved_each_for_itself(catalog: Catalog) -> None:
    catalog.record([opinion(0, step="crop", crop=Crop(10, 20, 300))])
    assert come_to(catalog) == ("keep", "", "", Crop(10, 20, 300))
    catalog.record([opinion(0, "reject", by="person", step="review")])
    assert come_to(catalog) == ("reject", "review", "", Crop(10, 20, 300))
    catalog.record([opinion(0, by="person", step="review", crop=Crop(1, 2, 200))])
    assert come_to(catalog) == ("reject", "review", "", Crop(1, 2, 200))
    catalog.record(
        [opinion(0, "keep", by="person", step="review"), opinion(0, step="crop", version=2, crop=Crop(5, 5, 5))]
    )
    assert come_to(catalog) == ("keep", "review", "", Crop(1, 2, 200))


def test_a_crop_that_a_person_takes_back_leaves_the_machine_s(catalog: Catalog) -> None:
    catalog.record([opinion(0, step="crop", crop=Crop(10, 20, 300)), opinion(0, by="person", crop=Crop(1, 2, 200))])
    catalog.record([opinion(0, by="person", crop=NO_CROP)])
    assert come_to(catalog) == ("keep", "", "", Crop(10, 20, 300))
    catalog.record([opinion(0, by="person", crop=Crop(3, 4, 100))])
    assert come_to(catalog) == ("keep", "", "", Crop(3, 4, 100))


def test_how_sure_a_machine_is_comes_with_its_crop(catalog: Catalog) -> None:
    catalog.record([replace(opinion(0, step="crop", crop=Crop(10, 20, 300)), confidence=0.25)])
    found = next(catalog.resolved())
    assert (found.crop_by, found.crop_confidence) == ("machine", 0.25)
    assert catalog.opinions("crop")[digest(0)].confidence == 0.25
    catalog.record([opinion(0, by="person", crop=Crop(1, 2, 200))])
    found = next(catalog.resolved())
    assert (found.crop_by, found.crop_confidence) == ("person", None)


def test_opinions_of_one_step_are_its_own_last_ones(catalog: Catalog) -> None:
    crop = opinion(1, "keep", step="crop", version=3, crop=Crop(1, 2, 3), reason="centred")
    catalog.record([opinion(0, "keep", step="other"), opinion(1, step="crop", version=2), crop])
    catalog.record([opinion(1, "reject", by="person", step="crop")])
    assert catalog.opinions("crop") == {digest(1): crop}
    assert catalog.opinions("unheard of") == {}


def test_opinions_beyond_one_commit_are_all_there(catalog: Catalog) -> None:
    total = 2 * MAX_ROWS_A_COMMIT + 1
    catalog.record(opinion(0, "keep", step=f"step {number}") for number in range(total))
    assert sum(len(catalog.opinions(f"step {number}")) for number in (0, 999, 1000, 1999, 2000)) == 5


def test_pairs_are_the_person_s_last_word_else_the_machine_s(catalog: Catalog) -> None:
    a, b, c = sorted(digest(number) for number in range(3))
    catalog.record_pairs([Pair(a, b, same=True, distance=10), Pair(a, c, same=True, distance=30)])
    catalog.record_pairs([Pair(a, b, same=False, distance=10, by="person")])
    catalog.record_pairs([Pair(a, b, same=True, distance=9), Pair(a, c, same=False, distance=31)])
    assert catalog.pairs() == [Pair(a, b, same=False, distance=10, by="person"), Pair(a, c, same=False, distance=31)]
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        catalog.record_pairs([Pair(b, a, same=True, distance=1)])


def test_a_pair_can_be_undecided_and_a_person_can_take_their_word_back(catalog: Catalog) -> None:
    a, b, c = sorted(digest(number) for number in range(3))
    doubtful = Pair(a, b, same=None, distance=40, version=2, config="c0ffee", reason="12 inliers")
    catalog.record_pairs([doubtful, Pair(b, c, same=True, distance=50, by="person")])
    assert catalog.pairs() == [doubtful, Pair(b, c, same=True, distance=50, by="person")]
    catalog.record_pairs([Pair(a, b, same=True, distance=40, by="person")])
    assert catalog.pairs()[0].same is True
    catalog.record_pairs([Pair(a, b, same=None, distance=40, by="person")])
    catalog.record_pairs([Pair(b, c, same=None, distance=50, by="person")])
    assert catalog.pairs() == [doubtful]


# What was measured


def test_a_measure_is_kept_for_one_version_at_a_time(catalog: Catalog) -> None:
    keep(catalog, "look", "1", [(digest(0), b"old"), (digest(1), b"older")])
    keep(catalog, "look", "2", [(digest(0), b"new")])
    keep(catalog, "crop", "1", [(digest(0), b"other")])
    assert known(catalog, "look", "2") == {digest(0): b"new"}
    assert known(catalog, "look", "1") == {digest(1): b"older"}
    with pytest.raises(sqlite3.IntegrityError):
        keep(catalog, "look", "1", [(digest(99), b"of a picture that is not there")])


def test_a_catalog_of_an_earlier_version_keeps_everything(tmp_path: Path) -> None:
    a, b = sorted((digest(0), digest(1)))
    (tmp_path / "originals").mkdir()
    db = sqlite3.connect(tmp_path / "catalog.sqlite", isolation_level=None)
    for script in MIGRATIONS[:2]:
        for statement in script.split(";\n"):
            db.execute(statement)
    for number in range(2):
        db.execute(
            "INSERT INTO images VALUES (?, 'JPEG', 640, 480, 1000, 0, '00', 'phash256-1', 40.5, '2026')",
            (digest(number),),
        )
    db.execute(
        """INSERT INTO decisions
        (sha256, step, version, config, verdict, crop_left, crop_top, crop_side, reason, by, at)
        VALUES (?, 'review', 1, '', 'keep', 1, 2, 200, '', 'person', '2026')""",
        (a,),
    )
    db.execute("INSERT INTO pairs VALUES (1, ?, ?, 0, 30, 'person', '2026')", (a, b))
    db.execute("PRAGMA user_version = 2")
    db.close()
    with Catalog(tmp_path) as catalog:
        assert [picture.sha256 for picture in catalog.pictures()] == [a, b]
        assert catalog.pairs() == [Pair(a, b, same=False, distance=30, by="person")]
        found = {resolved.picture.sha256: resolved for resolved in catalog.resolved()}
        assert (found[a].verdict, found[a].crop, found[a].crop_by) == ("keep", Crop(1, 2, 200), "person")


# Several at once, and sudden ends


def test_two_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    code = """if True:
        import sys
        from pathlib import Path
        from housegan.catalog import Catalog, Decision
        with Catalog(Path(sys.argv[1])) as catalog:
            shas = [picture.sha256 for picture in catalog.pictures()]
            for number in range(150):
                by = 'person' if number % 10 == 0 else 'machine'
                catalog.record(Decision(sha, f'{sys.argv[2]}-{number}', 1, 'c', 'keep', by=by) for sha in shas)
    """
    with Catalog(tmp_path) as catalog:
        catalog.add([find(0), find(1), find(2)])
        commands = [run_python(code, tmp_path, name) for name in ("first", "second")]
        slowest, seen = 0.0, [0]
        while any(command.poll() is None for command in commands):  # a reader and a person meanwhile
            started = time.monotonic()
            assert len(list(catalog.resolved())) == 3
            catalog.record([opinion(0, "keep", by="person", step="review")])
            slowest = max(slowest, time.monotonic() - started)
            seen.append(len(catalog.opinions("first-149")) + len(catalog.opinions("second-149")))
        for command in commands:
            assert command.communicate() == ("", "")
        for name in ("first", "second"):
            for number in range(150):
                assert len(catalog.opinions(f"{name}-{number}")) == (0 if number % 10 == 0 else 3)
    assert all(before <= after for before, after in pairwise(seen))
    assert slowest < 5
    with sqlite3.connect(tmp_path / "catalog.sqlite") as database:
        assert database.execute("SELECT count(*) FROM decisions WHERE step != 'review'").fetchone() == (2 * 150 * 3,)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


def test_a_reader_in_the_middle_of_a_list_sees_one_state_while_another_writes(catalog: Catalog) -> None:
    reading = catalog.resolved()
    next(reading)

    def write() -> None:
        with Catalog(catalog.folder) as other:
            other.record([opinion(number, "reject") for number in range(3)])

    writer = threading.Thread(target=write)
    writer.start()
    writer.join(timeout=10)
    assert not writer.is_alive()
    assert [one.verdict for one in reading] == ["keep", "keep"]
    assert [one.verdict for one in catalog.resolved()] == ["reject"] * 3


def test_a_person_s_decision_outlives_kill_9_right_after_it_was_recorded(catalog: Catalog) -> None:
    code = """if True:
        import os, signal, sys
        from pathlib import Path
        from housegan.catalog import Catalog, Decision
        catalog = Catalog(Path(sys.argv[1]))
        catalog.record([Decision(sys.argv[2], 'review', 1, '', 'reject', reason=sys.argv[3], by='person')])
        os.kill(os.getpid(), signal.SIGKILL)
    """
    for number in range(3):
        command = run_python(code, catalog.folder, digest(number), f"reason {number}")
        command.communicate(timeout=30)
        assert command.returncode == -signal.SIGKILL
        assert come_to(catalog, number) == ("reject", "review", f"reason {number}", None)


def test_a_failed_write_leaves_nothing_and_the_catalog_usable(catalog: Catalog) -> None:
    def breaks_off() -> Iterator[tuple[Sha256, int, PictureFacts, Sighting]]:
        yield find(5)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        catalog.add(breaks_off())
    assert len(catalog.pictures()) == 3
    assert catalog.add([find(6)]) == 1


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="no limit of file sizes here")
def test_a_disk_that_fills_up_loses_no_earlier_row_and_says_so(tmp_path: Path) -> None:
    code = """if True:
        import resource, sqlite3, sys
        from pathlib import Path
        from housegan.catalog import Catalog, Decision
        from housegan.cli import _explained
        try:
            with Catalog(Path(sys.argv[1])) as catalog:
                sha = catalog.pictures()[0].sha256
                if sys.argv[2] == 'limit':  # like a quota: EFBIG
                    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
                else:  # what SQLite says of ENOSPC
                    catalog._db.execute('PRAGMA max_page_count = 60')
                for number in range(10_000):
                    catalog.record([Decision(sha, f'step {number}', 1, 'c', 'keep', reason='x' * 500)])
                    print(number, flush=True)
        except Exception as error:
            sys.exit(_explained(error))
    """
    for kind in ("limit", "pages"):
        with Catalog(tmp_path / kind) as catalog:
            catalog.add([find(0)])
        command = run_python(code, tmp_path / kind, kind)
        said, errors = command.communicate(timeout=60)
        recorded = len(said.split())
        assert recorded > 20
        assert command.returncode == 1
        assert ("The disk is full" if kind == "pages" else "it is full, over a quota or failing") in errors
        assert "Traceback" not in errors
        with Catalog(tmp_path / kind) as catalog:
            assert all(catalog.opinions(f"step {number}") for number in range(recorded))
            catalog.record([opinion(0, "keep", step="afterwards")])
