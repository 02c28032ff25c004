# Two commands: `make demo` shows the main job on a bundled RAW sample, `make test` runs the tests.
# Both set everything up first, in .venv; all they need is Python 3.11 (or newer) and make.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test test-external lint clean

demo: $(READY)
	$(BIN)/python datasets/demo.py --out demo

test: $(READY)
	$(BIN)/python -m pytest -n 2

# RAW editors of the system, from Debian: apt-get install dcraw darktable rawtherapee libimage-exiftool-perl
test-external: $(READY)
	$(BIN)/python -m pytest -m external

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf .venv demo bench
