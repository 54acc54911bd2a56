"""Makes the scripts of data/ importable; they are scripts, not a package."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "data"))
