"""The filter at work: from a person's first decision to its own rejections, on the page and in the catalog."""

import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect, sync_playwright

from curation import audit, descriptions
from curation.learning import Learned, Learner, Start, seeds_of
from curation.review.app import opened
from curation.review.filter import Filter
from curation.review.state import id_of
from housegan.catalog import Catalog, Decision, Sha256, Sighting
from housegan.catalog.measures import keep
from housegan.catalog.persons import Action, word
from housegan.catalog.rights import by_digest
from housegan.catalog.shown import Counts
from housegan.config import SetConfig
from housegan.config.sets import IntakeConfig
from housegan.errors import HouseganError
from housegan.features import VERSION
from housegan.pictures import PictureFacts
from housegan.rights.purge import carry_out, planned
from housegan.zero_shot import VERSION as CLIP_VERSION
from housegan.zero_shot import Words
from tests.curation.rows import fill
from tests.curation.test_topic import described
from tests.test_zero_shot import stand_in
from tests.web.asking import Browser, served

COUNT = 300
CHROMIUM = shutil.which("chromium")


@pytest.fixture
def truth(catalog: Catalog) -> dict[Sha256, bool]:
    """Pictures that have been described, of which every second belongs; others had been asked about first."""
    fill(catalog, COUNT)
    return teach(catalog)


def teach(catalog: Catalog) -> dict[Sha256, bool]:
    features = described(COUNT)
    keep(
        catalog, descriptions.NAME, VERSION,
        [(sha256, row.astype(np.float16).tobytes()) for sha256, row in features.items()],
    )  # fmt: skip
    return {sha256: number % 2 == 0 for number, sha256 in enumerate(features)}


def judge(catalog: Catalog, judged: dict[Sha256, bool], *, number: int = 1) -> None:
    action = Action("w", number)
    catalog.record(word(action, sha256, verdict="keep" if good else "reject") for sha256, good in judged.items())


def first(truth: dict[Sha256, bool], count: int) -> dict[Sha256, bool]:
    return dict(list(truth.items())[:count])


def learner(catalog: Catalog, **how: Any) -> Learner:
    return Learner(catalog, IntakeConfig(), **how)


def test_it_says_how_many_decisions_are_missing(catalog: Catalog, truth: dict[Sha256, bool]) -> None:
    here = learner(catalog)
    assert here.learn() == Learned(0, 20, audit.Audit(0, 0, 0))
    judge(catalog, first(truth, 16))
    assert (here.learn().labelled, here.learn().needed) == (16, 4)
    judge(catalog, first(truth, 20))
    learned = here.learn()
    assert (learned.labelled, learned.needed, len(learned.probabilities)) == (20, 0, COUNT)
    assert sorted(learned.order) == sorted(set(truth) - set(first(truth, 20)))


def test_an_empty_set_and_one_without_descriptions_wait(catalog: Catalog) -> None:
    assert learner(catalog).learn().needed == 20


def test_the_audit_is_asked_among_the_others_until_it_allows(catalog: Catalog, truth: dict[Sha256, bool]) -> None:
    judge(catalog, first(truth, 30))
    here, learned, number = learner(catalog), None, 1
    while learned is None or not learned.audit.passes:
        learned = here.learn()
        number += 1
        assert number < 60
        judge(catalog, {sha256: truth[sha256] for sha256 in learned.order[:10]}, number=number)
    drawn = catalog.opinions(audit.NAME)
    assert learned.audit.asked >= audit.LEAST
    assert learned.audit.wrong == sum(truth[sha256] for sha256 in drawn)
    assert all(one.confidence is not None and one.confidence < 0.1 and one.verdict is None for one in drawn.values())
    assert here.learn().audit == here.learn().audit, "nothing more is drawn once it is enough"
    with Catalog(catalog.folder) as again:
        assert learner(again).learn().audit == here.learn().audit, "a restart forgets nothing"


def test_a_prediction_is_held_to_what_it_was_when_the_picture_was_drawn(
    catalog: Catalog, truth: dict[Sha256, bool]
) -> None:
    judge(catalog, first(truth, 30))
    here = learner(catalog)
    here.learn()
    drawn = list(catalog.opinions(audit.NAME))
    assert len(drawn) == audit.ROUND
    judge(catalog, dict.fromkeys(drawn, True), number=2)
    learned = here.learn()
    assert np.mean([learned.probabilities[sha256] for sha256 in drawn]) > 0.2, "it has learned from them"
    assert learned.audit.wrong == audit.ROUND


def test_a_purged_picture_leaves_the_audit(catalog: Catalog, truth: dict[Sha256, bool]) -> None:
    judge(catalog, first(truth, 30))
    here = learner(catalog)
    here.learn()
    gone, rejected, *_ = catalog.opinions(audit.NAME)
    catalog.record([Decision(rejected, "quality", 1, "c", "reject", reason="blurred")])
    carry_out(catalog, planned(catalog, by_digest(catalog, gone)))
    assert here.learn().audit.waiting == audit.ROUND - 2, "nobody can be asked about them any more"


def test_a_finished_set_seeds_the_next(catalog: Catalog, truth: dict[Sha256, bool]) -> None:
    judge(catalog, first(truth, 60))
    with Catalog(Path("data/next")) as following:
        fill(following, COUNT)
        teach(following)
        learned = learner(following, start=Start(like="houses")).learn()
        assert (learned.labelled, learned.accuracy) == (0, None)
        right = [(learned.probabilities[sha256] > 0.5) == belongs for sha256, belongs in truth.items()]
        assert np.mean(right) > 0.97
    with pytest.raises(HouseganError, match="Nobody has decided anything about 'next'"):
        seeds_of("next", IntakeConfig())


def test_words_sort_until_it_has_learned(
    catalog: Catalog, truth: dict[Sha256, bool], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What CLIP would see is in the catalog already; a small package stands in for open_clip and its text encoder."""
    stand_in(monkeypatch, tmp_path)
    seen = {sha256: np.array([belongs, not belongs], np.float16).tobytes() for sha256, belongs in truth.items()}
    keep(catalog, "clip", CLIP_VERSION, seen.items())
    words = Start(words=Words(("a house", "a tower"), ("a room",)))
    here = learner(catalog, start=words)
    told = here.learn()
    assert (told.needed, told.note, sorted(told.order)) == (20, "", sorted(truth))
    assert {sha256: probability > 0.5 for sha256, probability in told.probabilities.items()} == truth
    assert catalog.opinions(audit.NAME) == {}, "words alone are not audited"
    judge(catalog, first(truth, 30))
    assert here.learn().accuracy is not None
    monkeypatch.setenv("NO_WEIGHTS", "1")
    judge(catalog, dict.fromkeys(first(truth, 30), False), number=2)
    without = learner(catalog, start=words).learn()
    assert (without.order, without.probabilities) == ([], {})
    assert "can't be had (the hub is away)" in without.note, "it goes on without them, and says so"


def test_what_few_pictures_or_no_decision_would_gain_by_it_is_not_begun(catalog: Catalog) -> None:
    def is_useful(judged: int, left: int, knows: str = "") -> bool:
        counts = Counts(left + judged, left + judged, judged, left, 0, {}, (), (), 0)
        return Filter("houses", IntakeConfig(), Start(knows), heard=lambda _: None).is_useful(counts)

    assert not is_useful(0, 5000)
    assert is_useful(10, 5000)
    assert is_useful(0, 5000, "towers")
    assert not is_useful(10, 119)
    assert not is_useful(0, 119, "towers")


# On the page


@pytest.fixture
def page(catalog: Catalog, truth: dict[Sha256, bool]) -> Iterator[Callable[[], Browser]]:
    with opened("houses", SetConfig(), filter_after_s=0) as page, served(page.app()) as window:
        yield window


def waited(window: Browser, when: Callable[[Any], bool]) -> Any:
    deadline = time.monotonic() + 150
    while not ((said := window.get("/api/summary").json["filter"]) and "audit" in said and when(said)):
        assert time.monotonic() < deadline, said
        assert "trouble" not in (said or {}), said
        time.sleep(0.05)
    return said


def decide(window: Browser, number: int, judged: dict[Sha256, bool]) -> None:
    changes = [
        {"id": id_of(sha256), "seen": 0, "verdict": "keep" if good else "reject"} for sha256, good in judged.items()
    ]
    assert window.post("/api/decide", {"window": "w", "number": number, "changes": changes}).status == 200


def test_from_the_first_decision_to_its_rejections_and_back(
    catalog: Catalog, truth: dict[Sha256, bool], page: Callable[[], Browser]
) -> None:
    window, by_id = page(), {id_of(sha256): sha256 for sha256 in truth}
    decide(window, 1, first(truth, 12))
    assert waited(window, bool)["needed"] == 8
    refused = window.post("/api/filter", {"do": "reject"})
    assert (refused.status, "may not reject yet: 40 more" in refused.json["error"]) == (400, True)
    assert window.post("/api/filter", {"do": "anything"}).status == 400

    decide(window, 2, dict(list(truth.items())[12:30]))
    said = waited(window, lambda said: said["labelled"] == 30)
    assert said["low"] < said["accuracy"] <= said["high"]
    assert window.get("/api/changes?since=0").json["filter"]["labelled"] == 30, "a page that looks on hears of it"
    number, labelled = 2, 30
    while not said["may_reject"]:
        number += 1
        ids = window.get("/api/index?show=unjudged&order=uncertain").json["ids"][:50]
        assert {one["probability"] for one in window.get(f"/api/pictures?ids={','.join(ids)}").json} == {None}
        drawn = [id_ for id_ in ids if by_id[id_] in catalog.opinions(audit.NAME)]
        places = [ids.index(id_) for id_ in drawn]  # more may be drawn between the two questions
        assert all(abs(at - place) <= 3 for at, place in zip(places, range(2, 3 * len(drawn), 3), strict=True)), places
        decide(window, number, {by_id[id_]: truth[by_id[id_]] for id_ in drawn})
        labelled += len(drawn)
        said = waited(window, lambda said, labelled=labelled: said["labelled"] == labelled)  # type: ignore[misc]
    assert said["audit"]["asked"] >= 40
    assert said["audit"]["low"] >= 0.9

    rejected = window.post("/api/filter", {"do": "reject"}).json["pictures"]
    assert rejected > 10
    assert rejected == said["sure"]
    ids = window.get("/api/index?show=filtered").json["ids"]
    assert (len(ids), window.get("/api/summary").json["filtered"]) == (rejected, rejected)
    (one, *_) = window.get(f"/api/pictures?ids={','.join(ids)}").json
    assert (one["by"], one["step"], one["reason"].endswith("% likely to belong")) == ("machine", "topic", True)
    assert one["probability"] < 0.1
    assert np.mean([truth[by_id[id_]] for id_ in ids]) <= 0.1
    decide(window, number + 1, {by_id[ids[0]]: True})
    assert len(window.get("/api/index?show=filtered").json["ids"]) == rejected - 1, "a person's word beats it"
    assert window.post("/api/filter", {"do": "undo"}).json["pictures"] == rejected
    assert window.get("/api/index?show=filtered").json["ids"] == []
    assert not [found for found in catalog.resolved() if found.step == "topic"]


def test_a_filter_that_breaks_down_says_so_and_the_page_goes_on(catalog: Catalog, truth: dict[Sha256, bool]) -> None:
    with Catalog(Path("data/undecided")) as other:
        facts = PictureFacts("JPEG", 800, 600, animated=False)
        other.add([(next(iter(truth)), 1, facts, Sighting("import", "m"))])
    with (
        opened("houses", SetConfig(), Start(like="undecided"), filter_after_s=0) as review,
        served(review.app()) as window,
    ):
        here, deadline = window(), time.monotonic() + 150
        assert 'data-order="uncertain"' in here.get("/").text
        while "trouble" not in (said := here.get("/api/summary").json["filter"] or {}):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert "Nobody has decided anything about 'undecided'" in said["trouble"]
        decide(here, 1, first(truth, 20))
    with (
        pytest.raises(HouseganError, match="housegan scrape nothing"),
        opened("houses", SetConfig(), Start(like="nothing")),
    ):
        pass


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # playwright's own loop handling
def test_its_rejections_are_a_button_and_so_is_taking_them_back(
    catalog: Catalog, truth: dict[Sha256, bool], page: Callable[[], Browser]
) -> None:
    judge(catalog, first(truth, 60))
    here = learner(catalog)
    for number in range(2, 8):
        here.learn()
        judge(catalog, {sha256: truth[sha256] for sha256 in catalog.opinions(audit.NAME)}, number=number)
    window = page()
    assert window.get("/").status == 200
    waited(window, bool)  # it has learned from some of it, or of all
    drawn = catalog.opinions(audit.NAME)
    decide(window, 1, dict([one for one in list(truth.items())[60:] if one[0] not in drawn][:10]))
    waited(window, lambda said: said["may_reject"])
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = chromium.new_context()
        name, _, token = window.cookie.partition("=")
        context.add_cookies([{"name": name, "value": token, "url": f"http://127.0.0.1:{window.port}"}])
        shown = context.new_page()
        shown.goto(f"http://127.0.0.1:{window.port}/#show=filtered&order=uncertain")
        expect(shown.locator("#found")).to_have_text("0 pictures", timeout=30_000)
        shown.click("#progress")
        shown.get_by_role("button", name=re.compile("Let it reject the .* it is sure of")).click()
        expect(shown.locator("#found")).not_to_have_text("0 pictures", timeout=30_000)
        rejected = sum(found.step == "topic" for found in catalog.resolved())
        assert rejected > 20
        expect(shown.locator("#found")).to_have_text(f"{rejected} pictures")
        expect(shown.locator("#verdict")).to_contain_text("Rejected")
        if shown.locator("#summary").is_hidden():
            shown.click("#progress")
        shown.get_by_role("button", name=f"Take all {rejected} of its rejections back").click()
        expect(shown.locator("#found")).to_have_text("0 pictures", timeout=30_000)
        chromium.close()
    assert not [found for found in catalog.resolved() if found.step == "topic"]
