"""A purge leaves nothing of what it removed, wherever it is interrupted."""

import os
import pty
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from filelock import FileLock

from housegan.catalog import Catalog, Crop, Decision, Pair, Sha256, Sighting
from housegan.catalog.frontier import Address, Frontier, Waiting
from housegan.catalog.rights import by_absence, by_author, by_digest, by_post
from housegan.errors import HouseganError
from housegan.rights.purge import carry_out, planned
from housegan.thumbnails import kept_at, write
from scraping.source import Media
from tests.rights.conftest import Add, Pack, Train
from tests.scraping.site import Request, Response, Route, Site, image

Housegan = Callable[..., subprocess.CompletedProcess[str]]


def digests(chosen_of: object) -> set[Sha256]:
    return {sha256 for sha256, _ in chosen_of.pictures}  # type: ignore[attr-defined]


def waiting(catalog: Catalog, number: int, author: str, *, post: str = "") -> None:
    url = f"https://x.org/later/{number}.jpg"
    one = Media((url,), Sighting("reddit", url, post=post, title="Not fetched yet", author=author))
    Frontier(catalog, ["reddit"]).add("reddit", [Address("media", one.key, "x.org", one.to_json())])


def ask(catalog: Catalog, address: Address, reason: str) -> None:
    """Find an address, and have it refused for that reason."""
    frontier = Frontier(catalog, ["reddit"])
    frontier.add("reddit", [address])
    row = catalog._db.execute("SELECT id FROM frontier WHERE key = ?", (address.key,)).fetchone()
    frontier.refuse(Waiting(row[0], "reddit", address.kind, address.key, "x.org", address.payload, 0), reason)


def tables(folder: Path = Path("data/houses")) -> dict[str, int]:
    db = sqlite3.connect(folder / "catalog.sqlite")
    try:
        names = ("images", "sightings", "decisions", "pairs")
        return {name: db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}
    finally:
        db.close()


def traces(*words: str, folder: Path = Path("data/houses")) -> list[Path]:
    """Files whose bytes hold one of the words."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if any(word.encode() in path.read_bytes() for word in words)]


# Who is meant


def test_an_author_is_meant_however_the_name_is_written(catalog: Catalog, add: Add) -> None:
    theirs = add(1, Sighting("reddit", "https://x.org/1", author="u/Somebody"))
    also = add(
        2, Sighting("openverse", "https://x.org/2", author="Another"), Sighting("import", "2", author="somebody")
    )
    add(3, Sighting("reddit", "https://x.org/3", author="u/somebody_else"))
    add(4, Sighting("reddit", "https://x.org/4"))
    waiting(catalog, 5, "u/Somebody")
    waiting(catalog, 6, "u/other")
    for name in ("u/Somebody", "somebody", "/u/SOMEBODY", "@somebody", " Somebody "):
        chosen = by_author(catalog, name)
        assert digests(chosen) == {theirs, also}, name
        assert len(chosen.addresses) == 1
    assert not by_author(catalog, "nobody")
    assert not by_author(catalog, ""), "no name is not everybody without one"


def test_a_post_is_meant_by_its_id_its_page_or_its_picture(catalog: Catalog, add: Add) -> None:
    page = "https://www.reddit.com/r/x/comments/abc/title/"
    first = add(1, Sighting("reddit", "https://i.x.org/1.jpg", post="t3_abc", page_url=page))
    second = add(2, Sighting("reddit", "https://i.x.org/2.jpg", post="t3_abc", page_url=page))
    add(3, Sighting("reddit", "https://i.x.org/3.jpg", post="t3_abcd"))
    waiting(catalog, 4, "", post="t3_abc")
    for post in ("t3_abc", "abc", page, page.rstrip("/")):
        assert digests(by_post(catalog, post)) == {first, second}, post
    assert len(by_post(catalog, "abc").addresses) == 1
    assert digests(by_post(catalog, "https://i.x.org/2.jpg")) == {second}
    assert not by_post(catalog, "")


def test_a_digest_may_be_shortened_but_not_guessed(catalog: Catalog, add: Add) -> None:
    one = add(1)
    add(2)
    assert digests(by_digest(catalog, one)) == digests(by_digest(catalog, one[:8].upper())) == {one}
    assert not by_digest(catalog, "0" * 64)
    for short in ("", one[:7], "%%%%"):
        with pytest.raises(HouseganError, match="not enough of a digest"):
            by_digest(catalog, short)


def test_gone_is_what_answers_404_or_410_everywhere_it_was_found(catalog: Catalog, add: Add) -> None:
    def at(name: str, post: str = "") -> Sighting:
        return Sighting("reddit", f"https://x.org/{name}", post=post, page_url=post)

    media_gone, page_gone = add(1, at("1")), add(2, at("2", "https://x.org/page/2"))
    add(3, at("3"), at("3-elsewhere"))
    add(4, at("4"))
    own_too = add(5, at("5"), Sighting("import", "folder/5.jpg"))
    for number, reason in {1: "status 404", 3: "status 410", 4: "status 403", 5: "status 410"}.items():
        catalog._db.execute(
            "INSERT INTO frontier (source, kind, key, host, payload, state, reason, at) VALUES (?,?,?,?,?,?,?,?)",
            ("reddit", "media", f"https://x.org/{number}", "x.org", "", "refused", reason, ""),
        )
    key = '["https://x.org/page/2", {"item": true}]'
    ask(catalog, Address("ask", key, "x.org", '{"url": "https://x.org/page/2", "about": {}}'), "status 404")
    assert digests(by_absence(catalog)) == {media_gone, page_gone, own_too}


# What is left


def test_a_purge_leaves_no_trace_but_the_address(catalog: Catalog, add: Add, pack: Pack, train: Train) -> None:
    title, author = "A very particular title", "u/very_particular"
    story = Sighting("reddit", "https://x.org/1.jpg", "t3_particular", "https://x.org/page", title, author)
    theirs, other, third = add(1, story), add(2), add(3)
    waiting(catalog, 4, author)
    catalog.record([Decision(sha256, "quality", 1, "c", "keep", Crop(0, 0, 9)) for sha256 in (theirs, other)])
    first, second = sorted((theirs, other))
    left, right = sorted((other, third))
    catalog.record_pairs([Pair(first, second, True, 3), Pair(left, right, True, 3)])
    holding = pack(theirs, other)
    without = pack(other, third)
    runs = [train(holding), train(without), train(without, holding)]
    (catalog.folder / "credits").mkdir()
    (catalog.folder / "credits" / "credits.html").write_text(author)
    killed = holding.folder.with_name(".32-0123456789ab.999999")
    killed.mkdir()
    (killed / "images.npy").write_bytes(b"pixels")
    left_over = catalog.original(theirs, "JPEG").with_name(f".{theirs}.jpg.999999")
    left_over.write_bytes(b"bytes")

    plan = planned(catalog, by_author(catalog, author))
    assert plan.packs == (holding.folder.name,)
    assert plan.runs == (runs[0].name, runs[2].name)
    assert plan.unsure == ()
    carry_out(catalog, plan)

    assert not holding.folder.exists()
    assert not killed.exists()
    assert without.folder.is_dir()
    assert without.name == "houses"
    assert not (catalog.folder / "credits").exists()
    assert not catalog.original(theirs, "JPEG").exists()
    assert not left_over.exists()
    assert {picture.sha256 for picture in catalog.pictures()} == {other, third}
    assert tables() == {"images": 2, "sightings": 2, "decisions": 1, "pairs": 1}
    assert traces(theirs, title, author, "very_particular", "t3_particular", "x.org/page") == []
    frontier = Frontier(catalog, ["reddit"])
    assert {(outcome.state, outcome.reason, outcome.count) for outcome in frontier.outcomes()} == {
        ("refused", "purged", 2)
    }
    again = Media(("https://x.org/1.jpg",), story)
    assert frontier.add("reddit", [Address("media", again.key, "x.org", again.to_json())]) == 0
    assert frontier.next_host("") is None, "it is not fetched again"
    frontier.refresh()
    frontier.reopen()
    assert frontier.next_host("") is None


def test_the_thumbnails_of_what_is_purged_go_with_it(catalog: Catalog, add: Add) -> None:
    theirs, other = add(1), add(2)
    for sha256 in (theirs, other):
        write(kept_at(catalog.folder, sha256), b"small")
    killed = kept_at(catalog.folder, theirs).with_name(f".{theirs}.webp.999999")
    killed.write_bytes(b"half of it")
    carry_out(catalog, planned(catalog, by_digest(catalog, theirs)))
    assert [path.stem for path in (catalog.folder / "thumbnails").rglob("*") if path.is_file()] == [other]


def test_the_current_pack_is_withdrawn_and_others_stay_current(catalog: Catalog, add: Add, pack: Pack) -> None:
    one, two = add(1), add(2)
    kept, holding = pack(two), pack(one, two)
    carry_out(catalog, planned(catalog, by_digest(catalog, one)))
    assert Path("data/houses/curated/current.json").read_text().strip() == "{}"
    assert kept.folder.is_dir()
    assert not holding.folder.exists()


def test_packs_and_runs_that_can_not_be_read_are_not_passed_over(
    catalog: Catalog, add: Add, pack: Pack, train: Train
) -> None:
    one, two = add(1), add(2)
    damaged, lost = pack(two), pack(one, two)
    runs = [train(damaged), train(lost), train(lost)]
    (damaged.folder / "images.jsonl").write_text("nonsense")
    shutil.rmtree(lost.folder)
    (runs[2].path / "config.yaml").write_text("nonsense: 1")
    plan = planned(catalog, by_digest(catalog, one))
    assert plan.packs == (damaged.folder.name,)
    assert (plan.runs, plan.unsure) == ((runs[0].name,), (runs[1].name, runs[2].name))


# The command


def test_the_command_shows_removes_and_names_the_runs(
    catalog: Catalog, add: Add, pack: Pack, train: Train, quick_housegan: Housegan
) -> None:
    theirs = add(1, Sighting("reddit", "https://x.org/1.jpg", title="A \x1b[2Jcabin", author="u/ada"))
    other = add(2)
    holding = pack(theirs, other)
    run = train(holding)

    dry = quick_housegan("purge", "houses", "--author", "ada", "--dry-run")
    assert dry.returncode == 0
    assert f"{theirs[:12]}  A \N{REPLACEMENT CHARACTER}[2Jcabin, u/ada" in dry.stdout
    assert dry.stdout.endswith("A dry run: nothing was removed.\n")
    refused = quick_housegan("purge", "houses", "--author", "ada")
    assert (refused.returncode, refused.stderr) == (
        1,
        "housegan: Nothing was removed: there is no terminal to ask at. Give --yes if you mean it.\n",
    )
    assert holding.folder.is_dir()
    assert tables()["images"] == 2

    done = quick_housegan("purge", "houses", "--author", "ada", "--yes")
    assert done.returncode == 0, done.stderr
    assert "Removed 1 pictures" in done.stdout
    assert f"Packs withdrawn: {holding.folder.name}. Next: housegan curate houses" in done.stdout
    assert f"Trained on them: {run.name}." in done.stdout
    assert tables()["images"] == 1
    again = quick_housegan("purge", "houses", "--author", "ada", "--yes")
    assert (again.returncode, again.stdout) == (0, "The set 'houses' has nothing of that: nothing was removed.\n")
    gone = quick_housegan("purge", "houses", "--gone")
    assert "`housegan scrape houses --refresh` asks the sites again" in gone.stdout


@pytest.mark.parametrize("options", [[], ["--gone", "--author", "ada"], ["--author", "a", "--post", "b"]])
def test_exactly_one_way_of_choosing_is_asked_for(
    options: list[str], catalog: Catalog, quick_housegan: Housegan
) -> None:
    done = quick_housegan("purge", "houses", *options)
    assert done.returncode == 2
    assert "give one of --gone, --author, --post and --sha256" in " ".join(re.sub(r"[│╭╮╰╯─]", "", done.stderr).split())


@pytest.mark.skipif(sys.platform == "win32", reason="there are no terminals to open")
@pytest.mark.parametrize(("answer", "left"), [("n", 1), ("y", 0)])
def test_on_a_terminal_it_asks(
    answer: str, left: int, workdir: Path, catalog: Catalog, add: Add, command_environment: Mapping[str, str]
) -> None:
    add(1)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "housegan", "purge", "houses", "--author", "1"]
    os.write(ours, f"{answer}\n".encode())
    done = subprocess.run(
        command, cwd=workdir, env=dict(command_environment), stdin=theirs, capture_output=True, text=True, check=False
    )
    os.close(ours)
    os.close(theirs)
    assert "Remove all this for good?" in done.stdout
    assert done.returncode == left
    assert tables()["images"] == left


def test_a_scrape_of_the_set_keeps_a_purge_out(catalog: Catalog, add: Add, quick_housegan: Housegan) -> None:
    add(1)
    with FileLock(catalog.folder / ".scrape.lock"):
        done = quick_housegan("purge", "houses", "--author", "1", "--yes")
    assert done.returncode == 1
    assert "is being scraped or purged by another command" in done.stderr


def test_a_purge_killed_anywhere_is_finished_by_the_next(
    workdir: Path, catalog: Catalog, add: Add, pack: Pack, train: Train, command_environment: Mapping[str, str]
) -> None:
    """Killed before the so-manieth change to the disk, and as each stage ends, one after the other."""
    theirs = [add(seed, Sighting("reddit", f"https://x.org/{seed}.jpg", author="ada")) for seed in range(6)]
    others = [add(seed) for seed in range(6, 9)]
    run = train(pack(*theirs, *others))
    code = """if True:
        import os, signal, sys
        when = sys.argv.pop(1)
        left = int(when) if when.isdecimal() else 1_000
        def count(event, arguments):
            global left
            if event in ("os.remove", "os.rmdir", "os.rename", "shutil.rmtree") or (
                event == "open" and "w" in str(arguments[1])
            ):
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
        def watch(frame, event, argument):
            if event == "return" and frame.f_code.co_name == when and "housegan" in frame.f_code.co_filename:
                os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(count)
        from housegan.cli import main
        sys.setprofile(watch)
        main()
    """
    told = ""
    stages = ["planned", "3", "6", "9", "withdraw", "11", "_forget_picture", "forget", "sweep"]
    for when in [*stages, "never", "never"]:
        command = [sys.executable, "-c", code, when, "purge", "houses", "--author", "ada", "--yes"]
        done = subprocess.run(
            command, cwd=workdir, env=dict(command_environment), capture_output=True, text=True, check=False
        )
        assert done.returncode == (-signal.SIGKILL if when in stages else 0), (when, done.stderr)
        told += done.stdout
    assert told.count(f"Trained on them: {run.name}.") == 1
    assert {picture.sha256 for picture in catalog.pictures()} == set(others)
    assert traces(*theirs, "ada") == []
    assert not Path("data/houses/purge.json").exists()
    assert not [path for path in Path("data/houses/curated").iterdir() if path.is_dir()]


def test_what_a_site_takes_down_is_found_by_a_refresh_and_purged(
    workdir: Path, housegan: Housegan, picture: Callable[..., bytes]
) -> None:
    removed: Path = workdir / "removed"  # the site answers from a process of its own

    def page(request: Request) -> Response:
        number = request.path.rpartition("/")[2]
        if number == "2" and removed.exists():
            return Response("taken down", status=410)
        return Response(f'<h1>House {number}</h1><b>Ada</b><img class="full" src="/media/{number}.jpg">')

    links = "".join(f'<li><a href="/house/{number}">a house</a></li>' for number in range(4))
    routes: dict[str, Route] = {"/gallery": Response(f"<ul>{links}</ul>")}
    routes |= {f"/house/{number}": page for number in range(4)}
    routes |= {f"/media/{number}.jpg": image(picture(number)) for number in range(4)}
    with Site(routes) as site:
        Path("configs/sets").mkdir(parents=True)
        Path("configs/sets/houses.yaml").write_text(
            f"""scrape:
  delay_s: 0
  allow_private_hosts: ["{site.host}"]
  galleries: [{{start_urls: ["{site.url}/gallery"], item: li, page: a, media: img.full, title: h1, author: b}}]
"""
        )
        assert "4 scraped pictures" in housegan("scrape", "houses").stdout
        assert "is known to be gone" in housegan("purge", "houses", "--gone", "--yes").stdout
        removed.touch()
        assert housegan("scrape", "houses", "--refresh").returncode == 0
        done = housegan("purge", "houses", "--gone", "--yes")
        assert (done.returncode, done.stderr) == (0, "")
        assert "House 2, Ada" in done.stdout
        assert "Removed 1 pictures" in done.stdout
        removed.unlink()
        site.forget()
        assert "3 scraped pictures" in housegan("scrape", "houses", "--refresh").stdout
        assert site.counts["/media/2.jpg"] == 0, "its page is back, but it is not fetched again"
