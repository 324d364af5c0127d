"""Processes and clusters that label shards."""
