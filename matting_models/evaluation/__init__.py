"""Evaluating mattes on benchmarks: protocols, the benchmarks' readers, prompts, tables and pages."""
