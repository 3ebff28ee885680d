"""Kaggle's client isn't reachable here: a module of the same call shape stands in for it, the rest is real."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from housegan.catalog import Catalog
from housegan.errors import HouseganError
from scraping.kaggle import dataset_folder

Housegan = Callable[..., subprocess.CompletedProcess[str]]
HANDLE = "ted8080/house-prices-and-images-socal"


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a kagglehub on sys.path whose dataset_download has the given body."""

    def install(body: str) -> None:
        (tmp_path / "site").mkdir()
        (tmp_path / "site" / "kagglehub.py").write_text(
            f"def dataset_download(handle, path=None, *, force_download=False):\n    {body}\n"
        )
        monkeypatch.syspath_prepend(tmp_path / "site")

    monkeypatch.delitem(sys.modules, "kagglehub", raising=False)
    return install


def test_a_data_set_is_imported_under_its_own_name_and_page(
    workdir: Path,
    quick_housegan: Housegan,
    client: Callable[[str], None],
    picture: Callable[..., bytes],
    tmp_path: Path,
) -> None:
    cache = tmp_path / "datasets" / "versions" / "1"
    (cache / "socal_pics").mkdir(parents=True)
    for seed in range(3):
        (cache / "socal_pics" / f"{seed}.jpg").write_bytes(picture(seed))
    client(f"assert handle == {HANDLE!r}; return {str(cache)!r}")
    done = quick_housegan("import", "socal", f"kaggle:{HANDLE}")
    assert done.returncode == 0, done.stderr
    assert "3 new pictures" in done.stdout
    with Catalog.existing("socal") as catalog:
        stories = catalog.stories().values()
    assert {story.media_url for story in stories} == {f"kaggle:{HANDLE}/socal_pics/{seed}.jpg" for seed in range(3)}
    assert {story.page_url for story in stories} == {f"https://www.kaggle.com/datasets/{HANDLE}"}
    assert "0 new pictures, 3 known" in quick_housegan("import", "socal", "kaggle:").stdout, "the shipped YAML names it"


def test_without_the_package_the_sentence_says_what_to_do(workdir: Path, quick_housegan: Housegan) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "kagglehub", None)
        done = quick_housegan("import", "socal", f"kaggle:{HANDLE}")
    assert done.returncode == 1
    assert "pip install 'housegan[kaggle]'" in done.stderr
    assert f"https://www.kaggle.com/datasets/{HANDLE}" in done.stderr
    assert not Path("data/socal").exists()


def test_without_a_network_the_sentence_says_so(client: Callable[[str], None]) -> None:
    client("raise OSError('Max retries\\n exceeded')")
    with pytest.raises(HouseganError, match=r"did not give .* \(Max retries exceeded\)\. Is the network up") as refusal:
        dataset_folder(HANDLE)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("handle", ["", "owner", "../..", "a/b/c", "owner/na me", "https://www.kaggle.com/a/b"])
def test_what_names_no_data_set_is_one_sentence(handle: str) -> None:
    with pytest.raises(HouseganError, match="give kaggle:owner/name"):
        dataset_folder(handle)
