# Two commands: `make lab` to work, `make test` to know that everything holds.
# The first call makes the environment in .venv from the lock, later calls reuse it.
# The same without make, for Windows: see README.md.

PYTHON ?= python3
PORT ?= $(if $(filter serve,$(MAKECMDGOALS)),8000,8888)
BROWSER ?= 1

BIN := .venv/bin
READY := .venv/.ready

.PHONY: lab test book serve refresh lock clean

lab: $(READY)
	$(BIN)/ssplab lab --port $(PORT) $(if $(filter 0,$(BROWSER)),--no-browser)

test: $(READY)
	$(BIN)/ssplab test

book: $(READY)
	$(BIN)/ssplab book

serve: $(READY)
	$(BIN)/ssplab book --serve --port $(PORT)

refresh: $(READY)
	$(BIN)/ssplab refresh

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else \
	  f"{sys.executable} is Python {v[0]}.{v[1]}: the course needs 3.11, 3.12 or 3.13. Name one: make lab PYTHON=python3.12")'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { echo "Python cannot make environments. On Debian: sudo apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

# For maintainers: resolve pyproject.toml anew, one version of each package for all three Pythons.
lock:
	@command -v uv >/dev/null || { echo "Resolving needs uv: pipx install uv"; exit 1; }
	uv pip compile --quiet --universal --generate-hashes --fork-strategy fewest --python-version 3.11 \
	  --custom-compile-command "make lock" --output-file requirements.txt pyproject.toml

clean:
	rm -rf .venv _build
