# `make` lists the targets. Everything is set up on first use: .venv from the lock file, system libraries where allowed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PROMPT ?= a kitchen counter with two mugs, a bowl and a drawer unit

.PHONY: help demo test test-slow lint schemas docs protos bench lock clean
help:
	@echo "make demo       set up and run the main job: one sentence in, dataset and report out (under runs/)"
	@echo "make test       set up and run the fast tests"
	@echo "make test-slow  the slow tests"
	@echo "make lint       ruff, mypy, import contracts, generated files up to date"
	@echo "make docs       regenerate schemas/ and the generated pages of docs/"
	@echo "make protos     regenerate the messages of the Genie Sim protocol from their .proto files"
	@echo "make bench      measure against the floor, as ratios in one run"
	@echo "make lock       resolve the lock files again"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: install the Debian packages python3 and python3-venv, or set PYTHON=..."; exit 3; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "cannot make a virtual environment: install the Debian package python3-venv"; exit 3; }

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.system: scripts/install_system_libraries.sh | $(VENV)/.run
	@sh scripts/install_system_libraries.sh $(BIN)/python
	@touch $@

demo: $(VENV)/.run $(VENV)/.system
	$(BIN)/blueprint run "$(PROMPT)" --scene-id demo --root runs --episodes 8 --workers 2 --resume

test: $(VENV)/.dev $(VENV)/.system
	$(BIN)/python -m pytest -n 2

test-slow: $(VENV)/.dev $(VENV)/.system
	@sh scripts/install_test_services.sh
	$(BIN)/python -m pytest -n 2 -m slow -rs --durations=10

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m blueprint.contracts.schemas --check
	$(BIN)/python -m blueprint.cli.reference --check

docs: $(VENV)/.dev
	$(BIN)/python -m blueprint.contracts.schemas
	$(BIN)/python -m blueprint.cli.reference

protos: $(VENV)/.dev
	$(BIN)/python -m blueprint.sim.geniesim.proto.generate

bench: $(VENV)/.dev $(VENV)/.system
	$(BIN)/python benchmarks/episodes_bench.py

LOCK := uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --universal --python-version 3.11
lock:
	$(LOCK) pyproject.toml build.in --extra dev -o requirements-dev.lock
	$(LOCK) pyproject.toml build.in -c requirements-dev.lock -o requirements.lock

clean:
	rm -rf runs build dist .pytest_cache .mypy_cache .ruff_cache
