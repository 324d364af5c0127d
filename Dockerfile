# One image for every role of compose.yaml, since Dask wants the same versions on client, scheduler and workers.
#
#   docker build --tag mask2matte:cpu .
#   docker build --tag mask2matte:cuda --build-arg VARIANT=cuda .
#
# Both variants have the same base: torch's wheel from PyPI brings the CUDA runtime, cuDNN and NCCL it was built for, so
# an nvidia/cuda base would only hold them a second time, in other versions. The driver comes from the host.
ARG PYTHON=3.11-slim-bookworm
ARG VARIANT=cpu

FROM python:${PYTHON} AS base
ENV PATH=/opt/venv/bin:$PATH \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore \
    PYTHONUNBUFFERED=1

FROM base AS extras-cpu
ENV EXTRAS=cluster

FROM base AS extras-cuda
ENV EXTRAS=cluster,models

# What the package needs, without the package: a layer that changes with these two files alone.
FROM extras-${VARIANT} AS dependencies
WORKDIR /src
COPY pyproject.toml constraints.txt ./
RUN touch README.md \
    && python -m venv /opt/venv \
    && pip install --no-cache-dir --constraint constraints.txt ".[$EXTRAS]" \
    && pip uninstall --yes mask2matte

FROM base AS wheel
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY pipelines pipelines
COPY matting_models matting_models
COPY flows flows
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM base AS final
# Folders that volumes are mounted on: a new volume takes their owner.
RUN useradd --uid 1000 --create-home mask2matte \
    && install --directory --owner mask2matte --group mask2matte /home/mask2matte/.cache /home/mask2matte/.prefect /srv/data /srv/out
COPY --from=dependencies /opt/venv /opt/venv
RUN --mount=type=bind,from=wheel,source=/wheels,target=/wheels pip install --no-cache-dir --no-deps /wheels/*.whl
USER 1000:1000
WORKDIR /srv
CMD ["python", "-m", "flows.coco_matting", "--help"]
