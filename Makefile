# Every target sets up what it needs; nothing has to be installed by hand but Python 3.11+, git and make.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
UV     := uv==0.13.9
READY  := $(VENV)/.ready
LOCK   := $(BIN)/uv pip compile --universal --python-version 3.11 --no-emit-index-url \
          --generate-hashes --no-annotate --custom-compile-command "make lock" --quiet

.PHONY: demo test bench faults lint audit format lock lock-neo4j clean help

help:            ## list the targets
	@grep -E '^[a-z0-9-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):[^#]*## */  make \1\t/' | expand -t 20

demo: $(READY)   ## load MovieLens-100K into a local Neo4j, train, recommend, explain
	$(BIN)/pipeline demo

test: $(READY)   ## run all tests, in two processes, each against a real Neo4j of its own
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

bench: $(READY)  ## measure every stage beside a reference; BENCH_FLAGS=--quick: less of it
	$(BIN)/python -m benchmarks $(BENCH_FLAGS)

# The soak takes 20 minutes of one process, so it comes first; the others take turns beside it.
FAULTS := $(addprefix tests/faults/test_,soak.py interruptions.py bad_input.py killed_server.py)
faults: $(READY) ## break things on purpose: kills, cut connections, damaged files (half an hour)
	PIPELINE_FAULTS=full $(BIN)/python -m pytest -m faults -rP --durations=12 --log-level=CRITICAL \
	  -n 2 --dist loadfile --no-loadscope-reorder \
	  $(FAULTS) $(filter-out $(FAULTS), $(wildcard tests/faults/test_*.py))

lint: $(READY)   ## ruff (lint and format check), mypy, and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

audit: $(READY)  ## look up requirements.lock among known vulnerabilities, where the list can be reached
	$(BIN)/python .ci/audit.py

format: $(READY) ## rewrite the code in the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(READY)   ## resolve the newest allowed versions into the two lock files
	$(LOCK) --upgrade pyproject.toml -o requirements.lock
	$(LOCK) --upgrade pyproject.toml --extra compare --extra py2neo --extra serve --extra dev -c requirements.lock -o requirements-dev.lock
	echo pip-audit | $(LOCK) --upgrade - -o .ci/audit.lock

lock-neo4j: $(READY) ## resolve Neo4j's jars and their checksums into pipeline/server/neo4j.lock
	$(BIN)/python -m pipeline.server.lock

clean:           ## remove the virtual environment and the caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist

# uv keeps a download cache, so a second environment on one machine costs seconds.
$(READY): pyproject.toml requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(UV)
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --require-hashes -r requirements-dev.lock
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --no-deps --editable .
	@touch $@
