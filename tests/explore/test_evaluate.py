"""`evaluate`, on a small real run."""

import json
from pathlib import Path

import pytest

from housegan.run.folder import Run
from housegan.run.snapshots import snapshots
from tests.conftest import Housegan


@pytest.fixture
def here(described: Path, monkeypatch: pytest.MonkeyPatch, quick_housegan: Housegan) -> Path:
    monkeypatch.chdir(described)
    return described


def test_every_figure_stands_beside_real_against_real(here: Path, quick_housegan: Housegan) -> None:
    done = quick_housegan("evaluate", "1", "--samples", "24")
    assert done.returncode == 0, done.stderr
    table = {line.split("  ")[0]: line for line in done.stdout.splitlines()}
    assert table["KID"].count("±") == 2
    for name in ("precision", "recall", "density", "coverage"):
        assert len(table[name].split()) == 3
    assert "Too few to say whether it copies: 2 held-out and 24 generated pictures, 100 of each are needed." in table
    assert "ImageNet takes the generated for " in done.stdout
    [path] = Path("runs/00001-houses-towers/out").glob("evaluation-*-24.json")
    values = json.loads(path.read_text())
    assert (values["samples"], values["copying"], values["images"]) == (24, None, 320)
    assert 0 <= values["labels"]["in_common"] <= 1
    assert values["kid_lite0"] > values["kid_lite0_real"]
    before = path.read_bytes()
    assert quick_housegan("evaluate", "1", "--samples", "24").returncode == 0
    assert path.read_bytes() == before, "the same again"


def test_weights_alone_are_compared_with_a_set(here: Path, quick_housegan: Housegan, tmp_path: Path) -> None:
    weights = tmp_path / "towers-32.safetensors"
    weights.write_bytes(snapshots(Run(Path("runs/00001-houses-towers")))[-1].path.read_bytes())
    alone = quick_housegan("evaluate", str(weights), "--samples", "20")
    assert alone.returncode == 1
    assert "doesn't say what it learned from: name a set with --against SET" in alone.stderr
    beside = quick_housegan("evaluate", str(weights), "--samples", "20", "--against", "towers")
    assert beside.returncode == 0, beside.stderr
    assert Path("out/towers-32/evaluation-320-20-towers.json").is_file()


def test_other_networks_are_named_as_timm_s(here: Path, quick_housegan: Housegan) -> None:
    for name in ("resnet50", "inception"):
        done = quick_housegan("evaluate", "--features", name)
        assert done.returncode == 1
        assert f"--features {name} must be timm:NAME" in done.stderr
