"""Disks and stores: whole files, locks, manifest parts, versions, checks."""
