"""Connect to the Docker engine, pull images with progress, and translate the engine's errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import docker
from docker.errors import APIError, DockerException, ImageNotFound
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from pipeline.errors import ServerError
from pipeline.progress import progress_bar, say

_REQUEST_TIMEOUT = 120  # seconds without a byte from the engine
_ON_THIS_MACHINE = ("localhost", "127.0.0.1", "::1", "localnpipe")  # hosts in the SDK's URLs


@contextmanager
def docker_client() -> Iterator[docker.DockerClient]:
    """Connect to the engine of DOCKER_HOST or of the current Docker context; close it at the end.

    Raises:
        ServerError: no engine answers, it is on another machine, or it fails during use.
    """
    try:
        client = docker.from_env(timeout=_REQUEST_TIMEOUT)
    except (DockerException, RequestException, ValueError) as error:
        raise ServerError(
            "no Docker engine answers; start Docker (and check DOCKER_HOST and your permission to "
            f"use its socket), or use `pipeline up` without --docker ({reason(error)})"
        ) from error
    try:
        host = urlsplit(client.api.base_url).hostname
        if host not in _ON_THIS_MACHINE:
            raise ServerError(
                f"the Docker engine is on another machine ({host}), whose ports cannot be reached "
                "on 127.0.0.1; start Neo4j there and set NEO4J_URI"
            )
        yield client
    except (DockerException, RequestException, HTTPError) as error:
        raise ServerError(f"the Docker engine failed: {reason(error)}") from error
    finally:
        client.close()


def pull(client: docker.DockerClient, image: str) -> None:
    """Pull ``image`` (NAME:TAG) unless the engine already has it.

    Raises:
        ServerError: the engine cannot pull it.
    """
    with suppress(ImageNotFound):
        client.images.get(image)
        return
    say(f"Pulling {image} (once)")
    repository, _, tag = image.rpartition(":")
    try:
        with progress_bar(f"Layers of {image}") as advance:
            for event in client.api.pull(repository, tag=tag, stream=True, decode=True):
                if "error" in event:
                    raise ServerError(_pull_failed(image, event["error"]))
                if event.get("status") in ("Pull complete", "Already exists"):
                    advance(1)
    except (APIError, RequestException, HTTPError) as error:
        raise ServerError(_pull_failed(image, reason(error))) from error


def _pull_failed(image: str, why: str) -> str:
    return (
        f"Docker cannot pull {image}: {why}; check its connection to the registry, or load the "
        "image with `docker load`"
    )


def reason(error: BaseException) -> str:
    """Return the engine's own message, in one line."""
    text = error.explanation if isinstance(error, APIError) and error.explanation else str(error)
    return " ".join(str(text).split())
