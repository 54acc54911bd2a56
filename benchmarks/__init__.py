"""What the kit is measured by: each `bench_` module prints one part and writes its tables into README.md."""
