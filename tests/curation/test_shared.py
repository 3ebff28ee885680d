"""What two sets share, by the real command."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageOps

Housegan = Callable[..., subprocess.CompletedProcess[str]]
Paint = Callable[..., Image.Image]


def test_two_sets_share_what_was_copied_resized_and_mirrored(
    workdir: Path, quick_housegan: Housegan, paint: Paint
) -> None:
    for name in ("castles", "houses"):
        (workdir / name).mkdir()
    for number in range(3):
        paint(number).save(workdir / f"castles/castle {number}.png")
        paint(number + 10).save(workdir / f"houses/house {number}.png")
    paint(0).save(workdir / "houses/same bytes.png")
    paint(1).resize((400, 320)).save(workdir / "houses/larger.jpg")
    ImageOps.mirror(paint(2)).save(workdir / "houses/mirrored.jpg")
    for name in ("castles", "houses"):
        assert quick_housegan("import", name, name).returncode == 0

    said = quick_housegan("curate", "castles", "--against", "houses")
    assert said.returncode == 0, said.stderr
    lines = said.stdout.splitlines()
    assert len(lines) == 4, lines
    assert {line.split(" = ")[1].split("  (")[0].split(" ", 1)[1] for line in lines[:3]} <= {
        "same bytes", "castle 0", "larger", "mirrored",
    }  # fmt: skip
    assert sum("mirrored" in line.split("(")[1] for line in lines[:3]) == 1
    assert lines[3].startswith("'castles' shares 3 pictures with 'houses'")
    assert not (workdir / "data/castles/curated").exists()

    alone = quick_housegan("curate", "castles", "--against", "castles")
    assert alone.returncode == 2
    assert "is the same set" in alone.stderr
