"""Configs as models: every field with its unit, range and default, which lives here alone.

A set's YAML holds `scrape:`, `intake:` and `curate:`; a recipe's holds `model:`, `pretrain:`, `finetune:`, `watch:`.
Unknown keys and values out of range are refused, all at once, each with its path.
"""

from housegan.config.reading import MAX_YAML_BYTES, Part, read_yaml, validated
from housegan.config.recipes import Augmentation, Budget, ModelConfig, Recipe, StageConfig, WatchConfig, load_recipe
from housegan.config.scrape import (
    GalleryConfig,
    OpenverseConfig,
    RedditConfig,
    ScrapeConfig,
    UrlsConfig,
    WikimediaConfig,
)
from housegan.config.sets import CurateConfig, IntakeConfig, SetConfig, Size, load_set

__all__ = [
    "MAX_YAML_BYTES",
    "Augmentation",
    "Budget",
    "CurateConfig",
    "GalleryConfig",
    "IntakeConfig",
    "ModelConfig",
    "OpenverseConfig",
    "Part",
    "Recipe",
    "RedditConfig",
    "ScrapeConfig",
    "SetConfig",
    "Size",
    "StageConfig",
    "UrlsConfig",
    "WatchConfig",
    "WikimediaConfig",
    "load_recipe",
    "load_set",
    "read_yaml",
    "validated",
]
