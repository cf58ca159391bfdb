# Two commands are all a fresh machine needs: `make demo` and `make test`.
PYTHON ?= python3
VENV_PYTHON = .venv/bin/python
FAST_TESTS = tests/core tests/intake tests/dispatch tests/repair
export HOTLINE_DATA ?= $(abspath $(wildcard ../shared/data))

.PHONY: demo test setup setup-tests run check bench bundle bundle-smoke bundle-check format lock screenshots tour docs

demo: setup            ## the bundled sample call through the whole path, without a display
	$(VENV_PYTHON) tools/demo.py

test: setup-tests      ## all tests
	QT_QPA_PLATFORM=offscreen $(VENV_PYTHON) -m pytest -n auto --dist loadfile --max-worker-restart 0

setup:                 ## .venv, system libraries, packages, default speech model
	@$(PYTHON) tools/bootstrap.py

setup-tests:
	@$(PYTHON) tools/bootstrap.py --tests

run: setup             ## open the desk
	$(VENV_PYTHON) main.py

check: setup-tests     ## before a push: style, types, layers, the bundled data, the fast tests
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m mypy
	.venv/bin/lint-imports
	$(VENV_PYTHON) main.py drill lint
	$(VENV_PYTHON) main.py catalogue lint
	QT_QPA_PLATFORM=offscreen $(VENV_PYTHON) -m pytest -q -n auto --dist loadfile $(FAST_TESTS)

bench: setup-tests     ## all benchmarks; they print figures and never fail
	$(VENV_PYTHON) main.py bench all

bundle: setup-tests    ## a program that needs no Python, and its Debian package, in dist/ (minutes)
	$(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements-bundle.lock
	$(VENV_PYTHON) packaging/build.py

bundle-smoke: bundle   ## start that program as on a fresh machine: demo call, own processes, window
	$(VENV_PYTHON) packaging/smoke.py

bundle-check: setup-tests   ## the same without the package and the longer runs: what decides on a change
	$(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements-bundle.lock
	$(VENV_PYTHON) packaging/build.py --folder
	$(VENV_PYTHON) packaging/smoke.py dist/jiesu-desk --brief

format:
	$(VENV_PYTHON) -m ruff check --fix .
	$(VENV_PYTHON) -m ruff format .

screenshots: setup-tests   ## the pictures of the README, made from the running program
	QT_QPA_PLATFORM=offscreen $(VENV_PYTHON) tools/screenshots.py

tour: setup-tests   ## every page in every state, language, theme and size into build/tour, and what is wrong in it
	QT_QPA_PLATFORM=offscreen $(VENV_PYTHON) tools/screenshots.py --tour build/tour

docs:                  ## the site of the documents, into build/site
	@$(PYTHON) tools/bootstrap.py --docs
	NO_MKDOCS_2_WARNING=1 $(VENV_PYTHON) -m mkdocs build --strict --quiet
	@echo "· build/site/index.html"

lock:                  ## renew the lock files from pyproject.toml
	$(VENV_PYTHON) tools/lock.py
