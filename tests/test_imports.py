"""Imports point down: cli -> stream, metrics -> flow -> codec, isp -> raw -> errors. And `import vidisp` is light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import vidisp

PACKAGE = Path(vidisp.__file__).parent
LAYERS = {
    "errors": 0,
    "atomic": 1,
    "raw": 2,
    "isp": 3,
    "codec": 3,
    "flow": 4,
    "metrics": 5,
    "stream": 5,
    "embed": 6,
    "reporting": 6,
    "stills": 6,
    "cli": 7,
}
FILES_AND_CODECS = {"av", "rawpy", "tifffile", "imagecodecs", "pathlib", "os"}


def _imports(path: Path) -> set[str]:
    found = set()
    # Imports for type checkers and inside functions count as well.
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return found


def _modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if p.parent != PACKAGE or p.name != "__init__.py")


@pytest.mark.parametrize("path", _modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_import_points_up(path):
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    used = {name.split(".")[1] for name in _imports(path) if name.startswith("vidisp.")}
    assert {name for name in used - {own} if LAYERS[name] >= LAYERS[own]} == set()


@pytest.mark.parametrize("path", [p for p in _modules() if p.relative_to(PACKAGE).parts[0] in ("isp", "flow")], ids=str)
def test_tensor_layers_open_no_files(path):
    assert {name.split(".")[0] for name in _imports(path)} & FILES_AND_CODECS == set()


def test_import_vidisp_is_light():
    code = "import sys, vidisp; print({'torch', 'av', 'numpy', 'rawpy', 'tifffile'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"


def test_the_public_names_are_all_there():
    embedding = {"embed_dual", "embed_gif", "embed_layers", "embed_stereo", "extract", "hide"}
    assert set(vidisp.__all__) == {"__version__", "evaluate", "probe", "recover", "render", "report"} | embedding
    assert all(getattr(vidisp, name) is not None for name in vidisp.__all__)
