"""One script per claim in docs/benchmarks.md."""
