"""The README and the docs name commands, options, files and pictures that are there."""

import re
import shlex
from pathlib import Path

import pytest
import typer.main
import yaml

from housegan.cli import app
from housegan.config import Recipe, SetConfig, validated

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def command_lines(page: Path) -> list[str]:
    """Every `housegan …` of a page, in code blocks and in prose."""
    text = page.read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"```(?:\w*)\n(.*?)```", text, flags=re.DOTALL)).replace("\\\n", " ")
    inline = re.findall(r"(?<!`)`(housegan [^`]+)`(?!`)", text)
    lines = [part for line in blocks.splitlines() for part in re.split(r"&&|\|", line.split("#")[0])]
    return [line.strip() for line in lines if line.strip().startswith("housegan ")] + inline


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_option_of_a_page_exists(page: Path) -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for line in command_lines(page):
        words = shlex.split(line)
        name = words[1]
        if name.startswith("-"):
            continue
        assert name in commands, f"{page.name}: {line}"
        known = commands[name].params
        options = {option for one in known for option in (*one.opts, *one.secondary_opts)} | {"--debug", "--help"}
        for word in words[2:]:
            if word.startswith("--"):
                assert word.partition("=")[0] in options, f"{page.name}: {line}"


def test_the_readme_begins_with_two_commands_that_make_knows() -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    first_block = re.search(r"```\n(.*?)```", PAGES[0].read_text(), flags=re.DOTALL)
    assert first_block
    made = re.findall(r"^make (\w+)", first_block[1], flags=re.MULTILINE)
    assert made == ["demo", "test"]
    assert set(made) <= set(targets)


@pytest.mark.parametrize("page", [*PAGES, ROOT / "LOG.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_every_picture_and_file_that_a_page_links_to_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_set_and_recipe_that_a_page_shows_is_valid(page: Path) -> None:
    for block in re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL):
        values = yaml.safe_load(block)
        validated(
            Recipe if values.keys() & Recipe.model_fields.keys() - {"title"} else SetConfig, values, (), where=page.name
        )
