# Everything a person or a pipeline runs. Needs Python 3.11 or newer, and make.

PYTHON ?= python3
ARGS ?=
STATE ?= var

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
RUN := $(BIN)/python
SERVERS := $(RUN) -m config.embedded --
# Commands that look at the code only, and therefore run in the mode of the tests.
LOOK := REGISTRY_MODE=test DJANGO_SETTINGS_MODULE=tests.settings $(RUN) manage.py
SECRET := $(RUN) -c 'import base64, os; print(base64.b64encode(os.urandom(64)).decode())'

# What is checked, side by side: the longest first.
PARTS := types docs migrations lint imports settings contract translations

# The tests start some hundred programs, which need not compile the same code again and again.
unexport PYTHONDONTWRITEBYTECODE
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help demo manage test check serve worker bench chaos docs right grade setup clean \
	lint types imports settings migrations contract translations

help: ## Show this list
	@echo "Attestation registry. Targets (options go in ARGS=\"...\"):"
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' $(firstword $(MAKEFILE_LIST)) | while IFS='|' read -r name text; do \
		printf '  make %-8s %s\n' "$$name" "$$text"; done

demo: $(READY) ## Run a complete demonstration (ARGS="--once" tells a story and ends)
	@exec $(RUN) -m config.demo $(ARGS)

manage: $(READY) ## Run a command of manage.py on the running demonstration (ARGS="doctor")
	@exec $(RUN) -m config.demo.manage --state $(STATE) $(ARGS)

test: $(READY) ## Run the tests, in parallel, on servers of their own (ARGS="-k stop")
	@exec $(SERVERS) $(BIN)/pytest -n auto --dist worksteal $(ARGS)

check: $(READY) ## Check style, types, imports, settings, migrations, contract, translations, docs
	@$(MAKE) --keep-going --jobs --output-sync=target $(PARTS) \
		|| { echo "check: failed: see the lines above that begin with \"make\""; exit 1; }
	@echo "check: all well"

serve: $(READY) ## Run the web server against DATABASE_URL (ARGS="--port 8080")
	@exec $(BIN)/granian --interface wsgi config.wsgi:application $(ARGS)

worker: $(READY) ## Run a Celery worker with its timer against DATABASE_URL and REDIS_URL
	@exec $(BIN)/celery -A config.celery worker --beat --scheduler celery.beat:Scheduler $(ARGS)

bench: $(READY) ## Run the benchmarks on servers of their own
	@exec $(SERVERS) $(RUN) -m benchmarks $(ARGS)

chaos: $(READY) ## Run the long storm: 20,000 events, everything killed at random (about 25 minutes)
	@REGISTRY_MODE=test $(RUN) -m tests.chaos --events 20000 --disturbances 160 --outage 300 --patient $(ARGS)

docs: $(READY) ## Build the documentation into docs/_build/html
	@echo "== documentation"
	@$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

right: $(READY) ## Begin a right: its file and its table (ARGS="schoolMeals --recipient town")
	@$(LOOK) new_right $(ARGS)

grade: $(READY) ## Try a recipient's endpoint, with no database (RECIPIENT_KEY, ARGS="https://...")
	@$(LOOK) grade_recipient $(ARGS)

setup: $(READY) ## Make the Python environment only

clean: ## Remove the environment and everything that was built; keeps var/
	@rm -rf $(VENV) docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

lint: $(READY)
	@echo "== style"
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q .

types: $(READY)
	@echo "== types"
	@$(BIN)/mypy

imports: $(READY)
	@echo "== imports"
	@$(BIN)/lint-imports --no-logo && $(BIN)/deptry .

settings: $(READY)
	@echo "== settings, as for a test and as for production"
	@$(LOOK) check --fail-level WARNING
	@REGISTRY_MODE=production ALLOWED_HOSTS=registry.example DATABASE_URL=postgres://127.0.0.1/none \
		SECRET_KEY=$$($(SECRET)) SSIN_KEYS=key:$$($(SECRET)) \
		$(RUN) manage.py check --deploy --fail-level WARNING

migrations: $(READY)
	@echo "== migrations"
	@$(SERVERS) env $(LOOK) makemigrations --check --dry-run

contract: $(READY)
	@echo "== contract"
	@$(LOOK) openapi --check

translations: $(READY)
	@echo "== translations"
	@$(RUN) -m config.translations --check

# Made again whenever the pinned requirements change; a broken installation is never ready.
$(READY): requirements/development.txt
	@[ ! -L $(VENV) ] || { echo "$(VENV) is a link: what it leads to is not ours to make again." \
		"Remove the link, or install $< there and touch $@."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Making the Python environment in $(VENV) (once; a minute or two) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@echo "Installing the pinned packages ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r $<
	@touch $@
	@echo "The environment is ready."
