# All that a fresh machine needs is Python 3.11 (or newer) and make.
#   make serve    entries/ on http://127.0.0.1:8000/  (PORT=9000 make serve moves it)
#   make test     the whole suite and its coverage    (make test ARGS="-k dates" runs a part of it)
#   make check    format, lint, types
#   make docs     the documentation in build/docs; a broken link fails   (make docs-serve shows it)
#   make bench    what feedsvc costs, measured here
#   make torture  every fault that feedsvc has to bear (ARGS="--only kill --count 20")
#   make fuzz     looks for input that breaks a promise (make fuzz ARGS="dates --runs 1000000")
#   make clean    removes .venv and every cache

PYTHON ?= python3
PORT ?= 8000
ARGS ?=
JOBS ?= 3
BIN := .venv/bin

.PHONY: serve test check docs docs-serve bench fuzz torture clean

serve: .venv/serve.done
	@exec $(BIN)/python -m feedsvc serve entries --host 127.0.0.1 --port $(PORT) --access-log

# Coverage is measured and held by the whole suite only: a part of it covers a part. Tests wait more
# for servers and caches than they work, so JOBS files run at a time. What is compiled is kept: they
# start a thousand commands.
test: .venv/test.done
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest $(if $(ARGS),$(ARGS),--cov --numprocesses=$(JOBS) --dist=loadfile)

check: .venv/check.done
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy --strict feedsvc tests wsgi.py benchmarks scripts torture fuzz

# Nothing is fetched while it is built, nor by the browser that shows it.
docs: .venv/docs.done
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

docs-serve: .venv/docs.done
	@NO_MKDOCS_2_WARNING=1 exec $(BIN)/python -m mkdocs serve --dev-addr 127.0.0.1:$(PORT)

bench: .venv/bench.done
	$(BIN)/python -m benchmarks $(ARGS)
	$(BIN)/python -m benchmarks.asking $(ARGS)
	$(BIN)/python -m benchmarks.serving $(ARGS)
	$(BIN)/python -m benchmarks.push
	$(BIN)/python -m benchmarks.node $(ARGS)
	$(BIN)/python -m benchmarks.build $(ARGS)
	$(BIN)/python -m benchmarks.sizing $(ARGS)

torture: .venv/test.done
	$(BIN)/python -m torture $(ARGS)

fuzz: .venv/fuzz.done
	$(BIN)/python -m fuzz $(ARGS)

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis benchmarks/work torture/work fuzz/work

.venv/serve.done: TARGET := .
.venv/test.done: TARGET := .[test]
.venv/check.done: TARGET := .[test,check,docs]
.venv/docs.done: TARGET := .[docs]
.venv/bench.done: TARGET := .[bench]
.venv/fuzz.done: TARGET := .[test,fuzz]

# A stamp says that pyproject.toml, as it is, has been installed for this purpose.
.venv/%.done: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '$(TARGET)'
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "feedsvc needs Python 3.11 or newer; PYTHON=/path/to/python3.11 make … names one" >&2; exit 1; }
	$(PYTHON) -m venv .venv
