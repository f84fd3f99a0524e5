# Everything a contributor runs. Each target sets up what it needs from a fresh checkout with Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/.ready

.PHONY: demo play run doctor test torture check lock clean

demo: $(READY)
	$(RUN) -m sandbox.demo

play: $(READY)
	$(RUN) -m sandbox.demo.play

run: $(READY)
	$(RUN) -m bot

doctor: $(READY)
	$(RUN) -m bot doctor

test: $(READY)
	$(RUN) -m pytest --cov --cov-report=term

# The long runs: kill -9, a hostile outside. Under 30 minutes; QUICK=1 is a sample of them in about four.
torture: $(READY)
	$(RUN) -m tests.torture --write $(if $(QUICK),--quick)

check: $(READY)
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports
	$(RUN) -m tests.audit

lock: $(READY)
	$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock
	$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --extra dev pyproject.toml -o requirements-dev.lock

$(READY): requirements-dev.lock
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $(READY)

clean:
	rm -rf $(VENV) demo-output .mypy_cache .ruff_cache
