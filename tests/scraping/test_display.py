import os
import pty
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from housegan.catalog.frontier import Outcome
from scraping.display import Display, closing_lines, duration
from scraping.tally import Tally
from tests.scraping.conftest import gallery, write_config
from tests.scraping.site import Site


def test_a_plain_line_comes_every_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    scrape = SimpleNamespace(passed=0, limit=1_000, tallies={"urls": Tally(waiting=300)})
    with Display("houses", scrape) as display:
        for second in range(31):
            now = float(second)
            scrape.passed = 10 * second
            display.update()
    assert capsys.readouterr().err.splitlines() == [
        "scraping houses: 100 of 1,000 pictures, 0 refused, 300 waiting, about 2 min left",
        "scraping houses: 200 of 1,000 pictures, 0 refused, 300 waiting, about 80 s left",
        "scraping houses: 300 of 1,000 pictures, 0 refused, 300 waiting, about 70 s left",
    ]


def test_what_a_stranger_wrote_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    scrape = SimpleNamespace(passed=0, limit=1, tallies={})
    with Display("houses", scrape) as display:
        display.say("a\x1b[2Jb\nc")
    assert capsys.readouterr().err == "a\N{REPLACEMENT CHARACTER}[2Jb\N{REPLACEMENT CHARACTER}c\n"


def test_the_closing_table_says_what_came_and_why_not_more() -> None:
    outcomes = [
        Outcome("urls", "media", "done", "", 7, "https://a.example/1"),
        Outcome("urls", "media", "refused", "status 404", 3, "https://a.example/2"),
        Outcome("urls", "media", "later", "took too long", 2, "https://a.example/3"),
        Outcome("urls", "media", "waiting", "", 5, "https://a.example/4"),
    ]
    tallies = {"urls": Tally(skipped=Counter({"no address": 4}))}
    assert list(closing_lines(outcomes, {"urls": 7}, tallies)) == [
        "urls                           7 pictures of 17 found, 7 not fetched yet",
        "  3 pictures not taken, status 404 (https://a.example/2)",
        "  2 pictures not taken, took too long; the next run tries again (https://a.example/3)",
        "  4 passed over: no address",
    ]


def test_times_are_said_as_people_do() -> None:
    assert [duration(seconds) for seconds in (5, 89, 100, 3_600, 20_000)] == ["5 s", "89 s", "2 min", "60 min", "5.6 h"]


def test_a_terminal_shows_a_table_that_lives(
    workdir: Path, forty: dict[str, bytes], command_environment: dict[str, str]
) -> None:
    with Site(gallery(dict(forty))) as site:
        write_config(site)
        ours, theirs = pty.openpty()
        command = subprocess.Popen(
            [sys.executable, "-m", "housegan", "scrape", "houses"], stdout=subprocess.PIPE, stderr=theirs,
            env={**command_environment, "TERM": "xterm"},
        )  # fmt: skip
        os.close(theirs)
        shown = ""
        with suppress(OSError):  # the other end was closed
            while part := os.read(ours, 4_096):
                shown += part.decode(errors="replace")
        said, _ = command.communicate(timeout=20)
    os.close(ours)
    assert "seen before" in shown
    assert "scraping houses: 40 of 1,000 pictures" in shown
    assert b"40 pictures of 40 found" in said
