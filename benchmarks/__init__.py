"""Measurements of this project beside its peers: `python -m benchmarks --help` and `python benchmarks/accuracy.py`."""
