"""Training: settings, schedule, loop, checkpoints, monitoring."""
