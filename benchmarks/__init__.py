"""How fast it is, measured on a PostgreSQL of its own: ``python -m benchmarks [--size 10000] [--quick] [--write]``."""
