"""Deployments on a real Prefect server that ``serve`` starts: schedules fire, runs do only what is new, and wait."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from prefect import get_client
from prefect.runner import Runner
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Cancelling, Running

from flows.deployments import _server_went, main, make_deployments, revive
from flows.unattended import limits
from flows.unattended.deployment_settings import SettingsFile
from flows.unattended.limits import output_limit
from pipelines.errors import UserError
from pipelines.storage import processes
from tests.conftest import Dataset
from tests.flows.test_coco_matting import _gone, environment
from tests.prefect_server import ask, free_port

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
LABELLING = """
[[labelling]]
name = "NAME"
[labelling.config]
annotations = "data/instances_test.json"
images = "data/images"
out = "out"
images_per_shard = 8
workers = 1
report = { max_instances = 2 }
"""
SETTINGS = "\n".join(
    (
        'time_zone = "Europe/Berlin"',
        LABELLING.replace('"NAME"', '"often"\nevery_minutes = 0.25'),
        LABELLING.replace("NAME", "by-hand"),
        LABELLING.replace("NAME", "mistaken").replace('"out"', '"other"\nfusion = { subject = "unicorn" }'),
        """
[[propagation]]
name = "views"
[propagation.config]
images = "data/images"
out = "found"
cache = "cache"
workers = 1
marks = [{ image = "data/images/000000000001.png", box = "20,16,48,48" }]

[[training]]
name = "semat"
[training.config]
out = "runs"
min_new_mattes = 1000
[training.config.train]
backbone = "nobody/asks"
manifest = "out/manifest"
images = "data/images"
""",
    )
)


class Serving:
    """A process that serves, and what its server says."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.out = folder, folder / "out"
        self.api = f"http://127.0.0.1:{port}/api"
        self.data = Dataset(folder / "data")
        for image in range(1, 5):
            self.data.person(image)
        self.save()
        (folder / "deployments.toml").write_text(SETTINGS)
        words = [
            "-m",
            "flows.deployments",
            "serve",
            "--settings",
            str(folder / "deployments.toml"),
            "--port",
            str(port),
        ]
        quick = {"PREFECT_RUNNER_POLL_FREQUENCY": "1", "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "1"}
        self.log = folder / "serve.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *words],
                cwd=ROOT,
                env=environment(folder, **quick),
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def save(self) -> None:
        """The annotation file, whole: a run may be reading it."""
        beside = self.folder / "instances.json"
        written = self.data.save()
        beside.write_bytes(written.read_bytes())
        beside.replace(written)

    def wait(self, ready: Callable[[], Any], otherwise: str, seconds: float = 600) -> Any:
        deadline = time.monotonic() + seconds
        while not (found := ready()):
            assert self.process.poll() is None and time.monotonic() < deadline, otherwise + "\n" + self.log.read_text()
            time.sleep(0.2)
        return found

    def ask(self, method: str, path: str, once: bool = False, **body: Any) -> httpx.Response:
        """The server's answer; see ``tests.prefect_server.ask``."""
        return ask(method, f"{self.api}/{path}", body if method != "GET" else None, once=once)

    def post(self, path: str, **body: Any) -> Any:
        """What the server answers to what it may be asked twice."""
        answer = self.ask("POST", path, **body)
        assert answer.is_success, answer.text
        return answer.json()

    def try_post(self, path: str, **body: Any) -> Any:
        """What the server answers to what must not be done twice, or None if it refuses."""
        answer = self.ask("POST", path, once=True, **body)
        return (answer.json() if answer.content else {}) if answer.is_success else None

    def deployment(self, name: str) -> dict[str, Any]:
        """What the server knows of a deployment."""
        found: dict[str, Any] = self.ask("GET", f"deployments/name/{name}").json()
        return found

    def start(self, deployment: str) -> str:
        """Start a deployment; returns the run's id. However often it is asked with this key, it makes one run."""
        path = f"deployments/{self.deployment(deployment)['id']}/create_flow_run"
        return str(self.post(path, name="started", idempotency_key=str(uuid4()))["id"])

    def pause(self, deployment: str) -> None:
        """No more runs by its schedule."""
        self.ask("PATCH", f"deployments/{self.deployment(deployment)['id']}", paused=True)

    def run(self, ident: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"flow_runs/{ident}").json()
        return found

    def ended(self, ident: str) -> dict[str, Any]:
        """A run when it has come to its end."""
        final = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
        return dict(self.wait(lambda: (run := self.run(ident))["state_type"] in final and run, f"{ident} goes on"))

    def scheduled(self) -> list[dict[str, Any]]:
        """Finished runs that the schedule started, oldest first."""
        done = {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}}
        runs = self.post("flow_runs/filter", flow_runs=done, sort="START_TIME_ASC")
        return [run for run in runs if run["auto_scheduled"]]

    def said(self, ident: str) -> list[str]:
        """What a run's log has."""
        logs = self.post("logs/filter", logs={"flow_run_id": {"any_": [ident]}}, sort="TIMESTAMP_ASC")
        return [line["message"] for line in logs]

    def wait_said(self, ident: str, text: str) -> list[str]:
        """A run's log once it has a text: lines reach the server a moment after they are logged."""
        return list(self.wait(lambda: (s := self.said(ident)) and any(text in x for x in s) and s, f"no {text!r}"))

    def pictures(self) -> dict[str, int]:
        return {p.name: p.stat().st_mtime_ns for p in (self.out / "alphas").rglob("*.png")}


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("serving")
    serving = Serving(folder, free_port())
    try:
        serving.wait(lambda: "Ctrl-C stops" in serving.log.read_text(), "it does not serve")
        yield serving
        serving.pause("coco-matting/often")
    finally:  # however it ends, nothing may stay
        os.kill(serving.process.pid, signal.SIGKILL)
        serving.process.wait()
    # A run that was only starting asks for its server for a minute or so before it gives up.
    assert _gone(str(folder / "prefect"), 150), "a killed serve left processes behind"


def test_the_schedule_fires_and_later_runs_do_only_what_is_new(serving: Serving) -> None:
    def done() -> list[dict[str, Any]]:
        return [run for run in serving.scheduled() if run["state_name"] == "Completed"]

    first = serving.wait(done, "no run by schedule")[0]
    assert first["state"]["message"].startswith("4 instances labelled in ")
    said = serving.wait_said(first["id"], "version 1 in ")
    assert "1 of 1 shards to do (1 not done yet)" in said
    assert any("4 accepted" in line and "4 images" in line for line in said)
    before = serving.pictures()
    serving.data.person(9)
    serving.data.annotate(1, [[30, 20, 60, 20, 60, 60, 30, 60]])
    serving.save()
    new = serving.wait(lambda: done()[1:], "no second run")[0]
    # Image 1 has a new annotation and is done anew; the others' mattes stay, byte for byte and untouched.
    after = serving.pictures()
    kept = {name: time for name, time in before.items() if not name.startswith("000000000001_")}
    assert len(kept) == 3 and len(after) == 6 and {name: after[name] for name in kept} == kept
    serving.wait_said(new["id"], "1 of 1 shards to do (1 annotations changed)")
    states = {(run["state"]["name"], run["state"]["message"]) for run in serving.scheduled()}
    # On a busy machine the schedule also starts a run while another still waits for its turn.
    nothing = ("Skipped", "nothing to do: all shards are done and nothing has changed")
    waits = ("Skipped", f"another run with the same settings waits for {serving.out} already")
    assert states - {nothing, waits} == {("Completed", run["state"]["message"]) for run in (first, new)}


def test_a_labelling_run_that_made_mattes_asks_for_a_training(serving: Serving) -> None:
    trainings = {"flow_runs": {"tags": {"all_": ["training"]}}}
    first, *_ = serving.wait(lambda: serving.post("flow_runs/filter", **trainings), "the event starts nothing")
    ended = serving.ended(first["id"])
    assert (ended["state_name"], ended["state"]["message"][1:]) == ("Skipped", " of 1,000 new mattes")


def test_of_the_runs_of_one_output_one_works_and_one_waits(serving: Serving) -> None:
    slot = {"slots": 1, "names": [output_limit(serving.out)], "lease_duration": 3600}
    lease = serving.wait(lambda: serving.try_post("v2/concurrency_limits/increment-with-lease", **slot), "no slot")
    known = len(serving.scheduled())
    running = {"flow_runs": {"state": {"type": {"any_": ["RUNNING"]}}}}
    waiting = f"waiting for {serving.out}: another run has it"

    def who_waits() -> list[Any]:
        return [run for run in serving.post("flow_runs/filter", **running) if waiting in serving.said(run["id"])]

    (waits,) = serving.wait(who_waits, "nobody waits")
    third = serving.ended(serving.start("coco-matting/by-hand"))
    said = f"another run with the same settings waits for {serving.out} already"
    assert (third["state_name"], third["state"]["message"]) == ("Skipped", said)
    assert serving.run(waits["id"])["state_type"] == "RUNNING"
    serving.try_post("v2/concurrency_limits/decrement-with-lease", lease_id=lease["lease_id"])
    # The lock of the folder would have failed whichever came while the other was there.
    assert serving.ended(waits["id"])["state_name"] == "Skipped"
    assert len(serving.scheduled()) > known and {run["state_type"] for run in serving.scheduled()} == {"COMPLETED"}


def test_runs_whose_process_is_gone_go_on(serving: Serving) -> None:
    gone = f"{processes.machine()} {os.getpid()} 1"
    ident = serving.deployment("coco-matting/by-hand")["id"]
    made = {}
    for name, state, process in (
        ("dead", Running(), gone),
        ("alive", Running(), processes.myself()),
        ("elsewhere", Running(), None),
        ("cancelling", Cancelling(), gone),
    ):
        with temporary_settings({PREFECT_API_URL: serving.api}), get_client(sync_client=True) as client:
            run = client.create_flow_run_from_deployment(UUID(ident), name=name, state=state)
            client.update_flow_run(run.id, infrastructure_pid=process)
            made[name] = str(run.id)
            if name == "cancelling":
                revive([UUID(ident)], every=False)
    assert serving.ended(made["dead"])["state_name"] == "Skipped"
    assert serving.run(made["cancelling"])["state_name"] == "Cancelled"
    assert [serving.run(made[name])["state_name"] for name in ("alive", "elsewhere")] == ["Running", "Running"]
    with temporary_settings({PREFECT_API_URL: serving.api}):
        revive([UUID(ident)], every=True)
    assert [serving.ended(made[name])["state_name"] for name in ("alive", "elsewhere")] == ["Skipped", "Skipped"]


def test_two_serves_of_one_home_would_start_everything_twice(serving: Serving) -> None:
    words = ["-m", "flows.deployments", "serve", "--settings", str(serving.folder / "deployments.toml")]
    words += ["--port", str(free_port())]
    second = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment(serving.folder), capture_output=True, text=True, timeout=240
    )
    assert second.returncode == 2 and "another serve uses this Prefect's home" in second.stderr


def test_more_gpus_than_there_are_for_all_is_one_sentence(serving: Serving) -> None:
    with temporary_settings({PREFECT_API_URL: serving.api}), get_client(sync_client=True) as client:
        assert not limits._taken(client, limits.GPU, 1)
        with pytest.raises(UserError, match="this run needs 2 GPUs, Prefect's limit mask2matte-gpu allows 1"):
            limits._taken(client, limits.GPU, 2)


def test_a_mistake_is_one_sentence_in_the_runs_state(serving: Serving) -> None:
    run = serving.ended(serving.start("coco-matting/mistaken"))
    assert (run["state_type"], run["run_count"]) == ("FAILED", 1)
    assert run["state"]["message"].endswith("no category named 'unicorn'; it has: dog, handbag, person")
    assert _gone(run["id"]), "its process goes on"
    assert not any("Traceback" in line for line in serving.said(run["id"]))


def test_an_event_starts_a_propagation(serving: Serving) -> None:
    words = ["event", "emit", "mask2matte.images-arrived", "--resource-id", "mask2matte.propagation.views"]
    told = environment(serving.folder, PREFECT_API_URL=serving.api)
    subprocess.run([sys.executable, "-m", "prefect", *words], env=told, check=True, capture_output=True)
    views = {"flow_runs": {"tags": {"all_": ["propagation"]}}}
    (run,) = serving.wait(lambda: serving.post("flow_runs/filter", **views), "the event starts nothing")
    ended = serving.ended(run["id"])
    assert ended["state_type"] == "COMPLETED" and (serving.folder / "found" / "summary.json").exists()


def test_deploy_registers_with_a_work_pool_that_is_there(
    serving: Serving, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "deployments.toml"
    path.write_text('work_pool = "gpus"\n' + LABELLING.replace("NAME", "registered").replace('"out"', '"/x/out"'))
    with temporary_settings({PREFECT_API_URL: serving.api}):
        assert main(["deploy", "--settings", str(path)]) == 2
        assert "work pool 'gpus' is not on" in capsys.readouterr().err
        assert serving.try_post("work_pools/", name="gpus", type="process")
        assert main(["deploy", "--settings", str(path)]) == 0
    assert "prefect worker start --pool gpus" in capsys.readouterr().out
    made = serving.deployment("coco-matting/registered")
    assert (made["work_pool_name"], made["entrypoint"]) == ("gpus", "flows.unattended.jobs.labelling")
    there = {(limit["name"], limit["limit"]) for limit in serving.post("v2/concurrency_limits/filter")}
    assert {("mask2matte-gpu", 1), (output_limit(Path("/x/out")), 1)} <= there
    # Served it would be taken from the pool's workers; renamed in the file, the old one must not go on for ever.
    with temporary_settings({PREFECT_API_URL: serving.api}):
        assert main(["serve", "--settings", str(path)]) == 2
        assert "coco-matting/registered is run by the workers of work pool gpus" in capsys.readouterr().err
        path.write_text(path.read_text().replace('"registered"', '"renamed"'))
        assert main(["deploy", "--settings", str(path)]) == 0
    assert f"removed labelling registered, which is no longer in {path}" in capsys.readouterr().out
    assert serving.ask("GET", "deployments/name/coco-matting/registered").status_code == 404
    assert serving.ask("GET", "deployments/name/coco-matting/often").status_code == 200


def test_sigterm_ends_a_serve_in_the_background(tmp_path: Path) -> None:
    path, log = tmp_path / "deployments.toml", tmp_path / "log"
    path.write_text(LABELLING)
    words = ["-m", "flows.deployments", "serve", "--settings", str(path), "--port", str(free_port())]
    with log.open("wb") as output:
        serve = subprocess.Popen(
            # As shells start what they do not wait for.
            ["sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, *words],
            cwd=ROOT,
            env=environment(tmp_path),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + 300
        while "Ctrl-C stops" not in log.read_text():
            assert serve.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        time.sleep(2)  # it is serving by then
        serve.terminate()
        assert serve.wait(60) == 0
    finally:
        serve.kill()
        serve.wait()
    assert "Traceback" not in log.read_text()
    assert _gone(str(tmp_path / "prefect"))


def test_deploy_says_that_no_server_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "deployments.toml"
    path.write_text(LABELLING)
    with temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{free_port()}/api"}):
        assert main(["deploy", "--settings", str(path)]) == 2
    assert "no Prefect server answers" in capsys.readouterr().err
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        assert main(["deploy", "--settings", str(path)]) == 2
    assert "PREFECT_API_URL is not set" in capsys.readouterr().err


def test_what_the_form_of_the_ui_shows(tmp_path: Path) -> None:
    path = tmp_path / "deployments.toml"
    path.write_text(SETTINGS)
    made = {made.name: made for made in make_deployments(SettingsFile(path), for_pool=False)}
    labelling, views = made["often"], made["views"]
    for deployment, name in ((labelling, "CocoMattingConfig"), (views, "PropagationConfig")):
        schema = deployment._parameter_openapi_schema.definitions
        shown = schema[name]["properties"]
        assert all("description" in setting or "$ref" in setting for setting in shown.values())
        assert list(shown)[: len(schema[name]["required"])] == [n for n in shown if n in schema[name]["required"]]
        assert shown["workers"]["minimum"] == 1
    assert schema["PropagationConfig"]["properties"]["features"]["enum"][0] == "dense-sift"
    (schedule,) = labelling.schedules or []
    assert schedule.schedule.timezone in ("UTC", "Europe/Berlin")
    assert [sorted(trigger.expect) for trigger in views.triggers] == [["mask2matte.images-arrived"]]


def test_described_images_are_composed_after_labelling(tmp_path: Path) -> None:
    path = tmp_path / "deployments.toml"
    settings = 'manifest = ["out", "other/manifest"]\nbackgrounds = "bg"\nout = "described"'
    path.write_text(f'[[refmatte]]\nname = "d"\n[refmatte.config]\n{settings}\n')
    (made,) = make_deployments(SettingsFile(path), for_pool=False)
    (trigger,) = made.triggers
    assert trigger.expect == {"mask2matte.labelled"}
    assert trigger.match.root == {
        "prefect.resource.id": [output_limit(tmp_path / "out"), output_limit(tmp_path / "other")]
    }
    shown = made._parameter_openapi_schema.definitions["RefMatteConfig"]["properties"]
    assert all("description" in setting or "$ref" in setting for setting in shown.values())


def test_what_is_paused_waits_for_no_event_either(tmp_path: Path) -> None:
    path = tmp_path / "deployments.toml"
    path.write_text(SETTINGS.replace('name = "views"', 'name = "views"\npaused = true'))
    made = {made.name: made for made in make_deployments(SettingsFile(path), for_pool=False)}
    assert made["views"].paused and made["views"].triggers == [] and made["semat"].triggers


def test_an_outage_is_told_from_a_bug(tmp_path: Path) -> None:
    class Broken(Runner):
        async def start(self, run_once: bool = False, webserver: bool | None = None) -> None:
            raise RuntimeError("Service exceeded error threshold.")

    with temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{free_port()}/api"}):
        assert _server_went(Broken())


def test_a_bug_keeps_its_traceback(serving: Serving) -> None:
    class Broken(Runner):
        async def start(self, run_once: bool = False, webserver: bool | None = None) -> None:
            raise ZeroDivisionError

    with temporary_settings({PREFECT_API_URL: serving.api}), pytest.raises(ZeroDivisionError):
        _server_went(Broken())
