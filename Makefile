# Needs nothing but python3 (3.11 or newer) and make. The recipes are single plain commands, so that make starts
# them without a shell and passes a SIGTERM straight on.
PYTHON ?= python3
VENV_PYTHON = .venv/bin/python
COMPILE = uv pip compile -q pyproject.toml --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --no-strip-extras

export PORT ARGS SAMPLE REPORT FILE FROM TO

.DEFAULT_GOAL := help
.PHONY: help run manage backup restore check-roadmap test bare check audit format messages bench screenshot requirements attack clients clean

help: ## say what there is
	@$(PYTHON) -c 'import re; [print(f"make {n:<15}{t}") for n, t in re.findall(r"^([a-z-]+):.*## (.*)$$", open("Makefile").read(), re.M)]'

run: ## the whole application on http://localhost:8000 (PORT=… for another port), with sample data (SAMPLE=0: real and empty; REPORT=my.yaml: any other report)
	@$(PYTHON) -m tools.run

manage: ## any command of manage.py on the database of `make run` with the same SAMPLE and REPORT: ARGS="load_roadmap my.yaml"
	@$(PYTHON) -m tools.manage

backup: ## the database and the files of `make run`, with the same SAMPLE and REPORT, into its folder `backups` (TO=… for another)
	@$(PYTHON) -m tools.manage --backup

restore: ## the newest of those, or FROM=a-backup, into an empty one; ARGS=--replace gives up what is there. `make run` must not be up
	@$(PYTHON) -m tools.manage --restore

check-roadmap: ## every fault of a roadmap file in words, and what loading it would do: FILE=my.yaml
	@$(PYTHON) -m tools.manage --check-roadmap

test: ## all tests on a real PostgreSQL; ARGS="…" goes to pytest
	@$(PYTHON) -m tools.test

bare: ## both commands of the README on a bare Debian, as root and as an ordinary user (needs root and debootstrap)
	@$(PYTHON) -m tools.bare

check: ## format, types, imports, templates, settings, migrations, translations
	@$(PYTHON) -m tools.check

format: ## put code and templates in their form
	@$(PYTHON) -m tools.venv dev
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .
	-@find templates */templates -name '*.html' -exec .venv/bin/djade {} +

messages: ## bring the translation files up to date with the code (needs gettext) and compile them
	@$(PYTHON) -m tools.venv dev
	@$(VENV_PYTHON) manage.py makemessages --locale ru --locale kk --no-location --no-obsolete --ignore var --ignore tests
	@$(VENV_PYTHON) -m tools.messages

attack: ## the long attacks on a `make run` that is up, with figures: how long readers wait during each
	@$(PYTHON) -m tools.attack $(ARGS)

bench: ## measure, on a PostgreSQL of its own
	@$(PYTHON) -m tools.venv dev
	@$(VENV_PYTHON) -m benchmarks $(ARGS)

screenshot: ## the picture in the README, of a `make run` that is up
	@$(PYTHON) -m tools.venv dev
	@$(VENV_PYTHON) -m tools.screenshot

requirements: ## pin the packages of pyproject.toml anew (needs uv); each file keeps to the smaller one
	@$(COMPILE) -o requirements.txt
	@$(COMPILE) --extra run -c requirements.txt -o requirements-run.txt
	@$(COMPILE) --extra sentry --extra opentelemetry -c requirements.txt -o requirements-observe.txt
	@$(COMPILE) --extra run --extra sentry --extra opentelemetry --extra dev -c requirements-run.txt -c requirements-observe.txt -o requirements-dev.txt

audit: ## which pinned packages have newer versions, by the registries' own clients (needs the network)
	@$(PYTHON) -m tools.audit

clients: ## clients that generators of others make of docs/openapi.yaml, each checked strictly and calling a `make run` that is up (needs npm, Java and the network)
	@$(PYTHON) -m tools.venv dev
	@$(VENV_PYTHON) -m tools.clients

clean: ## remove what is made again by itself; the database and the accounts stay
	@rm -rf .venv var/static var/static.stamp var/sample/static var/sample/static.stamp var/reports/*/static var/reports/*/static.stamp var/check var/test var/log .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
	@find locale -name '*.mo' -delete
