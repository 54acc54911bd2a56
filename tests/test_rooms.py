"""The table of rooms: who may import whom, held against the code."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = {"contract", "stacks", "container", "model", "kit", "local", "lambda", "app"}

# Room -> rooms and packages that it may import besides itself and the standard library.
MAY_IMPORT = {
    "contract": set(),
    "app": {"stacks", "contract", "aws_cdk", "cdk_nag"},
    "stacks": {"contract", "aws_cdk", "constructs", "cdk_nag"},
    "lambda": {"contract", "boto3", "botocore", "fastjsonschema"},
    "container": {"model", "contract", "boto3", "botocore", "tqdm", "waitress"},
    "model": {"contract", "numpy", "scipy", "mxnet", "spacy", "pandas", "matplotlib", "tqdm"},
    "kit": {"contract", "local", "boto3", "botocore", "sagemaker", "rich", "tqdm"},
    "local": {"contract", "moto", "boto3", "botocore", "werkzeug", "joserfc", "awslambdaric", "fasttext"},
}


def _files(room: str) -> list[Path]:
    if room == "app":
        return [ROOT / "app.py"]
    return [path for path in sorted((ROOT / room).rglob("*.py")) if "__pycache__" not in path.parts]


def _imports(path: Path) -> set[str]:
    """Top-level names of all imports of a file, those inside functions too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("importlib.import_module", "import_module", "__import__"):
            argument = node.args[0]
            names.add(str(argument.value).split(".")[0] if isinstance(argument, ast.Constant) else "a computed name")
    return names


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_each_room_imports_only_what_its_row_allows(room: str) -> None:
    """No file of a room imports a room or a package that the table does not give it."""
    files = _files(room)
    assert files, f"room {room} is empty"
    for path in files:
        siblings = {entry.stem for entry in path.parent.glob("*.py")} if room == "lambda" else set()
        own = {room, *siblings}
        foreign = {name for name in _imports(path) if name not in sys.stdlib_module_names} - own - MAY_IMPORT[room]
        assert not foreign, f"{path.relative_to(ROOT)} imports {sorted(foreign)}"


def test_the_answering_half_of_the_model_needs_numpy_alone() -> None:
    """Outside of training/, only the network of a GPU imports MXNet, and nothing imports the training half."""
    for path in _files("model"):
        if "training" in path.relative_to(ROOT / "model").parts:
            continue
        allowed = {"numpy", "contract", "model"} | ({"mxnet"} if path.name == "network.py" else set())
        foreign = {name for name in _imports(path) if name not in sys.stdlib_module_names} - allowed
        assert not foreign, f"{path.relative_to(ROOT)} imports {sorted(foreign)}"
        assert "model.training" not in path.read_text(encoding="utf-8"), path


def test_no_lambda_imports_another() -> None:
    """A Lambda's folder is deployed alone, so a name of another Lambda in it would fail in AWS only."""
    names = {folder.name for folder in (ROOT / "lambda").iterdir() if folder.is_dir()}
    for path in _files("lambda"):
        assert not _imports(path) & names, path


def test_only_the_local_room_mentions_the_local_cloud() -> None:
    """Product code has no branch for a laptop: it never mentions moto or localhost."""
    for room in ("contract", "stacks", "lambda", "container", "model"):
        for path in _files(room):
            text = path.read_text(encoding="utf-8").lower()
            found = re.search(r"\bmoto\b|localhost|127\.0\.0\.1", text)
            assert not found, f"{path.relative_to(ROOT)} mentions {found[0]}"


def test_kit_imports_heavy_rooms_inside_the_command_that_needs_them() -> None:
    """`kit jobs` must not pay for the SageMaker SDK or the local cloud."""
    for path in _files("kit"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                module = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
                assert (module or "").split(".")[0] not in ("sagemaker", "local"), f"{path.name} imports {module} at its top"


def test_no_two_test_files_share_a_name() -> None:
    """Test folders are no packages, so pytest needs every file name once."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert len(names) == len(set(names))
