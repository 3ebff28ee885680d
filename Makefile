# make demo | test | check | bench. PYTHON chooses the interpreter, VENV the folder that is installed into.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SOURCES := housegan scraping curation tests benchmarks

.PHONY: demo test check bench

demo: $(VENV)/installed
	$(BIN)/housegan demo

test: $(VENV)/installed-for-tests
	$(BIN)/python -m pytest

check: $(VENV)/installed-for-tests
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy

bench: $(VENV)/installed-for-tests
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/installed-for-tests: pyproject.toml .ci/constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]' --constraint .ci/constraints.txt
	touch $@
