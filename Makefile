# What can be done here. `make` alone lists it.
#
# Everything runs in .venv with the versions of requirements/dev.txt; `setup` makes it and costs nothing when
# it is there already. Only Python 3.11, make and git are needed.

SHELL := /bin/sh
BIN := .venv/bin
# Tests run in two processes; `make test PYTEST_ARGS="-k harvest"` says otherwise. Whoever has nothing left to do takes over from
# the others, and what is compiled is kept: tests start many processes.
PYTEST_ARGS ?= -n 2 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset run test lint format bench lock

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make .venv with everything that running and testing need
	@sh scripts/setup.sh

demo: setup ## the portal with a simulated justIN, in your browser; Ctrl-C ends it
	@$(BIN)/python scripts/demo.py $(DEMO_ARGS)

demo-reset: setup ## forget the demonstration's data
	@$(BIN)/python scripts/demo.py --reset

run: setup ## web, worker and beat of the site that .env describes
	@$(BIN)/python manage.py migrate
	@$(BIN)/python manage.py collectstatic --noinput
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/honcho start

test: setup ## every test (what this machine lacks is skipped, with a line that says so)
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest $(PYTEST_ARGS)

lint: setup ## style, types, direction of imports, missing migrations, deployment checks
	@sh scripts/lint.sh

format: setup ## put Python code into the common style
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

bench: setup ## how long a harvest and the pages take, as ratios
	@$(BIN)/python benchmarks/run.py

lock: ## requirements/*.txt anew from *.in, with the uv that is installed
	@command -v uv >/dev/null || { echo "make lock needs uv (a packaging tool): install it, then run this again." >&2; exit 1; }
	@for name in base dev; do \
		uv pip compile requirements/$$name.in --output-file requirements/$$name.txt --python-version 3.11 \
			--generate-hashes --no-emit-index-url --no-header --quiet $(LOCK_ARGS) || exit 1; \
	done
