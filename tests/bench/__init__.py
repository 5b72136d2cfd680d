"""Measurements that ``make bench`` takes and writes into docs/benchmarks.md."""
