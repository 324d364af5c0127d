"""The embedded sample: a COCO dataset of drawn people, built by code, whose true alpha is known exactly."""

from pipelines.sample.build import SAMPLE_VERSION, SamplePaths, build_sample

__all__ = ["SAMPLE_VERSION", "SamplePaths", "build_sample"]
