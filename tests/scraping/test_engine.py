import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.scraping.conftest import gallery, held, pages, write_config
from tests.scraping.site import Response, Route, Site, image, redirect

Housegan = Callable[..., subprocess.CompletedProcess[str]]
Picture = Callable[..., bytes]


def complaints(errors: str) -> list[str]:
    """What was said but how far it has come, which a slow machine says now and then."""
    return [line for line in errors.splitlines() if not re.match(r"scraping \w+: [\d,]+ of [\d,]+ pictures", line)]


def refusals(name: str = "houses") -> dict[str, str]:
    """Why media were not taken, by the last part of their addresses."""
    db = sqlite3.connect(Path("data") / name / "catalog.sqlite")
    rows = db.execute("SELECT key, reason FROM frontier WHERE kind = 'media' AND state IN ('refused', 'later')")
    found = {key.rpartition("/")[2]: reason for key, reason in rows}
    db.close()
    return found


def start(*arguments: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "housegan", *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip


# What sites do


def test_whatever_a_site_does_is_a_counted_reason_and_the_others_arrive(
    workdir: Path, housegan: Housegan, picture: Picture
) -> None:
    good = picture(1)
    with Site({"/secret.jpg": image(picture(99))}) as inside:
        media: dict[str, bytes | Route] = {
            "good.jpg": good,
            "moved.jpg": redirect("/media/good2.jpg"),
            "late.jpg": lambda asked: Response(status=500) if asked.count < 3 else image(picture(3)),
            "busy.jpg": lambda asked: (
                Response(status=429, headers={"Retry-After": "1"}) if asked.count == 1 else image(picture(4))
            ),
            "401.jpg": Response(status=401),
            "403.jpg": Response(status=403),
            "404.jpg": Response(status=404),
            "page.jpg": image(b"<!doctype html><title>Sign in</title>"),
            "drawing.jpg": image(b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
            "nothing.jpg": image(b""),
            "half.jpg": image(good[: len(good) // 2]),
            "cut.jpg": image(good, cut_after=300),
            "long.jpg": image(good, length=len(good) + 100, cut_after=len(good)),
            "short.jpg": image(good, length=200),
            "endless.jpg": image(good * 50, endless=True),
            "heavy.jpg": image(picture(5) + b"\0" * 600_000),
            "loop.jpg": redirect("/media/loop.jpg"),
            "far.jpg": redirect("/hop/1"),
            "metadata.jpg": redirect("http://169.254.169.254/latest/meta-data/"),
            "inside.jpg": redirect(f"{inside.url}/secret.jpg"),
            "file.jpg": redirect("file:///etc/passwd"),
            "slow.jpg": image(good, delay_s=30),
            "noai.jpg": image(picture(6), headers={"X-Robots-Tag": "noai, noimageai"}),
            "notus.jpg": image(picture(7), headers={"X-Robots-Tag": "otherbot: noai"}),
            "us.jpg": image(picture(8), headers={"X-Robots-Tag": "housegan: noindex"}),
            "last.jpg": picture(9),
        }
        more: dict[str, Route] = {"/media/good2.jpg": image(picture(2))}
        more |= {f"/hop/{number}": redirect(f"/hop/{number + 1}") for number in range(1, 6)}
        with Site(gallery(media) | more) as site:
            write_config(site, download_limit_s=1)
            done = housegan("scrape", "houses", "--set", "intake.max_file_mb=0.5")
            assert (done.returncode, complaints(done.stderr)) == (0, [])
            assert {path.removeprefix("media/") for path in held()} == {
                "good.jpg", "moved.jpg", "late.jpg", "busy.jpg", "notus.jpg", "last.jpg"
            }  # fmt: skip
            assert site.counts["/media/good.jpg"] == 1
            times = [at for at, path, _ in site.requests if path == "/media/busy.jpg"]
            assert times[1] - times[0] >= 1
        assert inside.counts == {}
    assert refusals() == {
        "401.jpg": "status 401",
        "403.jpg": "status 403",
        "404.jpg": "status 404",
        "page.jpg": "a web page, not a picture",
        "drawing.jpg": "SVG or XML, which is not taken",
        "nothing.jpg": "empty file",
        "half.jpg": "damaged JPEG",
        "cut.jpg": "cut off",
        "long.jpg": "cut off",
        "short.jpg": "damaged JPEG",
        "endless.jpg": "larger than 0.5 MB",
        "heavy.jpg": "larger than 0.5 MB",
        "loop.jpg": "more than 3 redirects",
        "far.jpg": "more than 3 redirects",
        "metadata.jpg": "private address",
        "inside.jpg": f"port {inside.port}",
        "file.jpg": "status 302",
        "slow.jpg": "took too long",
        "noai.jpg": "the site says noai",
        "us.jpg": "the site says noindex",
    }
    assert "  2 pictures not taken, cut off (" in done.stdout
    assert "  1 pictures not taken, took too long; the next run tries again (" in done.stdout


def test_robots_txt_is_obeyed_for_pages_pictures_and_redirects(
    workdir: Path, housegan: Housegan, forty: dict[str, bytes]
) -> None:
    robots = "User-agent: *\nDisallow: /\n\nUser-agent: housegan\nDisallow: /media/1\nDisallow: /gallery/2\n"
    media: dict[str, bytes | Route] = {**forty, "00.jpg": redirect("/media/11.jpg")}
    with Site(gallery(media) | {"/robots.txt": Response(robots, content_type="text/plain")}) as site:
        write_config(site)
        done = housegan("scrape", "houses")
        assert done.returncode == 0
        assert set(held()) == {f"media/0{number}.jpg" for number in range(1, 10)}
        assert set(refusals().values()) == {"robots.txt forbids it"}
        assert not [path for path in site.counts if path.startswith(("/media/1", "/gallery/2", "/gallery/3"))]
        assert site.counts["/robots.txt"] == 1
        assert {headers["user-agent"] for _, _, headers in site.requests} == {"housegan/0.1.0"}


def test_a_site_whose_robots_txt_cannot_be_read_is_asked_another_time(
    workdir: Path, housegan: Housegan, forty: dict[str, bytes]
) -> None:
    with Site(gallery(forty) | {"/robots.txt": Response(status=503)}) as site:
        write_config(site)
        done = housegan("scrape", "houses")
        assert done.returncode == 0
        assert set(site.counts) == {"/robots.txt"}
        assert "not taken, robots.txt can't be read; the next run tries again" in done.stdout


def test_requests_are_spaced_and_come_one_at_a_time(workdir: Path, housegan: Housegan, forty: dict[str, bytes]) -> None:
    few = dict(list(forty.items())[:6])
    with Site(gallery(few)) as site:
        write_config(site, delay_s=0.3, contact="me@example.org")
        assert housegan("scrape", "houses").returncode == 0
        times = [at for at, _, _ in site.requests]
        assert len(times) == 8
        assert min(second - first for first, second in pairwise(times)) > 0.25
        assert site.most_at_once() == 1
        assert site.requests[0][2]["user-agent"] == "housegan/0.1.0 (+me@example.org)"
        assert "cookie" not in site.requests[-1][2]


def test_nothing_public_is_asked_before_a_contact_is_given(
    workdir: Path, housegan: Housegan, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Site({}) as site:
        write_config(site, galleries=[{"start_urls": ["https://gallery.example/"], "item": "figure"}])
        done = housegan("scrape", "houses")
        assert done.returncode == 1
        assert "before gallery.example is asked anything give an e-mail or web address of yours" in done.stderr
        wrong = housegan("scrape", "houses", "--set", "scrape.contact=me")
        assert "is neither an e-mail address nor a web address" in wrong.stderr


# Sudden ends


@pytest.fixture(scope="module")
def many(picture: Picture) -> dict[str, bytes]:
    """A hundred and fifty pictures by their names."""
    return {f"{number:03}.jpg": picture(number) for number in range(150)}


def kill_again_and_again(environment: dict[str, str], many: dict[str, bytes], housegan: Housegan, kills: int) -> None:
    chance = random.Random(0)
    with Site(gallery(many)) as site:
        write_config(site, "calm")
        write_config(site, "killed", requests_a_host=4)
        started = time.monotonic()
        assert housegan("scrape", "calm").returncode == 0
        takes_s = time.monotonic() - started
        calm = held("calm")
        assert len(calm) == 150

        site.forget()
        killed = 0
        while killed < kills:
            command = start("scrape", "killed", environment=environment)
            time.sleep(takes_s * chance.uniform(0.3, 0.8))
            command.kill()
            command.communicate()
            killed += command.returncode == -signal.SIGKILL
            so_far = held("killed") if Path("data/killed/catalog.sqlite").is_file() else {}
            assert so_far.items() <= calm.items()
            site_counts = site.counts
            again = {path: count for path, count in site_counts.items() if count > 1 and path.startswith("/media")}
            assert sum(count - 1 for count in again.values()) <= 32 * killed  # what was under way at each kill
            if command.returncode == 0 or len(so_far) > 120:  # begin anew: kills are to hit beginnings too
                shutil.rmtree("data/killed")
                site.forget()
        assert housegan("scrape", "killed").returncode == 0
        assert held("killed") == calm
        site.forget()
        assert housegan("scrape", "killed").returncode == 0
        assert not site.counts


@pytest.mark.timeout(600)
def test_a_scrape_killed_again_and_again_ends_like_an_undisturbed_one(
    workdir: Path, housegan: Housegan, many: dict[str, bytes], command_environment: dict[str, str]
) -> None:
    kill_again_and_again(command_environment, many, housegan, 4)


@pytest.mark.slow
def test_twenty_kills_lose_nothing(
    workdir: Path, housegan: Housegan, many: dict[str, bytes], command_environment: dict[str, str]
) -> None:
    kill_again_and_again(command_environment, many, housegan, 20)


def test_ctrl_c_says_how_to_go_on(
    workdir: Path, housegan: Housegan, many: dict[str, bytes], command_environment: dict[str, str]
) -> None:
    with Site(gallery(many)) as site:
        write_config(site)
        command = start("scrape", "houses", environment=command_environment)
        while command.poll() is None and not (Path("data/houses/catalog.sqlite").exists() and held()):
            time.sleep(0.01)  # the first picture that is kept, however long its worker took to start
        os.killpg(command.pid, signal.SIGINT)  # a terminal tells all of a command's processes
        said, errors = command.communicate(timeout=20)
        assert command.returncode == 130
        assert said == ""
        assert re.fullmatch(
            r"housegan: Stopped with \d+ of 1,000 pictures; they are kept. To go on: housegan scrape houses\n", errors
        )
        assert 0 < len(held()) < 150
        assert housegan("scrape", "houses").returncode == 0
        assert len(held()) == 150


def test_a_site_that_goes_down_costs_nothing_but_time(
    workdir: Path, housegan: Housegan, forty: dict[str, bytes]
) -> None:
    broken: dict[str, Route] = {f"/media/{name}": Response(status=503) for name in list(forty)[5:]}
    with Site(gallery(dict(forty)) | broken) as site:
        write_config(site)
        done = housegan("scrape", "houses")
        assert done.returncode == 0
        assert "status 503 5 times in a row; the rest waits for next time." in done.stderr
        assert len(held()) == 5
        assert sum(site.counts.values()) < 20
        port = site.port
    assert "5 pictures of 10 found, 5 not fetched yet" in done.stdout
    with Site(gallery(forty), port=port) as site:
        assert housegan("scrape", "houses").returncode == 0
        assert len(held()) == 40
        assert not set(list(forty)[:5]) & {path.removeprefix("/media/") for path in site.counts}


def test_two_scrapes_of_one_set_keep_apart(
    workdir: Path, housegan: Housegan, many: dict[str, bytes], command_environment: dict[str, str]
) -> None:
    with Site(gallery(many)) as site:
        write_config(site, delay_s=0.2)
        command = start("scrape", "houses", environment=command_environment)
        while not site.counts:
            time.sleep(0.05)
        second = housegan("scrape", "houses")
        command.kill()
        command.communicate()
        assert second.returncode == 1
        assert "is being scraped by another command" in second.stderr


# Limits


def test_the_limit_counts_all_runs(workdir: Path, housegan: Housegan, forty: dict[str, bytes]) -> None:
    with Site(gallery(forty)) as site:
        write_config(site, requests_a_host=4)
        first = housegan("scrape", "houses", "--limit", "7")
        assert first.stdout.splitlines()[-2] == "The set 'houses' has 7 scraped pictures of 7 wanted."
        assert len(held()) == 7
        assert housegan("scrape", "houses", "--limit", "7").returncode == 0
        assert housegan("scrape", "houses", "--limit", "12").returncode == 0
        assert len(held()) == 12
        media = {path: count for path, count in site.counts.items() if path.startswith("/media")}
        assert len(media) == 12
        assert set(media.values()) == {1}


def test_a_dry_run_lists_and_writes_nothing(workdir: Path, housegan: Housegan, forty: dict[str, bytes]) -> None:
    with Site(gallery(forty)) as site:
        write_config(site)
        before = sorted(workdir.rglob("*"))
        done = housegan("scrape", "houses", "--dry-run")
        assert done.returncode == 0
        assert len(done.stdout.splitlines()) == 41
        assert done.stdout.splitlines()[0] == f"{site.url}/media/00.jpg  House 00.jpg  Ada  CC BY 4.0"
        assert sorted(workdir.rglob("*")) == before
        assert not [path for path in site.counts if path.startswith("/media")]
        assert len(housegan("scrape", "houses", "--dry-run", "--limit", "5").stdout.splitlines()) == 6
        housegan("scrape", "houses", "--limit", "38")
        assert len(housegan("scrape", "houses", "--dry-run").stdout.splitlines()) == 3


@pytest.mark.shared
def test_hostile_files_are_refused_with_a_reason_and_the_readable_ones_arrive(
    workdir: Path, housegan: Housegan, shared: Path
) -> None:
    files = {path.name: path.read_bytes() for path in (shared / "hostile").iterdir() if path.name != "manifest.json"}
    manifest = json.loads((shared / "hostile/manifest.json").read_text())
    taken = {
        name for name, what in manifest.items()
        if what.startswith("readable") and what.split()[1] in ("JPEG", "PNG", "WEBP", "GIF")
    }  # fmt: skip
    with Site(gallery(dict(files))) as site:
        write_config(site)
        done = housegan("scrape", "houses", "--set", "intake.time_limit_s=10", timeout_s=120)
        assert (done.returncode, complaints(done.stderr)) == (0, [])
        assert {name: site.counts[f"/media/{name}"] for name in files} == dict.fromkeys(files, 1)
    arrived = {path.removeprefix("media/") for path in held()}
    assert taken <= arrived
    refused = refusals()
    assert arrived | set(refused) == set(files)
    assert not arrived & set(refused)
    assert all(refused.values())


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="memory is looked up in /proc")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("counts", [(2_000, 10_000), pytest.param((5_000, 50_000), marks=pytest.mark.slow)], ids=str)
def test_memory_stays_flat_however_many_addresses_wait(
    counts: tuple[int, int], workdir: Path, command_environment: dict[str, str], picture: Picture
) -> None:
    code = """if True:
        import re, sys
        from pathlib import Path
        from housegan.cli import main
        try:
            main()
        finally:  # not ru_maxrss, which begins with that of the process that started us
            print(*re.findall(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text()), file=sys.stderr)
    """
    peaks = []
    with Site({"/robots.txt": Response("", 404)}, fallback=lambda _: image(picture(1))) as site:
        for count in counts:
            names = [f"{number}.jpg" for number in range(count)]
            name = f"set{count}"
            with Site(pages(names, a_page=500)) as front:
                write_config(front, name, allow_private_hosts=[front.host, site.host], requests_a_host=8)
                done = subprocess.run(
                    [sys.executable, "-c", code, "scrape", name, "--dry-run", "--limit", str(count)],
                    env=command_environment, capture_output=True, text=True, timeout=500, check=True,
                )  # fmt: skip
                assert len(done.stdout.splitlines()) == count + 1
                peaks.append(int(done.stderr.split()[-1]))
    assert peaks[1] < peaks[0] + 20_000, peaks
