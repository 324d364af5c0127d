"""Prefect's server, where none is named."""
