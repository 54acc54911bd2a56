# The kit's commands. Each does all the set-up it needs; a second run finds it done.
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-faults test-image test-page lint synth audit bench lock clean
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:

VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
export PATH := $(BIN):$(PATH)
UV := 0.13.8

help: ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.ready node_modules/.ready $(VENV)/.kernel $(VENV)/.compiled ## the environment: Python packages, the compiled kernel, Node, the CDK's command line

demo: setup ## from nothing: train on data/samples, classify a file, print what came of it
	@kit demo

test: lint ## from nothing: lint, types, and the whole suite
	@pytest --numprocesses 2 --dist loadgroup --no-loadscope-reorder

# SEED=N: other files, other moments, another weather; by chance if it is not given. KILLS=N of each verb, FILES=N at once.
test-faults: setup ## the long versions: kills, hostile files, services in trouble, hundreds of files at once, one file in 64 shards
	@seed=$(if $(SEED),$(SEED),$$RANDOM)
	echo "SEED=$$seed"
	python -m tests.hostile --seed $$seed
	python -m tests.faults.kills --verb predict --count $(or $(KILLS),50) --seed $$seed
	python -m tests.faults.kills --verb train --count $(or $(KILLS),50) --seed $$seed
	SHARDS=64 FILES=$(or $(FILES),500) FAULTS_SEED=$$seed pytest --timeout 3600 \
	    tests/faults/*full_disk.py tests/end_to_end/test_shards.py tests/end_to_end/test_delivery.py tests/end_to_end/*service_faults.py

# IMAGE_CACHE=no: keeps no layers, for a machine that builds once.
test-image: setup ## builds the image of the CPU flavour without a Docker engine and runs its verbs in it; as root, on Debian
	@if ! command -v podman > /dev/null || ! command -v debootstrap > /dev/null; then
	    echo "Installing Podman, runc and debootstrap from Debian's packages ..."
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
	        podman runc netavark aardvark-dns uidmap iptables debootstrap > /dev/null
	fi
	pytest --timeout 1800 tests/image

# SCREENSHOTS=FOLDER: keeps a picture of every view, in light and dark, on a phone and on a desk.
test-page: setup ## the page in a browser: every view by keyboard, what axe says, what must not be lost; as root, on Debian
	@if ! command -v chromium > /dev/null; then
	    echo "Installing Chromium from Debian's packages ..."
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
	        chromium fonts-dejavu-core > /dev/null
	fi
	pytest tests/page $(if $(SCREENSHOTS),--screenshots $(SCREENSHOTS))

lint: setup
	@ruff check .
	ruff format --check .
	ruff check --quiet --target-version py314 --select E9,F,UP036 contract lambda
	mypy --python-version 3.14 --no-error-summary contract
	mypy app.py contract stacks container kit local model security
	for folder in lambda/*/; do MYPYPATH="$$folder" mypy --explicit-package-bases --no-error-summary "$$folder"; done

synth: setup ## write cdk.out
	@python -m kit.assembly --output cdk.out

audit: synth .cache/checkov/.ready .cache/pip-audit/.ready ## other tools' opinion: checkov of the templates, pip-audit of the locked packages
	@.cache/checkov/bin/checkov --config-file security/checkov.yaml --directory cdk.out
	$(if $(ADVISORIES),python,.cache/pip-audit/bin/python) -m security.audit $(if $(ADVISORIES),--advisories $(ADVISORIES))

# DATA=FOLDER: the sets to measure on; QUICK=1: small generated ones, and no table is written.
BENCH := $(CURDIR)/.cache/bench/bin/python -m benchmarks.bench
bench: setup .cache/bench/.ready ## measure accuracy, promises, training, prediction, scale, start-up and serving beside other libraries
	@for part in accuracy promise train 'predict --ten-million' scale; do
	    $(BENCH)_$$part $(if $(QUICK),--quick) $(if $(DATA),--data $(DATA))
	done
	$(BENCH)_startup $(if $(QUICK),--quick)
	$(BENCH)_serve $(if $(QUICK),--quick)

lock: $(VENV)/.ready ## resolve pyproject.toml anew into requirements.txt
	@python -m venv .cache/uv
	.cache/uv/bin/pip install --quiet uv==$(UV)
	.cache/uv/bin/uv pip compile pyproject.toml --extra test --python-version 3.11 --python-platform x86_64-unknown-linux-gnu \
	    --generate-hashes --no-annotate --no-header --no-config --quiet --output-file requirements.txt
	for list in benchmarks/requirements model/kernel/requirements security/checkov security/pip-audit; do
	    .cache/uv/bin/uv pip compile $$list.in --python-version 3.11 --python-platform x86_64-unknown-linux-gnu \
	        --generate-hashes --no-annotate --no-header --no-config --quiet --output-file $$list.txt
	done

clean: ## remove what the commands made (the environment too)
	@rm -rf $(VENV) node_modules .cache .kit cdk.out *.egg-info model/kernel/*.so
	find . -name __pycache__ -prune -exec rm -rf {} +

# An installed Python 3.11, else one that uv brings (that branch is not exercised in CI).
$(VENV)/bin/python:
	@for candidate in python3.11 python3 python; do
	    if "$$candidate" -c 'import sys, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
	        echo "Making the environment with $$("$$candidate" --version) ..."
	        exec "$$candidate" -m venv $(VENV)
	    fi
	done
	echo "No Python 3.11 here: obtaining one with uv ..."
	python3 -m venv .cache/uv
	.cache/uv/bin/pip install --quiet uv==$(UV)
	.cache/uv/bin/uv venv --quiet --seed --python 3.11 $(VENV)

$(VENV)/.ready: requirements.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing the locked Python packages (a few minutes the first time) ..."
	python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements.txt
	python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

.cache/bench/.ready: benchmarks/requirements.txt | $(VENV)/.ready
	@python -m venv .cache/bench
	.cache/bench/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement benchmarks/requirements.txt
	touch $@

.cache/checkov/.ready .cache/pip-audit/.ready: .cache/%/.ready: security/%.txt | $(VENV)/.ready
	@python -m venv .cache/$*
	.cache/$*/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement $<
	touch $@

# By cc, or else by a compiler out of a wheel. With neither NumPy computes, more slowly: a sentence says so, and the set-up goes on.
$(VENV)/.kernel: $(wildcard model/kernel/*.[ch]) model/kernel/build.py model/kernel/binding.py | $(VENV)/.ready
	@if ! command -v "$${CC:-cc}" > /dev/null; then
	    echo "No C compiler here: installing one ..."
	    pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement model/kernel/requirements.txt || true
	fi
	python -m model.kernel.build > /dev/null || true
	touch $@

# Compiled once, the container's code starts sooner; where Python may write no bytecode it would be compiled at each start.
$(VENV)/.compiled: $(wildcard container/*.py contract/*.py model/*.py model/*/*.py) | $(VENV)/.ready
	@python -m compileall -q container contract model
	touch $@

node_modules/.ready: package-lock.json package.json | $(VENV)/.ready
	@npm ci --silent --ignore-scripts --no-audit --no-fund
	touch $@
