# Two commands do everything on a fresh machine: make demo, make test.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# Where the demo keeps what happened, so that it goes on after Ctrl-C.
STORY  := .demo

.PHONY: demo test check bench clean
.DELETE_ON_ERROR:

demo: $(READY)
	@$(BIN)/knowhow demo mixed --store $(STORY)

test: $(READY)
	@$(BIN)/pytest -q -n auto --maxprocesses 4 --dist loadfile $(PYTEST_ARGS)

check: $(READY)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m knowhow_memory.migrate --check

bench: $(READY)
	@for name in embed memory durability route drift poison bank decode train passes gate publish learn capture; do $(BIN)/knowhow bench $$name || exit 1; done

# One stamp: a second call starts at once, a changed dependency list installs again.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "knowhow needs Python 3.11 or newer: make PYTHON=python3.12 demo")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (once, a few minutes) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	@touch $@

clean:
	rm -rf $(VENV) $(STORY) .pytest_cache .mypy_cache .ruff_cache .hypothesis
