import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curation.descriptions import NAME, cosine, described
from housegan.catalog import Catalog, Sha256
from housegan.catalog.measures import keep, known
from housegan.config import IntakeConfig
from housegan.features import DIMENSIONS, VERSION, describe, prepared

Paint = Callable[..., Image.Image]
Add = Callable[..., Sha256]


def test_descriptions_are_the_networks_own(catalog: Catalog, add: Add, paint: Paint) -> None:
    names = [add(paint(seed), format="PNG", quality=None) for seed in range(3)]
    found = described(catalog, catalog.pictures(), IntakeConfig())
    assert set(found) == set(names)
    expected = describe(np.stack([prepared(paint(seed)) for seed in range(3)]))
    for name, numbers in zip(names, expected, strict=True):
        assert found[name].shape == (DIMENSIONS,)
        np.testing.assert_allclose(found[name], numbers, atol=4e-3)  # of float16 at 6


def test_what_is_described_is_kept(catalog: Catalog, add: Add, paint: Paint) -> None:
    old, new = add(paint(1)), add(paint(2))
    of_old = [picture for picture in catalog.pictures() if picture.sha256 == old]
    first = described(catalog, of_old, IntakeConfig())
    assert len(known(catalog, NAME, VERSION)[old]) == 2 * DIMENSIONS
    catalog.original(old, "JPEG").unlink()  # it isn't needed again
    both = described(catalog, catalog.pictures(), IntakeConfig())
    assert set(both) == {old, new}
    np.testing.assert_array_equal(both[old], first[old])
    assert set(described(catalog, of_old, IntakeConfig())) == {old}


def test_another_version_is_described_again(catalog: Catalog, add: Add, paint: Paint) -> None:
    name = add(paint(1))
    keep(catalog, NAME, "older", [(name, np.zeros(DIMENSIONS, np.float16).tobytes())])
    assert described(catalog, catalog.pictures(), IntakeConfig())[name].any()


def test_unreadable_originals_are_left_out(
    catalog: Catalog, add: Add, paint: Paint, capsys: pytest.CaptureFixture[str]
) -> None:
    gone, fine = add(paint(1)), add(paint(2))
    catalog.original(gone, "JPEG").write_bytes(b"something else")
    assert set(described(catalog, catalog.pictures(), IntakeConfig())) == {fine}
    assert capsys.readouterr().out == ""


def test_nothing_in_common_is_zero() -> None:
    one, other = np.zeros((2, DIMENSIONS), np.float32)
    one[:5], other[5:9] = 2, 3
    assert cosine(one, one) == pytest.approx(1)
    assert cosine(one, other) == 0
    assert cosine(one, np.zeros_like(one)) == 0


@pytest.mark.shared
def test_a_copy_is_described_more_alike_than_another_front(catalog: Catalog, add: Add, shared: Path) -> None:
    def opened(path: Path) -> Image.Image:
        return Image.open(io.BytesIO(path.read_bytes()))

    fronts = [opened(path) for path in sorted((shared / "houses" / "frontal").glob("*.jpg"))[::60]]
    names = [add(front) for front in fronts]
    copies = [add(front.resize((front.width // 2, front.height // 2)), quality=60) for front in fronts]
    found = described(catalog, catalog.pictures(), IntakeConfig())
    for name, copy in zip(names, copies, strict=True):
        others = [cosine(found[name], found[other]) for other in names if other != name]
        assert cosine(found[name], found[copy]) > max(others) + 0.1
