# Two commands are enough: `make serve` builds and opens the book, `make test` checks
# everything. The rest is for authors and teachers: `make help`.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# One thread: with two, runs on a busy machine are slower and differ in the last digits.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
# On Linux, PyPI's PyTorch brings GPU libraries that nothing here uses: a download of 2.7
# GB instead of 0.2. PyTorch's own index has it without them. Where that index cannot be
# reached, the set-up says so and takes PyPI's. `TORCH_INDEX=` leaves it out.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
CPU_TORCH := $(and $(filter Linux,$(shell uname -s)),$(TORCH_INDEX))
EX ?=
CH ?=
NAME ?=
TITLE ?=
NB ?=
FILE ?= $(firstword $(wildcard work/$(EX)*.ipynb) $(wildcard exercises/$(EX)*.ipynb))
WORKERS ?= 2

.PHONY: help setup serve book lab render check lint test unit notebooks experiments \
	bench new pull start rescue grade clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

# --- set-up --------------------------------------------------------------------------

setup: $(VENV)/ready ## install everything into .venv

$(VENV)/ready: requirements.txt requirements-data.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) \
	else "Python 3.11, 3.12 or 3.13 is needed, this is %d.%d: make PYTHON=python3.12 ..." % v)'
	@echo "setting up in $(VENV): two to four minutes, mostly without a word"
	$(PYTHON) -m venv $(VENV)
	@test -z "$(CPU_TORCH)" || $(PY) -m pip install --quiet --disable-pip-version-check \
		--no-deps --retries 1 --index-url $(CPU_TORCH) $$(grep '^torch==' requirements.txt) \
		2>/dev/null || echo "no PyTorch from $(CPU_TORCH): taking PyPI's"
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-data.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

# --- readers -------------------------------------------------------------------------

serve: book ## build the book, serve it on this machine and open it
	$(PY) tools/serve.py _build/html

book: setup ## build the book into _build/html
	$(VENV)/bin/jupyter-book build . -W -n --keep-going --quiet

# --- learners ------------------------------------------------------------------------

lab: setup ## open the notebooks in JupyterLab [ARGS="--port 9000"]
	$(VENV)/bin/jupyter lab $(ARGS)

start: setup need-EX ## EX=03: copy the exercises of chapter 3 to work/
	$(VENV)/bin/unrolled start $(EX)

rescue: setup need-EX ## EX=03: move work done in exercises/ to work/
	$(VENV)/bin/unrolled rescue $(EX)

grade: setup need-EX ## EX=03: grade work/03_*.ipynb (or FILE=...)
	$(VENV)/bin/unrolled grade $(FILE)

# --- tests ---------------------------------------------------------------------------

test: unit notebooks ## unit tests, gates, and every notebook run and compared

unit: setup
	$(PY) -m pytest -q -n $(WORKERS) --dist loadscope tests

notebooks: setup
	$(PY) -m pytest -q -n $(WORKERS) --dist loadscope --nbval --nbval-current-env \
		--nbval-cell-timeout=300 chapters exercises solutions

lint: setup ## style of the code
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

# --- authors -------------------------------------------------------------------------

render: setup ## write and run the notebooks whose text in book/ changed
	$(PY) tools/notebooks.py render

check: setup ## do the notebooks belong to their texts?
	$(PY) tools/notebooks.py check

experiments: setup ## run the long experiments anew (minutes)
	@for script in experiments/[0-9]*.py; do echo $$script; $(PY) $$script || exit 1; done

bench: setup ## side-by-side measurements
	@for script in benchmarks/[0-9]*.py; do echo $$script; $(PY) $$script || exit 1; done

new: setup need-CH need-NAME ## CH=07 NAME=encdec [TITLE="..."]: start a chapter
	$(PY) tools/notebooks.py new $(CH) $(NAME) "$(TITLE)"

pull: setup need-NB ## NB=chapters/03_bptt.ipynb: an edited notebook back into its text
	$(PY) tools/notebooks.py pull $(NB)

clean: ## remove what was built (not .venv, not work/)
	rm -rf _build

need-%:
	@test -n "$($*)" || { echo "$* is missing: see make help"; exit 2; }
