"""The page of worst cases, opened from disk in a real browser."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from matting_models.evaluate import main
from matting_models.evaluation.page import WORST, badness, worst
from tests.browser import CHROMEDRIVER, CHROMIUM, chromium
from tests.matting_models.evaluation import trees
from tests.matting_models.evaluation.trees import disc, photo_of, trimap_of, write


def test_worst_of_each_metric_are_shown() -> None:
    rows = [{"sample_id": f"{i:02d}", "truth": "t", "sad": float(i), "mse": float(99 - i)} for i in range(90)]
    chosen = [int(row["sample_id"]) for row in worst(rows, ("sad", "mse"))]
    assert chosen == [*range(89, 89 - WORST, -1), *range(WORST - 1, -1, -1)]


def test_low_ious_are_worst_and_what_has_no_value_is_not() -> None:
    assert badness({"mad": 1.0}, "mad") > badness({"mad": 0.1}, "mad")
    assert badness({"iou_foreground": None}, "iou_foreground") is None
    rows = [
        {"sample_id": str(i), "truth": "t", "miou": 0.9, "iou_foreground": value} for i, value in enumerate((None, 0.0))
    ]
    assert [row["sample_id"] for row in worst(rows, ("iou_foreground",))] == ["1"]
    assert badness({"iou": 0.5}, "iou") > badness({"iou": 0.9}, "iou")
    assert badness({"miou": 0.5}, "miou") > badness({"miou": 0.9}, "miou")


def test_missed_and_invented_instances_do_not_crowd_out_the_found() -> None:
    def instance(kind: str, i: int, **more: object) -> dict[str, object]:
        return {"sample_id": f"{kind} {i:02d}", "truth": "t", "prediction": "p", "instance": kind, "pixels": i, **more}

    rows = [instance("true positive", i, mad=i / 100) for i in range(30)]
    rows += [instance(kind, i) for kind in ("false negative", "false positive") for i in range(40)]
    chosen = [row["sample_id"] for row in worst(rows, ("mad",))]
    assert chosen[:WORST] == [f"true positive {i:02d}" for i in range(29, 29 - WORST, -1)]
    assert chosen[WORST : 2 * WORST] == [f"false positive {i:02d}" for i in range(39, 39 - WORST, -1)]
    assert len(chosen) == 3 * WORST


def evaluate(root: Path, *words: str) -> Path:
    out = root / "out"
    assert main([*words, "--out", str(out), "--processes", "1"]) in (0, 1)
    return out


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six mattes, wrong by 1 to 6 columns, one of an evil name, and one without prediction."""
    root = tmp_path_factory.mktemp("page")
    names = ["a", "b", "c", "d", "e", "<img src=x onerror=alert(1)>"]
    for i, name in enumerate(names):
        write(root / "gt" / f"{name}.png", disc(i))
        write(root / "trimap" / f"{name}.png", trimap_of(disc(i)))
        write(root / "image" / f"{name}.jpg", photo_of(disc(i), i))
        write(root / "pred" / f"{name}.png", np.roll(disc(i), i + 1, axis=1))
    write(root / "gt" / "lost.png", disc(7))
    write(root / "trimap" / "lost.png", trimap_of(disc(7)))
    folders = [word for kind in ("pred", "gt", "image", "trimap") for word in (f"--{kind}", str(root / kind))]
    return evaluate(root, *folders, "--protocol", "alphamatting")


def test_pictures_share_a_crop_and_show_the_error(page: Path) -> None:
    pictures = {path.name: cv2.imread(str(path)) for path in sorted((page / "pictures").iterdir())}
    assert len(pictures) == 24
    first = [pictures[f"000-{kind}"] for kind in ("photo.jpg", "truth.png", "prediction.png", "error.png")]
    assert len({picture.shape for picture in first}) == 1
    error = first[3]  # BGR
    assert (error[:, :, 2] > 100).any()  # too opaque
    assert (error[:, :, 0] > 100).any()  # too transparent
    assert (error == 48).all(axis=2).any()  # known regions do not count


def test_instances_and_trimaps_have_pages(tmp_path: Path) -> None:
    root = trees.him2k(tmp_path)
    shutil.copytree(root / "HIM2K" / "alphas" / "natural" / "n1", tmp_path / "pred" / "natural" / "n1")
    out = evaluate(tmp_path, "--pred", str(tmp_path / "pred"), "--dataset", "him2k-natural", "--root", str(root))
    html = (out / "index.html").read_text()
    assert html.count("<article") == 4
    assert html.count('data-kind="true positive"') == 2
    assert html.count('data-kind="false negative"') == 2
    assert "natural/n2, 00" in html
    for seed in range(2):
        write(tmp_path / "tri" / "gt" / f"{seed}.png", trimap_of(disc(seed)))
        write(tmp_path / "tri" / "pred" / f"{seed}.png", trimap_of(disc(seed + 1)))
    folders = ["--pred", str(tmp_path / "tri" / "pred"), "--gt", str(tmp_path / "tri" / "gt")]
    out = evaluate(tmp_path / "tri", *folders, "--protocol", "trimap")
    assert (out / "index.html").read_text().count("<article") == 2
    assert len(list((out / "pictures").iterdir())) == 6


@pytest.fixture(scope="module")
def driver() -> Iterator[webdriver.Chrome]:
    if not (CHROMIUM and CHROMEDRIVER):
        pytest.skip("needs chromium and chromedriver")
    with chromium() as driver:
        yield driver


@pytest.mark.browser
def test_reader_sorts_by_any_metric(page: Path, driver: webdriver.Chrome) -> None:
    driver.get((page / "index.html").as_uri())
    assert "protocol alphamatting (unknown region, native size)" in driver.find_element(By.TAG_NAME, "body").text

    def shown(metric: str) -> list[float]:
        Select(driver.find_element(By.ID, "by")).select_by_visible_text(metric)
        marked = "article:not([hidden]) dl div.by"
        assert {e.text for e in driver.find_elements(By.CSS_SELECTOR, f"{marked} dt")} == {metric}
        return [float(e.text) for e in driver.find_elements(By.CSS_SELECTOR, f"{marked} dd")]

    for metric in ("SAD", "Grad", "Conn", "MSE"):
        values = shown(metric)
        assert len(values) == 6
        assert values == sorted(values, reverse=True), metric
    titles = [e.text for e in driver.find_elements(By.CSS_SELECTOR, "article h2")]
    assert "<img src=x onerror=alert(1)>" in titles
    driver.execute_script("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
    script = "return [...document.querySelectorAll('article img')].map(i => i.decode().then(() => i.naturalWidth))"
    widths = driver.execute_async_script(
        f"const done = arguments[0]; Promise.all((() => {{ {script} }})()).then(done, e => done(String(e)))"
    )
    assert len(widths) == 24
    assert all(width > 10 for width in widths)
    driver.find_element(By.TAG_NAME, "summary").click()
    assert "lost: no prediction" in driver.find_element(By.TAG_NAME, "details").text
    assert [entry["message"] for entry in driver.get_log("browser")] == []


@pytest.mark.browser
def test_reader_sees_only_the_worst_and_filters_instances(tmp_path: Path, driver: webdriver.Chrome) -> None:
    for i in range(WORST + 6):
        write(tmp_path / "gt" / f"{i:02d}.png", disc(0))
        write(tmp_path / "pred" / f"{i:02d}.png", np.roll(disc(0), i % 15, axis=i // 15))
    driver.get(
        (evaluate(tmp_path, "--pred", str(tmp_path / "pred"), "--gt", str(tmp_path / "gt")) / "index.html").as_uri()
    )
    shown = driver.find_elements(By.CSS_SELECTOR, "article:not([hidden])")
    assert len(shown) == WORST
    root = trees.him2k(tmp_path / "him2k")
    shutil.copytree(root / "HIM2K" / "alphas" / "natural" / "n1", tmp_path / "found" / "natural" / "n1")
    words = ("--pred", str(tmp_path / "found"), "--dataset", "him2k-natural", "--root", str(root))
    driver.get((evaluate(tmp_path / "him2k", *words) / "index.html").as_uri())

    def titles() -> list[str]:
        return [e.text for e in driver.find_elements(By.CSS_SELECTOR, "article:not([hidden]) h2")]

    assert sorted(titles()) == ["natural/n1, 00", "natural/n1, 01"]
    Select(driver.find_element(By.ID, "kind")).select_by_visible_text("false negatives")
    assert sorted(titles()) == ["natural/n2, 00", "natural/n2, 01"]
    assert [entry["message"] for entry in driver.get_log("browser")] == []
