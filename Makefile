# Two commands do everything: `make coco-matting` and `make test`. See README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

SAMPLE := data/sample
OUT ?= $(if $(ANNOTATIONS),out/coco-matting,out/sample)

# Networks need torch and transformers; the defaults, mask-to-matte among them, do not, so they are installed only when asked for.
NETWORKS := $(filter-out closed-form mask-to-matte,$(MATTING)) $(filter-out dense-sift,$(FEATURES)) $(filter-out grabcut,$(SEGMENTER))
EXTRA := $(if $(strip $(NETWORKS)),models,run)
# Dask, and inputs or outputs on object stores.
REMOTE := $(filter dask,$(RUNNER)) $(findstring ://,$(OUT) $(ANNOTATIONS) $(IMAGES) $(PANOPTIC) $(TARGETS) $(REFERENCE))
INSTALLED := $(VENV)/.$(EXTRA) $(if $(filter icon,$(MATTING)),$(VENV)/.icon) $(if $(strip $(REMOTE)),$(VENV)/.cluster)
SPREAD = $(if $(RUNNER),--runner '$(RUNNER)') $(if $(SCHEDULER),--scheduler '$(SCHEDULER)') $(if $(WORKERS),--workers '$(WORKERS)')

VIEWS := data/views
MARKED := $(REFERENCE)$(REFERENCES)
PROPAGATED := $(if $(filter file,$(origin OUT)),$(if $(MARKED),out/propagated,out/views),$(OUT))

ENTITIES := data/entities
DESCRIBED := $(if $(filter file,$(origin OUT)),out/refmatte,$(OUT))

.PHONY: help coco-matting propagate refmatte review foregrounds serve deploy train-smoke test test-all lint bench clean

help:
	@echo 'make coco-matting                                   label the embedded sample'
	@echo 'make coco-matting ANNOTATIONS=a.json IMAGES=dir [OUT=out] [PANOPTIC=dir] [MATTING=vitmatte WEIGHTS=...] [WORKERS=n]'
	@echo 'make coco-matting ... SETTINGS="--quality.min-area 4096"   any setting of python -m flows.coco_matting --help'
	@echo 'make coco-matting ... RUNNER=dask SCHEDULER=tcp://host:8786 OUT=s3://bucket/out   on several machines, on an object store'
	@echo 'make propagate                                      one marked image, mattes for a folder: the embedded views'
	@echo 'make propagate REFERENCE=ref.jpg POINTS="120,80 200,150:-" TARGETS=dir [OUT=out] [FEATURES=dinov2 SEGMENTER=sam2]'
	@echo '               BOX=x,y,width,height or MASK=mask.png in the place of POINTS; REFERENCES=several.toml'
	@echo 'make propagate ... MATTING=icon WEIGHTS=runs/icon     IconMatting, which finds and mattes at once'
	@echo 'make refmatte                                       images composed of described entities: on embedded data'
	@echo 'make refmatte MANIFEST=out/coco-matting BACKGROUNDS=dir COUNT=5000 [FOREGROUNDS=dir] [OUT=out/refmatte]'
	@echo 'make review [OUT=out/sample] [PORT=8710] [OTHER=out]  a page on which people look, decide and mend'
	@echo 'make foregrounds COUNT=500 [OUT=data/foregrounds] [KINDS=human=2,fur=1] [SEED=0] [WORKERS=n]'
	@echo '                                                    foregrounds with exact alpha to train on, rendered by Blender'
	@echo 'make serve [DEPLOYMENTS=deployments.toml] [PORT=4200]  run unattended what the file lists, on schedules and events'
	@echo 'make deploy [DEPLOYMENTS=...]                       register it with the server that PREFECT_API_URL names'
	@echo 'make train-smoke                                    train a tiny SEMat on the sample: no weights, no GPU'
	@echo 'make test | test-all | lint | bench'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Mask2Matte needs Python 3.11 or newer, $(PYTHON) is " + sys.version.split()[0])'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(BIN)/python pyproject.toml constraints.txt
	@echo 'installing into $(VENV) (once)'
	@$(PIP) -e .
	@touch $@

$(VENV)/.models: $(VENV)/.run
	@echo 'installing torch and transformers into $(VENV) (once)'
	@$(PIP) -e '.[models]'
	@touch $@

$(VENV)/.icon: $(VENV)/.models
	@echo 'installing diffusers into $(VENV) (once)'
	@$(PIP) -e '.[icon]'
	@touch $@

$(VENV)/.cluster: $(VENV)/.run
	@echo 'installing Dask and s3fs into $(VENV) (once)'
	@$(PIP) -e '.[cluster]'
	@touch $@

$(VENV)/.dev: $(VENV)/.models $(VENV)/.cluster
	@echo 'installing the test tools into $(VENV) (once)'
	@$(PIP) -e '.[dev]'
	@$(PIP) --no-deps mmagic  # its metrics, which ours are tested against, need none of its dependencies
	@touch $@

coco-matting: $(INSTALLED)
ifeq ($(ANNOTATIONS),)
	@$(BIN)/python -m pipelines.sample --out $(SAMPLE)
	@$(BIN)/python -m flows.coco_matting --annotations $(SAMPLE)/annotations/instances_sample.json \
		--images $(SAMPLE)/images --truth $(SAMPLE)/truth --dataset embedded --images-per-shard 8 --out '$(OUT)' \
		$(if $(MATTING),--matting.backend '$(MATTING)') $(if $(WEIGHTS),--matting.weights '$(WEIGHTS)') \
		$(SPREAD) $(SETTINGS)
else
	@$(BIN)/python -m flows.coco_matting --annotations '$(ANNOTATIONS)' $(if $(IMAGES),--images '$(IMAGES)') --out '$(OUT)' \
		$(if $(PANOPTIC),--panoptic '$(PANOPTIC)') $(if $(MATTING),--matting.backend '$(MATTING)') \
		$(if $(WEIGHTS),--matting.weights '$(WEIGHTS)') $(SPREAD) $(SETTINGS)
endif

# What both runs of the next target may be given.
PROPAGATE = $(if $(FEATURES),--features '$(FEATURES)') $(if $(FEATURES_WEIGHTS),--features-weights '$(FEATURES_WEIGHTS)') \
	$(if $(SEGMENTER),--segmenter '$(SEGMENTER)') $(if $(SEGMENTER_WEIGHTS),--segmenter-weights '$(SEGMENTER_WEIGHTS)') \
	$(if $(MATTING),--matting.backend '$(MATTING)') $(if $(WEIGHTS),--matting.weights '$(WEIGHTS)') $(SPREAD)

propagate: $(INSTALLED)
ifeq ($(MARKED),)
ifneq ($(TARGETS)$(POINTS)$(BOX)$(MASK),)
	@echo 'give REFERENCE=ref.jpg as well, the picture on which the object is marked'; exit 2
endif
	@$(BIN)/python -m pipelines.sample --views --out $(VIEWS)
	@$(BIN)/python -m flows.propagate --reference $(VIEWS)/reference.jpg --mask $(VIEWS)/mask.png \
		--targets $(VIEWS)/targets --truth $(VIEWS)/truth --dataset embedded --object person --out '$(PROPAGATED)' \
		--cache $(VIEWS)/cache $(PROPAGATE) $(SETTINGS)
else
	@$(BIN)/python -m flows.propagate $(if $(REFERENCE),--reference '$(REFERENCE)') $(if $(REFERENCES),--references '$(REFERENCES)') \
		$(if $(POINTS),--points '$(POINTS)') $(if $(BOX),--box '$(BOX)') $(if $(MASK),--mask '$(MASK)') \
		$(if $(TARGETS),--targets '$(TARGETS)') --out '$(PROPAGATED)' $(PROPAGATE) $(SETTINGS)
endif

# Without a source of entities: the labelled sample's people, and drawn animals and things.
refmatte: $(VENV)/.run
ifeq ($(MANIFEST)$(FOREGROUNDS),)
ifneq ($(BACKGROUNDS),)
	@echo 'give MANIFEST=out/coco-matting or FOREGROUNDS=dir as well, where the entities are'; exit 2
endif
	@$(MAKE) --no-print-directory coco-matting OUT=out/sample
	@$(BIN)/python -m pipelines.sample --entities --out $(ENTITIES)
	@$(BIN)/python -m flows.refmatte --manifest out/sample --foregrounds $(ENTITIES) --backgrounds $(ENTITIES)/backgrounds \
		--count '$(if $(filter command line,$(origin COUNT)),$(COUNT),60)' --out '$(DESCRIBED)' $(SPREAD) $(SETTINGS)
else
	@$(BIN)/python -m flows.refmatte $(if $(MANIFEST),--manifest '$(MANIFEST)') $(if $(FOREGROUNDS),--foregrounds '$(FOREGROUNDS)') \
		$(if $(BACKGROUNDS),--backgrounds '$(BACKGROUNDS)') $(if $(filter command line,$(origin COUNT)),--count '$(COUNT)') \
		--out '$(DESCRIBED)' $(SPREAD) $(SETTINGS)
endif

# Go through the mattes of an output: make review OUT=out/coco-matting [PORT=8710] [OTHER=out/another-run] [IMAGES=dir]
review: $(VENV)/.run
	@$(BIN)/python -m flows.review '$(OUT)' $(if $(IMAGES),--images '$(IMAGES)') $(if $(OTHER),--other '$(OTHER)') \
		$(if $(MATTING),--backend '$(MATTING)') $(if $(WEIGHTS),--weights '$(WEIGHTS)') $(if $(PORT),--port '$(PORT)')

STUDIO := .studio
STUDIO_PYTHON ?= python3.11
FOREGROUNDS := $(if $(filter file,$(origin OUT)),data/foregrounds,$(OUT))
COUNT ?= 500

# An environment of its own: Blender as a module is for Python 3.11 alone and wants NumPy below 2.
$(STUDIO)/.ready: pipelines/studio/requirements.txt pipelines/studio/body-requirements.txt
	@$(STUDIO_PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { \
		echo 'error: the studio needs Python 3.11, which Blender 4.5 is for, and $(STUDIO_PYTHON) is not that:' \
		'install python3.11 with its venv module, or name one with STUDIO_PYTHON=' >&2; exit 2; }
	@echo 'installing Blender into $(STUDIO) (once)'
	@$(STUDIO_PYTHON) -m venv $(STUDIO)
	@$(STUDIO)/bin/python -m pip install --quiet --disable-pip-version-check -r pipelines/studio/requirements.txt
	@$(STUDIO)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r pipelines/studio/body-requirements.txt
	@touch $@

foregrounds: $(VENV)/.run $(STUDIO)/.ready
	@$(BIN)/python -m pipelines.studio --python $(STUDIO)/bin/python --out '$(FOREGROUNDS)' --count '$(COUNT)' \
		$(if $(KINDS),--kinds '$(KINDS)') $(if $(SEED),--seed '$(SEED)') $(if $(WORKERS),--workers '$(WORKERS)')

DEPLOYMENTS ?= deployments.toml

# Training runs with torch where the environment has it already: make train-smoke installs it.
serve: $(VENV)/.run
ifeq ($(DEPLOYMENTS),deployments.toml)
	@$(BIN)/python -m pipelines.sample --out $(SAMPLE)
	@$(BIN)/python -m pipelines.sample --views --out $(VIEWS)
endif
	@$(BIN)/python -m flows.deployments serve --settings '$(DEPLOYMENTS)' $(if $(PORT),--port '$(PORT)')

deploy: $(VENV)/.run
	@$(BIN)/python -m flows.deployments deploy --settings '$(DEPLOYMENTS)'

train-smoke: $(VENV)/.models coco-matting
	@$(BIN)/python -m benchmarks.train_smoke --manifest '$(OUT)/manifest' --images $(SAMPLE)/images --out runs/smoke

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

# Files of tests side by side, in their own order, in which the long ones come first; one more than cores, since some wait
# for servers; numerical libraries on one thread each, since they would only wait for each other.
TESTERS ?= $(shell $(PYTHON) -c 'import os; print(min((os.cpu_count() or 1) + 1, 5))')

PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n $(TESTERS) --dist loadfile --no-loadscope-reorder

# The tests start hundreds of processes, each of which would compile everything anew where images switch this off.
test test-all: export PYTHONDONTWRITEBYTECODE :=

test: $(VENV)/.dev
	@$(PYTEST) -m 'not slow'

# With the long ones: runs killed at random moments, clusters, whole servers, long trainings.
test-all: $(VENV)/.dev
	@$(PYTEST)

bench: $(VENV)/.dev
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.labelling
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.mask_to_matte
	@$(BIN)/python -m benchmarks.first_minute
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.refmatte
	@$(BIN)/python -m benchmarks.indexing
	@$(BIN)/python -m benchmarks.review
	@$(BIN)/python -m benchmarks.scaling --images 1000 10000
	@$(BIN)/python -m benchmarks.semat
	@$(BIN)/python -m benchmarks.metrics
	@$(BIN)/python -m benchmarks.correspondence $(if $(DINO),--dino '$(DINO)')
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.propagation

clean:
# Not data/foregrounds, which take hours.
	rm -rf $(VENV) $(STUDIO) data/sample data/views data/entities out runs build *.egg-info
