import hashlib
import io
import logging
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from housegan.errors import HouseganError
from housegan.run.checkpoints import Checkpoint, checkpoints, load_last, save_checkpoint
from housegan.run.folder import Run


@pytest.fixture
def run(workdir: Path) -> Run:
    """An empty run folder."""
    path = Path("runs/00001-castles")
    path.mkdir(parents=True)
    return Run(path)


def state(images: int) -> dict[str, Any]:
    return {
        "images": images,
        "weights": torch.full((3, 3), float(images)),
        "group": {"betas": (0.5, 0.9), "none": None},
    }


def saved(run: Run, *images: int) -> list[Checkpoint]:
    return [save_checkpoint(run, state(count), images=count) for count in images]


class Harm:
    """A pickle that writes a file when it is loaded without care."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, ("harm.txt", "w"))


def planted(run: Run, images: int, data: bytes) -> Checkpoint:
    """A file whose name's digest fits, as a stranger can make it."""
    path = run.path / "checkpoints" / f"{images:012d}-{hashlib.sha256(data).hexdigest()[:16]}.pt"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return Checkpoint(path)


def test_the_newest_of_the_last_three_comes_back(run: Run) -> None:
    assert load_last(run) is None
    kept = saved(run, 100, 200, 3_000, 999_999_999)[1:]
    assert checkpoints(run) == kept
    assert [checkpoint.images for checkpoint in kept] == [200, 3_000, 999_999_999]
    found = load_last(run)
    assert found is not None
    assert torch.equal(found.pop("weights"), state(999_999_999)["weights"])
    assert found == {"images": 999_999_999, "group": {"betas": (0.5, 0.9), "none": None}}


@pytest.mark.parametrize("damage", ["flipped", "cut", "empty", "garbled"])
def test_a_damaged_newest_one_is_named_and_the_one_before_is_taken(
    damage: str, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    newest = saved(run, 100, 200)[-1]
    data = bytearray(newest.path.read_bytes())
    data[len(data) // 2] ^= 1
    newest.path.write_bytes(
        {"flipped": bytes(data), "cut": bytes(data[:-7]), "empty": b"", "garbled": b"\x80\x02]."}[damage]
    )
    found = load_last(run)
    assert found is not None
    assert found["images"] == 100
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == (
        f"{newest.path} is damaged: its bytes are not the ones that were saved. The one before is taken."
    )


def test_none_that_is_whole_says_how_to_go_on(run: Run) -> None:
    for checkpoint in saved(run, 100, 200, 300):
        checkpoint.path.write_bytes(b"x")
    with pytest.raises(
        HouseganError, match=r"^No checkpoint of runs/00001-castles is whole: start again with --new\.$"
    ):
        load_last(run)


@pytest.mark.parametrize("kind", ["pickle", "torch"])
def test_a_pickle_that_would_do_harm_is_not_run_and_the_one_before_is_taken(kind: str, run: Run) -> None:
    saved(run, 100)
    file = io.BytesIO()
    torch.save(Harm(), file) if kind == "torch" else pickle.dump(Harm(), file, protocol=2)
    checkpoint = planted(run, 200, file.getvalue())
    with pytest.raises(HouseganError, match=r"is damaged: .*"):
        checkpoint.load()
    found = load_last(run)
    assert found is not None
    assert found["images"] == 100
    assert not Path("harm.txt").exists()


@pytest.mark.parametrize("data", [b"", b"nonsense", b"PK\x03\x04" + b"\0" * 40, pickle.dumps([1, 2], protocol=2)])
def test_what_is_no_state_is_damaged_whatever_its_name_says(data: bytes, run: Run) -> None:
    with pytest.raises(HouseganError, match="is damaged"):
        planted(run, 5, data).load()


def test_other_files_are_no_checkpoints_and_stay(run: Run) -> None:
    folder = run.path / "checkpoints"
    folder.mkdir()
    others = [folder / name for name in ("notes.txt", ".000000000100-abc.pt.77", "mine.pt")]
    for other in others:
        other.write_bytes(b"x")
    saved(run, 100, 200, 300, 400)
    assert len(checkpoints(run)) == 3
    assert all(other.is_file() for other in others)


def test_a_disk_that_is_full_leaves_the_ones_that_were_there(run: Run) -> None:
    resource = pytest.importorskip("resource")
    kept = saved(run, 100, 200, 300)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))
    try:
        with pytest.raises(OSError, match=r"File too large|No space"):
            saved(run, 400)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert checkpoints(run) == kept
    assert len(list((run.path / "checkpoints").iterdir())) == 3


def test_of_two_states_at_the_same_images_the_later_one_is_the_last(tmp_path: Path) -> None:
    run = Run(tmp_path)
    for number in range(8):  # whatever their digests are
        save_checkpoint(run, {"rate": 0.5**number}, images=44)
        assert load_last(run) == {"rate": 0.5**number}
    assert len(checkpoints(run)) == 1
