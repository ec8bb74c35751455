# The `pipeline` command in a container. It talks to the Neo4j that NEO4J_URI names; see
# docker-compose.yml. Build: docker build -t rkan-pipeline .
#
# It needs no capability, and nothing writable but PIPELINE_HOME and /tmp. Without Compose, add:
# docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges

FROM python:3.11-slim AS wheel
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY pipeline ./pipeline
COPY model ./model
COPY cypher ./cypher
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore

# Exact versions, pinned by hash, in their own layer, which is rebuilt only if the lock changes.
# It brings CUDA, over 4 of the image's 6 GB, which a container without a GPU cannot use.
# Builds of PyTorch without it are in an index of PyTorch's own, so they need a lock of your own,
# in this folder (.dockerignore lets *.lock through), and the address of that index:
#
#   .venv/bin/uv pip compile --torch-backend cpu --python-platform x86_64-manylinux_2_28 \
#     --python-version 3.11 --generate-hashes -c requirements.lock pyproject.toml -o cpu.lock
#   docker build -t rkan-pipeline --build-arg LOCK=cpu.lock \
#     --build-arg PIP_EXTRA_INDEX_URL=ADDRESS .
#
# Afterwards, `docker compose up` without --build runs that image.
ARG LOCK=requirements.lock
ARG PIP_EXTRA_INDEX_URL
COPY ${LOCK} /tmp/requirements.lock
RUN --mount=type=cache,target=/var/cache/pip \
    PIP_CACHE_DIR=/var/cache/pip python -m pip install --require-hashes -r /tmp/requirements.lock

RUN --mount=type=bind,from=wheel,source=/wheels,target=/wheels \
    python -m pip install --no-cache-dir --no-deps --no-index /wheels/*.whl

# The user owns PIPELINE_HOME and nothing else, so what a command writes anywhere else (but in /tmp)
# fails at once, where it would be lost with the container. A named volume that is mounted there
# takes over its owner. COPY keeps the modes of files, which on your disk may be for you only.
WORKDIR /home/rkan
COPY configs ./configs
RUN chmod -R a+rX,go-w configs \
    && useradd --uid 10001 --no-create-home --home-dir /home/rkan rkan \
    && install -d -o rkan -g rkan /home/rkan/pipeline
USER 10001
ENV PIPELINE_HOME=/home/rkan/pipeline

ENTRYPOINT ["pipeline"]
CMD ["--help"]
