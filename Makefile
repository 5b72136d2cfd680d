# The commands of this repository. Everything is installed below .venv and tests/*/node_modules.

PYTHON ?= python3
KEEP ?=
DATA ?=
BIN := .venv/bin
RUN := PATH="$(CURDIR)/$(BIN):$$PATH"
# Where there is room for them in memory, the tests' files lie there: a test waits for the program, not for the disk.
MEMORY := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 4194304 { print "/dev/shm" }')

# Without compiled files each of the hundreds of processes that tests start would compile the program anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install demo test lint format docs lock bench accuracy pycanon mlflow buckets modelaudit airflow pipelines fuzz faults outages soak clean

help:
	@echo "make install       install everything into .venv"
	@echo "make demo          play the whole story on this machine (KEEP=1 leaves it running)"
	@echo "make test          lint and run every test"
	@echo "make lint          ruff, mypy --strict and the import rules alone"
	@echo "make format        format the code"
	@echo "make docs          write the generated pages of docs/ again"
	@echo "make lock          resolve the dependencies again"
	@echo "make bench         measure, and write docs/benchmarks.md"
	@echo "make accuracy      measure how often triage and the scan are right, and write docs/accuracy.md (DATA=folder)"
	@echo "make pycanon       compare k, l and t with pycanon's on 1,000 random tables"
	@echo "make mlflow        read runs and models from a real MLflow server"
	@echo "make modelaudit    ask modelaudit about files that want to do harm, and about clean ones"
	@echo "make airflow       release a model from a real Airflow, as docs/examples does"
	@echo "make pipelines     the same from Kubeflow's and MLRun's libraries"
	@echo "make buckets       fetch from a real S3 server"
	@echo "make fuzz          try many more examples of every property (an hour or more)"
	@echo "make faults        let everything go wrong around a release, and write docs/release-faults.md"
	@echo "make outages       fill the disk at each step of a release, and take the database away in one (10 minutes)"
	@echo "make soak          kill the service under load, round after round, and write docs/crash-test.md"
	@echo "make clean         remove what was installed and what was kept for speed"

.venv/installed: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

tests/contract/node_modules/.package-lock.json: tests/contract/package-lock.json .venv/installed
	cd tests/contract && $(RUN) npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

install: .venv/installed

demo: install
	$(BIN)/giveback demo $(if $(KEEP),--keep)

test: install lint tests/contract/node_modules/.package-lock.json
	$(RUN) $(if $(MEMORY),TMPDIR=$(MEMORY)) pytest -n 4 --dist loadfile --no-loadscope-reorder

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: install
	$(BIN)/giveback docs
	$(RUN) python -m tests.field

lock: install
	$(BIN)/uv pip compile --quiet --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --extra dev --constraint requirements.lock pyproject.toml \
		--output-file requirements-dev.lock

bench: install .venv/presidio/installed
	$(RUN) python -m tests.bench

accuracy: install .venv/presidio/installed
	$(RUN) python -m tests.accuracy $(DATA)

# Presidio brings spaCy, so it has a place of its own.
.venv/presidio/installed: tests/accuracy/presidio-requirements.txt
	$(PYTHON) -m venv .venv/presidio
	.venv/presidio/bin/python -m pip install --quiet --requirement $<
	touch $@

# pycanon pins other versions of what is installed here, so it has a place of its own.
.venv/pycanon/installed: tests/datasets/risk/pycanon-requirements.txt
	$(PYTHON) -m venv .venv/pycanon
	.venv/pycanon/bin/python -m pip install --quiet --requirement $<
	touch $@

pycanon: install .venv/pycanon/installed
	$(RUN) python -m tests.datasets.risk.compare .venv/pycanon/bin/python

# MLflow's server brings some sixty packages that nothing else here needs.
.venv/mlflow/installed: tests/cards/mlflow-requirements.txt requirements-dev.lock
	$(PYTHON) -m venv .venv/mlflow
	.venv/mlflow/bin/python -m pip install --quiet --requirement $< --editable .
	touch $@

mlflow: .venv/mlflow/installed
	.venv/mlflow/bin/python -m pytest tests/cards/test_mlflow_tracking.py tests/release/sources/test_tracked.py

# modelaudit brings eighty packages that nothing else here needs.
.venv/modelaudit/installed: tests/release/modelaudit-requirements.txt
	$(PYTHON) -m venv .venv/modelaudit
	.venv/modelaudit/bin/python -m pip install --quiet --requirement $<
	touch $@

modelaudit: install .venv/modelaudit/installed
	PATH="$(CURDIR)/.venv/modelaudit/bin:$$PATH" $(BIN)/pytest tests/release/test_hostile_files.py

# Each of these brings some hundred packages that nothing else here needs.
.venv/%/of-the-example: docs/examples/%-requirements.txt
	$(PYTHON) -m venv .venv/$*
	.venv/$*/bin/python -m pip install --quiet --requirement $<
	touch $@

airflow: install .venv/airflow/of-the-example
	AIRFLOW_PYTHON=$(CURDIR)/.venv/airflow/bin/python $(RUN) pytest tests/pipelines -k airflow

pipelines: install .venv/kubeflow/of-the-example .venv/mlrun/of-the-example
	KUBEFLOW_PYTHON=$(CURDIR)/.venv/kubeflow/bin/python MLRUN_PYTHON=$(CURDIR)/.venv/mlrun/bin/python \
		$(RUN) pytest tests/pipelines -k "kubeflow or mlrun"

# The storage's libraries and a server to try them on bring some hundred packages.
.venv/buckets/installed: tests/release/sources/buckets-requirements.txt requirements-dev.lock
	$(PYTHON) -m venv .venv/buckets
	.venv/buckets/bin/python -m pip install --quiet --requirement $< --editable ".[sources]"
	touch $@

buckets: .venv/buckets/installed
	.venv/buckets/bin/python -m pytest tests/release/sources/test_buckets.py

fuzz: install
	$(RUN) pytest -n 3 --dist loadfile -m hypothesis --hypothesis-profile many --timeout 1800

faults: install
	SSL_CERT_DIR=$(CURDIR)/tests/fixtures HF_HUB_DISABLE_PROGRESS_BARS=1 $(RUN) python -m tests.faults

outages: install
	$(RUN) python -m tests.faults.disks
	$(RUN) python -m tests.faults.outages

soak: install
	$(RUN) python -m tests.crash

clean:
	rm -rf .venv tests/contract/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
