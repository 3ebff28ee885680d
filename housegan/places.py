"""Where things lie: the user's working folder, and what the project ships."""

import re
from pathlib import Path

from housegan.errors import HouseganError

SIZES = (32, 64, 128, 256, 512)
"""Sides in px at which pictures are packed and networks are built."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def checked_name(name: str, *, what: str) -> str:
    """Return `name` if it can be a folder's name everywhere; a stranger's `../..` must not leave the working folder."""
    if not _NAME.fullmatch(name):
        raise HouseganError(f"{name!r} can't name a {what}: use up to 64 letters, digits, - and _.")
    return name


def data_folder(name: str) -> Path:
    """The folder of one set in the user's working folder."""
    return Path("data") / checked_name(name, what="set")


def runs_folder() -> Path:
    """All runs in the user's working folder."""
    return Path("runs")


def shipped(part: str) -> Path:
    """The folder `configs` or `weights` of a checkout (and so of an editable install), else the installed package's."""
    package = Path(__file__).parent
    checkout = package.parent / part
    return checkout if (package.parent / "pyproject.toml").is_file() else package / "shipped" / part


def config_file(kind: str, name: str) -> Path | None:
    """The YAML of a set or recipe: the user's own before the shipped one; None where there is neither."""
    name = checked_name(name, what=kind.removesuffix("s"))
    for folder in (Path("configs"), shipped("configs")):
        if (path := folder / kind / f"{name}.yaml").is_file():
            return path
    return None


def config_names(kind: str) -> list[str]:
    """Names of all sets or recipes that have a YAML, the user's and the shipped ones."""
    folders = (Path("configs") / kind, shipped("configs") / kind)
    return sorted({path.stem for folder in folders for path in folder.glob("*.yaml")})


def own_sets() -> list[str]:
    """Names of the sets in the user's working folder: those with data and those with a YAML of their own."""
    with_data = {path.parent.name for path in Path("data").glob("*/catalog.sqlite")}
    with_yaml = set() if _in_checkout() else {path.stem for path in Path("configs/sets").glob("*.yaml")}
    return sorted(with_data | with_yaml)


def default_set() -> str:
    """The set that a command means when none is named: the only one here, else `imaginary`."""
    here = own_sets()
    return here[0] if len(here) == 1 else "imaginary"


def _in_checkout() -> bool:
    return Path("configs").resolve() == shipped("configs").resolve()
