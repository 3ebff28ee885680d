"""The real command in a process of its own."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from PIL import Image

Housegan = Callable[..., subprocess.CompletedProcess[str]]
Paint = Callable[..., Image.Image]


def test_curate_shows_the_funnel_packs_and_says_what_is_next(workdir: Path, housegan: Housegan, paint: Paint) -> None:
    (workdir / "pictures").mkdir()
    for number in range(3):
        paint(number).save(workdir / "pictures" / f"house_{number}.png")
    paint(0).resize((280, 224)).save(workdir / "pictures/copy.jpg")
    paint(9, 100, 100).save(workdir / "pictures/small.png")
    assert housegan("import", "houses", "pictures").returncode == 0

    dry = housegan("curate", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert "Set: houses" in dry.stderr
    assert not (workdir / "data/houses/curated").exists()

    real = housegan("curate", "houses", "--size", "64")
    assert real.returncode == 0, real.stderr
    assert real.stdout.splitlines()[:4] == dry.stdout.splitlines()[:4]
    assert [line.split()[:3] for line in real.stdout.splitlines()[:5]] == [
        ["found", "5"], ["too", "small", "-1"], ["near", "duplicate", "-1"], ["kept", "3"], ["held", "out", "0"]
    ]  # fmt: skip
    assert "Next: housegan train --data houses" in real.stdout
    assert len(list((workdir / "data/houses/curated").glob("64-*/images.npy"))) == 1
    assert "This pack was there already" in housegan("curate", "houses", "--size", "64").stdout


def test_wrong_wishes_end_with_one_sentence(workdir: Path, housegan: Housegan) -> None:
    for arguments, sentence in (
        (["houses", "--size", "100"], "take one of 32, 64, 128, 256, 512"),
        (["houses", "--report", "--dry-run"], "one of --dry-run, --report, --review and --against"),
        (["houses"], "The set 'houses' has no pictures yet"),
        (
            ["houses", "--like", "towers"],
            "--like, --words and --not are for the page's filter: give them with --review.",
        ),
        (["houses", "--review", "--like", "houses"], "--like houses is the same set"),
        (["houses", "--review", "--not", "a room"], "Give words for both, what belongs"),
    ):
        done = housegan("curate", *arguments)
        assert done.returncode == (2 if "--size" in arguments or len(arguments) > 2 else 1)
        assert sentence in done.stderr
        assert "Traceback" not in done.stderr
    assert not (workdir / "data").exists()
