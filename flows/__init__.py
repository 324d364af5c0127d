"""Prefect flows and command lines. May import pipelines and matting_models; neither imports this."""
