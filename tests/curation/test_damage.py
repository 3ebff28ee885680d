"""Strangers' files, whole and damaged: each is measured, or refused with a reason, and costs nothing else."""

import hashlib
import io
import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from curation.looks import Look, look
from housegan.catalog import Picture, Sha256
from housegan.errors import UnreadablePictureError
from housegan.pictures import inspect
from housegan.workers import map_limited

Paint = Callable[..., Image.Image]

COPIES = 1_000
A_BATCH = 20
TIME_LIMIT_S = 20.0
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")

Outcomes = list[Look | str]


def looks(batch: list[bytes]) -> Outcomes:
    """Inspect and look at each file as intake and curation do; a reason in place of a look where it is refused."""
    outcomes: Outcomes = []
    for data in batch:
        try:
            facts = inspect(data)
            digest = Sha256(hashlib.sha256(data).hexdigest())
            picture = Picture(digest, facts.format, facts.width, facts.height, len(data), facts.animated)
            outcomes.append(look(picture, data))
        except UnreadablePictureError as refusal:
            outcomes.append(str(refusal))
    return outcomes


def in_workers(files: list[bytes]) -> Outcomes:
    batches = [files[start : start + A_BATCH] for start in range(0, len(files), A_BATCH)]
    outcomes: Outcomes = []
    for _, result in map_limited(looks, batches, time_limit_s=TIME_LIMIT_S, memory_limit_mb=2_000, workers=2):
        assert not isinstance(result, UnreadablePictureError), result  # a hang, a crash or a lack of memory
        outcomes += result
    return outcomes


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Cut a file, lose or repeat a piece of it, or flip some of its bits, by a third of the time in its head."""
    copy = bytearray(data)
    harm = chance.choice(("cut", "cut and ended", "flipped", "flipped", "flipped", "piece lost", "piece repeated"))
    reach = min(len(copy), 700) if chance.random() < 1 / 3 else len(copy)
    first, second = sorted((chance.randrange(reach), chance.randrange(reach)))
    match harm:
        case "cut":
            del copy[first:]
        case "cut and ended":
            copy[first:] = b"\xff\xd9"
        case "flipped":
            for _ in range(chance.choice((1, 2, 5, 20))):
                copy[chance.randrange(reach)] ^= 1 << chance.randrange(8)
        case "piece lost":
            del copy[first : min(second, first + 50)]
        case "piece repeated":
            copy[first:first] = copy[first : min(second, first + 50)]
    return bytes(copy)


def assert_sound(outcome: Look | str) -> None:
    if isinstance(outcome, str):
        assert 0 < len(outcome) < 200
        return
    assert all(len(bits) == 64 for bits in outcome.hashes)
    assert 0 <= outcome.contrast <= 128
    assert 0 <= outcome.brightness <= 255
    shares = (outcome.sharpness, outcome.saturation, outcome.collage, outcome.filled)
    assert all(0 <= share <= 1 for share in shares), shares
    assert min(outcome.border) >= 0
    assert outcome.jpeg_quality is None or 1 <= outcome.jpeg_quality <= 100


def whole_files(paint: Paint) -> list[bytes]:
    files = []
    for seed, format_name in enumerate(FORMATS * 4):
        options: dict[str, object] = {"progressive": seed >= 8} if format_name == "JPEG" else {}
        if format_name == "JPEG" and seed % 8 == 4:
            options["restart_marker_rows"] = 1
        image = paint(seed, 60 + 8 * seed, 180 - 8 * seed)
        file = io.BytesIO()
        (image.convert("L") if seed > 11 else image).save(file, format_name, **options)
        files.append(file.getvalue())
    return files


def test_a_thousand_damaged_copies_are_each_measured_or_refused_with_a_reason(paint: Paint) -> None:
    chance = random.Random(4)
    files = whole_files(paint)
    assert all(isinstance(outcome, Look) for outcome in looks(files))

    outcomes = in_workers([damaged(files[number % len(files)], chance) for number in range(COPIES)])

    assert len(outcomes) == COPIES
    for outcome in outcomes:
        assert_sound(outcome)
    kinds = Counter(type(outcome).__name__ for outcome in outcomes)
    assert min(kinds["str"], kinds["Look"]) > COPIES / 10, kinds


@pytest.mark.shared
def test_hostile_files_and_their_damaged_copies_are_each_measured_or_refused(shared: Path) -> None:
    manifest: dict[str, str] = json.loads((shared / "hostile" / "manifest.json").read_text())
    files = {name: (shared / "hostile" / name).read_bytes() for name in manifest}
    for (name, truth), outcome in zip(manifest.items(), in_workers(list(files.values())), strict=True):
        assert_sound(outcome)
        if not truth.startswith("readable"):
            assert isinstance(outcome, str), name
        elif truth.split()[1] in FORMATS:
            assert isinstance(outcome, Look), (name, outcome)

    chance = random.Random(5)
    small = [data for name, data in files.items() if manifest[name].startswith("readable") and len(data) < 60_000]
    for outcome in in_workers([damaged(chance.choice(small), chance) for _ in range(COPIES // 4)]):
        assert_sound(outcome)
