"""Weights that others released, as folders that our networks open."""
