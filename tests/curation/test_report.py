"""What the report says of a catalog whose truth is known."""

import base64
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curation import duplicates
from curation.looks import Look
from curation.near import Near
from curation.report import Report, assembly, page, report_of, write_report
from curation.report.charts import by_colour, mosaic, side_histogram
from curation.report.parts import Shown
from curation.report.small import Small
from housegan.catalog import Catalog, Crop, Decision, Pair, Picture, Sha256, Sighting
from housegan.config import CurateConfig, SetConfig

Paint = Callable[..., Image.Image]
Add = Callable[..., Sha256]

CONFIG = SetConfig(title="Houses", curate=CurateConfig(size=256, min_side_px=200))
WHEN = datetime(2031, 5, 4, 3, 2, tzinfo=UTC)
HOSTILE = "</title><script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{ 7 * 7 }} \u202e"


class Tags(HTMLParser):
    """All tags of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def rejected(sha256: Sha256, reason: str, *, step: str = "quality") -> Decision:
    return Decision(sha256, step, 1, "c", "reject", reason=reason)


def cropped(sha256: Sha256, crop: Crop, confidence: float, reason: str = "") -> Decision:
    return Decision(sha256, "crop", 1, "c", crop=crop, reason=reason, confidence=confidence)


def pair(
    one: Sha256,
    other: Sha256,
    same: bool | None,
    bits: int = 30,
    reason: str = "hard to tell",
    config: SetConfig = CONFIG,
) -> Pair:
    """What the step records of two pictures."""
    first, second = sorted((one, other))
    near = Near(first, second, bits, 0)
    return duplicates.opinions([near], {(first, second): (same, reason)}, [], config.curate)[0]


def told(catalog: Catalog, config: SetConfig = CONFIG) -> Report:
    return report_of(catalog, config, when=WHEN)


def digests(shown: Sequence[Shown]) -> list[Sha256]:
    return [one.picture.sha256 for one in shown]


def test_the_funnel_counts_every_picture_once(catalog: Catalog, add: Add, paint: Paint) -> None:
    pictures = [add(paint(n)) for n in range(10)]
    catalog.add([(pictures[0], 1, None, Sighting("import", "elsewhere"))])
    catalog.record([rejected(one, f"blurred: sharpness 0.{n} under 1") for n, one in enumerate(pictures[:3])])
    catalog.record([rejected(pictures[2], "near duplicate: of another", step="duplicates")])  # the earlier step counts
    catalog.record([rejected(pictures[3], "too dark: brightness 3 under 16")])
    catalog.record([Decision(pictures[4], "review", 1, "", "reject", by="person")])
    catalog.record([Decision(pictures[5], "review", 1, "", "reject", by="person", reason="no house: a car")])
    catalog.record([Decision(pictures[3], "review", 1, "", "keep", by="person")])
    catalog.record([rejected(pictures[6], "off topic: 3 % likely to belong", step="topic")])
    report = told(catalog)
    assert (report.found, report.extra_sightings, report.kept) == (10, 1, 4)
    assert [(reason.kind, reason.count) for reason in report.reasons] == [
        ("blurred", 3), ("no house", 1), ("off topic", 1), ("rejected by a person", 1),
    ]  # fmt: skip
    assert report.reasons[0].examples[0].detail.endswith("under 1")
    assert report.found - sum(reason.count for reason in report.reasons) == report.kept


def test_examples_are_capped_and_the_rest_is_counted(catalog: Catalog, add: Add, paint: Paint) -> None:
    catalog.record([rejected(add(paint(n, 24, 24)), "too small: 24") for n in range(15)])
    report = told(catalog)
    assert len(report.reasons[0].examples) == assembly.MAX_EXAMPLES == 12
    assert "and 3 more like these" in Tags(page(report, {})).words


def test_a_group_has_its_winner_by_name_or_by_pairs(catalog: Catalog, add: Add, paint: Paint) -> None:
    large, small, medium, other, twin, gone = (add(paint(n)) for n in range(6))
    for loser in (small, medium):
        reason = f"near duplicate: same picture as {large[:8]} (3 of 256 bits differ), which is larger"
        catalog.record([rejected(loser, reason, step="duplicates")])
    catalog.record([rejected(twin, "near duplicate: an upscaled copy", step="duplicates")])
    catalog.record_pairs([pair(twin, other, same=True), pair(small, other, same=False)])
    catalog.record([rejected(gone, "near duplicate: of something that was purged", step="duplicates")])
    groups = told(catalog).groups
    winners = {group.winner.picture.sha256 if group.winner else None: group for group in groups}
    assert set(digests(winners[large].losers)) == {small, medium}
    assert digests(winners[other].losers) == [twin]
    assert digests(winners[None].losers) == [gone]
    assert winners[large].kept
    assert "which is larger" in winners[large].losers[0].detail
    assert groups[0] is winners[large], "the largest group comes first"
    catalog.record([Decision(large, "review", 1, "", "reject", by="person", reason="ugly")])
    report = told(catalog)
    assert not next(group for group in report.groups if group.winner and group.winner.picture.sha256 == large).kept
    assert "rejected since" in page(report, {})


def test_only_pairs_that_wait_for_a_person_are_doubtful(catalog: Catalog, add: Add, paint: Paint) -> None:
    a, b, c, d, e = (add(paint(n)) for n in range(5))
    asked = [pair(a, b, None, 40, "few points in common"), pair(a, c, None, 30), pair(b, c, None, 50)]
    catalog.record_pairs([*asked, pair(d, e, None), pair(a, d, True), pair(a, e, False)])
    catalog.record_pairs([replace(asked[2], same=False, by="person")])
    other = SetConfig(curate=CurateConfig(duplicate_bits=3))
    catalog.record_pairs([pair(b, d, None, config=other)])
    catalog.record([rejected(e, "too dark: black")])
    report = told(catalog)
    assert [(doubt.distance, doubt.reason) for doubt in report.doubts] == [
        (30, "hard to tell"), (40, "few points in common"),
    ]  # fmt: skip
    assert report.doubts_in_all == 2


def test_doubtful_crops_come_first_and_a_person_s_are_never_doubtful(catalog: Catalog, add: Add, paint: Paint) -> None:
    sure, unsure, worst, by_hand, centred, as_it_is = (add(paint(n)) for n in range(6))
    square = Crop(10, 0, 240)
    catalog.record([
        cropped(sure, square, 0.31), cropped(unsure, square, 0.29, "two subjects"), cropped(worst, square, 0.1),
        cropped(by_hand, square, 0.05), cropped(as_it_is, square, 0.05),
        Decision(as_it_is, "review", 1, "", "keep", by="person"),
        Decision(by_hand, "review", 1, "", crop=Crop(0, 0, 256), by="person"),
    ])  # fmt: skip
    report = told(catalog)
    assert digests([one.shown for one in report.doubtful]) == [worst, unsure]
    assert {one.shown.picture.sha256 for one in report.squares} == {sure, unsure, worst, by_hand, centred, as_it_is}
    assert report.doubtful[1].shown.detail == "two subjects"
    assert report.doubtful[1].frame == (10 / 320, 0, 240 / 320, 240 / 256)
    assert (report.doubtful_in_all, report.crops_by_person, report.enlarged) == (2, 1, 4)
    words = Tags(page(report, {})).words
    assert "confidence 0.29" in words
    assert "two subjects" in words


def test_licences_sources_and_authors_are_counted(catalog: Catalog, add: Add, paint: Paint) -> None:
    some = [add(paint(n)) for n in range(5)]
    for n, sha256 in enumerate(some[:4]):
        story = Sighting("openverse", f"https://x.org/{n}", author=f"Ada {n // 2}", licence="CC0" if n else "CC BY 4.0")
        catalog.add([(sha256, 1, None, story)])
    catalog.record([rejected(some[1], "too dark: black")])
    report = told(catalog)
    assert [(share.name, share.kept, share.found) for share in report.licences] == [
        ("CC0", 2, 3), ("CC BY 4.0", 1, 1), ("", 1, 1),
    ]  # fmt: skip
    assert [(share.name, share.kept, share.found) for share in report.sources] == [
        ("openverse", 3, 4),
        ("import", 1, 1),
    ]
    assert (report.authors, report.without_author) == (2, 1)


def test_thresholds_say_what_they_mean_and_which_were_changed(catalog: Catalog, add: Add, paint: Paint) -> None:
    add(paint(1))
    thresholds = {one.name: one for one in told(catalog).thresholds}
    assert set(thresholds) == set(CurateConfig.model_fields)
    assert [name for name, one in thresholds.items() if one.changed] == ["min_side_px"]
    assert thresholds["min_side_px"].value == "200"
    assert all(one.meaning for one in thresholds.values())
    described = (Path(__file__).parents[2] / "docs" / "curate.md").read_text(encoding="utf-8")
    assert [name for name in thresholds if f"`{name}`" not in described] == []


def test_the_written_page_shows_the_pictures_and_loads_nothing(catalog: Catalog, add: Add, paint: Paint) -> None:
    red, teal = Image.new("RGB", (320, 256), "red"), Image.new("RGB", (300, 300), "teal")
    red.paste(teal, (256, 0))
    kept, small = add(red, name="kept one"), add(paint(1, 100, 50), name="small one")
    catalog.record([cropped(kept, Crop(0, 0, 256), 0.2), rejected(small, "too small: 100 × 50")])
    gone = add(paint(2), name="gone one")
    catalog.original(gone, "JPEG").unlink()
    path = write_report(catalog, CONFIG)
    assert path == Path("data/houses/report.html")
    tags = Tags(path.read_text(encoding="utf-8"))
    sources = {str(image["alt"]): str(image["src"]) for image in tags.of("img")}
    assert set(sources) == {"crop of kept one", "all of kept one", "small one"}
    assert all(source.startswith("data:image/webp;base64,") for source in sources.values())
    assert "can’t be shown" in tags.words, "the one whose file is gone"
    by_name = {name: opened(source) for name, source in sources.items()}
    assert by_name["crop of kept one"].size == (128, 128)
    assert by_name["all of kept one"].size == (240, 192)
    assert by_name["small one"].size == (100, 50)
    np.testing.assert_allclose(np.asarray(by_name["crop of kept one"]).mean(axis=(0, 1)), (254, 0, 0), atol=3)
    assert not tags.of("script")
    assert not tags.of("link")
    assert {str(link["href"])[0] for link in tags.of("a")} == {"#"}
    anchors = {str(link["href"])[1:] for link in tags.of("a")}
    assert anchors <= {str(attributes["id"]) for _, attributes in tags.tags if "id" in attributes}
    policy = next(meta for meta in tags.of("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert str(policy["content"]).startswith("default-src 'none'; img-src data:;")
    assert not Path("data/houses").joinpath(".report.html").exists()
    assert {path.name for path in Path("data/houses").iterdir() if path.suffix == ".html"} == {"report.html"}


def opened(source: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))


def test_strangers_words_stay_words(catalog: Catalog, add: Add, paint: Paint) -> None:
    config = SetConfig(title=HOSTILE, story=HOSTILE)
    a, b, c, d = (add(paint(n), name=HOSTILE) for n in range(4))
    for n, sha256 in enumerate((a, b, c, d)):
        story = Sighting(HOSTILE, f"https://x.org/{n}", title=HOSTILE, author=HOSTILE, licence=HOSTILE)
        catalog.add([(sha256, 1, None, story)])
    catalog.record([rejected(a, f"{HOSTILE}: {HOSTILE}"), rejected(d, f"near duplicate: {HOSTILE}", step="duplicates")])
    catalog.record([cropped(b, Crop(0, 0, 256), 0.1, HOSTILE)])
    catalog.record_pairs([pair(b, c, None, reason=HOSTILE, config=config), pair(c, d, same=True, config=config)])
    text = page(report_of(catalog, config, when=WHEN), {a: Small(b"webp", b"webp", (1, 2, 3))})
    tags = Tags(text)
    assert not tags.of("script")
    assert not [attributes for _, attributes in tags.tags if any(name.startswith("on") for name in attributes)]
    assert [image["src"] for image in tags.of("img")] == ["data:image/webp;base64,d2VicA=="]
    assert "alert(1)" in tags.words
    assert "{{ 7 * 7 }}" in tags.words
    assert "\u202e" not in text


def test_nothing_kept_and_nothing_rejected_are_pages_too(catalog: Catalog, add: Add, paint: Paint) -> None:
    assert "found" in page(told(catalog), {})
    sha256 = add(paint(1))
    assert 'id="rejected"' not in page(told(catalog), {})
    catalog.record([rejected(sha256, "too dark")])
    report = told(catalog)
    assert (report.kept, report.reasons[0].kind, report.reasons[0].examples[0].detail) == (0, "too dark", "")
    assert "and 0 more" not in page(report, {})


def test_measures_show_where_their_thresholds_stand(catalog: Catalog, add: Add, paint: Paint) -> None:
    some = [add(paint(n)) for n in range(8)]
    looks = {
        sha256: Look(("0" * 64,) * 8, (0, 0, 0, 0), 50.0, 20.0 * n, 2.0, 0.3, 0.1, 0.0, None)
        for n, sha256 in enumerate(some)
    }
    catalog.record([rejected(some[0], "too dark: brightness 0.0 under 16")])
    charts = {chart.title: chart for chart in report_of(catalog, CONFIG, looks, when=WHEN).measures}
    chart = charts["Brightness"]
    assert [mark.says for mark in chart.thresholds] == ["min_brightness 8", "max_brightness 245"]
    assert all(0 < mark.at < 1 for mark in chart.thresholds)
    assert sum(bar.kept > 0 for bar in chart.bars) == 7
    assert chart.bars[0].rejected == 1
    assert charts["Saturation"].thresholds == [], "a threshold of 0 rejects nothing"
    assert 'id="measures"' not in page(told(catalog), {})


@pytest.mark.parametrize("sides", [[256] * 3, [1, 20_000], [191, 192, 193], []])
def test_sizes_fall_between_their_edges(sides: list[int]) -> None:
    pictures = [Picture(Sha256(str(n)), "PNG", side, 30_000, 1, False) for n, side in enumerate(sides)]
    chart = side_histogram(pictures, {picture.sha256 for picture in pictures}, CurateConfig())
    shown = {tuple(map(int, re.findall(r"\d+", bar.says.replace(",", "")))) for bar in chart.bars if bar.kept}
    for low, high, count in shown:
        assert sum(low <= side <= high for side in sides) == count
    assert sum(count for *_, count in shown) == len(sides)
    assert all(0 <= mark.at <= 1 for mark in (*chart.ticks, *chart.thresholds))


def test_colours_are_arranged_by_hue_and_light() -> None:
    red, green, blue, grey = (200, 30, 30), (30, 160, 40), (40, 60, 210), (120, 120, 120)
    tiles = mosaic([blue, green, red, grey] * 3)
    flat = [tile for column in tiles for tile in column]
    assert sorted(set(flat)) == sorted({red, green, blue, grey})
    assert flat.index(grey) < flat.index(red) < flat.index(green) < flat.index(blue)
    column = mosaic([(shade, shade, shade) for shade in range(200)])[-1]
    assert column == sorted(column, reverse=True), "light above dark"
    order = by_colour({Sha256("a"): blue, Sha256("b"): red, Sha256("c"): grey})
    assert sorted(order, key=order.__getitem__) == ["c", "b", "a"]
    assert (mosaic([]), by_colour({})) == ([], {})
