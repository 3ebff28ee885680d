"""What the page is told is what the catalog's own views say, only faster."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from curation.duplicates import VERSION, _goes_by
from curation.review.state import State, id_of
from housegan.catalog import Catalog, Crop, Decision, Sha256, Sighting
from housegan.catalog.persons import Action, say, word
from housegan.catalog.rights import Chosen, forget, sweep
from housegan.catalog.shelf import Shelf
from housegan.catalog.shown import Selection, Shown
from housegan.catalog.undo import take_back
from housegan.config import SetConfig
from housegan.pictures import PictureFacts
from tests.curation.rows import digest, fill, fill_quickly, opinions, pairs

FACTS = PictureFacts("JPEG", 800, 600, animated=False)


@pytest.fixture
def other(catalog: Catalog) -> Iterator[Catalog]:
    """The same catalog, as another process has it open."""
    with Catalog(catalog.folder) as other:
        yield other


def shelf(catalog: Catalog) -> Shelf:
    return Shelf(catalog, min_crop_confidence=0.3)


def all_shown(shelf: Shelf) -> list[Shown]:
    return shelf.shown(shelf.find(Selection()))


def reject(sha256: Sha256, reason: str = "too small: 3 px", step: str = "quality") -> Decision:
    return Decision(sha256, step, 1, "c", "reject", reason=reason)


def by_person(sha256: Sha256, *what: str, crop: Crop | None = None, number: int = 1) -> Decision:
    verdict, reason = (*what, "", "")[:2]
    return word(Action("w", number), sha256, verdict=verdict or None, crop=crop, reason=reason)  # type: ignore[arg-type]


# The shelf


@pytest.mark.parametrize("seed", range(5))
def test_it_comes_to_the_same_as_the_views_of_the_catalog(catalog: Catalog, other: Catalog, seed: int) -> None:
    digests = fill(catalog, 60)
    rng = random.Random(seed)
    here = shelf(other)
    for round_ in range(12):
        catalog.record(opinions(rng.sample(digests, 25), 100 * seed + round_))
        here.catch_up()
        for at_hand in (
            (here,) if round_ < 11 else (here, shelf(catalog))
        ):  # caught up with each time, or taken in at once
            told = {shown.sha256: shown for shown in all_shown(at_hand)}
            for found in other.resolved():
                shown = told.pop(found.picture.sha256)
                assert (shown.verdict, shown.step, shown.reason) == (found.verdict, found.step, found.reason)
                assert (shown.person_crop or shown.machine_crop) == found.crop
                by = "person" if shown.person_crop else "machine" if shown.machine_crop else None
                assert by == found.crop_by
                assert (None if shown.person_crop else shown.confidence) == found.crop_confidence
            assert told == {}
    verdicts = other.person_verdicts()
    assert {shown.sha256: shown.verdict for shown in all_shown(here) if shown.by == "person"} == verdicts


def test_what_the_machines_say_is_told_beside_a_persons_word(catalog: Catalog) -> None:
    (sha256,) = fill(catalog, 1)
    machine = Crop(100, 0, 600)
    catalog.record([reject(sha256), Decision(sha256, "crop", 1, "c", crop=machine, confidence=0.1)])
    catalog.record([by_person(sha256, "keep", crop=Crop(1, 2, 300))])
    (shown,) = all_shown(shelf(catalog))
    assert (shown.verdict, shown.by, shown.step) == ("keep", "person", "review")
    assert (shown.machine_verdict, shown.machine_step, shown.machine_reason) == ("reject", "quality", "too small: 3 px")
    assert (shown.person_crop, shown.machine_crop) == (Crop(1, 2, 300), machine)


def test_the_story_is_the_one_that_says_most_and_all_of_them_are_searched(catalog: Catalog) -> None:
    one, two, three = fill(catalog, 3)
    told = Sighting("wikimedia", "https://x.org/else", title="Ein SCHLOSS 50%", author="Björk Straße")
    catalog.add([(one, 1, None, told), (two, 1, None, replace(told, title="Das Haus_", author=""))])
    here = shelf(catalog)
    assert here.shown([one])[0].title == f"House {one[:6]}", "the first with an author"

    def found(q: str) -> set[str]:
        return set(here.find(Selection(q=q)))

    everything = {id_of(sha256) for sha256 in (one, two, three)}
    assert found("house") == found("HOUSE ada") == found("  ") == everything
    assert found("schloss") == found("strasse BJÖRK") == {id_of(one)}
    assert found("schloss ada") == {id_of(one)}, "all words, wherever they stand"
    assert found("haus_") == {id_of(two)}
    assert found("_") == {id_of(two)}, "no sign is a wildcard"
    assert found("%") == {id_of(one)}
    assert found("' OR 1 --") == found("nothing of this") == set()
    assert set(here.find(Selection(source="wikimedia"))) == {id_of(one), id_of(two)}
    assert set(here.find(Selection(source="reddit"))) == everything
    assert here.find(Selection(source="wiki")) == []


def test_pictures_are_selected_by_verdict_doubt_step_and_reason(catalog: Catalog) -> None:
    digests = fill(catalog, 9)
    names = dict(zip(digests, "abcdefghi", strict=True))
    a, b, c, d, e, f, g, h, i = digests

    def crop(sha256: Sha256, confidence: float) -> Decision:
        return Decision(sha256, "crop", 1, "c", crop=Crop(0, 0, 600), confidence=confidence)

    catalog.record([reject(a), reject(b, "near duplicate: same as x", "duplicates"), reject(c, "off topic", "topic")])
    catalog.record([crop(sha256, 0.29) for sha256 in (a, d, e, f, g)] + [crop(h, 0.3)])
    catalog.record([by_person(e, "keep"), by_person(f, crop=Crop(0, 0, 9)), by_person(g, "reject", "a map: of a town")])
    catalog.record([by_person(b, "keep"), by_person(b, "withdrawn"), by_person(i, "reject")])
    here = shelf(catalog)

    def found(**conditions: str) -> str:
        ids = here.find(Selection(**conditions))  # type: ignore[arg-type]
        assert ids == sorted(ids)
        return "".join(sorted(names[sha256] for sha256 in digests if id_of(sha256) in ids))

    assert found() == found(show="all") == "abcdefghi"
    assert found(show="kept") == "defh"
    assert found(show="rejected") == "abcgi"
    assert found(show="doubtful") == "d", "not what goes, nor where a person has said something"
    assert found(show="unjudged") == "dfh"
    assert found(show="filtered") == "c"
    assert found(step="quality") == "a"
    assert found(step="review") == "egi"
    assert found(kind="near duplicate") == "b"
    assert found(kind="a map") == "g"
    assert found(kind="rejected by a person") == "i"
    assert found(show="rejected", step="review", kind="a map", q="house") == "g"
    counts = here.counts()
    assert (counts.found, counts.kept, counts.judged, counts.open, counts.doubtful) == (9, 4, 3, 3, 1)
    assert counts.steps == ("duplicates", "quality", "review", "topic")
    assert dict(counts.rejected) == {
        "a map": 1, "near duplicate": 1, "off topic": 1, "rejected by a person": 1, "too small": 1,
    }  # fmt: skip


def test_orders(catalog: Catalog) -> None:
    fill(catalog, 2)
    for number, title in ((7, "zebra"), (8, "Äpfel"), (9, "apple")):
        sighting = Sighting("import", str(number), title=title)
        catalog.add([(digest(number), 1, FACTS, sighting)])
    catalog.add([(digest(6), 1, FACTS, Sighting("import", "6"))])
    here = shelf(catalog)
    titles = [shown.title for shown in here.shown(here.find(Selection(order="title")))]
    assert titles == ["apple", *sorted(f"House {digest(n)[:6]}" for n in (0, 1)), "zebra", "Äpfel", ""]
    here.rate({digest(0): 0.9, digest(1): 0.45, digest(7): 0.6}, {})
    assert here.find(Selection(order="uncertain"))[:3] == [id_of(digest(number)) for number in (1, 7, 0)]
    assert here.shown([digest(1)])[0].probability == 0.45
    catalog.record([by_person(digest(1), "keep")])
    here.catch_up()
    assert here.shown([digest(1)])[0].probability == 0.45, "news of a picture don't cost it its rating"
    here.rate({digest(8): 0.5, digest(7): 0.6}, {digest(7): 0})
    asked = [id_of(digest(number)) for number in (7, 8, 0)]
    assert here.find(Selection(order="uncertain"))[:3] == asked, "as the filter asks, then the doubtful"
    assert here.find(Selection(order="uncertain"))[-1] == id_of(digest(1)), "what a person has judged comes last"


def test_what_other_processes_add_and_purge_is_noticed(catalog: Catalog, other: Catalog) -> None:
    digests = fill(catalog, 5)
    here = shelf(other)
    fill(catalog, 8)
    catalog.add([(digests[0], 1, None, Sighting("wikimedia", "https://x.org/new", title="Renamed"))])
    here.catch_up()
    assert len(here.find(Selection())) == 8
    assert here.find(Selection(q="renamed")) == [id_of(digests[0])]
    catalog.record([by_person(sha256, "reject") for sha256 in digests])
    here.catch_up()
    assert here.counts().judged == 5
    forget(catalog, Chosen(tuple((sha256, "JPEG") for sha256 in digests[:4])))
    sweep(catalog)  # which asks that nobody holds on to the file as it was
    here.refresh()
    assert len(here.find(Selection())) == 4
    assert here.counts().judged == 1
    catalog.record([by_person(digests[4], "keep")])  # its row has a number that one of the purged ones had
    here.refresh()
    assert here.shown([digests[4]])[0].verdict == "keep"


# The page's words


def test_a_picture_is_told_whole(catalog: Catalog) -> None:
    title = "<img src=x onerror=alert(1)>\u202e \U0001f3e0"
    sighting = Sighting("reddit", "m", "t3_1", "https://x.org/page", title, "u/a", "CC BY 4.0", "https://cc.org")
    catalog.add([(digest(0), 1, FACTS, sighting)])
    catalog.record([Decision(digest(0), "crop", 1, "c", crop=Crop(50, 0, 600), confidence=0.2)])
    state = State(catalog, SetConfig(), {})
    told = {
        "id": digest(0)[:16], "width": 800, "height": 600, "title": title, "author": "u/a", "licence": "CC BY 4.0",
        "source": "reddit", "page_url": "https://x.org/page", "verdict": "keep", "by": None, "step": "", "reason": "",
        "crop": [50, 0, 600], "crop_by": "machine", "crop_confidence": 0.2, "doubtful": True, "probability": None,
        "seen": 0, "machine": {"verdict": "keep", "step": "", "reason": "", "crop": [50, 0, 600]}, "unreadable": None,
    }  # fmt: skip
    assert state.pictures([digest(0)[:16]]) == [told]
    catalog.record([by_person(digest(0), "reject", "a ship", crop=Crop(1, 2, 3))])
    told |= {
        "verdict": "reject", "by": "person", "step": "review", "reason": "a ship", "crop": [1, 2, 3],
        "crop_by": "person", "crop_confidence": None, "doubtful": False, "seen": 2,
    }  # fmt: skip
    assert state.pictures([digest(0)[:16]]) == [told]


def test_where_nobody_proposes_a_crop_it_is_the_centre(catalog: Catalog) -> None:
    fill(catalog, 1)
    (told,) = State(catalog, SetConfig(), {digest(0): "it is gone"}).pictures([id_of(digest(0))])
    assert isinstance(told, dict)
    assert (told["crop"], told["crop_by"], told["unreadable"]) == ([100, 0, 600], None, "it is gone")


def test_pictures_come_in_the_order_asked_for_and_unknown_ones_not_at_all(catalog: Catalog) -> None:
    digests = fill(catalog, 5)
    ids = [id_of(sha256) for sha256 in random.Random(1).sample(digests, 5)]
    told = State(catalog, SetConfig(), {}).pictures([*ids[:3], "0" * 16, *ids[3:]])
    assert [picture["id"] for picture in told if isinstance(picture, dict)] == ids


def test_pairs_wait_while_both_are_kept_and_nobody_has_decided(catalog: Catalog) -> None:
    digests = fill(catalog, 12)
    config = SetConfig()
    asked = [replace(pair, version=VERSION, config=_goes_by(config.curate)) for pair in pairs(digests, 5)]
    catalog.record_pairs([*reversed(asked), *pairs(digests[10:], 1)])  # the last by other thresholds
    catalog.record([reject(asked[1].second)])
    catalog.record_pairs([replace(asked[2], same=False, by="person"), replace(asked[3], same=True)])
    state = State(catalog, config, {})

    def waiting() -> list[int]:
        told = [pair for pair in state.pairs() if isinstance(pair, dict)]
        assert all(pair["first"]["id"] < pair["second"]["id"] for pair in told)  # type: ignore[index, operator, call-overload]
        return [int(str(pair["bits"])) for pair in told]

    assert waiting() == [0, 4]
    assert state.summary()["waiting"]["pairs"] == 2  # type: ignore[index, call-overload]
    catalog.record_pairs([replace(asked[2], same=None, by="person")])
    catalog.record([by_person(asked[1].second, "keep")])
    assert waiting() == [0, 1, 2, 4], "a word that was taken back, a picture that came back"
    first = state.pairs()[2]
    assert isinstance(first, dict)
    assert first["seen"] == 9
    assert first["reason"] == "40 bits differ"


def test_changes_are_what_persons_said_since_in_portions(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    digests = fill(catalog, 8)
    state = State(catalog, SetConfig(), {})
    catalog.record([reject(sha256) for sha256 in digests])
    state.shelf.catch_up()
    assert state.changes(0) == {"last": 8, "pictures": [], "pairs": 0, "filter": None}, "what machines say is not told"
    for number, at in enumerate((0, 1, 2, 0, 3, 1)):
        say(catalog, Action("w", number + 1), [by_person(digests[at], "keep", number=number + 1)], {digests[at]: 99})
    monkeypatch.setattr("curation.review.state.MOST_CHANGES", 2)
    heard: list[str] = []
    last = 8
    for _ in range(4):
        told = state.changes(last)
        assert isinstance(told, dict)
        heard += [picture["id"] for picture in told["pictures"]]  # type: ignore[union-attr, index, call-overload, misc]
        assert isinstance(told["last"], int)
        last = told["last"]
    assert last == 14
    assert set(heard) == {id_of(sha256) for sha256 in digests[:4]}
    take_back(catalog, Action("w", 7))
    assert state.changes(last)["pictures"][0]["id"] == id_of(digests[1])  # type: ignore[index, call-overload]


def test_fifty_thousand_are_counted_searched_and_listed_in_well_under_a_second(catalog: Catalog) -> None:
    fill_quickly(catalog, 50_000)
    state = State(catalog, SetConfig(), {})
    digests = [shown.sha256 for shown in all_shown(state.shelf)]
    took: dict[str, float] = {}
    questions: dict[str, Callable[[], object]] = {
        "summary": state.summary,
        "all": lambda: state.index(Selection()),
        "search": lambda: state.index(Selection(q="house ada")),
        "by title": lambda: state.index(Selection(show="kept", order="title")),
        "pictures": lambda: state.pictures([id_of(sha256) for sha256 in digests[:200]]),
        "changes": lambda: state.changes(0),
    }
    for name, question in questions.items():
        started = time.process_time()  # of this process alone: the machine may be busy
        question()
        took[name] = time.process_time() - started
    assert max(took.values()) < 0.7, took
    ids, last = state.index(Selection())
    assert (len(ids), last) == (50_000, 105_000)
