"""The demo's site, asked as a visitor would."""

from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from housegan.demo.gallery import PICTURES_A_PAGE, page, serving
from housegan.demo.planted import Planted, plant


def test_pages_lead_to_each_other_and_show_every_picture_once() -> None:
    pictures = [Planted(f"house-{n}.jpg", "house", None, None, f"House <{n}>") for n in range(2 * PICTURES_A_PAGE + 1)]
    pages = [page("suburb", pictures, number) for number in range(3)]
    assert ['class="next"' in text for text in pages] == [True, True, False]
    assert "".join(pages).count("<figure>") == len(pictures)
    assert "House &lt;0&gt;" in pages[0]


def test_only_what_was_planted_is_shown(tmp_path: Path) -> None:
    planted = plant(tmp_path / "suburb", style="photographic", count=2, extras={})
    (tmp_path / "suburb" / "secret.jpg").write_text("not planted")
    with serving(tmp_path, {"suburb": planted}) as host:
        with urlopen(f"http://{host}/suburb/{planted[0].name}") as answer:
            assert answer.headers["Content-Type"] == "image/jpeg"
            assert answer.read() == (tmp_path / "suburb" / planted[0].name).read_bytes()
        for missing in (
            "suburb/secret.jpg",
            "suburb/../secret.jpg",
            "suburb/..%2f..%2fetc%2fpasswd",
            "other",
            "robots.txt",
        ):
            with pytest.raises(HTTPError) as refused:
                urlopen(f"http://{host}/{missing}")
            refused.value.close()
            assert refused.value.code == 404
