"""From YAML and --set to a model, or to one sentence that lists every mistake."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from housegan.errors import HouseganError

MAX_YAML_BYTES = 1_000_000

Model = TypeVar("Model", bound=BaseModel)


class Part(BaseModel):
    """A frozen piece of config that refuses keys it doesn't know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


def validated(model: type[Model], values: Mapping[str, Any], changes: Iterable[str], *, where: str) -> Model:
    """Build `model` from `values` and `--set` changes, or raise one sentence that lists every mistake."""
    merged = dict(values)
    for change in changes:
        merged = _with_change(merged, change)
    try:
        return model.model_validate(merged)
    except ValidationError as error:
        mistakes = "; ".join(_mistake(detail) for detail in error.errors())
        count = error.error_count()
        raise HouseganError(f"{where} has {count} mistake{'s' if count > 1 else ''}: {mistakes}.") from None


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a mapping from a small YAML file of unknown origin: no tags, no aliases, no key twice."""
    try:
        if path.stat().st_size > MAX_YAML_BYTES:
            raise HouseganError(f"{path} is larger than {MAX_YAML_BYTES:,} bytes: that is no config.")
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506 a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: not UTF-8, no such day, a huge number
        reason = " ".join(str(error).split()) or "nested too deeply"
        raise HouseganError(f"{path} can't be read as YAML: {reason}.") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise HouseganError(f"{path} must hold keys and values, not a {type(values).__name__}.")
    return values


def _with_change(values: Mapping[str, Any], change: str) -> dict[str, Any]:
    path, equals, text = change.partition("=")
    keys = path.strip().split(".")
    if not equals or not all(keys):
        raise HouseganError(f"--set {_shortened(change)} must look like finetune.learning_rate=1e-4.")
    try:
        value = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError):
        raise HouseganError(f"--set {path}: the value {_shortened(text)} can't be read.") from None
    return _replaced(values, keys, value)


def _replaced(values: Mapping[str, Any], keys: list[str], value: object) -> dict[str, Any]:
    first, *rest = keys
    if not rest:
        return {**values, first: value}
    inner = values.get(first)
    return {**values, first: _replaced(inner if isinstance(inner, Mapping) else {}, rest, value)}


def _mistake(detail: Any) -> str:
    path = ".".join(str(key)[:80] for key in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return f"{path} is no key we know"
    message = detail["msg"].removeprefix("Value error, ")
    given = detail["input"]
    shown = f" (it is {_shortened(given)})" if isinstance(given, str | int | float | bool | None) else ""
    return f"{path}: {message[0].lower()}{message[1:]}{shown}" if path else message + shown


def _shortened(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # Python prints no integer of over 4,300 digits
        return "a huge number"
    return text if len(text) <= 80 else f"{text[:60]} … {text[-10:]}"


class _StrictLoader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not taken")
        tag = getattr(self.peek_event(), "tag", None)  # type: ignore[no-untyped-call]
        if tag is not None:
            raise yaml.YAMLError(f"tags ({tag}) are not taken")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        if twice := {key for key in keys if isinstance(key, str) and keys.count(key) > 1}:
            raise yaml.YAMLError(f"key given twice: {', '.join(sorted(twice))}")
        return super().construct_mapping(node, deep=deep)
