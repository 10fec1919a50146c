# Three commands matter: make demo, make test, make check. Each makes the virtual environment it
# needs (.venv) and does that only once; a changed pyproject.toml or constraints.txt does it again.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# pytest-xdist workers; the suite starts daemons of its own, so more than the cores does not help.
WORKERS ?= 2
ARGS ?=
# The gpu extra (torch) is about 6 GB: BOOTHD_GPU=0 make test leaves it out, and the tests that need
# it skip by name (docs/decisions/0003-what-make-test-installs.md).
comma := ,
FULL := dev,postgres,gpu,codeformer
EXTRAS := $(if $(filter 0,$(BOOTHD_GPU)),dev$(comma)postgres,$(FULL))
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

# Matting compiles its kernels once (41 s on two cores): here, not in somebody's first photo.
WARM := $(BIN)/python -m daemon.engines.matte_warm

export PYTHONDONTWRITEBYTECODE := 1
# Libraries with thread pools of their own would fight the suite's workers over the cores.
test test-long bench bench-stats: export OMP_NUM_THREADS ?= 1

.DELETE_ON_ERROR:
.PHONY: help demo install test test-long check format run bench bench-gpu bench-stats clean

help:
	@echo "make demo    install, run real photos through the booth, show before and after"
	@echo "make run     start the booth in ./booth and keep it running (Ctrl-C stops it)"
	@echo "make install the environment alone, for a service (docs/install.md)"
	@echo "make test    install with the test tools, run the whole suite"
	@echo "make test-long  more seeds and cases of the costliest tests (CI runs both)"
	@echo "make check   ruff, mypy --strict, import contracts, docs"
	@echo "make bench   measure the booth on this machine (the panel's pages at a million jobs: 3 GB)"
	@echo "make bench-stats  measure statistics with a million jobs (9 GB, ten minutes)"
	@echo "make bench-gpu  measure the engines with weights (a GPU, else what a CPU can do in a minute)"
	@echo "make clean   remove the environment and what tests and demo made"

demo: $(VENV)/.installed
	$(BIN)/boothd demo $(ARGS)

# A service may not write beside its code, so the byte code is made here.
install: $(VENV)/.installed
	$(BIN)/python -m compileall -q daemon admin migrations

run: $(VENV)/.installed
	@test -e booth/boothd.yaml || $(BIN)/boothd init booth
	$(BIN)/boothd --config booth/boothd.yaml run $(ARGS)

bench: $(VENV)/.installed
	$(BIN)/boothd bench $(ARGS)
	$(BIN)/python -m tests.panel_scale

bench-gpu: $(VENV)/.installed-$(subst $(comma),-,$(FULL))
	$(BIN)/python -m tests.gpu_bench $(ARGS)

bench-stats: $(VENV)/.installed
	$(BIN)/python -m tests.statistics_scale $(ARGS)

test: $(VENV)/.installed-$(subst $(comma),-,$(EXTRAS))
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m "not long" $(ARGS)

# More seeds and cases of the costliest tests: minutes, each of a kind that make test has, too.
test-long: $(VENV)/.installed-$(subst $(comma),-,$(EXTRAS))
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m long $(ARGS)

# Every check runs, whatever the others say; the last line tells how many failed. Types are judged
# against the whole environment, torch with it.
check: $(VENV)/.installed-$(subst $(comma),-,$(FULL))
	@failed=0; \
	run() { echo "── $$*"; "$$@" || failed=$$((failed + 1)); }; \
	run $(BIN)/ruff check; \
	run $(BIN)/ruff format --check --quiet; \
	run $(BIN)/mypy; \
	run $(BIN)/lint-imports; \
	run $(BIN)/python -m pytest -q tests/contract; \
	test $$failed -eq 0 || { echo "$$failed of 5 checks failed"; exit 1; }

format: $(VENV)/.installed-$(subst $(comma),-,$(EXTRAS))
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

clean:
	rm -rf $(VENV) booth demo bench build .pytest_cache .mypy_cache .ruff_cache \
	  .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment alone; its Python is checked first, so that nobody reads a pip error instead.
$(VENV)/.made:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "boothd needs Python 3.11 or newer, and there is no '$(PYTHON)' here."; \
	  echo "Install one, or name it: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "boothd needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)."; \
	  echo "Name another one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
	  echo "This Python has no venv module. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing boothd (about two minutes) …"
	$(INSTALL) -e .
	$(WARM)
	@touch $@

$(VENV)/.installed-%: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing boothd with $* (about three minutes and 7 GB with gpu, else one and 1 GB) …"
	$(INSTALL) -e '.[$(subst -,$(comma),$*)]'
	$(WARM)
	@touch $@ $(VENV)/.installed
