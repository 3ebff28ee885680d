from pathlib import Path

import pytest

from housegan.config import Budget, Part, Recipe, SetConfig, load_recipe, load_set, read_yaml, validated
from housegan.errors import HouseganError
from housegan.places import shipped

SHIPPED = sorted(shipped("configs").glob("*/*.yaml"))


def own_recipe(text: str, *, name: str = "mine") -> Path:
    path = Path("configs/recipes") / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def complaint(text: str | bytes, folder: Path) -> str:
    """The one sentence that a YAML is refused with."""
    path = folder / "x.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(HouseganError) as refusal:
        read_yaml(path)
    sentence = str(refusal.value)
    assert sentence.startswith(str(path))
    assert "\n" not in sentence
    assert len(sentence) < 500
    return sentence


# What is shipped, and the defaults


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_shipped_yaml_is_valid(path: Path) -> None:
    validated(Recipe if path.parent.name == "recipes" else SetConfig, read_yaml(path), (), where=str(path))


def test_a_set_without_yaml_has_the_defaults(workdir: Path) -> None:
    assert load_set("mine") == SetConfig()


@pytest.mark.parametrize("part", Part.__subclasses__(), ids=lambda part: part.__name__)
def test_every_field_says_what_it_is(part: type[Part]) -> None:
    for name, field in part.model_fields.items():
        kind = field.annotation
        described_by_its_class = isinstance(kind, type) and issubclass(kind, Part)
        assert field.description or described_by_its_class, f"{part.__name__}.{name} has no docstring"


def test_a_config_can_not_be_changed_by_accident() -> None:
    with pytest.raises(ValueError, match="frozen"):
        SetConfig().title = "other"


# Mistakes


def test_all_mistakes_are_reported_at_once_with_path_and_value(workdir: Path) -> None:
    own_recipe("model: {size: 100}\nfinetune: {batch: 1, learning_rat: 1, augment: [colour]}\nmodle: {}\n")
    with pytest.raises(HouseganError) as refusal:
        load_recipe("mine", ["pretrain.learning_rate=fast"])
    sentence = str(refusal.value)
    assert sentence.startswith("configs/recipes/mine.yaml has 6 mistakes: ")
    for part in (
        "model.size: ", "(it is 100)", "finetune.batch: ", "(it is 1)", "finetune.learning_rat is no key we know",
        "finetune.augment.0: ", "(it is 'colour')", "modle is no key we know",
        "pretrain.learning_rate: ", "(it is 'fast')",
    ):  # fmt: skip
        assert part in sentence
    assert "\n" not in sentence


def test_one_mistake_is_one_mistake(workdir: Path) -> None:
    with pytest.raises(HouseganError, match=r"^set mine has 1 mistake: nonsense is no key we know\.$"):
        load_set("mine", ["nonsense=1"])


@pytest.mark.parametrize(
    "value", [".nan", ".inf", "-1", "0", "1e400", "'a long story'", "{a: 1}", "null", "0x" + "f" * 9999]
)
def test_no_odd_number_gets_through(value: str, workdir: Path) -> None:
    own_recipe("title: x")
    with pytest.raises(HouseganError, match=r"mistakes?: finetune\.learning_rate") as refusal:
        load_recipe("mine", [f"finetune.learning_rate={value}"])
    assert len(str(refusal.value)) < 300


def test_a_very_long_value_is_not_repeated_in_full(workdir: Path) -> None:
    with pytest.raises(HouseganError) as refusal:
        load_set("mine", [f"scrape.target={'x' * 100_000}"])
    assert len(str(refusal.value)) < 500


def test_numbers_that_yaml_reads_as_text_are_numbers(workdir: Path) -> None:
    own_recipe("finetune: {learning_rate: 2e-4, eps: 1e-12}\n")
    stage = load_recipe("mine").finetune
    assert (stage.learning_rate, stage.eps) == (0.0002, 1e-12)


@pytest.mark.parametrize(
    "budget", ["{}", "{images: 5, epochs: 2}", "{images: 5, epochs: 2, minutes: 1}", "{images: null}"]
)
def test_a_budget_has_exactly_one_clock(budget: str, workdir: Path) -> None:
    own_recipe(f"finetune: {{budget: {budget}}}\n")
    with pytest.raises(HouseganError, match=r"finetune\.budget: give exactly one of images, epochs, minutes"):
        load_recipe("mine")


@pytest.mark.parametrize("budget", ["{images: 5000}", "{epochs: 2.5}", "{minutes: 30}"])
def test_each_clock_will_do(budget: str, workdir: Path) -> None:
    own_recipe(f"finetune: {{budget: {budget}}}\n")
    assert load_recipe("mine").finetune.budget


def test_a_budget_reads_well() -> None:
    assert [str(Budget(images=400_000)), str(Budget(epochs=2.5))] == ["400,000 images", "2.5 epochs"]


# --set


def test_set_changes_one_value_and_leaves_its_neighbours(workdir: Path) -> None:
    own_recipe("finetune: {batch: 16, flip: false}\n")
    recipe = load_recipe("mine", ["finetune.learning_rate=1e-4", "model.size=64", "finetune.augment=[color, cutout]"])
    assert (recipe.finetune.batch, recipe.finetune.flip) == (16, False)
    assert (recipe.finetune.learning_rate, recipe.model.size) == (1e-4, 64)
    assert recipe.finetune.augment == ("color", "cutout")


def test_the_last_of_two_changes_wins_and_spaces_do_no_harm(workdir: Path) -> None:
    assert load_set("mine", ["scrape.target=5", " scrape.target = 6 "]).scrape.target == 6


def test_set_builds_parts_that_the_yaml_lacks(workdir: Path) -> None:
    own_recipe("title: short\n")
    assert load_recipe("mine", ["finetune.budget.minutes=5"]).finetune.budget == Budget(minutes=5)


def test_an_equals_sign_in_the_value_is_kept(workdir: Path) -> None:
    assert load_set("mine", ["title=a=b"]).title == "a=b"


@pytest.mark.parametrize("change", ["", "=", "=5", "finetune", "finetune.", ".batch=1", "a..b=1", "a.=1"])
def test_a_change_of_the_wrong_form_is_told_the_right_one(change: str, workdir: Path) -> None:
    with pytest.raises(HouseganError, match=r"must look like finetune\.learning_rate=1e-4"):
        load_set("mine", [change])


@pytest.mark.parametrize(
    "value", ["[1", "{", "*a", "!!python/object:os.system x", "2024-99-99", "!!int x", "[" * 9999, "\0"]
)
def test_a_value_that_can_not_be_read_is_one_sentence(value: str, workdir: Path) -> None:
    with pytest.raises(HouseganError, match="can't be read") as refusal:
        load_set("mine", [f"title={value}"])
    assert len(str(refusal.value)) < 300


# Files of unknown origin


def test_an_alias_bomb_is_refused(tmp_path: Path) -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert "aliases (*name) are not taken" in complaint("\n".join(levels), tmp_path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: 1\nb: 2\na: 3\n", "key given twice: a"),
        ("finetune: {batch: 1, batch: 2}", "key given twice: batch"),
        ("a: !!python/object/apply:os.system ['true']", "tag"),
        ("a: !!python/name:os.system", "tag"),
        ("a: !mine 5", "tag"),
        ("a: !!set {x, y}", "tag"),
        ("a: !!binary aGVsbG8=", "tag"),
        ("a: !!int five", "tag"),
        ("when: 2024-99-99", "month must be in"),
        ("a: " + "9" * 5_000, "can't be read"),
        ("- a\n- b\n", "must hold keys and values, not a list"),
        ("just words", "must hold keys and values, not a str"),
        ("a: [1, 2", "can't be read as YAML"),
        ("a:\n\t- tab", "can't be read as YAML"),
        ("a: 1\n---\nb: 2\n", "can't be read as YAML"),
        ("? [1, 2]\n: 3\n", "can't be read as YAML"),
        ("a: \0", "can't be read as YAML"),
        (b"title: caf\xe9", "can't be read as YAML"),
        (b"\xff\xfet\0i\0", "can't be read as YAML"),
        ("a: " + "[" * 100_000, "can't be read as YAML"),
        ("a: " + "{a: " * 5_000 + "}" * 5_000, "can't be read as YAML"),
        ("a: 1 # " + "x" * 1_000_001, "larger than 1,000,000 bytes"),
    ],
    ids=lambda value: repr(value[:30]),
)
def test_a_hostile_or_broken_yaml_is_one_sentence(text: str | bytes, reason: str, tmp_path: Path) -> None:
    assert reason in complaint(text, tmp_path)


def test_an_empty_yaml_is_the_defaults(workdir: Path) -> None:
    for text in ("", "# only a comment\n", "---\n"):
        own_recipe(text)
        assert load_recipe("mine") == Recipe()


def test_a_mark_of_byte_order_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("\ufefftitle: Häuser\n".encode())
    assert read_yaml(path) == {"title": "Häuser"}


def test_keys_that_are_no_words_are_a_mistake_of_the_config(workdir: Path) -> None:
    own_recipe("1: 2\n")
    with pytest.raises(HouseganError, match=r"has 1 mistake: 1: keys should be strings"):
        load_recipe("mine")


# Where configs lie


def test_the_user_s_own_yaml_wins_over_the_shipped_one(workdir: Path) -> None:
    for path in SHIPPED:
        name = path.stem
        own = Path("configs") / path.parent.name / path.name
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text("title: mine\n")
        config = load_recipe(name) if path.parent.name == "recipes" else load_set(name)
        assert config.title == "mine"


def test_a_recipe_that_is_nowhere_is_answered_with_those_that_are(workdir: Path) -> None:
    own_recipe("", name="first")
    with pytest.raises(HouseganError, match=r"There is no recipe 'other': take one of .*first"):
        load_recipe("other")


@pytest.mark.parametrize(
    "name", ["../secret", "..", "", "/etc/passwd", "a/b", "a\\b", "-x", ".x", "x.yaml", "a" * 65, "ä"]
)
def test_a_name_never_leads_out_of_its_folder(name: str, workdir: Path) -> None:
    (workdir.parent / "secret.yaml").write_text("title: stolen\n")
    for load in (load_set, load_recipe):
        with pytest.raises(HouseganError, match="can't name a"):
            load(name)
