"""Figures of runs whose curves are known."""

import io
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from housegan.errors import HouseganError
from housegan.explore.plot import curves, inline_svg, written
from housegan.explore.plot.curves import pieces, smoothed
from housegan.explore.plot.strokes import KIND_COLOURS, RUN_COLOURS
from housegan.run.folder import Run
from tests.conftest import Housegan
from tests.explore.conftest import Made

SVG = "{http://www.w3.org/2000/svg}"


def words(svg: str) -> list[str]:
    """Every text of a figure."""
    return ["".join(text.itertext()) for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def svg_of(*runs: Run, by: str = "images", smooth: float = 0.03) -> str:
    every = [curves(run, by=by) for run in runs]  # type: ignore[arg-type]
    return written(every, by=by, smooth=smooth, suffix=".svg").decode()  # type: ignore[arg-type]


def colours_of(png: bytes) -> set[str]:
    with Image.open(io.BytesIO(png)) as image:
        return {"#" + bytes(colour).hex() for _, colour in image.convert("RGB").getcolors(1 << 22) or []}  # type: ignore[arg-type]


def test_smoothing_is_the_mean_over_a_window_within_each_stage() -> None:
    values = np.random.default_rng(0).standard_normal(60)
    values[10] = np.nan
    labels = ["pretrain"] * 25 + ["finetune"] * 35
    quiet = smoothed(values, labels, share=0.2)
    for start, end in ((0, 25), (25, 60)):
        for place in range(start, end):
            reach = min(6, place - start, end - 1 - place)
            assert quiet[place] == pytest.approx(np.nanmean(values[place - reach : place + reach + 1]), nan_ok=True)
    assert np.allclose(smoothed(values, labels, share=0), values, equal_nan=True)
    assert [values[piece].size for piece in pieces(labels)] == [25, 35]


def test_a_run_without_evaluations_has_no_panel_for_them(made: Made) -> None:
    said = words(svg_of(made()))
    assert {"loss", "score (1: real)", "pictures a second", "pretrain", "finetune"} <= set(said)
    assert not {"KID", "precision, recall"} & set(said)


def test_an_evaluated_run_shows_kid_with_errors_and_real_against_real(made: Made) -> None:
    run = made(judged=True)
    svg = svg_of(run)
    assert {"KID", "precision, recall", "KID, ± its standard error", "real against real"} <= set(words(svg))
    png = written([curves(run, by="images")], by="images", smooth=0, suffix=".png")
    assert set(KIND_COLOURS.values()) <= colours_of(png)


def test_raw_values_stay_visible_behind_the_smoothed_line(made: Made) -> None:
    run = made(ticks=40, stages=1)
    paths = re.findall(r'<path d="([^"]+)"[^>]*style="fill: none; stroke: #b27a45[^"]*"', svg_of(run, smooth=0.5))
    heights = [len({point.split()[1] for point in re.findall(r"[\d.]+ [\d.]+", path)}) for path in paths]
    assert len(paths) >= 2
    assert heights[0] == 2  # the raw losses jump between two values
    assert heights[1] > 2


def test_the_same_numbers_are_the_same_bytes_whatever_the_settings(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib

    run = made(judged=True)
    first = svg_of(run)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    with matplotlib.rc_context({"svg.fonttype": "path", "lines.linewidth": 9, "svg.hashsalt": None}):
        assert svg_of(run) == first
    assert not re.search(r"20\d\d-\d\d-\d\d|Matplotlib", first)


def test_six_runs_have_a_colour_each_and_strange_names_are_words(made: Made) -> None:
    names = ["00001-a", "00002-$x_{2}$", "_hidden", "<script>alert(1)<", "$" + "long" * 30, "写真\x1b[2J"]
    runs = [made(name, judged=number == 0) for number, name in enumerate(names)]
    svg = svg_of(*runs)
    for name in (*names[:4], "写真\N{REPLACEMENT CHARACTER}[2J"):
        assert name in words(svg)
    assert any("…" in word and word.startswith("$long") for word in words(svg))
    assert "<script" not in svg
    png = written([curves(run, by="images") for run in runs], by="images", smooth=0.03, suffix=".png")
    assert set(RUN_COLOURS) <= colours_of(png)


def test_by_hours_places_are_hours_also_of_evaluations(made: Made) -> None:
    run = made(judged=True)
    found = curves(run, by="hours")
    assert np.allclose(found.places, np.arange(1, 13) / 100)
    assert np.allclose(found.judged_places, np.array([3, 6, 9, 12]) / 100)
    assert [(one.stage, one.at) for one in found.beginnings] == [("pretrain", 0), ("finetune", pytest.approx(0.06))]
    (run.path / "timing.jsonl").unlink()
    assert curves(run, by="images").rates.size == 0
    with pytest.raises(HouseganError, match="leave --by hours away"):
        curves(run, by="hours")


def test_a_line_that_is_being_written_or_lacks_a_value_does_no_harm(made: Made) -> None:
    run = made()
    with (run.path / "metrics.jsonl").open("a") as file:
        file.write(
            '{"images": 13000, "stage": "finetune", "stage_images": 7000, "epoch": 1, "loss_d": 1.0}\n{"images": 14'
        )
    assert np.isnan(curves(run, by="images").columns["loss_g"][-1])
    assert "hours of training" in words(svg_of(run, by="hours"))


def test_a_figure_for_a_page_takes_the_page_s_colours(made: Made) -> None:
    svg = inline_svg(
        [curves(made("00001-a"), by="images"), curves(made("00002-b"), by="images")], by="images", smooth=0
    )
    assert svg.startswith("<svg")
    assert "currentColor" in svg
    assert not re.search(r"(href|src|url\()=?\"?https?:", svg)
    assert not re.match(r"<svg[^>]* (width|height)=", svg)


def test_a_young_run_whose_first_tick_is_late_fits_its_figure(made: Made) -> None:
    run = made(ticks=2)
    for path in (run.path / "metrics.jsonl", run.path / "timing.jsonl"):
        late = path.read_text().replace('"images": 2000', '"images": 1600')
        path.write_text(late.replace('"finetune", "stage_images": 1000', '"finetune", "stage_images": 600'))
    assert {"pretrain", "finetune"} <= set(words(svg_of(run)))


def test_a_run_with_one_tick_says_so(made: Made) -> None:
    with pytest.raises(HouseganError, match=r"has 1 tick yet, .* let it train a little longer"):
        curves(made(ticks=1), by="images")


def test_the_command_writes_png_and_svg_and_says_once_what_is_missing(made: Made, quick_housegan: Housegan) -> None:
    made("00001-a")
    made("00002-b", judged=True)
    done = quick_housegan("plot", "1", "2", "--by", "hours")
    assert done.stdout.count("Not evaluated yet") == 1
    assert "recall: 00001-a.\n" in done.stdout
    with Image.open("out/1-2-metrics.png") as image:
        assert image.format == "PNG"
    assert quick_housegan("plot", "2", "--to", "b.svg").stdout.startswith("b.svg")
    assert "KID" in words(Path("b.svg").read_text())
    assert quick_housegan("plot").returncode == 0
    assert Path("runs/00002-b/out/metrics.png").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("plot", "1", "00001-a"), 2, "named twice"),
        (("plot", "1", "--to", "a.pdf"), 1, "must end in .png or .svg"),
        (("plot", "7"), 1, "There is no run '7'"),
        (("compare", "1"), 2, "One run alone has nothing beside it"),
        (("compare", "1", "2", "--to", "a.pdf"), 2, "must end in .html"),
    ],
)
def test_mistakes_in_naming_get_one_sentence(
    made: Made, quick_housegan: Housegan, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    made("00001-a")
    made("00002-b")
    done = quick_housegan(*arguments)
    assert (done.returncode, sentence in done.stderr) == (code, True), done.stderr
    assert not list(Path().glob("a.*"))


def test_a_run_that_lies_elsewhere_is_called_by_its_path(made: Made, quick_housegan: Housegan) -> None:
    made("00001-a").path.rename("a friend's")
    done = quick_housegan("plot", "a friend's")
    assert done.returncode == 0, done.stderr
    assert "housegan video '" in done.stdout
