# Kaffeepause. Needs Python >= 3.11 and make: every target installs the packages it uses into .venv, once. The few targets that need more than that
# (a browser, Java) say what is missing and how to get it, and install it only with INSTALL=1 or in CI.
PYTHON ?= python3
PORT ?= 8000
PY = .venv/bin/python
# Side by side, one process a core; a worker that has nothing left takes over what another still has to do.
# Compiled tests are kept, also where Python is told to keep no byte code: compiling them takes longer than the rules' tests.
PYTEST = env PYTHONDONTWRITEBYTECODE= $(PY) -m pytest -n auto --dist worksteal
# Of each story's AWS calls, which the fault tests disturb: all; 2/5 is the second fifth.
FAULTS ?= 1
AXE = 0.1.8
WEBHOOKS = 1.1.1
ICAL = 2.2.1
VNU = 26.9.27
# The last that runs on Debian's Node 18.
LIGHTHOUSE = 12.8.2

.DEFAULT_GOAL := help
.PHONY: help demo story test check format words reference package test-package test-local test-bench test-dynamodb test-plain test-node test-faults test-model test-checkers java node spamassassin fonts bench bench-kept test-browser browser pictures ci clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# $(call install,<requirements file>,<options>): pip, naming each package as it comes. Its exit code passes the pipe as the line FAILED.
install = { PYTHONUNBUFFERED=1 $(PY) -m pip install --progress-bar off --disable-pip-version-check $(2) -c infra/pins.txt -r $(1) || echo FAILED; } | \
	awk '/^FAILED$$/ { failed = 1 } /^(Collecting|Processing) / { sub(/.*\//, "", $$2); sub(/([<>=!~;[]|-[0-9]).*/, "", $$2); printf " %s", $$2; fflush() } /^Installing / { printf "\n  unpacking …"; fflush() } END { print ""; exit failed }'

# .venv/demo and .venv/ready mark what is installed: the first what the local system needs, the second everything else on top.
.venv/demo: requirements.txt requirements-demo.txt infra/pins.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Kaffeepause needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	@echo "Installing what the local system needs into .venv (about 160 MB, once; half a minute or so) …"
	@$(PYTHON) -m venv .venv
	@$(call install,requirements-demo.txt,--no-compile)
	@touch $@

.venv/ready: .venv/demo requirements-dev.txt
	@echo "Installing what tests and checks need into .venv (about 350 MB more, once; half a minute or so) …"
	@$(call install,requirements-dev.txt)
	@$(PY) -m compileall -qq -j 0 .venv/lib || true # quicker test processes, also where Python may not write byte code
	@touch $@

demo: .venv/demo ## the whole system on this machine, at http://127.0.0.1:8000 (PORT= changes it)
	@$(PY) -m local --port $(PORT)

story: .venv/demo ## live through the whole story, told as a timeline
	$(PY) -m local.demo.story

test: .venv/ready ## the tests (moto, no browser); ARGS= goes to pytest
	$(PYTEST) $(ARGS)

check: .venv/ready ## lint, format and types
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

format: .venv/ready ## put the code into the house format
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

reference: .venv/ready ## record an example of each route of the API, and write its reference
	$(PY) -m tests.api_examples
	$(PY) -m infra.reference

words: .venv/ready ## collect new words for translation, and compile the catalogues
	$(PY) -m infra.words

package: .venv/ready ## the SAM template and zip that AWS gets, in build/package
	$(PY) -m infra.package

test-package: package ## test the built artefact
	$(PY) -m pytest -m package tests/package

# $(call need,<what succeeds where it is there>,<what it is for>,<Debian packages>)
need = { $(1); } >/dev/null 2>&1 || { \
	sudo=$$(test "$$(id -u)" = 0 || echo "sudo "); \
	echo "$(2) This machine lacks it. On Debian it comes by:"; echo "  $${sudo}apt-get install $(3)"; \
	test -n "$(INSTALL)$(CI)" || { echo "Run that, or let make do it: make $(MAKECMDGOALS) INSTALL=1"; exit 1; }; \
	echo "Installing it …"; $${sudo}apt-get update -qq && $${sudo}apt-get install -y -qq $(3); }

browser:
	@$(call need,command -v chromium && command -v chromedriver,The browser tests and pictures play people in Chromium.,chromium chromium-driver fonts-dejavu-core)

java:
	@$(call need,command -v java && command -v npm,DynamoDB Local runs on Java 17 or newer and is fetched by npm.,--no-install-recommends default-jre-headless npm)

node:
	@$(call need,command -v node && command -v npm,The sender of webhooks and the reader of calendars are written for Node and come by npm.,--no-install-recommends nodejs npm)

spamassassin:
	@$(call need,command -v spamassassin,Mails are given to a spam filter before people get them.,--no-install-recommends spamassassin)

fonts:
	@$(call need,fc-list : family | grep -q "Open Sans" && fc-list : family | grep -q P052,The pictures are set in Open Sans and P052.,fontconfig fonts-open-sans fonts-urw-base35)

test-dynamodb: java .venv/ready ## the tests that touch the table, on AWS's own DynamoDB Local
	$(PY) -m local.aws.dynamodb $(PYTEST) -m 'not browser and not package' --faults=$(FAULTS) tests/store tests/usecases tests/journeys tests/bench/test_cost.py tests/faults/test_actions_at_once.py

test-plain: .venv/ready ## what asks AWS, with every call made by boto3 alone (PLAIN_BOTO3=1)
	PLAIN_BOTO3=1 $(PYTEST) tests/store tests/usecases tests/mail tests/test_policies.py

# What its maintainers give to senders: signatures that we did not make ourselves.
build/webhooks/$(WEBHOOKS): node
	@test -e $@ || { echo "Fetching standardwebhooks $(WEBHOOKS) by npm (1 MB, once) …"; \
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix build/webhooks standardwebhooks@$(WEBHOOKS) && touch $@; }

# What web calendars read entries with.
build/ical/$(ICAL): node
	@test -e $@ || { echo "Fetching ical.js $(ICAL) by npm (1 MB, once) …"; \
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix build/ical ical.js@$(ICAL) && touch $@; }

test-node: build/webhooks/$(WEBHOOKS) build/ical/$(ICAL) .venv/ready ## what others wrote for Node: a sender of Standard Webhooks, a reader of calendar entries
	$(PY) -m pytest -m node tests/node

# What says whether a page and a mail are HTML, and what it is like to open a page.
build/vnu/$(VNU): java
	@test -e $@ || { echo "Fetching the Nu HTML checker $(VNU) by npm (35 MB, once) …"; \
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix build/vnu vnu-jar@$(VNU) && touch $@; }

build/lighthouse/$(LIGHTHOUSE): node
	@test -e $@ || { echo "Fetching Lighthouse $(LIGHTHOUSE) by npm (180 MB, once) …"; \
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix build/lighthouse lighthouse@$(LIGHTHOUSE) && touch $@; }

test-checkers: java node spamassassin browser build/vnu/$(VNU) build/lighthouse/$(LIGHTHOUSE) .venv/ready ## what others say of our mails, pages and API: SpamAssassin, the Nu HTML checker, Lighthouse, Schemathesis
	$(PY) -m pytest -m checkers tests/checkers

# Not the threads of test_actions_at_once.py: moto looks first and writes then, which DynamoDB does in one. They run in
# test-dynamodb.
test-faults: .venv/ready ## a crash at every AWS call, SES at its worst, a worker killed for real: minutes
	$(PYTEST) -m 'not dynamodb' --faults=$(FAULTS) tests/faults

test-model: .venv/ready ## search everything that can happen to a batch of two; STATES=few is what CI takes
	$(PYTEST) -m 'model$(if $(filter few,$(STATES)), and not large)' tests/model

test-local: .venv/ready ## the local system itself, in processes of its own, and the pages for organisers on it
	$(PYTEST) -m processes tests/local tests/test_followed_pages.py

test-bench: .venv/ready ## each benchmark at toy size: that it measures what works
	$(PYTEST) -m figures tests/bench

bench-kept: .venv/ready ## has a figure lost more than a tenth of the ratios in bench/kept.json? A minute
	$(PY) -m bench.kept

bench: java .venv/ready ## speed, memory and cost, each beside its floor (one: python -m bench <name>)
	$(PY) -m bench

# axe-core, as a package that carries it; only its script is used.
build/axe-$(AXE): .venv/ready
	@echo "Fetching axe-core $(AXE) (1 MB, once) …"
	@$(PY) -m pip download --quiet --disable-pip-version-check --no-deps --dest build/axe axe-playwright-python==$(AXE)
	@$(PY) -m zipfile -e build/axe/axe_playwright_python-$(AXE)-*.whl $@

test-browser: browser .venv/ready build/axe-$(AXE) ## attendee and organiser in a real browser
	$(PY) -m pytest -m browser tests/browser

pictures: browser fonts .venv/ready ## renew docs/images where what they show has changed
	$(PY) -m tests.browser.pictures

ci: ## everything a change has to pass, and how long each part took
	@$(PYTHON) -m infra.ci

clean: ## remove what was built
	rm -rf .venv build dist
