"""What two deployables must agree on, and would otherwise get wrong in silence.

Object keys, event shapes, process environments, hyperparameters, the CSV format, the small JSON
files that pass between processes, and the ledger's records. Standard library only: the folder is
staged into every Lambda's asset and copied into the container image.
"""
