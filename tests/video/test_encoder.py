"""Films written and read back."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from housegan.errors import HouseganError
from housegan.video.decoder import played
from housegan.video.encoder import FORMATS, encode, rate_of
from tests.video.drawn import Picture, coloured, read


def test_frames_size_and_rate_come_back(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    assert encode(path, lambda: (coloured((n, n, n)) for n in range(0, 250, 5)), suffix=".mp4", fps=25) == 50
    with av.open(path) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (64, 64)
        assert stream.average_rate == 25
        assert sum(1 for _ in container.decode(stream)) == 50


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 0, 255), (255, 255, 255), (12, 130, 200)])
def test_a_colour_stays_within_three_of_what_it_was(tmp_path: Path, colour: tuple[int, int, int], suffix: str) -> None:
    path = tmp_path / "film"
    encode(path, lambda: [coloured(colour)] * 4, suffix=suffix, fps=25)
    for shown in read(path):
        assert np.abs(shown.mean((0, 1)) - colour).max() <= 3


def test_players_are_told_the_colours(tmp_path: Path) -> None:
    for suffix in (".mp4", ".webm"):
        encode(tmp_path / "film", lambda: [coloured((255, 0, 0))] * 4, suffix=suffix, fps=25)
        with av.open(tmp_path / "film") as container:
            context = next(iter(container.decode(video=0))) and container.streams.video[0].codec_context
            assert (context.colorspace, context.color_range) == (Colorspace.ITU709, ColorRange.MPEG)
            assert (context.color_primaries, context.color_trc) == (ColorPrimaries.BT709, ColorTrc.BT709)


@pytest.mark.parametrize(("suffix", "fps"), [(".webm", 30), (".webp", 25), (".gif", 20), (".gif", Fraction(25, 2))])
def test_frames_last_as_long_as_they_should(tmp_path: Path, suffix: str, fps: int | Fraction) -> None:
    path = tmp_path / "film"
    greys = [coloured((n * 8, n * 8, n * 8)) for n in range(30)]
    assert encode(path, lambda: greys, suffix=suffix, fps=fps) == 30
    shown = list(played(path))[:30]
    assert [round(frame.start_s, 3) for frame in shown] == [round(number / float(fps), 3) for number in range(30)]
    for frame, grey in zip(shown, greys, strict=True):
        assert np.abs(frame.picture.astype(int) - grey).mean() < 4


def test_a_gif_keeps_many_colours(tmp_path: Path) -> None:
    ramp = np.zeros((64, 256, 3), np.uint8)
    ramp[..., 0], ramp[..., 1], ramp[..., 2] = np.arange(256), np.arange(64)[:, None] * 4, 90
    encode(tmp_path / "film", lambda: [ramp] * 3, suffix=".gif", fps=25)
    assert np.abs(read(tmp_path / "film")[0].astype(int) - ramp).mean() < 8


def test_rates_that_a_gif_has_not_are_refused() -> None:
    assert rate_of(Path("a.gif")) == 25
    assert rate_of(Path("a.gif"), 12.5) == Fraction(25, 2)
    assert rate_of(Path("a.mp4")) == 30
    with pytest.raises(HouseganError, match=r"25, 20, 12\.5"):
        rate_of(Path("a.gif"), 30)
    with pytest.raises(HouseganError, match=r"\.mp4, \.webm, \.webp or \.gif"):
        rate_of(Path("a.mov"))


def test_odd_sides_get_one_more_line(tmp_path: Path) -> None:
    encode(tmp_path / "film", lambda: [np.full((33, 41, 3), 200, np.uint8)] * 3, suffix=".mp4", fps=25)
    assert read(tmp_path / "film")[0].shape == (34, 42, 3)


def test_the_index_stands_before_the_pictures_so_that_a_page_can_play_at_once(tmp_path: Path) -> None:
    path = tmp_path / "film"
    encode(path, lambda: [coloured((9, 9, 9))] * 10, suffix=".mp4", fps=10)
    data = path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("suffix", FORMATS)
def test_frames_are_asked_for_one_by_one(tmp_path: Path, suffix: str) -> None:
    """None is kept until the end: at most some dozens are alive that an encoder looks ahead with."""
    alive, most = [0], [0]

    class Counted(Picture):
        def __del__(self) -> None:
            if self.base is not None and self.shape == (64, 64, 3):
                alive[0] -= 1

    def frames() -> Iterator[Picture]:
        for number in range(200):
            alive[0] += 1
            most[0] = max(most[0], alive[0])
            yield coloured((number, 0, 0)).view(Counted)

    encode(tmp_path / "film", frames, suffix=suffix, fps=25)
    assert most[0] < 20
