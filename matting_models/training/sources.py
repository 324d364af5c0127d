"""From settings to training and validation samples."""

from dataclasses import dataclass

from matting_models.data.manifest_source import ManifestSource
from matting_models.data.recipe import read_recipe
from matting_models.data.refmatte_source import RefMatteSource
from matting_models.data.sample import Source
from matting_models.data.split import hold_out
from matting_models.training.settings import TrainSettings


@dataclass(frozen=True, slots=True)
class Sources:
    """What a run trains and validates on.

    Attributes:
        training: sources with their weights.
        validation: sources, none of whose photos is trained on unless the recipe says so.
    """

    training: list[tuple[Source, float]]
    validation: list[Source]

    def training_and_validation(self) -> list[Source]:
        """Every source, in order."""
        return [*(source for source, _ in self.training), *self.validation]

    def identities(self) -> list[tuple[int, str, float]]:
        """Row count, identity and weight (0 for validation) of every source, to compare with on resuming."""
        weighted = [*self.training, *((source, 0.0) for source in self.validation)]
        return [(len(source), source.identity(), weight) for source, weight in weighted]


def open_sources(settings: TrainSettings) -> Sources:
    """Open the manifest, a folder of described images, or the sources of the recipe.

    Photos are held out for validation where none is given.

    Raises:
        InputError: a folder or file is missing, empty or malformed.
    """
    training: list[tuple[Source, float]]
    validation: list[Source]
    if settings.data is not None and settings.described is not None and settings.data.is_dir():
        training, validation = [(RefMatteSource(settings.data, "train", settings.described), 1.0)], []
    elif settings.data is not None:
        recipe = read_recipe(settings.data)
        training, validation = list(recipe.training), list(recipe.validation)
    else:
        assert settings.manifest is not None
        assert settings.images is not None
        training, validation = [(ManifestSource(settings.manifest, settings.images, settings.reviewed), 1.0)], []
    if validation:
        return Sources(training, validation)
    parts = [hold_out(source, settings.validation_fraction, settings.validation_most) for source, _ in training]
    kept = [(part[0], weight) for part, (_, weight) in zip(parts, training, strict=True)]
    return Sources(kept, [part[1] for part in parts])
