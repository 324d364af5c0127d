"""Foregrounds with exact alpha, rendered by Blender's Cycles in an environment of its own."""
