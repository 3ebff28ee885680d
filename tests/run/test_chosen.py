"""The generator that a person names."""

from pathlib import Path

import pytest

from housegan.config import ModelConfig
from housegan.errors import HouseganError
from housegan.networks import Generator
from housegan.places import shipped
from housegan.run.chosen import choose, weights_file
from housegan.run.folder import Run
from housegan.run.snapshots import Moment, save_snapshot


@pytest.fixture
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    run = Run(Path("runs/00003-castles"))
    run.path.mkdir(parents=True)
    for images in (100, 200):
        generator = Generator(ModelConfig(size=32, generator_channels=4))
        save_snapshot(run, generator, Moment(stage="finetune", images=images, epoch=images / 50))
    return tmp_path


def test_a_run_is_chosen_by_number_name_or_as_the_newest(workdir: Path) -> None:
    for what in ("3", "00003-castles", None):
        chosen = choose(what, "images:100")
        assert (chosen.name, chosen.snapshot.images) == ("00003-castles", 100)
        assert chosen.out("walk.mp4") == Path("runs/00003-castles/out/walk.mp4")


def test_a_file_of_weights_is_a_generator_of_its_own(workdir: Path) -> None:
    Path("runs/00003-castles/generators/000000000200.safetensors").rename("castles-32.safetensors")
    chosen = choose("castles-32.safetensors", "last")
    assert (chosen.name, chosen.run) == ("castles-32", None)
    assert chosen.out("walk.mp4") == Path("out/castles-32/walk.mp4")
    assert chosen.out("walk.mp4").parent.is_dir()
    assert chosen.snapshot.generator().config.size == 32
    with pytest.raises(HouseganError, match="holds one generator: leave --at away"):
        choose("castles-32.safetensors", "epoch:3")


def test_shipped_weights_go_by_their_name_and_strangers_paths_lead_nowhere(workdir: Path) -> None:
    for path in shipped("weights").glob("*.safetensors"):
        assert weights_file(path.stem) == path
    assert weights_file("../../etc/passwd") is None
    with pytest.raises(HouseganError, match="There is no run 'nothing'"):
        choose("nothing", "last")
