"""The building blocks that the stacks compose, one job each."""
