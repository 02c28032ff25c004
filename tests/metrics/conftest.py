from __future__ import annotations

import importlib
import sys
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture
def skvideo_measure(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """scikit-video's measures, which were written for NumPy 1 and a SciPy with scipy.misc; the names it misses are
    there while the test runs, and gone after it."""
    for name, kind in {"int": int, "float": float, "complex": complex, "product": np.prod}.items():
        monkeypatch.setattr(np, name, kind, raising=False)
    monkeypatch.setitem(sys.modules, "scipy.misc", ModuleType("scipy.misc"))
    return importlib.import_module("skvideo.measure")
