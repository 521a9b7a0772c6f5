# Every target sets up what it needs, so each works as the first command ever typed.
PYTHON ?= python3
BIN := .venv/bin
# What the chapters need, and all of it: the book's builder, the tests, the engines of chapter 16.
COURSE := .venv/.course
INSTALLED := .venv/.installed
# What a hub needs beside the chapters, and its proxy, a program for Node.js.
HUB := .venv/.hub
PROXY := .venv/hub-proxy/node_modules/.package-lock.json
# Options for JupyterLab, such as LAB=--allow-root.
LAB ?=
# Whether the book has its solutions; a class may be given one without: SOLUTIONS=no.
SOLUTIONS ?= yes
CHAPTERS = $(if $(filter no,$(SOLUTIONS)),--toc $$($(BIN)/python -m tools.toc))
# Which notebooks `make outputs` runs: all of them, unless told otherwise.
NOTEBOOK ?=

.DEFAULT_GOAL := help
.PHONY: help install book pdf names may-open-lab student lab show slides assignments hub test quick lint format outputs model lock browser bench-reading bench-situations bench-webcam bench-history bench-speed bench-inference bench-seeds bench-engines bench-low bench-hub soak clean

help:
	@echo "make book     build the book, with the stored outputs, into _build/html"
	@echo "make test     prove that all of it holds: code, notebooks, book, environment"
	@echo "make quick    the part of it that takes less than a minute"
	@echo "make lab      open copies of the chapters in JupyterLab, to work in"
	@echo "make student  make or renew these copies, in student/ (OUTPUTS=1: with the results)"
	@echo "make pdf      print the whole book into _build/handwritten-digits.pdf"
	@echo "make show     open the panel of chapter 13 alone, for a demonstration"
	@echo "make slides   make slides of the chapters, for a projector without a network"
	@echo "make assignments  make graded assignments for nbgrader, in _build/assignments"
	@echo "make hub      start a JupyterHub for a class on this machine (HUB_STATE=/srv/… for its files)"
	@echo "make lint     check the form of code and notebooks; make format mends it"
	@echo "make outputs  run the notebooks and store their outputs (NOTEBOOK=notebooks/… for one)"
	@echo "make names    keep what the book's pages call things, after a figure, term or work is new"
	@echo "make model    train the two networks that ship with digitlib"
	@echo "make bench-reading, -situations, -webcam, -history, -speed, -inference, -seeds, -engines,"
	@echo "     -low, -hub, soak: measure; see benchmarks/README.md"
	@echo "make lock     resolve the pins in requirements.lock anew"
	@echo "make clean    remove what was built; the virtual environment stays"

install: $(INSTALLED)

# Make the virtual environment, unless it is there, and install the pins of a file into it.
# TensorFlow's wheel brings 290 MB of C++ headers, which only who compiles against it needs.
define install_into_venv
@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 13) \
	else "Python 3.11, 3.12 or 3.13 is needed, this is %d.%d: make PYTHON=python3.11 …" % v)'
$(PYTHON) -m venv .venv
$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(1)
$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
rm -rf .venv/lib/python*/site-packages/tensorflow/include
endef

$(COURSE): requirements-course.lock pyproject.toml
	@echo "Installing what the chapters need into .venv: about 2.1 GB, a minute or two on a fast"
	@echo "network and longer on a slow one; nothing is printed until it is done …"
	$(call install_into_venv,requirements-course.lock)
	@touch $@

$(INSTALLED): requirements.lock pyproject.toml
	@echo "Installing the pinned packages into .venv (a few minutes, about 3.2 GB) …"
	$(call install_into_venv,requirements.lock)
	@touch $@ $(COURSE) $(HUB)

$(HUB): requirements-hub.lock pyproject.toml
	@echo "Installing what a hub needs into .venv (a minute or two, about 2.5 GB) …"
	$(call install_into_venv,requirements-hub.lock)
	@touch $@ $(COURSE)

# The environment's own Node.js fetches what hub/package-lock.json pins.
$(PROXY): hub/package.json hub/package-lock.json | $(HUB)
	@mkdir -p .venv/hub-proxy
	@cp hub/package.json hub/package-lock.json .venv/hub-proxy
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix .venv/hub-proxy --no-audit --no-fund --silent
	@touch $@

book: $(INSTALLED)
	@echo "Building the book …"
	BOOK_SOLUTIONS=$(SOLUTIONS) $(BIN)/jupyter-book build --warningiserror --nitpick --keep-going --quiet \
		$(CHAPTERS) .
	@# The search's index; solutions are not found by chance, and words of code mislead.
	@$(BIN)/python -m pagefind --silent --site _build/html --root-selector .bd-article \
		--exclude-selectors ".headerlink, div.cell" \
		--glob "{index,book/{about*,api,glossary,how*,notation,try*},book/*/*,notebooks/*}.html"
	@# What a page's download button gives is a copy to work in.
	@$(BIN)/python -m tools.student --names _build/names.json --overwrite --into _build/html/_sources/notebooks
	@echo "The book is ready: open _build/html/index.html"

pdf: $(INSTALLED) browser
	@echo "Building the book as one page, and printing it; this takes some minutes …"
	BOOK_SOLUTIONS=$(SOLUTIONS) $(BIN)/jupyter-book build --builder singlehtml --quiet --path-output _build/pdf \
		$(CHAPTERS) .
	@$(BIN)/python -m tools.print_book

may-open-lab:
	@if [ "$$(id -u)" = 0 ] && [ -z "$(LAB)" ]; then \
		echo "You are root, for whom JupyterLab does not start: become another user,"; \
		echo "or, where root is all there is, make $(MAKECMDGOALS) LAB=--allow-root"; exit 1; fi

student: $(COURSE)
	@$(BIN)/python -m tools.student $(if $(OUTPUTS),--outputs)

lab: may-open-lab student
	@echo "Opening them in JupyterLab. If no browser comes up, copy the last address that is printed"
	@echo "below into one. Ctrl-C ends the server."
	$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/start_here.ipynb $(LAB) student

names: book
	cp _build/names.json book/names.json
	@echo "Kept what the pages call figures, works and terms, for the students' copies."

show: may-open-lab $(COURSE)
	@echo "Opening the panel of chapter 13 …"
	$(BIN)/python tools/show.py $(LAB)

slides: $(INSTALLED)
	@$(BIN)/python -m tools.make_slides

assignments: $(INSTALLED)
	@$(BIN)/python -m tools.assignments

hub: $(HUB) $(PROXY)
	@$(BIN)/python -m hub

lint: $(INSTALLED)
	@echo "Checking code and notebooks: their form, types, and which way imports run …"
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/oxlint --quiet -D correctness -D suspicious -A prefer-add-event-listener digitlib
	$(BIN)/oxlint --quiet -D correctness -D suspicious -A consistent-function-scoping book/_static

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

browser: $(INSTALLED)
	$(BIN)/python tools/ensure_browser.py

test: lint book browser $(PROXY)
	@echo "Running the tests, then every notebook, two at a time …"
	@$(BIN)/python -m pytest tests; tests=$$?; \
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile \
		--nbval --nbval-sanitize-with tests/sanitize.cfg notebooks solutions && exit $$tests

quick: $(INSTALLED)
	@echo "Running the tests that need no browser, no kernel and no built book …"
	$(BIN)/python -m pytest --quiet -m "not slow" tests/unit

outputs: $(INSTALLED)
	@echo "Running notebooks; their outputs are stored in place."
	$(BIN)/python tools/run_notebooks.py $(NOTEBOOK)
	$(BIN)/python tools/draw_cards.py

model: $(INSTALLED)
	@echo "Training both networks, about an hour and a half; the files go to digitlib/models."
	@echo "The page network's scenes and steps are kept in _build/pages: the same command goes on."
	$(BIN)/python -m digitlib.training.recipe
	$(BIN)/python -m digitlib.training.pages.recipe
	$(BIN)/python tools/draw_welcome.py
	$(BIN)/python -m tools.pad_weights
	$(BIN)/python -m tools.page_engine

bench-reading: $(INSTALLED)
	@echo "Reading made-up photographs, most of an hour. Figures go to digitlib/course/results."
	$(BIN)/python -m benchmarks.reading

bench-situations: $(INSTALLED)
	@echo "Reading the situations that people bring, about half an hour."
	$(BIN)/python -m benchmarks.situations

bench-webcam: $(INSTALLED) browser
	@echo "Measuring; leave the machine alone for some minutes. Figures go to digitlib/course/results."
	$(BIN)/python -m benchmarks.webcam

bench-history: $(INSTALLED)
	@echo "Fitting the classifiers of 1998 and reading the test digits, about an hour."
	@echo "Every fit is kept in _build/history: an interrupted run goes on where it stopped."
	$(BIN)/python -m benchmarks.history

bench-speed: $(INSTALLED)
	@echo "Training to 99 %, beside two peers; leave the machine alone for about half an hour."
	$(BIN)/python -m benchmarks.speed

bench-inference: $(INSTALLED)
	@echo "Reading digits in three runtimes; leave the machine alone for some minutes."
	$(BIN)/python -m benchmarks.inference

bench-seeds: $(INSTALLED)
	@echo "Training with 1,000 images what chapter 07 compares, about ten minutes."
	@echo "Every fit is kept in _build/seeds: the same command goes on."
	$(BIN)/python -m benchmarks.seeds

bench-engines: $(INSTALLED)
	@echo "Running the programs of chapter 16 with TensorFlow, JAX and PyTorch, a minute."
	$(BIN)/python -m benchmarks.engines

bench-low: $(INSTALLED)
	@echo "Training the networks of chapter 15, some hours; PART=smallest (ablation, single,"
	@echo "ensemble) trains some. Every fit is kept in _build/low: the same command goes on."
	$(BIN)/python -m benchmarks.low $(if $(PART),--parts $(PART))

bench-hub: $(INSTALLED) $(PROXY) browser
	@echo "Letting twenty students work on a hub; leave the machine alone for a quarter of an hour."
	$(BIN)/python -m benchmarks.hub

soak: $(INSTALLED) browser
	@echo "Running the panel for ten minutes."
	$(BIN)/python -m benchmarks.webcam --minutes 10

lock: $(INSTALLED)
	@echo "Resolving the pins for all platforms and Pythons …"
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras \
		--upgrade --no-emit-index-url --no-annotate --quiet --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --extra course \
		--constraint requirements.lock --no-emit-index-url --no-annotate --quiet \
		--output-file requirements-course.lock
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --extra hub \
		--constraint requirements.lock --no-emit-index-url --no-annotate --quiet \
		--output-file requirements-hub.lock
	@echo "Written: requirements.lock, and the parts of it that the chapters and the hub need"

clean:
	rm -rf _build build digitlib.egg-info .mypy_cache .import_linter_cache .pytest_cache .ruff_cache .hypothesis
	@echo "Removed what was built. The virtual environment stays: rm -r .venv removes it."
