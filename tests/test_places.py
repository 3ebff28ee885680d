import os
from pathlib import Path

import pytest

from housegan.errors import HouseganError
from housegan.places import (
    checked_name,
    config_file,
    config_names,
    data_folder,
    default_set,
    own_sets,
    runs_folder,
    shipped,
)


def with_data(name: str) -> None:
    folder = Path("data") / name
    folder.mkdir(parents=True)
    (folder / "catalog.sqlite").touch()


def with_yaml(name: str) -> None:
    path = Path("configs/sets") / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


@pytest.mark.parametrize("name", ["a", "socal", "my-set_2", "7", "A" * 64])
def test_ordinary_names_are_taken(name: str) -> None:
    assert checked_name(name, what="set") == name
    assert data_folder(name) == Path("data") / name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "x/../..", "/x", "a b", "a\n", "a\0", "-a", "_a", "é", "A" * 65]
)
def test_names_that_could_lead_elsewhere_are_refused(name: str) -> None:
    with pytest.raises(HouseganError, match="can't name a set: use up to 64 letters, digits, - and _"):
        data_folder(name)


def test_data_and_runs_are_in_the_working_folder(workdir: Path) -> None:
    assert data_folder("x").resolve() == workdir / "data" / "x"
    assert runs_folder().resolve() == workdir / "runs"


def test_what_is_shipped_is_found_from_anywhere(workdir: Path) -> None:
    assert shipped("configs").is_dir()
    assert shipped("configs").is_absolute()


def test_the_set_meant_is_the_only_one_here_else_imaginary(workdir: Path) -> None:
    assert (own_sets(), default_set()) == ([], "imaginary")
    with_data("monet")
    assert (own_sets(), default_set()) == (["monet"], "monet")
    with_yaml("monet")
    assert default_set() == "monet"
    with_yaml("houses")
    assert (own_sets(), default_set()) == (["houses", "monet"], "imaginary")


def test_a_set_with_only_a_yaml_is_one_of_the_user_s(workdir: Path) -> None:
    with_yaml("paintings")
    assert default_set() == "paintings"


def test_in_a_checkout_the_shipped_sets_are_not_the_user_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = shipped("configs").parent
    (tmp_path / "configs").symlink_to(checkout / "configs", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    assert own_sets() == []
    with_data("monet")
    assert default_set() == "monet"


def test_a_folder_without_a_catalog_is_no_set(workdir: Path) -> None:
    os.makedirs("data/empty")  # noqa: PTH103 as a person would
    assert own_sets() == []


def test_configs_are_the_user_s_and_the_shipped_ones(workdir: Path) -> None:
    before = config_names("sets")
    with_yaml("mine")
    assert config_names("sets") == sorted({*before, "mine"})
    assert config_file("sets", "mine") == Path("configs/sets/mine.yaml")
    assert config_file("sets", "nowhere") is None
