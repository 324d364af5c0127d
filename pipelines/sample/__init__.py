"""The embedded sample: a small dataset in COCO's format whose true alphas are known exactly.

Importing it is cheap; what paints is imported when there is something to build.
"""

from pipelines.sample.build import SAMPLE_VERSION, SamplePaths, build_sample

__all__ = ["SAMPLE_VERSION", "SamplePaths", "build_sample"]
