"""Films written and read back."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from housegan.video.encoder import write_mp4


def coloured(colour: tuple[int, int, int], *, side: int = 64) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.full((side, side, 3), colour, np.uint8)


def test_frames_size_and_rate_come_back(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    assert write_mp4(path, (coloured((n, n, n)) for n in range(0, 250, 5)), fps=25) == 50
    with av.open(path) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (64, 64)
        assert stream.average_rate is not None
        assert float(stream.average_rate) == 25
        assert sum(1 for _ in container.decode(stream)) == 50


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (12, 130, 200)])
def test_a_colour_stays_within_three_of_what_it_was(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    path = tmp_path / "film.mp4"
    write_mp4(path, [coloured(colour)] * 10, fps=10)
    with av.open(path) as container:
        frame = next(iter(container.decode(video=0)))
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_range) == (Colorspace.ITU709, ColorRange.MPEG)
        assert (context.color_primaries, context.color_trc) == (ColorPrimaries.BT709, ColorTrc.BT709)
        shown = frame.reformat(format="rgb24", src_colorspace=Colorspace.ITU709).to_ndarray()
    assert np.abs(shown.astype(int) - np.array(colour)).max() <= 3


def test_the_index_stands_before_the_pictures_so_that_a_page_can_play_at_once(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    write_mp4(path, [coloured((9, 9, 9))] * 10, fps=10)
    data = path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_a_film_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    def frames() -> Iterator[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
        yield coloured((1, 2, 3))
        raise ValueError("a picture is missing")

    with pytest.raises(ValueError, match="missing"):
        write_mp4(tmp_path / "film.mp4", frames(), fps=10)
    assert not list(tmp_path.iterdir())
