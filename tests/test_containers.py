"""Dockerfile, compose.yaml and .env.example, as far as they can be checked without containers."""

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
COMPOSE = (ROOT / "compose.yaml").read_text()
SERVICES: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("mask2matte:")}
_VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(:[-?])?([^}]*)\}")


def variables() -> set[tuple[str, str, str]]:
    """Name, operator and operand of every variable in compose.yaml."""
    return set(_VARIABLE.findall(COMPOSE))


def env_example() -> dict[str, str]:
    """What .env.example sets, also in comments."""
    return dict(re.findall(r"^(?:# )?([A-Z0-9_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))


def words(command: list[str] | str) -> list[str]:
    """A command's words with every variable at its default."""
    parts = shlex.split(command) if isinstance(command, str) else command
    return [_VARIABLE.sub(r"\3", part) for part in parts]


def programs() -> list[tuple[str, list[str]]]:
    """Every service of ours and the programs that it calls, in a shell or not, and in its health check."""
    found = []
    for name, service in OURS.items():
        commands = [words(service["command"])]
        if "healthcheck" in service:
            commands.append(words(service["healthcheck"]["test"]))
        for command in commands:
            if command[:2] == ["sh", "-c"]:
                script = re.sub(r"\d?>(/dev/null|&\d)", "", command[2])
                calls = [shlex.split(piece) for piece in re.split(r"\|\||;|\bdo\b", script)]
                found += [(name, call) for call in calls if call and call[0] not in ("for", "exit", "done")]
            else:
                found.append((name, command))
    return found


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions and their arguments."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in text.splitlines() if line.strip()]


def let_in(path: str) -> bool:
    """Whether .dockerignore, which starts with everything, lets a path of the root in."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    return f"!{path}" in lines


@pytest.mark.parametrize(("service", "call"), programs(), ids=str)
def test_every_command_is_one_that_the_package_installs_and_that_takes_its_options(
    service: str, call: list[str]
) -> None:
    program, *rest = call
    if program == "python":
        if rest[0] == "-c":
            compile(rest[1], service, "exec")
        else:
            assert rest[0] == "-m" and find_spec(rest[1])
            import_module(rest[1])._parser().parse_args(rest[2:])
        return
    (script,) = entry_points(group="console_scripts", name=program)
    if program == "prefect":
        from prefect.cli._app import _app

        assert script.load()
        _app.parse_args(rest, exit_on_error=False, print_error=False)
    else:
        assert program == "dask" and script.load()
        (point,) = entry_points(group="dask_cli", name=rest[0])
        point.load().make_context(rest[0], rest[1:])


def test_our_services_are_all_here() -> None:
    assert set(SERVICES) - set(OURS) == {"postgres", "s3"}
    assert {name for name, _ in programs()} == set(OURS)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_for_services_that_can_become_what_it_waits_for(name: str) -> None:
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        if wait["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        else:
            assert wait["condition"] == "service_completed_successfully" and SERVICES[other]["restart"] == "no"


def test_hosts_in_addresses_are_services() -> None:
    hosts = re.findall(r"(?:http|tcp)://([\w.-]+):\d+", COMPOSE)
    assert hosts and set(hosts) <= {*SERVICES, "127.0.0.1", "localhost"}
    assert SERVICES["prefect-server"]["environment"]["PREFECT_SERVER_DATABASE_HOST"] in SERVICES


def test_prefect_knows_every_setting() -> None:
    from prefect.settings import Settings
    from prefect.settings.legacy import _get_valid_setting_names

    given = {key for service in SERVICES.values() for key in service.get("environment", {}) if "PREFECT" in key}
    known = {name.upper() for name in _get_valid_setting_names(Settings)}
    assert given and given <= known


def test_variables_are_in_the_example_and_secrets_have_no_default() -> None:
    example = env_example()
    for name, operator, operand in variables():
        if operator == ":?":
            assert example[name] == "" and ".env" in operand
        else:
            assert operator == ":-" and example[name] == operand
        assert (operator == ":?") == any(word in name for word in ("PASSWORD", "KEY"))
    assert set(example) == {name for name, _, _ in variables()}


def test_ports_are_published_on_loopback_and_volumes_are_declared() -> None:
    declared = set(yaml.safe_load(COMPOSE)["volumes"])
    for service in SERVICES.values():
        assert all(port.startswith("${BIND_ADDRESS:-127.0.0.1}:") for port in service.get("ports", []))
        sources = {volume.split(":")[0] for volume in service.get("volumes", []) if isinstance(volume, str)}
        assert {source for source in sources if not source.startswith("$")} <= declared


def test_s3fs_takes_endpoint_and_keys_from_these_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    import s3fs

    for key, value in SERVICES["dask-worker"]["environment"].items():
        if key.startswith("AWS_"):
            monkeypatch.setenv(key, value if key == "AWS_ENDPOINT_URL" else "given")
    client = s3fs.S3FileSystem(skip_instance_cache=True).s3
    assert client.meta.endpoint_url == "http://s3:8333"
    assert client._get_credentials().access_key == "given"


def test_the_dockerfile_copies_what_is_in_git_and_let_into_the_context() -> None:
    copied = set()
    for name, rest in instructions():
        if name == "COPY" and "--from" not in rest:
            copied |= set(rest.split()[:-1])
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    roots = {line.split("/")[0] for line in tracked.splitlines()}
    assert copied <= roots
    assert all(let_in(source) for source in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert {name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]} <= copied


def test_the_variants_are_stages_and_their_extras_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    stages = {rest.split(" AS ")[1] for name, rest in instructions() if name == "FROM"}
    named = {word for name, rest in instructions() for word in re.findall(r"^EXTRAS=(\S+)", rest) if name == "ENV"}
    assert named == {"cluster", "cluster,models"}
    assert set(",".join(named).split(",")) <= set(extras) - {"dev"}
    for name, service in OURS.items():
        variant = words([service["image"]])[0].removeprefix("mask2matte:")
        assert f"extras-{variant}" in stages
        built = [other for other in OURS.values() if other["image"] == service["image"] and "build" in other]
        assert [words([other["build"]["args"]["VARIANT"]]) for other in built] == [[variant]], name


def test_the_image_is_not_for_root_and_has_a_command_of_ours() -> None:
    last = dict(instructions())
    assert last["USER"].split(":")[0] not in ("root", "0")
    command = json.loads(last["CMD"])
    assert command[:2] == ["python", "-m"] and find_spec(command[2])


@pytest.mark.parametrize("name", [".git", ".venv", ".env", "data", "out", "runs", "shared", "tests"])
def test_the_build_context_leaves_out(name: str) -> None:
    assert not let_in(name)


def test_compose_takes_the_file(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True).returncode:
        pytest.skip("docker compose is not installed")
    filled = tmp_path / "env"
    filled.write_text("".join(f"{name}=x\n" for name, operator, _ in variables() if operator == ":?"))
    for file, status in ((filled, 0), (ROOT / ".env.example", 1)):
        call = [docker, "compose", "--env-file", str(file), "--profile", "gpu", "config", "--quiet"]
        done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True)
        assert bool(done.returncode) == bool(status), done.stderr
    assert "copy .env.example" in done.stderr
