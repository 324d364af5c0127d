"""Drawn people, animals and things with exact alpha and names, and empty backgrounds: what images are composed of."""

from pipelines.sample.entities.build import ENTITIES_VERSION, EntitiesPaths, build_entities

__all__ = ["ENTITIES_VERSION", "EntitiesPaths", "build_entities"]
