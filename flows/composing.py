"""A RefMatte job without Prefect: read entities and backgrounds, plan the images, find out what is still to be done."""

from typing import Any

from flows.job import Opened, make_folders
from pipelines.config import config_hash
from pipelines.labelling.plan import make_plan
from pipelines.refmatte.config import RefMatteConfig
from pipelines.refmatte.entities.backgrounds import read_backgrounds
from pipelines.refmatte.entities.sources import read_entities
from pipelines.refmatte.index import write_plan
from pipelines.refmatte.job import ComposeJob
from pipelines.refmatte.planning import plan_images
from pipelines.storage.adopting import adopt
from pipelines.storage.lock import disk_errors


def open_composition(config: RefMatteConfig) -> Opened:
    """Plan the images and find out which shards are still to be composed. The lock is held.

    Raises:
        UserError: a source, the backgrounds or the output folder cannot be used.
    """
    notes: list[str] = []
    entities = read_entities(config.sources(), notes.append)
    backgrounds = read_backgrounds(config.backgrounds)
    planned = plan_images(entities, backgrounds, config.plan(), notes.append)
    with disk_errors(config.out):
        folder = config.out / ".work" / "index"
        adopt(config.out)
        make_folders(config, "composed")
        shards = write_plan(planned, config.images_per_shard, folder)
        digest = config_hash(config)
        jobs = [ComposeJob(config, digest, folder, shard, len(shards), rows) for shard, (rows, _) in enumerate(shards)]
        source: dict[str, Any] = {
            "format": "composed",
            "entities_available": len(entities),
            "backgrounds_available": len(backgrounds),
            "notes": notes,
        }
        return Opened(source, make_plan(jobs), [images for _, images in shards], [job.stamp for job in jobs])
