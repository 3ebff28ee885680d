"""What ImageNet's classes say of pictures."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from housegan.features import describe, prepared
from housegan.judge.labels import Label, in_common, labels

pytestmark = pytest.mark.shared


def taken_for(folder: Path, count: int) -> list[Label]:
    files = sorted(path for path in folder.iterdir() if path.suffix in (".jpg", ".png"))[:count]
    return labels(describe(np.stack([prepared(Image.open(file).convert("RGB")) for file in files])))


def test_rooms_and_fronts_of_houses_are_taken_for_other_things(shared: Path) -> None:
    rooms = taken_for(shared / "houses" / "interior", 24)
    fronts = taken_for(shared / "houses" / "frontal", 24)
    assert sum(label.share for label in rooms) == pytest.approx(1)
    assert {label.name for label in rooms[:6]} & {"dining table", "studio couch", "quilt", "microwave", "bathtub"}
    assert {label.name for label in fronts[:6]} & {"mobile home", "patio", "boathouse", "picket fence", "library"}
    assert in_common(rooms, fronts) < 0.3
    assert in_common(rooms, rooms) == pytest.approx(1)


def test_what_two_kinds_have_in_common_is_where_their_shares_overlap() -> None:
    these, those = [Label("barn", 0.75), Label("tile roof", 0.25)], [Label("barn", 0.5), Label("castle", 0.5)]
    assert in_common(these, those) == in_common(those, these) == 0.5
