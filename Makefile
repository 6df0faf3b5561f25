# Every target sets up what it needs: a virtual environment in .venv, then the package.
# PYTHON=python3.12 make demo   takes another interpreter for the environment.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo workbench studies test test-slow test-plain test-cuda test-web test-lowest golden mutants lint format docs clean

demo: $(VENV)/.installed
	$(BIN)/ohmshot demo $(ARGS)
	$(BIN)/ohmshot demo --source invented-emg --shots 1 --output ohmshot-output/new-person

# The page on which a chip learns what one draws:  make workbench   or   make workbench ARGS="--port 8000 --no-browser"
workbench: $(VENV)/.installed-web
	$(BIN)/ohmshot workbench $(ARGS)

# Every page of docs/studies, its figures and its result, measured again:  make studies   or   make studies STUDIES=energy
REGISTERED = $$($(BIN)/python -c 'from ohmshot.study.registry import STUDIES; print(*STUDIES)')
studies: $(VENV)/.installed
	for name in $(or $(STUDIES),$(REGISTERED)); do \
	  $(BIN)/ohmshot study $$name --json docs/studies/$$name.json --markdown docs/studies/$$name.md \
	    --figures docs/studies $(ARGS) || exit $$?; \
	done

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n auto -m "not slow" $(ARGS)

test-slow: $(VENV)/.installed-test
	$(BIN)/python -m pytest -m slow $(ARGS)

# The tests of laws and of small chips with the compiler off: every line of a law is a line of Python that a debugger sees.
test-plain: $(VENV)/.installed-test
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -n auto -m "not slow" tests/cell tests/foundation/test_philox.py \
	  tests/chip/test_chip_laws.py tests/chip/test_snapshot.py tests/host/strategies/test_plans.py \
	  tests/bundle/test_head_loops.py tests/adapt/test_clipped.py $(ARGS)

# Every kernel of a GPU compiled to PTX, in an environment of its own; needs no GPU (compiler and assembler: 1 GB).
CUDA := .venv-cuda
test-cuda:
	$(PYTHON) -m venv $(CUDA)
	$(CUDA)/bin/python -m pip install --quiet --editable ".[test,cuda]" "nvidia-cuda-nvcc==13.*"
	$(CUDA)/bin/python -m pytest tests/chip/gpu $(ARGS)

# The workbench in the system's Chromium: draws, learns, asks, by keyboard too; skipped where there is none.
test-web: $(VENV)/.installed-test-web
	$(BIN)/python -m pytest tests/workbench/test_page.py $(ARGS)

# The tests with every requirement at its lower bound, in an environment of its own. On PyPI the lowest torch for Linux on
# x86_64 comes with CUDA, 3 GB:  make test-lowest INSTEAD=torch==2.13.0   takes another version of a requirement.
LOWEST := .venv-lowest
test-lowest:
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet packaging
	$(LOWEST)/bin/python tests/lowest/constraints.py --extra test $(addprefix --instead ,$(INSTEAD)) > $(LOWEST)/lowest.txt
	$(LOWEST)/bin/python -m pip install --quiet --editable ".[test]" --constraint $(LOWEST)/lowest.txt
	$(LOWEST)/bin/python -m pytest -n auto -m "not slow" --ignore tests/golden $(ARGS)

# The results of tests/golden, stored anew: after a change that is meant to change results, and says so.
golden: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n auto tests/golden --write-golden

# Faults of one line in cell, chip, host and bundle, one after another: does a test of these rooms fail?
#   make mutants                            all of them, many hours; results are kept in mutants/, so it can be broken off
#   make mutants SAMPLE=400 SEED=0          a sample, spread over the rooms by their size
#   make mutants SAMPLE=100 ROOMS=cell
mutants: $(VENV)/.installed-mutants
	nice $(BIN)/python tests/mutants/mutants.py $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED)) \
	  $(if $(ROOMS),--rooms $(ROOMS)) $(ARGS)

lint: $(VENV)/.installed-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The documentation site, in site/: open site/index.html, no server needed.
docs: $(VENV)/.installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict $(ARGS)

$(VENV)/.environment:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "ohmshot needs Python 3.11 or newer; '$(PYTHON)' is older or missing. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@echo "Setting up $(VENV) (once; the download of PyTorch takes the longest)"
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing: install it (Debian: python3-venv)."; exit 2; }
	@touch $@

$(VENV)/.installed: pyproject.toml | $(VENV)/.environment
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-web: pyproject.toml | $(VENV)/.environment
	$(BIN)/python -m pip install --quiet --editable ".[web]"
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(VENV)/.environment
	$(BIN)/python -m pip install --quiet --editable ".[test]"
	@touch $@

$(VENV)/.installed-test-web: pyproject.toml | $(VENV)/.environment
	$(BIN)/python -m pip install --quiet --editable ".[test,test-web,notebook]"
	@touch $@

$(VENV)/.installed-mutants: pyproject.toml | $(VENV)/.environment
	$(BIN)/python -m pip install --quiet --editable ".[test,mutants]"
	@touch $@

$(VENV)/.installed-lint: pyproject.toml | $(VENV)/.environment
	$(BIN)/python -m pip install --quiet --editable ".[lint]"
	@touch $@

$(VENV)/.installed-docs: pyproject.toml | $(VENV)/.environment
	$(BIN)/python -m pip install --quiet --editable ".[docs]"
	@touch $@

clean:
	rm -rf $(VENV) $(LOWEST) $(CUDA) build dist site .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
