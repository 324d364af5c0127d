"""What the server answers, and to whom."""

import io
import shutil
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import orjson
import pyarrow as pa
import pytest
from PIL import Image
from starlette.testclient import TestClient

from flows.review.access import Keys
from flows.review.app import Review, create_app
from flows.review.pictures import Pictures
from matting_models.backends import create_backend
from pipelines.config import CocoMattingConfig, ReportConfig
from pipelines.errors import StoreError
from pipelines.review.board import Board
from pipelines.review.comparison import Comparison
from pipelines.review.decisions import Decision, Ledger, read_all
from tests.conftest import label, tree
from tests.pipelines.review.conftest import instance, manifest

HOST = "127.0.0.1:8710"


class Page:
    """The page's side of the conversation."""

    def __init__(self, config: CocoMattingConfig, other: Path | None = None, host: str = HOST) -> None:
        self.out = config.out
        self.board = Board(config.out, Comparison(config.out, other) if other else None)
        self.told: list[str] = []
        keys = Keys(self.told.append)
        self.token = keys.token
        backend = create_backend("closed-form")
        review = Review(config.out, self.board, Pictures(config.out, config.images), lambda: backend, "ann")
        self.app = create_app(review, keys, frozenset({host}))
        self.client = TestClient(self.app, base_url=f"http://{HOST}")

    def enter(self) -> "Page":
        assert self.client.get(f"/?token={self.token}").status_code == 200
        self.client.headers["x-mask2matte"] = "1"
        return self

    def get(self, path: str) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def picture(self, path: str) -> np.ndarray:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return np.asarray(Image.open(io.BytesIO(answer.content)))

    def decide(self, number: int = 0, **asked: Any) -> Any:
        known = {"digest": self.board.catalogue.digest(number), "verdict": "accepted", "reviewer": "ann"}
        body = orjson.dumps(known | {"reason": None, "grade": None, "mended": None} | asked)
        return self.client.post(f"/api/rows/{number}/decision", content=body)

    def decisions(self) -> list[Decision]:
        return list(read_all(self.out))


@pytest.fixture
def page(labelled: CocoMattingConfig) -> Page:
    return Page(labelled).enter()


# ---- who may


def test_a_token_opens_the_page_once_and_the_next_is_told(labelled: CocoMattingConfig) -> None:
    page = Page(labelled)
    assert page.client.get("/").status_code == 403
    assert page.client.get("/?token=guess").status_code == 403
    page.enter()
    assert "Mask2Matte review" in page.client.get("/").text
    second = TestClient(page.app, base_url=f"http://{HOST}")
    assert second.get(f"/?token={page.token}").status_code == 403
    assert second.get("/api/state").status_code == 403
    assert second.get("/api/state", headers={"cookie": "mask2matte-review-8710=guess"}).status_code == 403
    assert second.get(f"/?token={page.told[0]}").status_code == 200
    # The name is that of whoever started the server.
    assert second.get("/api/state").json()["you"] == "" and page.get("/api/state")["you"] == "ann"


def test_the_cookie_is_for_this_site_and_no_script(labelled: CocoMattingConfig) -> None:
    page = Page(labelled)
    answer = page.client.get(f"/?token={page.token}", follow_redirects=False)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and page.token not in answer.headers["location"]
    assert cookie.startswith("mask2matte-review-8710=")  # a server at another port keeps its own


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": f"http://{HOST}.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "null"},
        {"x-mask2matte": None},
    ],
)
def test_posts_of_other_sites_are_refused(page: Page, headers: dict[str, str | None]) -> None:
    for name, value in headers.items():
        if value is None:
            del page.client.headers[name]
        else:
            page.client.headers[name] = value
    assert page.decide().status_code == 403
    assert page.decisions() == []


def test_a_strangers_name_that_leads_here_is_refused(page: Page) -> None:
    assert page.client.get("/api/state", headers={"host": "evil.example:8710"}).status_code == 421


def test_a_machines_name_may_have_capitals(labelled: CocoMattingConfig) -> None:
    page = Page(labelled, host="Studio:8710")
    client = TestClient(page.app, base_url="http://studio:8710")
    assert client.get(f"/?token={page.token}").status_code == 200
    assert client.get("/api/state", headers={"host": "STUDIO:8710"}).status_code == 200


def test_nothing_from_elsewhere_is_loaded(page: Page) -> None:
    answer = page.client.get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "http" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["/picture/0/..%2f..%2fsummary.json", "/picture/0/%2fetc%2fpasswd", "/..%2fapp.py", "/app.py", "/picture/-1/photo",
     "/picture/3/photo", "/picture/99999999999999999999/photo", "/api/rows/3", "/picture/0/other",
     "/picture/0/mended/matte", "/picture/0/mended/..%2f..%2fx", "/picture/0/paint/2/photo",
     "/picture/0/paint/-1/photo", "/picture/0/paint/0/mended", "/picture/0/paint/0/..%2f..%2fx",
     "/picture/0/paint/..%2fx/photo"],
)  # fmt: skip
def test_no_path_reaches_the_disk(page: Page, path: str) -> None:
    assert page.client.get(path).status_code == 404


# ---- what is asked


def test_the_state_and_the_queue(page: Page) -> None:
    state = page.get("/api/state")
    assert (state["mattes"], state["dataset"], state["you"]) == (3, "coco", "ann")
    assert state["counts"]["undecided"] == 3 and state["other"] is None
    queue = page.get("/api/rows?order=id&limit=2&offset=1")
    assert queue["total"] == 3 and [row["n"] for row in queue["rows"]] == [1, 2]
    row = page.get("/api/rows/1")
    assert row["image_path"] == "000000000002.png" and not any(row["missing"].values()) and row["words"] == []


@pytest.mark.parametrize(
    "asked, total",
    [("accessory=yes", 0), ("accessory=no", 3), ("category=person", 3), ("category=dog", 0), ("state=rejected", 1),
     ("reason=hair+lost", 1), ("reason=too+soft", 0), ("reviewer=ann", 1), ("reviewer=bob", 0),
     ("least=1000&score=doubt", 0)],
)  # fmt: skip
def test_filters_of_the_queue(page: Page, asked: str, total: int) -> None:
    page.decide(0, verdict="rejected", reason="hair lost")
    assert page.get(f"/api/rows?{asked}")["total"] == total


def test_no_answer_is_longer_than_the_longest(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.review.app.MOST", 2)
    assert [len(page.get(f"/api/rows?limit={limit}")["rows"]) for limit in (0, 1, 3)] == [1, 1, 2]


def test_what_other_servers_wrote_is_seen(page: Page) -> None:
    known, now = page.board.catalogue, datetime.now(UTC)
    for number, digest in ((0, known.digest(0)), (1, "old")):
        Ledger(page.out).add(Decision(known.sample(number), digest, "rejected", "bob", now))
    (page.out / "reviews" / "decisions-20260101T000000-00000000.parquet").write_bytes(b"not a table")
    state = page.get("/api/state")
    assert (state["counts"]["rejected"], state["counts"]["outdated"], state["reviewers"]) == (1, 1, {"bob": 2})
    assert len(state["problems"]) == 1 and "damaged" in state["problems"][0]
    assert [page.get(f"/api/rows/{number}")["words"][0]["outdated"] for number in (0, 1)] == [False, True]


@pytest.mark.parametrize(
    "asked",
    [
        "order=beauty",
        "state=lovely",
        "least=x&score=doubt",
        "most=nan&score=doubt",
        "least=1",
        "least=1&score=id",
        "least=1&score=disagreement",
        "offset=x",
        "limit=1.5",
    ],
)
def test_a_bad_query_is_said(page: Page, asked: str) -> None:
    answer = page.client.get(f"/api/rows?{asked}")
    assert answer.status_code == 400 and answer.json()["error"]


def test_pictures_of_a_matte_are_of_one_size(page: Page) -> None:
    row = page.get("/api/rows/0")
    for kind in ("photo", "trimap", "matte", "cutout"):
        assert page.picture(f"/picture/0/{kind}").shape[:2] == (row["height"], row["width"])
    assert max(page.picture("/picture/0/thumbnail").shape[:2]) <= 112


def test_a_lost_picture_says_so_and_the_rest_is_shown(page: Page) -> None:
    (page.out / page.board.catalogue.read(0).alpha_path).unlink()
    row = page.get("/api/rows/0")
    assert row["missing"]["matte"] == "file missing" and row["missing"]["photo"] == ""
    answer = page.client.get("/picture/0/matte")
    assert answer.status_code == 404 and answer.json()["error"] == "file missing"


def test_without_its_photo_a_matte_is_shown_and_not_mended(labelled: CocoMattingConfig, tmp_path: Path) -> None:
    page = Page(labelled.model_copy(update={"images": tmp_path / "moved"})).enter()
    assert page.picture("/picture/0/thumbnail").ndim == 2
    assert page.client.post("/api/rows/0/mend", content=b"").status_code == 422


def test_another_runs_matte_is_shown_beside(labelled: CocoMattingConfig) -> None:
    page = Page(labelled, labelled.out).enter()
    row = page.get("/api/rows/0")
    assert row["compare"] and row["scores"]["disagreement"] == 0 and not row["waits"]
    np.testing.assert_array_equal(page.picture("/picture/0/other"), page.picture("/picture/0/matte"))
    state = page.get("/api/state")
    assert state["other"] == str(labelled.out) and state["compared"] == {"done": 3, "pairs": 3}
    assert "disagreement" in state["orders"] and state["scores"]["disagreement"] == [0, 0]


def test_a_score_orders_and_bounds_the_queue(page: Page) -> None:
    assert page.get("/api/state")["scores"]["sam_iou"] is None
    scores = [page.get(f"/api/rows/{number}")["scores"]["soft_fraction"] for number in range(3)]
    middle = sorted(scores)[1]

    def numbers(bounds: str) -> list[int]:
        return [row["n"] for row in page.get(f"/api/rows?order=id&score=soft_fraction{bounds}")["rows"]]

    assert numbers(f"&least={middle}") == [n for n in range(3) if scores[n] >= middle]
    assert numbers(f"&most={middle}") == [n for n in range(3) if scores[n] <= middle]
    assert numbers(f"&least={middle}&most={middle}") == [scores.index(middle)]
    assert numbers("") == [0, 1, 2]


def test_bounds_that_hold_nothing_are_said(page: Page) -> None:
    answer = page.client.get("/api/rows?score=mask_iou&least=0.9&most=0.5")
    assert answer.status_code == 400 and answer.json()["error"] == "mask iou from 0.9 to 0.5: nothing lies between"


def test_the_other_runs_matte_and_not_this_one_is_shown_beside(labelled: CocoMattingConfig, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(labelled.out, other, symlinks=True)
    page = Page(labelled, other).enter()
    assert page.get("/api/rows/0")["compare"]
    row = page.board.catalogue.read(0)
    Image.new("L", (row.image_width, row.image_height), 77).save(other / str(row.alpha_path))
    assert (page.picture("/picture/0/other") == 77).all() and not (page.picture("/picture/0/matte") == 77).all()


def test_what_another_run_lacks_is_not_shown_beside(labelled: CocoMattingConfig, tmp_path: Path) -> None:
    manifest(tmp_path / "other", [instance(1)])
    page = Page(labelled, tmp_path / "other").enter()
    assert not page.get("/api/rows/0")["compare"] and page.client.get("/picture/0/other").status_code == 404


def test_a_manifest_that_cannot_be_read_any_more_is_said(page: Page) -> None:
    next((page.out / "manifest").glob("*.parquet")).write_bytes(b"not a table")
    answer = page.client.get("/api/rows/0")
    assert answer.status_code == 503 and "the manifest is damaged" in answer.json()["error"]


def test_a_new_manifest_that_is_damaged_is_said(page: Page, labelled: CocoMattingConfig) -> None:
    label(labelled.model_copy(update={"images_per_shard": 1}))
    next((page.out / "manifest").glob("*.parquet")).write_bytes(b"not a table")
    answer = page.client.get("/api/state")
    assert answer.status_code == 503 and "the manifest is damaged" in answer.json()["error"]


def test_a_store_that_does_not_answer_is_said(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_out: Path) -> None:
        raise StoreError("s3://bucket/out: no answer")

    monkeypatch.setattr("flows.review.app.current", silent)
    answer = page.client.get("/api/state")
    assert answer.status_code == 503 and answer.json()["error"] == "s3://bucket/out: no answer"


def test_a_replaced_matte_is_not_shown_as_the_one_that_was_asked_for(page: Page) -> None:
    digest, painted = page.board.catalogue.digest(0), page.picture("/picture/0/trimap").tobytes()
    for path, body in (("/api/rows/0", None), ("/picture/0/matte", None), ("/api/rows/0/mend", painted)):
        method = "GET" if body is None else "POST"
        assert page.client.request(method, f"{path}?d={digest}", content=body).status_code == 200
        answer = page.client.request(method, f"{path}?d=old", content=body)
        assert answer.status_code == 409 and "load the page anew" in answer.json()["error"]


# ---- what is decided


def test_a_decision_is_written_and_the_job_is_not_touched(page: Page) -> None:
    before = tree(page.out)
    assert page.decide(0, grade=3).json()["state"] == "accepted"
    assert page.decide(1, verdict="rejected", reason="hair lost").json()["counts"]["undecided"] == 1
    assert page.decide(1, verdict="withdrawn").json()["state"] == "undecided"
    assert [(d.verdict, d.reason, d.grade) for d in page.decisions()] == [
        ("accepted", None, 3),
        ("rejected", "hair lost", None),
        ("withdrawn", None, None),
    ]
    after = tree(page.out)
    assert {name: after[name] for name in before} == before
    assert {name.split("/")[0] for name in after.keys() - before.keys()} == {"reviews"}


@pytest.mark.parametrize(
    "asked",
    [
        {"verdict": "perfect"},
        {"reviewer": ""},
        {"reviewer": " "},
        {"reviewer": "x" * 201},
        {"reviewer": 5},
        {"reason": ""},
        {"reason": ["a"]},
        {"grade": 0},
        {"grade": 4},
        {"grade": True},
        {"grade": 1.5},
        {"mended": True},
    ],
)
def test_a_bad_decision_is_refused(page: Page, asked: dict[str, Any]) -> None:
    answer = page.decide(0, **asked)
    assert answer.status_code == 400 and answer.json()["error"]
    assert page.decisions() == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b'{"verdict": "accepted"}', b"\xff"])
def test_what_is_no_decision_is_refused(page: Page, body: bytes) -> None:
    assert page.client.post("/api/rows/0/decision", content=body).status_code == 400


def test_a_decision_on_a_replaced_matte_is_refused(page: Page) -> None:
    answer = page.decide(0, digest="old")
    assert answer.status_code == 409 and "has taken this one's place" in answer.json()["error"]


def test_a_full_disk_is_said(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipelines.review.decisions.write_whole", full)
    answer = page.decide()
    assert answer.status_code == 507 and answer.json()["error"] == "not written: No space left on device"
    assert page.get("/api/state")["counts"]["undecided"] == 3


def test_decisions_at_the_same_time_are_all_kept(page: Page) -> None:
    threads = [threading.Thread(target=page.decide, args=(n % 3,), kwargs={"reviewer": f"r{n}"}) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {d.reviewer for d in page.decisions()} == {f"r{n}" for n in range(12)}


# ---- mending


def test_a_mended_trimap_is_matted_kept_beside_and_shown(page: Page) -> None:
    trimap = page.picture("/picture/0/trimap").copy()
    height, width = trimap.shape
    trimap[height // 2, : width // 4] = 255
    trimap[0], trimap[:, -1] = 0, 0
    answer = page.client.post("/api/rows/0/mend", content=trimap.tobytes())
    assert answer.status_code == 200
    made = np.asarray(Image.open(io.BytesIO(answer.content)))
    assert (made[height // 2, : width // 4] == 255).all() and (made[:, -1] == 0).all()
    assert page.decisions() == [] and not (page.out / "reviews").exists()
    token = answer.headers["x-mended"]
    assert page.decide(1, mended=token).status_code == 409  # of another matte
    assert page.decide(0, mended=token).status_code == 200
    digests = page.board.catalogue.digests
    page.board.catalogue = replace(page.board.catalogue, digests=pa.array(["new"] * 3))
    assert page.decide(0, mended=token).status_code == 409  # of a matte that another run has replaced
    page.board.catalogue = replace(page.board.catalogue, digests=digests)
    (decision,) = page.decisions()
    assert decision.mended is not None
    row = page.board.catalogue.read(0)
    whole = cv2.imread(str(page.out / decision.mended.alpha_path), cv2.IMREAD_UNCHANGED)
    assert whole.shape == (row.image_height, row.image_width)
    np.testing.assert_array_equal(page.picture("/picture/0/mended/matte"), made)
    np.testing.assert_array_equal(page.picture("/picture/0/paint/0/mended"), trimap)
    assert page.get("/api/rows/0")["mended"]
    assert decision.mended.alpha_path != row.alpha_path and (page.out / str(row.alpha_path)).exists()


def paint(page: Page, step: int, kind: str, rows: slice, columns: slice) -> Any:
    """Paint foreground on what a step shows; the answer to matting it again."""
    levels = page.picture(f"/picture/0/paint/{step}/{kind}").copy()
    levels[rows, columns] = 255
    return page.client.post(f"/api/rows/0/mend?step={step}&start={kind}", content=levels.tobytes())


def test_painting_beyond_the_crop_reaches_the_photo_and_stays(page: Page) -> None:
    crops = page.get("/api/rows/0")["crops"]
    assert crops[-1] == {"crop": [0, 0, 96, 80], "width": 96, "height": 80}
    assert page.picture("/picture/0/paint/1/photo").shape == (80, 96, 3)
    answer = paint(page, 1, "trimap", slice(0, 4), slice(90, 96))
    assert np.asarray(Image.open(io.BytesIO(answer.content))).shape == (80, 96)
    page.decide(0, mended=answer.headers["x-mended"])
    again = paint(page, 0, "mended", slice(0, 1), slice(0, 1))
    page.decide(0, mended=again.headers["x-mended"])
    mended = page.decisions()[-1].mended
    assert mended is not None
    left, top = crops[0]["crop"][:2]
    for path in (mended.alpha_path, mended.trimap_path):
        whole = cv2.imread(str(page.out / path), cv2.IMREAD_UNCHANGED)
        assert (whole[:4, 90:] == 255).all() and whole[top, left] == 255


@pytest.mark.parametrize("step, size", [("0", 80 * 96), ("1", 64 * 64), ("1", 80 * 96 + 1)])
def test_a_painted_trimap_of_another_step_is_refused(page: Page, step: str, size: int) -> None:
    answer = page.client.post(f"/api/rows/0/mend?step={step}", content=bytes(size))
    assert answer.status_code == 422 and answer.json()["error"].startswith("the painted trimap is not ")


@pytest.mark.parametrize("asked, status", [("step=2", 400), ("step=-1", 400), ("step=x", 400), ("start=mended", 404)])
def test_what_cannot_be_painted_on_is_said(page: Page, asked: str, status: int) -> None:
    answer = page.client.post(f"/api/rows/0/mend?{asked}", content=b"")
    assert answer.status_code == status and answer.json()["error"]


def test_a_mended_trimap_is_shown_smaller_without_levels_between(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.review.pictures.LARGE", ReportConfig().model_copy(update={"thumbnail": 16}))
    answer = page.client.post("/api/rows/0/mend", content=page.picture("/picture/0/trimap").tobytes())
    page.decide(0, mended=answer.headers["x-mended"])
    assert set(np.unique(page.picture("/picture/0/paint/0/mended"))) <= {0, 128, 255}


def test_few_mended_mattes_wait_and_the_oldest_go(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.review.app.MENDED_KEPT", 1)
    painted = page.picture("/picture/0/trimap").tobytes()
    tokens = [page.client.post("/api/rows/0/mend", content=painted).headers["x-mended"] for _ in range(2)]
    assert [page.decide(0, mended=token).status_code for token in tokens] == [409, 200]


def test_a_trimap_of_another_size_is_not_mended(page: Page) -> None:
    Image.new("L", (2, 2)).save(page.out / page.board.catalogue.read(0).trimap_path)
    answer = page.client.post("/api/rows/0/mend", content=b"")
    assert answer.status_code == 422 and answer.json()["error"] == "trimap and matte are not of the photo's size"


def test_nothing_mended_is_not_kept(page: Page) -> None:
    assert page.decide(0, mended="0123456789abcdef").status_code == 409
    assert page.decisions() == []


def test_what_cannot_be_matted_is_said(page: Page) -> None:
    shown = page.picture("/picture/0/trimap")
    for body, sentence in (
        (b"", "the painted trimap is not "),
        (b"\0" * 9, "the painted trimap is not "),
        (b"\1" * shown.size, "the painted trimap is not "),
        (b"\0" * shown.size, "the trimap has no known foreground: paint some"),
    ):
        answer = page.client.post("/api/rows/0/mend", content=body)
        assert answer.status_code == 422 and answer.json()["error"].startswith(sentence)


def test_a_body_without_end_is_cut_off(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.review.app.LONGEST_BODY", 100)
    assert page.client.post("/api/rows/0/mend", content=b"x" * 101).status_code == 413
