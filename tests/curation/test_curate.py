from collections.abc import Callable

import pytest
from PIL import Image

from curation.curate import Plan, curate, planned
from housegan.catalog import Catalog, Decision, Pair, Sha256, Sighting, Verdict
from housegan.config import CurateConfig, SetConfig
from housegan.errors import HouseganError

Paint = Callable[..., Image.Image]
Add = Callable[..., Sha256]


def person(sha256: Sha256, verdict: Verdict) -> Decision:
    return Decision(sha256, "review", 1, "", verdict, by="person")


def verdicts(catalog: Catalog) -> dict[Sha256, str]:
    return {found.picture.sha256: found.verdict for found in catalog.resolved()}


def plan_of(catalog: Catalog, **thresholds: float) -> Plan:
    return planned(catalog, SetConfig(curate=CurateConfig.model_validate(thresholds)))


def decide(catalog: Catalog, **thresholds: float) -> Plan:
    """Plan and record, without packing."""
    plan = plan_of(catalog, **thresholds)
    catalog.record_pairs(plan.pairs)
    catalog.record(plan.decisions)
    return plan


@pytest.fixture
def four(add: Add, paint: Paint) -> dict[str, Sha256]:
    picture = paint(1)
    return {
        "large": add(picture),
        "copy": add(picture.resize((250, 200))),
        "small": add(paint(2, 180, 240)),
        "flat": add(Image.new("RGB", (300, 300), "teal")),
    }


def test_the_funnel_adds_up(catalog: Catalog, four: dict[str, Sha256]) -> None:
    catalog.add([(four["large"], 1, None, Sighting("import", "the same bytes elsewhere"))])
    done = curate(catalog, SetConfig(curate=CurateConfig(size=32)))
    funnel, packed = done.funnel, done.packed
    assert (funnel.found, funnel.extra_sightings, funnel.kept) == (4, 1, 1)
    assert funnel.rejected == {"too small": 1, "nearly flat": 1, "near duplicate": 1}
    assert [row.sha256 for row in packed.pack.rows()] == [four["large"]]
    assert verdicts(catalog) == {
        four["large"]: "keep", four["copy"]: "reject", four["small"]: "reject", four["flat"]: "reject"
    }  # fmt: skip


def test_what_the_filter_rejected_is_left_out_and_a_person_beats_it(catalog: Catalog, add: Add, paint: Paint) -> None:
    house, room, chosen, small = add(paint(1)), add(paint(2)), add(paint(3)), add(paint(4, 180, 240))
    reason = "off topic: 3 % likely to belong"
    catalog.record([Decision(one, "topic", 1, "", "reject", reason=reason) for one in (room, chosen, small)])
    catalog.record([person(chosen, "keep")])
    plan = decide(catalog)
    assert plan.funnel.rejected == {"off topic": 1, "too small": 1}
    assert {d.sha256 for d in plan.decisions if d.step == "crop"} == {house, chosen}
    assert verdicts(catalog) == {house: "keep", room: "reject", chosen: "keep", small: "reject"}
    assert plan_of(catalog).decisions == []
    catalog.record([Decision(room, "topic", 1, "", "withdrawn")])
    assert plan_of(catalog).funnel.kept == 3


def test_a_plan_records_nothing_and_says_what_curating_would(catalog: Catalog, four: dict[str, Sha256]) -> None:
    plan = plan_of(catalog)
    assert not catalog.opinions("quality")
    assert not catalog.pairs()
    assert decide(catalog).funnel == plan.funnel
    assert list(verdicts(catalog).values()).count("keep") == plan.funnel.kept == 1
    assert set(verdicts(catalog)) == set(four.values())


def test_the_same_again_has_nothing_to_say(catalog: Catalog, four: dict[str, Sha256]) -> None:
    assert len(plan_of(catalog).decisions) == 2 * len(four) + 1  # a crop for what is kept
    decide(catalog)
    again = plan_of(catalog)
    assert (again.decisions, again.pairs) == ([], [])


def test_other_thresholds_take_rejections_back_and_make_new_ones(catalog: Catalog, four: dict[str, Sha256]) -> None:
    decide(catalog)
    decide(catalog, min_side_px=100, min_contrast=0, min_sharpness=0, duplicate_bits=0)
    bits = catalog.pairs()[0].distance
    assert verdicts(catalog) == dict.fromkeys(four.values(), "keep") | ({four["copy"]: "reject"} if not bits else {})
    decide(catalog, min_side_px=256)
    assert verdicts(catalog)[four["large"]] == "keep"
    assert verdicts(catalog)[four["copy"]] == "reject"
    assert catalog.opinions("quality")[four["copy"]].reason == "too small: 250 × 200 is smaller than 256 px"


def test_a_person_beats_the_machine_both_ways(catalog: Catalog, four: dict[str, Sha256]) -> None:
    catalog.record([person(four["small"], "keep"), person(four["large"], "reject")])
    funnel = decide(catalog).funnel
    assert {sha256 for sha256, verdict in verdicts(catalog).items() if verdict == "keep"} == {
        four["small"], four["copy"]
    }  # fmt: skip
    assert funnel.kept == 2
    assert funnel.rejected["rejected by a person"] == 1
    catalog.record([person(four["small"], "withdrawn")])
    assert decide(catalog).funnel.kept == 1


def test_a_person_says_different_and_both_come_back(catalog: Catalog, four: dict[str, Sha256]) -> None:
    decide(catalog)
    first, second = sorted((four["large"], four["copy"]))
    catalog.record_pairs([Pair(first, second, same=False, distance=0, by="person")])
    assert decide(catalog).funnel.kept == 2
    assert plan_of(catalog).pairs == []


def test_nothing_kept_says_what_took_them(catalog: Catalog, add: Add, paint: Paint) -> None:
    add(paint(1, 100, 100))
    with pytest.raises(HouseganError, match=r"Nothing of 'houses' is kept \(1 too small\): .*min_side_px=96"):
        curate(catalog, SetConfig())


def test_an_empty_catalog_says_what_to_do(catalog: Catalog) -> None:
    with pytest.raises(HouseganError, match=r"has no pictures yet. Run `housegan import houses FOLDER` first"):
        curate(catalog, SetConfig())
