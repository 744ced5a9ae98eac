# The commands of this project. `make handout` and `make test` need Python 3.11 or later, nothing else
# of ours; each makes its own virtual environment on first use.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
EXAMPLE ?= diuretic-and-kidney-failure
OUT ?= handouts

# Hundreds of tests start the program, and it is there a fifth sooner where Python may keep what it compiled.
unexport PYTHONDONTWRITEBYTECODE

RUN := .venv/bin
DEV := .venv-dev/bin
SOURCES := setup.cfg pyproject.toml $(shell find plugin templates fhir_examples -type f -not -name '*.pyc')

.PHONY: handout test check lint docs bench mutants lock clean

## Install the program and attach a handout to an example patient.
handout: .venv/installed
	@$(RUN)/fhir-handout attach $(EXAMPLE) --ehr fhir_examples --out $(OUT)
	@echo
	@$(RUN)/fhir-handout explain $(EXAMPLE) --ehr fhir_examples

.venv/installed: requirements.lock $(SOURCES)
	$(PYTHON) -m venv .venv
	rm -rf build
	$(RUN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(RUN)/pip install --quiet --disable-pip-version-check --no-deps --force-reinstall .
	@touch $@

.venv-dev/installed: requirements-dev.lock setup.cfg pyproject.toml
	$(PYTHON) -m venv .venv-dev
	$(DEV)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	$(DEV)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

## Run every test, with branch coverage.
test: .venv-dev/installed
	$(DEV)/pytest -n 2 --dist loadfile --cov --cov-report=term-missing:skip-covered $(ARGS)

## Run every check: style, types, architecture, generated files, tests.
check: lint test

lint: .venv-dev/installed
	$(DEV)/ruff check .
	$(DEV)/ruff format --check .
	$(DEV)/mypy
	$(DEV)/lint-imports
	$(DEV)/python tools/terminology/build_value_sets.py --check

## Measure; prints ratios.
bench: .venv-dev/installed
	$(DEV)/pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(DEV)/python -m benchmarks

## Change the assessment in many small ways and see which changes no test notices. Takes hours.
mutants: .venv-dev/installed
	$(DEV)/pip install --quiet --disable-pip-version-check -e '.[mutation]'
	rm -rf .cache/mutation
	mkdir -p .cache/mutation
	cp -r plugin .cache/mutation/src
	cp -r tests templates fhir_examples tools docs pyproject.toml setup.cfg *.md .cache/mutation
	cd .cache/mutation && nice $(CURDIR)/$(DEV)/mutmut run --max-children 1 $(ARGS)

## Renew the locked versions.
lock: .venv-dev/installed
	$(DEV)/pip install --quiet pip-tools
	$(DEV)/pip-compile --quiet --upgrade --strip-extras --generate-hashes --allow-unsafe --no-header \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --extra cjk --extra service \
	  --extra postgresql -o requirements.lock setup.cfg
	$(DEV)/pip-compile --quiet --upgrade --strip-extras --generate-hashes --allow-unsafe --no-header \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --extra dev --extra cjk \
	  --extra service --extra postgresql -o requirements-dev.lock setup.cfg

clean:
	rm -rf .venv .venv-dev build dist handouts .cache .coverage* plugin/*.egg-info
