# Two commands do all the set-up: `make demo` and `make test`. Everything is installed into .venv.
SHELL := /bin/sh
PY := .venv/bin/python
REQUIREMENTS := requirements.txt requirements-tests.txt requirements-dev.txt requirements-orquesta.txt constraints.txt

.PHONY: demo test test-quick lint format bench servers lock docs clean

demo: .venv/installed ## the main job on the embedded lab; REAL=1 on the real servers
	@$(PY) -m lab demo $(if $(REAL),--real)

test: .venv/installed servers ## all tests, the real servers included
	PAAS_REAL=1 $(PY) -m pytest -n 2 --dist loadfile $(TESTS)

test-quick: .venv/installed ## the tests that need no real server and take no time
	$(PY) -m pytest -m "not real and not slow" $(TESTS)

lint: .venv/installed ## ruff, mypy, import contracts, generated docs and the locked file
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	PYTHONPATH=lib .venv/bin/lint-imports
	$(PY) docs/generate.py --check
	$(PY) -m lab.lock --check

format: .venv/installed
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: .venv/installed servers ## every table of docs/benchmarks.md
	$(PY) -m bench $(BENCH)

servers: .venv/installed ## build the real servers once, into a cache outside the checkout
	$(PY) -m lab.servers build

lock: .venv/installed ## make constraints.txt anew
	$(PY) -m lab.lock

docs: .venv/installed ## write the generated tables
	$(PY) docs/generate.py

clean: ## what make made in this checkout; the servers' cache stays
	rm -rf .venv .lab build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/installed: $(REQUIREMENTS) lab/setup.sh
	@PYTHON="$(PYTHON)" sh lab/setup.sh
