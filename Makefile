# MyPay: `make run` to try it, `make test` to check it. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test test-mariadb drill bench tour lint format lock docs clean

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: $(VENV)/.base ## start MyPay here: no service, no compiler (ARGS=--json for a machine-readable banner)
	@exec $(BIN)/python manage.py run $(ARGS)

test: $(VENV)/.test ## the test suite on SQLite
	$(BIN)/python -m pytest $(ARGS)

test-mariadb: $(VENV)/.dev ## the suite on MariaDB with Redis and a real Celery worker
	DATABASE_URL=$${DATABASE_URL:-mysql://root@127.0.0.1:3306/mypay} \
	TEST_REDIS_URL=$${TEST_REDIS_URL:-redis://127.0.0.1:6379/9} \
	$(BIN)/python -m pytest --create-db $(ARGS)

drill: $(VENV)/.dev ## deploy, break, roll back and restore on this machine, in a scratch prefix (root; nginx, MariaDB, Redis)
	REQUIRE_DRILL=1 $(BIN)/python -m pytest tests/deploy --basetemp=/tmp/mypay-drill $(ARGS)

bench: $(VENV)/.dev ## measure the payout path against the bare database, in one run
	$(BIN)/python -m tests.bench $(ARGS)

tour: $(VENV)/.dev ## take the pictures of docs/tour.md anew (needs Chromium)
	$(BIN)/python -m tests.tour

lint: $(VENV)/.dev ## ruff, mypy, import-linter, templates, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/djade --target-version 5.2 --check $$(git ls-files 'templates/*.html')
	$(BIN)/python manage.py makemigrations --check --dry-run

format: $(VENV)/.dev ## put the code in shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djade --target-version 5.2 $$(git ls-files 'templates/*.html')

lock: ## pin the requirements anew (needs uv)
	for set in base server test dev; do \
		uv pip compile -q --upgrade --python-version 3.11 --custom-compile-command "make lock" --no-annotate \
			--no-emit-index-url --no-emit-find-links requirements/$$set.in -o requirements/$$set.txt; done

clean: ## forget the virtual environment; the data in var/ stays
	rm -rf $(VENV)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "MyPay needs Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); sh deploy/install-venv.sh $(PYTHON) && $(PYTHON) -m venv $(VENV); }

$(VENV)/.base: requirements/base.txt | $(VENV)/bin/python
	@echo "Installing packages (the first time only) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/base.txt
	@touch $@

$(VENV)/.test: requirements/test.txt | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/test.txt
	@touch $@ $(VENV)/.base

$(VENV)/.dev: requirements/dev.txt | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	@touch $@ $(VENV)/.test $(VENV)/.base
