# Everything a new machine needs is Python 3.11, pip, make and PyPI. Each target sets up what it uses.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PHOTOS ?= demo-drawn
LOOKBOOK ?= demo.lookbook
SETUP := $(VENV)/.complete

.DEFAULT_GOAL := help
.PHONY: help setup demo test quick lint format docs bench weights clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(SETUP) ## make the environment in .venv (CPU-only PyTorch)

$(SETUP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet -c constraints.txt -e '.[dev]'
	@! $(BIN)/pip list 2>/dev/null | grep -i '^nvidia-' || { echo "CUDA packages came along, several GB that only a GPU needs: put the CPU wheel of constraints.txt's torch into $(VENV) from PyTorch's own index (pytorch.org), uninstall these, and run make again; or, where there is a GPU, keep them: touch $@"; exit 1; }
	@touch $@

demo: $(SETUP) ## a lookbook from a catalogue it draws itself (or from PHOTOS=folder), ten questions, then the site
ifeq ($(origin PHOTOS),file)
	@$(BIN)/lookgraph demo "$(LOOKBOOK)"
else
	@$(BIN)/lookgraph demo "$(LOOKBOOK)" --photos "$(PHOTOS)"
endif

test: $(SETUP) lint ## check style, types, import contract; run all tests
	$(BIN)/python -m pytest -n 2 --dist worksteal

quick: $(SETUP) ## run the tests that take seconds
	$(BIN)/python -m pytest -m "not slow"

lint: $(SETUP) ## check style, types and the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(SETUP) ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(SETUP) ## write docs/settings.md from the settings
	$(BIN)/python -m lookgraph.app.documented > docs/settings.md

bench: $(SETUP) ## measure speed (benchmarks/) over LOOKBOOK and PHOTOS
	@test -d "$(LOOKBOOK)" || { echo "no $(LOOKBOOK): lookgraph demo makes demo.lookbook; or name one with LOOKBOOK="; exit 1; }
	@test -d "$(PHOTOS)" || { echo "name a folder of photos with PHOTOS=, for example demo-drawn"; exit 1; }
	$(BIN)/python benchmarks/graph.py
	$(BIN)/python benchmarks/gnn.py
	$(BIN)/python benchmarks/query.py "$(LOOKBOOK)"
	$(BIN)/python benchmarks/encode.py "$(PHOTOS)"
	$(BIN)/python benchmarks/draw.py
	$(BIN)/python benchmarks/simulate.py

weights: $(SETUP) ## train the encoder that ships from DATA=folder (hours; see training/README.md)
	@test -d "$(DATA)/fashion-products" && test -d "$(DATA)/clothing" || { echo "name the two data sets with DATA=: training/README.md says which"; exit 1; }
	$(BIN)/pip install --quiet -c constraints.txt -e '.[dev,recipe]'
	$(BIN)/python training/pack.py "$(DATA)" training/work
	for phase in shop both longer upper larger mixed home; do $(BIN)/python training/train.py training/work $$phase || exit 1; done
	$(BIN)/python training/sharpen.py training/work mixed 80
	$(BIN)/python training/export.py training/work mixed 80 training/work/weights mixed-sharp
	$(BIN)/python training/export.py training/work shop 64 training/work/shop
	$(BIN)/python training/export.py training/work home 64 training/work/home
	for space in hog pixels untrained training/work/weights training/work/shop training/work/home; do \
		$(BIN)/python training/measure.py "$(DATA)" training/work $$space || exit 1; done
	$(BIN)/python training/triplets.py "$(DATA)" training/work training/work/weights
	$(BIN)/python training/duplicates.py "$(DATA)"
	$(BIN)/python training/card.py "$(DATA)" training/work training/work/weights training/work/encoder-mistakes.webp

clean: ## remove the environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
