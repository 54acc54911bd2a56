"""A package only so that `python -m tests.hostile` finds this folder: one of the locked wheels installs a package of the same name."""
