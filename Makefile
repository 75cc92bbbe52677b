# All that a fresh machine needs is Python 3.11 (or newer) and make.
#   make serve    entries/ on http://127.0.0.1:8000/  (PORT=9000 make serve moves it)
#   make test     the whole suite and its coverage    (make test ARGS="-k dates" runs a part of it)
#   make check    format, lint, types
#   make bench    what feedsvc costs, measured here
#   make clean    removes .venv and every cache

PYTHON ?= python3
PORT ?= 8000
ARGS ?=
BIN := .venv/bin

.PHONY: serve test check bench clean

serve: .venv/serve.done
	@exec $(BIN)/python -m feedsvc serve entries --host 127.0.0.1 --port $(PORT) --access-log

# Coverage is measured and held by the whole suite only: a part of it covers a part.
test: .venv/test.done
	$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),--cov)

check: .venv/check.done
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy --strict feedsvc tests wsgi.py benchmarks scripts

bench: .venv/bench.done
	$(BIN)/python -m benchmarks $(ARGS)
	$(BIN)/python -m benchmarks.asking $(ARGS)
	$(BIN)/python -m benchmarks.serving $(ARGS)

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis benchmarks/work

.venv/serve.done: TARGET := .
.venv/test.done: TARGET := .[test]
.venv/check.done: TARGET := .[test,check]
.venv/bench.done: TARGET := .[bench]

# A stamp says that pyproject.toml, as it is, has been installed for this purpose.
.venv/%.done: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '$(TARGET)'
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "feedsvc needs Python 3.11 or newer; PYTHON=/path/to/python3.11 make … names one" >&2; exit 1; }
	$(PYTHON) -m venv .venv
