"""What runs by schedule and event, and its limits."""
