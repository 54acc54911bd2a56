"""Hostile model artifacts are refused: nothing of them is run, nothing written beside them, in bounded time and memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from model.text.known_patterns import is_known
from model.training.languages import CODES, FALLBACK
from model.training.spacy_rules import rules_of

REPOSITORY = Path(__file__).resolve().parents[2]


def test_every_hostile_archive_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """Hundreds of archives and models, one by one, in a process that may use a gigabyte."""
    folder = tmp_path / "inside" / "archives"
    folder.mkdir(parents=True)
    environment = {"PATH": os.environ["PATH"], "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    judged = subprocess.run(
        [sys.executable, "-m", "tests.hostile.model_judge", str(folder)],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert int(judged.stdout.split()[0]) > 250


def test_the_patterns_of_every_language_are_known() -> None:
    """A model that the kit trains can be loaded: a spaCy with other patterns has to be looked at, and its digests added."""
    for code in (FALLBACK, *CODES.values()):
        rules = rules_of(code)
        patterns = {name: getattr(rules, name) for name in ("prefix", "suffix", "infix", "token_match", "url_match")}
        assert [name for name, pattern in patterns.items() if not is_known(pattern)] == [], code
