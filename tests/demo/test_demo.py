"""The demo, small: the whole way, twice, and what it says of what was planted."""

import re
from pathlib import Path

import av
from PIL import Image

from tests.conftest import Housegan


def test_the_demo_goes_the_whole_way_and_again_repeats_nothing(housegan: Housegan) -> None:
    arguments = ("demo", "--to", "here", "--houses", "30", "--minutes", "0.06")
    first = housegan(*arguments, timeout_s=200)
    assert first.returncode == 0, first.stderr
    assert re.search(r"curation found 8 of 8 copies, 7 of 7 spoilt files", first.stdout)
    with av.open(next(Path("here").glob("runs/*/out/progress.mp4"))) as film:
        assert film.streams.video[0].codec_context.name == "h264"
    with Image.open(next(Path("here").glob("runs/*/out/samples-*/grid.png"))) as grid:
        assert grid.size == (6 * 34 - 2, 6 * 34 - 2)
    for command in ("scrape", "curate", "train", "sample", "plot", "video"):
        assert f"$ housegan {command}" in first.stdout
    assert "housegan import castles" in first.stdout  # what to type for one's own pictures

    second = housegan(*arguments, timeout_s=200)
    assert second.returncode == 0, second.stderr
    found = re.compile(r"The set .* has [\d,]+ scraped pictures")
    assert found.findall(second.stdout) == found.findall(first.stdout) != []
    assert second.stdout.count("This pack was there already") == 2
    assert "finished already" in second.stdout
    assert len(list(Path("here/runs").glob("0*"))) == 1


def test_a_command_that_fails_ends_the_demo_with_a_sentence(housegan: Housegan) -> None:
    Path("here/data/suburb").mkdir(parents=True)
    Path("here/data/suburb/catalog.sqlite").write_text("this is no database" * 100)
    done = housegan("demo", "--to", "here", "--houses", "20", timeout_s=120)
    assert done.returncode == 1
    assert "`housegan scrape suburb` ended with exit code 1" in done.stderr
