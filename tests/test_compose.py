"""docker-compose.yml, Dockerfile and .env.example: valid, safe by default, and in step."""

import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from pipeline.connect import (
    BROWSER_BOLT_VARIABLE,
    BROWSER_VARIABLE,
    PASSWORD_FILE_VARIABLE,
)
from pipeline.home import HOME_VARIABLE
from pipeline.server import docker_container
from pipeline.server.browser import browser_settings
from tests.support.narrowing import present

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docker-compose.yml"
COMPOSE = yaml.safe_load(FILE.read_text())
NEO4J, PIPELINE = COMPOSE["services"]["neo4j"], COMPOSE["services"]["pipeline"]
# name -> what follows it: "" | ":-default" | ":?message"
VARIABLES = dict(re.findall(r"(?<!\$)\$\{(\w+)([^}]*)\}", FILE.read_text()))
EXAMPLE = dict(
    line.split("=", 1)
    for line in (ROOT / ".env.example").read_text().splitlines()
    if line and not line.startswith("#")
)
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_it_follows_the_compose_specification():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    result = subprocess.run([*command, FILE], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def compose_command():
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            ask = [*command, "version", "--short"]
            answer = subprocess.run(ask, capture_output=True, text=True)
            if answer.returncode == 0 and int(answer.stdout.strip("v\n").split(".")[0]) >= 2:
                return command
    return None


@pytest.mark.parametrize("password", ["", "a-pass_word9"])
def test_docker_compose_itself_reads_it(tmp_path, password):
    command = compose_command()
    if command is None:
        pytest.skip("no Docker Compose of version 2 or later on this machine")
    shutil.copy(FILE, tmp_path)
    (tmp_path / ".env").write_text(example_with(password))
    environment = {k: v for k, v in os.environ.items() if k not in EXAMPLE}
    result = subprocess.run(
        [*command, "config"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    if password:
        assert result.returncode == 0, result.stderr
        services = yaml.safe_load(result.stdout)["services"]
        assert services.keys() == {"neo4j", "pipeline"}
        assert password not in str(services)
    else:
        assert result.returncode != 0
        assert "NEO4J_PASSWORD is missing a value: set it in .env" in result.stderr


def example_with(password):
    """The text of .env.example with a password filled in."""
    text = (ROOT / ".env.example").read_text()
    return text.replace("\nNEO4J_PASSWORD=\n", f"\nNEO4J_PASSWORD={password}\n")


def test_neo4j_is_the_release_whose_jars_are_locked():
    lock = (ROOT / "pipeline" / "server" / "neo4j.lock").read_text()
    release = present(re.search(r"^org\.neo4j:neo4j:(\S+) ", lock, re.MULTILINE))[1]
    assert NEO4J["image"] == f"neo4j:{release}-community"


def test_the_health_check_starts_no_java_and_needs_no_password():
    kind, program, *arguments = NEO4J["healthcheck"]["test"]
    assert (kind, program) == ("CMD", "wget")
    assert arguments[-1] == "http://localhost:7474/"
    assert "--timeout=10" in arguments
    assert NEO4J["healthcheck"]["timeout"] == "20s"


def test_compose_refuses_to_start_without_a_password():
    needed = {name for name, rest in VARIABLES.items() if rest.startswith(":?")}
    assert needed == {"NEO4J_PASSWORD", "NEO4J_AUTH"}
    assert EXAMPLE["NEO4J_PASSWORD"] == ""
    assert EXAMPLE["NEO4J_AUTH"] == "neo4j/${NEO4J_PASSWORD}"
    assert list(EXAMPLE).index("NEO4J_PASSWORD") < list(EXAMPLE).index("NEO4J_AUTH")


def test_containers_get_the_password_as_a_file_only():
    assert not re.search(r"NEO4J_(PASSWORD|AUTH)\b", str(COMPOSE["services"]))
    for service, variable, source in (
        (NEO4J, "NEO4J_AUTH_FILE", "NEO4J_AUTH"),
        (PIPELINE, PASSWORD_FILE_VARIABLE, "NEO4J_PASSWORD"),
    ):
        (secret,) = service["secrets"]
        assert service["environment"][variable] == f"/run/secrets/{secret['source']}"
        assert secret["mode"] == 0o444  # each container's user has another id
        assert COMPOSE["secrets"][secret["source"]] == {"environment": source}


def test_no_process_in_a_container_can_gain_rights():
    assert all("no-new-privileges:true" in s["security_opt"] for s in COMPOSE["services"].values())
    assert PIPELINE["cap_drop"] == ["ALL"]
    assert not any("cap_add" in s or "privileged" in s for s in COMPOSE["services"].values())


def test_neo4j_can_be_stopped():
    # Process 1 of the image runs as root, Neo4j as another user: only CAP_KILL lets the signal of
    # `docker stop` pass, and without it Neo4j is killed instead of stopped.
    assert "cap_drop" not in NEO4J


def test_no_container_that_gets_a_secret_from_the_environment_is_read_only():
    # Compose copies such a secret into the container's root file system, and fails if it cannot.
    for service in COMPOSE["services"].values():
        sources = [COMPOSE["secrets"][secret["source"]] for secret in service["secrets"]]
        assert not (service.get("read_only") and any("environment" in s for s in sources))


def test_the_settings_of_browser_are_those_of_the_server_of_pipeline_up():
    given = {name: NEO4J["environment"].get(variable_of(name)) for name in browser_settings()}
    wanted = {name: value.replace("$", "$$") for name, value in browser_settings().items()}
    assert given == wanted


def variable_of(setting):
    """The variable that the image turns into a setting: _ becomes a dot, and __ becomes _."""
    return "NEO4J_" + setting.replace("_", "__").replace(".", "_")


def test_the_image_gets_only_variables_that_are_settings_of_neo4j():
    # It turns every other NEO4J_ variable into a setting, and Neo4j refuses unknown ones.
    settings = {
        "server.memory.heap.initial_size",
        "server.memory.heap.max_size",
        "server.memory.pagecache.size",
        "server.bolt.advertised_address",
        "server.bolt.connection_keep_alive",
        "dbms.usage_report.enabled",
        *browser_settings(),
    }
    expected = {variable_of(setting) for setting in settings}
    assert NEO4J["environment"].keys() - {"NEO4J_AUTH_FILE"} == expected


def test_the_links_of_the_demo_name_the_host_s_ports():
    bolt, http = (port.removeprefix("127.0.0.1:").rpartition(":")[0] for port in NEO4J["ports"])
    assert PIPELINE["environment"][BROWSER_VARIABLE] == f"http://localhost:{http}/browser/"
    assert PIPELINE["environment"][BROWSER_BOLT_VARIABLE] == f"bolt://localhost:{bolt}"
    advertised = NEO4J["environment"]["NEO4J_server_bolt_advertised__address"]
    assert advertised == f"localhost:{bolt}"


def test_memory_is_limited_and_leaves_room_beside_heap_and_page_cache():
    settings = NEO4J["environment"]
    heap, page_cache = (
        megabytes(settings[f"NEO4J_server_memory_{name}"])
        for name in ("heap_max__size", "pagecache_size")
    )
    assert heap + page_cache + 768 <= megabytes(NEO4J["mem_limit"])
    assert megabytes(PIPELINE["mem_limit"]) >= 2048
    own = docker_container.HEAP, docker_container.PAGE_CACHE, docker_container.MEMORY
    assert [megabytes(text) for text in own] == [heap, page_cache, megabytes(NEO4J["mem_limit"])]


def megabytes(text):
    """The size that a value such as "${NAME:-2g}" has by default."""
    number, unit = present(re.fullmatch(r"(?:\$\{\w+:-)?(\d+)([mg])\}?", text)).groups()
    return int(number) * {"m": 1, "g": 1024}[unit]


def test_ports_are_published_on_loopback_only():
    assert [port.rpartition(":")[2] for port in NEO4J["ports"]] == ["7687", "7474"]
    assert all(port.startswith("127.0.0.1:") for port in NEO4J["ports"])
    assert "ports" not in PIPELINE


def test_what_must_last_is_in_named_volumes():
    mounts = dict(v.split(":")[:2] for v in NEO4J["volumes"] + PIPELINE["volumes"])
    assert mounts.keys() == COMPOSE["volumes"].keys()
    assert {"/data", "/logs", PIPELINE["environment"][HOME_VARIABLE]} == set(mounts.values())
    assert f"{HOME_VARIABLE}={PIPELINE['environment'][HOME_VARIABLE]}" in DOCKERFILE


def test_the_pipeline_runs_the_demo_once_neo4j_is_healthy():
    assert PIPELINE["depends_on"] == {"neo4j": {"condition": "service_healthy"}}
    assert PIPELINE["command"] == ["demo"]
    assert PIPELINE["environment"]["NEO4J_URI"] == "bolt://neo4j:7687"
    assert PIPELINE["restart"] == "no"
    assert NEO4J["restart"] == "unless-stopped"
    assert not any("profiles" in service for service in COMPOSE["services"].values())


def test_the_example_names_what_compose_and_the_pipeline_read_and_no_more():
    read_by_pipeline = {"NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD", "NEO4J_DATABASE"}
    assert EXAMPLE.keys() == VARIABLES.keys() | read_by_pipeline
    source = "\n".join(file.read_text() for file in (ROOT / "pipeline").rglob("*.py"))
    assert all(f'"{name}"' in source for name in read_by_pipeline)


def test_the_example_s_values_are_the_defaults():
    defaults = {name: rest[2:] for name, rest in VARIABLES.items() if rest.startswith(":-")}
    assert {name: EXAMPLE[name] for name in defaults} == defaults
    assert EXAMPLE["NEO4J_URI"] == f"bolt://127.0.0.1:{EXAMPLE['NEO4J_BOLT_PORT']}"


def test_the_example_can_be_read_by_a_shell(tmp_path):
    (tmp_path / ".env").write_text(example_with("a-pass_word9"))
    result = subprocess.run(
        ["sh", "-euc", "set -a; . ./.env; set +a; env"],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
    )
    assert f"NEO4J_URI={EXAMPLE['NEO4J_URI']}\n" in result.stdout, result.stderr
    assert "NEO4J_AUTH=neo4j/a-pass_word9\n" in result.stdout


def test_the_example_s_first_lines_make_a_private_file_with_a_password(tmp_path):
    commands = re.findall(r"^#   (.+)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    shutil.copy(ROOT / ".env.example", tmp_path)
    script = "\n".join(commands[: commands.index("docker compose up")])
    subprocess.run(["sh", "-euc", script], cwd=tmp_path, check=True)
    made = tmp_path / ".env"
    password = present(re.search(r"^NEO4J_PASSWORD=([\w-]{24})$", made.read_text(), re.MULTILINE))
    assert made.read_text() == example_with(password[1])
    assert made.stat().st_mode & 0o777 == 0o600


def copied():
    """The files and folders that the Dockerfile takes from the build context."""
    lock = present(re.search(r"^ARG LOCK=(\S+)$", DOCKERFILE, re.MULTILINE))[1]
    for arguments in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        *sources, _ = arguments.replace("${LOCK}", lock).split()
        yield from sources


def test_what_the_dockerfile_copies_exists_and_is_not_ignored():
    admitted = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert "requirements.lock" in copied()
    for source in copied():
        assert (ROOT / source).exists(), source
        assert any(fnmatch(source, pattern) for pattern in admitted), source


def test_what_is_ignored_includes_secrets():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    assert not any(fnmatch(".env", line[1:]) for line in lines if line.startswith("!"))
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()


def test_the_image_installs_by_hash_and_does_not_run_as_root():
    assert re.search(r"pip install --require-hashes -r \S+requirements\.lock", DOCKERFILE)
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE)[-1] == "10001"
    assert all(tag != "latest" for tag in re.findall(r"^FROM \S+:(\S+)", DOCKERFILE, re.MULTILINE))


def test_the_image_s_user_owns_the_home_of_the_pipeline_and_nothing_else():
    assert re.findall(r"install -d -o rkan -g rkan (\S+)", DOCKERFILE) == [
        PIPELINE["environment"][HOME_VARIABLE]
    ]
    assert re.search(r"useradd .*--no-create-home", DOCKERFILE)
    assert "chown" not in DOCKERFILE


def test_the_wheel_needs_no_more_than_what_is_copied():
    stage = DOCKERFILE.partition("AS wheel")[2].partition("FROM")[0]
    text = (ROOT / "pyproject.toml").read_text()
    packages = present(re.search(r'wheel\]\npackages = \["(.+)"\]', text))[1].split('", "')
    assert all(f"COPY {name} ./{name}" in stage for name in packages)
