import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from housegan.config import ModelConfig, WatchConfig
from housegan.dataset import as_bytes
from housegan.errors import HouseganError
from housegan.networks import Generator
from housegan.run.folder import Run
from housegan.run.lines import append_line
from housegan.run.metrics import Judged
from housegan.run.snapshots import (
    Moment,
    Snapshot,
    load_generator,
    save_snapshot,
    snapshot_at,
    snapshot_due,
    snapshots,
    thin,
)

CONFIG = ModelConfig(size=32, latent_dim=8, generator_channels=4, discriminator_channels=4)


@pytest.fixture
def run(workdir: Path) -> Run:
    """An empty run folder."""
    path = Path("runs/00003-castles")
    path.mkdir(parents=True)
    return Run(path)


@pytest.fixture
def generator() -> Generator:
    """A small generator with statistics of its own."""
    torch.manual_seed(0)
    generator = Generator(CONFIG)
    generator(torch.randn(64, 8) * 2)
    return generator.eval()


def taken(run: Run, generator: Generator, *images: int, stage: str = "finetune", of: int = 100) -> list[Snapshot]:
    return [
        save_snapshot(run, generator, Moment(stage=stage, images=count, epoch=(count - start) / of))
        for start in (0 if stage == "pretrain" else min(images),)
        for count in images
    ]


def left(run: Run) -> list[int]:
    return [snapshot.images for snapshot in snapshots(run)]


# Written and read


def test_what_comes_back_draws_the_same_pictures(run: Run, generator: Generator) -> None:
    [snapshot] = taken(run, generator, 128)
    again = snapshot.generator()
    assert not again.training
    assert again.config == CONFIG
    assert all(tensor.dtype in (torch.float32, torch.int64) for tensor in again.state_dict().values())
    z = torch.randn(16, 8)
    with torch.no_grad():
        before, after = generator(z), again(z)
    assert (before - after).abs().max() < 0.01
    difference = as_bytes(before).astype(int) - as_bytes(after)
    assert np.abs(difference).max() <= 1
    assert (difference != 0).mean() < 0.1


def test_a_snapshot_says_when_it_was_taken(run: Run, generator: Generator) -> None:
    moment = Moment(stage="pretrain", images=128, epoch=1.25)
    snapshot = save_snapshot(run, generator, moment)
    assert snapshot.moment() == moment
    assert (snapshot.images, snapshot.path.name) == (128, "000000000128.safetensors")


def test_a_snapshot_holds_no_pickle_and_half_precision_where_that_suffices(run: Run, generator: Generator) -> None:
    [snapshot] = taken(run, generator, 128)
    data = snapshot.path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    assert all(isinstance(value, str) for value in header.pop("__metadata__").values())
    kinds = {name: entry["dtype"] for name, entry in header.items()}
    assert set(kinds.values()) == {"F16", "F32", "I64"}
    assert sum(entry["data_offsets"][1] - entry["data_offsets"][0] for entry in header.values()) + 8 + length == len(
        data
    )
    assert all(len(header[name]["shape"]) == 4 for name, kind in kinds.items() if kind == "F16")


def test_the_same_generator_is_the_same_bytes_every_time(run: Run, generator: Generator) -> None:
    [snapshot] = taken(run, generator, 128)
    first = snapshot.path.read_bytes()
    for _ in range(20):
        assert save_snapshot(run, snapshot.generator(), snapshot.moment()).path.read_bytes() == first


# A stranger's file


def altered(snapshot: Snapshot, *, model: object = None, metadata: Any = None, **tensors: torch.Tensor) -> Path:
    """A copy of a snapshot with something else in it."""
    data = snapshot.path.read_bytes()
    told = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
    if model is not None:
        told = {"housegan": json.dumps({"format": 1, "model": model})}
    weights = {name: tensor for name, tensor in (load(data) | tensors).items() if tensor.numel()}
    path = Path("stranger.safetensors")
    path.write_bytes(save(weights, told if metadata is None else metadata))
    return path


@pytest.mark.parametrize(
    "text", [None, "", "{", "5", "[]", "[1]", "{}", '{"model": 1}', '{"model": []}', "[" * 9999, "家"]
)
def test_a_file_without_our_metadata_is_one_sentence(text: str | None, run: Run, generator: Generator) -> None:
    path = altered(taken(run, generator, 128)[0], metadata={"format": "pt"} if text is None else {"housegan": text})
    with pytest.raises(HouseganError, match=r"^stranger\.safetensors holds no housegan generator: its metadata"):
        load_generator(path)


@pytest.mark.parametrize("model", [{"size": 100}, {"size": 32, "code": "x"}, {"size": "__import__('os')"}], ids=str)
def test_a_model_that_is_none_is_one_sentence(model: Any, run: Run, generator: Generator) -> None:
    path = altered(taken(run, generator, 128)[0], model=model)
    with pytest.raises(HouseganError, match=r"^stranger\.safetensors has 1 mistake: (size|code)"):
        load_generator(path)


@pytest.mark.parametrize(
    "model",
    [
        {"size": 32, "latent_dim": 8, "generator_channels": 8},
        {"size": 64, "latent_dim": 8, "generator_channels": 4},
        {"size": 32, "latent_dim": 10**6, "generator_channels": 10**6},
        {"size": 32, "latent_dim": 10**40, "generator_channels": 10**40},
    ],
    ids=["wider", "larger", "of terabytes", "of no size at all"],
)
def test_weights_that_do_not_fit_the_model_are_one_sentence_and_no_memory(
    model: Any, run: Run, generator: Generator
) -> None:
    path = altered(taken(run, generator, 128)[0], model=model)
    with pytest.raises(HouseganError, match=r"^stranger\.safetensors is damaged: its weights don't fit"):
        load_generator(path)


@pytest.mark.parametrize(
    "tensors",
    [
        {"layers.0.weight": torch.zeros(8, 16, 4, 5)},
        {"layers.0.weight": torch.zeros(0)},
        {"layers.99.weight": torch.zeros(3)},
    ],
    ids=["wrong shape", "one missing", "one too many"],
)
def test_wrong_weights_are_one_sentence(tensors: dict[str, torch.Tensor], run: Run, generator: Generator) -> None:
    path = altered(taken(run, generator, 128)[0], **tensors)
    with pytest.raises(HouseganError, match=r"^stranger\.safetensors is damaged: its weights don't fit"):
        load_generator(path)


def test_a_file_that_is_cut_or_no_safetensors_is_one_sentence(run: Run, generator: Generator) -> None:
    data = taken(run, generator, 128)[0].path.read_bytes()
    path = Path("stranger.safetensors")
    for damaged in (data[:-1], data[:100], data[:5], b"", b"PK\x03\x04" + data, b"\xff" * 500, data + b"x"):
        path.write_bytes(damaged)
        with pytest.raises(HouseganError, match=r"^stranger\.safetensors is damaged or no safetensors file"):
            load_generator(path)
        with pytest.raises(HouseganError, match=r"^stranger\.safetensors is damaged or no safetensors file"):
            Snapshot(path).moment()
    with pytest.raises(HouseganError, match=r"^There is no nowhere\.safetensors"):
        load_generator(Path("nowhere.safetensors"))


def test_a_moment_that_is_none_is_one_sentence(run: Run, generator: Generator) -> None:
    for text in ("", "{}", '{"moment": 5}', '{"moment": {"stage": 1}}'):
        path = altered(taken(run, generator, 128)[0], metadata={"housegan": text})
        with pytest.raises(HouseganError, match=r"^stranger\.safetensors (holds no|has 3 mistakes: stage)"):
            Snapshot(path).moment()


# --at


def test_at_names_a_snapshot(run: Run, generator: Generator) -> None:
    taken(run, generator, 0, 100, 200, stage="pretrain")
    taken(run, generator, 250, 300, 400, 1_200)
    for at, images in (
        ("last", 1_200), ("images:0", 0), ("images:149", 100), ("images:151", 200), ("images:1_100", 1_200),
        ("images:9,999,999", 1_200), ("epoch:0", 250), ("epoch:0.7", 300), ("epoch:1.2", 400), ("epoch:99", 1_200),
    ):  # fmt: skip
        assert snapshot_at(run, at).images == images, at


def test_epochs_are_the_pretraining_s_while_that_lasts(run: Run, generator: Generator) -> None:
    taken(run, generator, 0, 100, 200, stage="pretrain")
    assert snapshot_at(run, "epoch:1").images == 100


def test_at_favourite_is_the_last_one_marked(run: Run, generator: Generator) -> None:
    taken(run, generator, 0, 100, 200)
    with pytest.raises(HouseganError, match=r"has no favourite yet: mark one with `housegan favourite 3 --at epoch:N`"):
        snapshot_at(run, "favourite")
    for note in ({"kind": "favourite", "images": 200}, {"kind": "favourite", "images": 100}, {"kind": "name"}):
        append_line(run.path / "notes.jsonl", note)
    assert snapshot_at(run, "favourite").images == 100


def test_at_best_is_the_lowest_distance_of_those_that_do_not_copy(
    run: Run, generator: Generator, judged: Callable[..., Judged]
) -> None:
    taken(run, generator, 0, 100, 200)
    append_line(run.path / "metrics.jsonl", {"images": 100, "stage": "finetune"})
    with pytest.raises(
        HouseganError, match=r"No snapshot has been judged yet in .*: take --at last, epoch:N or images"
    ):
        snapshot_at(run, "best")
    for line in (
        judged(images=0, kid_lite0=9), judged(images=90, kid_lite0=4.5), judged(images=200, kid_lite0=5),
        judged(images=200, kid_lite0=1, copying=True),
    ):  # fmt: skip
        append_line(run.path / "metrics.jsonl", line.model_dump())
    assert snapshot_at(run, "best").images == 100
    append_line(run.path / "metrics.jsonl", judged(images=200, kid_lite0=7, side=256).model_dump())
    assert snapshot_at(run, "best").images == 200, "it has grown: the others are soft"
    append_line(run.path / "metrics.jsonl", judged(images=0, kid_lite0=8, stage="later").model_dump())
    assert snapshot_at(run, "best").images == 0, "stages show other pictures: the last one counts"


@pytest.mark.parametrize(
    "at", ["", "first", "epoch", "epoch:", "epoch:-1", "images:x", "images:1e5", "7", "LAST", "epoch:_"]
)
def test_at_of_another_form_is_told_the_right_one(at: str, run: Run, generator: Generator) -> None:
    taken(run, generator, 0)
    with pytest.raises(HouseganError, match="must be last, best, favourite, epoch:N or images:N, as in epoch:4350"):
        snapshot_at(run, at)


def test_a_run_without_generators_says_so(run: Run) -> None:
    with pytest.raises(HouseganError, match=r"has no generator yet: let it train a little longer\."):
        snapshot_at(run, "last")


# Which are kept


def test_snapshots_are_denser_early_and_never_denser_than_ticks() -> None:
    watch = WatchConfig(tick_images=100, snapshot_growth=0.1)
    last, due = 0, []
    for images in range(0, 20_000, 10):
        if snapshot_due(images, last, watch):
            last = images
            due.append(images)
    gaps = np.diff([0, *due])
    assert gaps.min() == 100
    assert due[0] == 100
    late = [after / before for before, after in pairwise(due) if before > 2_000]
    assert all(1.1 <= growth < 1.11 for growth in late)


def test_thinning_stays_below_the_cap_and_keeps_ends_favourites_and_halves(run: Run, generator: Generator) -> None:
    taken(run, generator, *range(0, 1_700, 100), stage="pretrain")
    taken(run, generator, *range(1_700, 4_100, 100))
    for line in ({"images": 1_600, "stage": "pretrain"}, {"images": 2_000, "stage": "finetune"}):
        append_line(run.path / "metrics.jsonl", line)
    append_line(run.path / "notes.jsonl", {"kind": "favourite", "images": 700})
    one = snapshots(run)[0].path.stat().st_size
    thin(run, disk_mb=41.5 * one / 1e6)
    assert len(left(run)) == 41
    thin(run, disk_mb=40.5 * one / 1e6)
    ends = {0, 1_600, 4_000, 700}
    spare = [images for images in range(0, 4_100, 100) if images not in ends]
    assert left(run) == sorted(ends | set(spare[::2]))
    thin(run, disk_mb=8 * one / 1e6)
    assert len(left(run)) <= 8
    assert ends <= set(left(run))


def test_a_tiny_cap_keeps_the_ends_and_comes_to_an_end(run: Run, generator: Generator) -> None:
    taken(run, generator, *range(0, 1_000, 100))
    thin(run, disk_mb=1e-6)
    assert {0, 900} <= set(left(run))
    assert len(left(run)) <= 3
