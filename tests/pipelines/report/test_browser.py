"""The page in a real browser, opened from disk as a reader would."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from pipelines.config import ReportConfig
from pipelines.report import write_report
from tests.browser import CHROMEDRIVER, CHROMIUM, chromium

from .conftest import EVIL, Folder

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (CHROMIUM and CHROMEDRIVER), reason="needs chromium and chromedriver"),
]


class Reader:
    """What a reader of the page does and sees."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def click(self, selector: str) -> None:
        element = self.one(selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def press(self, key: str) -> None:
        self.driver.switch_to.active_element.send_keys(key)

    def ids(self) -> list[str]:
        """Image ids of the cards in sight, in order."""
        return [str(card.get_attribute("data-id")).split(".")[0] for card in self.all(".card") if card.is_displayed()]

    def title(self) -> str:
        """Heading of the enlarged picture; empty when none is open."""
        return self.one("#lightbox-title").text if self.one("#lightbox").get_attribute("open") else ""

    def enlarged(self) -> str:
        return self.one("#lightbox-kinds [aria-pressed=true]").text

    def errors(self) -> list[str]:
        return [str(entry["message"]) for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def driver() -> Iterator[webdriver.Chrome]:
    with chromium() as driver:
        yield driver


@pytest.fixture
def page(driver: webdriver.Chrome, folder: Folder) -> Iterator[Reader]:
    """The page, freshly opened; whatever a test does, the console must stay silent and nothing may be injected."""
    path = write_report(folder.out, folder.images, ReportConfig(), folder.summary())
    driver.get(path.as_uri())
    reader = Reader(driver)
    yield reader
    assert reader.errors() == []
    assert len(reader.all("script")) == 1
    assert reader.all("[onerror]") == []


def test_opens_on_the_accepted(page: Reader) -> None:
    assert page.ids() == ["1", "2", "3"]
    assert page.one("#count").text == "3 instances"
    assert "toy" in page.driver.title


def test_every_picture_loads(page: Reader) -> None:
    page.click(".kind[data-kind=all]")
    for picture in page.all(".picture"):
        page.run("arguments[0].scrollIntoView({block: 'center'})", picture)
    shown = "return [...document.querySelectorAll('.card img')]"
    WebDriverWait(page.driver, 10).until(lambda _: page.run(shown + ".every((i) => i.complete)"))
    widths = page.run(shown + ".map((i) => [i.getAttribute('src'), i.naturalWidth])")
    assert len(widths) == 3 * 6 + 2 * 2  # a mask is laid over its photo: two images
    assert [source for source, width in widths if not width] == []


def test_kinds(page: Reader) -> None:
    page.click(".kind[data-kind=rejected]")
    assert page.ids() == ["4", "5", "6", "7"]
    assert page.one(".kind[data-kind=rejected]").get_attribute("aria-pressed") == "true"
    page.click(".kind[data-kind=all]")
    assert len(page.ids()) == 7
    page.click(".kind[data-kind=accepted]")
    assert page.ids() == ["1", "2", "3"]


def test_rejects_say_why_and_missing_photos_leave_a_placeholder(page: Reader) -> None:
    page.click(".kind[data-kind=rejected]")
    cards = {str(card.get_attribute("data-id")): card for card in page.all("#rejected .card")}
    assert "image_missing" in cards["6.6"].text and "6.png is not in the image folder" in cards["6.6"].text
    placeholder = cards["6.6"].find_element(By.CSS_SELECTOR, ".missing")
    assert placeholder.is_displayed() and "image missing" in placeholder.text
    assert EVIL in cards["7.7"].text


def test_reason_bars_filter(page: Reader) -> None:
    bar = '.reason[data-reason="too_small"]'
    page.click(bar)
    assert page.ids() == ["4", "5"]
    assert Select(page.one("#reason")).first_selected_option.text == "too_small"
    page.click(bar)
    assert page.ids() == ["4", "5", "6", "7"]
    Select(page.one("#reason")).select_by_value("image_missing")
    assert page.ids() == ["6"]
    page.click(".kind[data-kind=accepted]")
    assert page.ids() == ["1", "2", "3"]
    assert Select(page.one("#reason")).first_selected_option.text == "any"


@pytest.mark.parametrize(
    ("score", "up", "down"),
    [
        ("mask-iou", ["2", "1", "3"], ["3", "1", "2"]),
        ("mask-area", ["1", "3", "2"], ["2", "3", "1"]),
        ("id", ["1", "2", "3"], ["3", "2", "1"]),
        ("sam-iou", ["3", "1", "2"], ["3", "1", "2"]),  # those without the score stand last either way
    ],
)
def test_sort(page: Reader, score: str, up: list[str], down: list[str]) -> None:
    Select(page.one("#sort")).select_by_value(score)
    assert page.ids() == up
    page.click("#direction")
    assert page.ids() == down
    assert page.one("#direction").get_attribute("aria-label") == "Highest first"
    page.click("#direction")
    assert page.ids() == up


def test_search(page: Reader) -> None:
    page.click(".kind[data-kind=all]")
    find = page.one("#find")
    for text, expected in (("HandBag", ["2"]), ("4.png", ["4"]), ("too_small 30", ["5"]), ("<script>", ["7"])):
        find.clear()
        find.send_keys(text)
        assert page.ids() == expected, text
    find.clear()
    find.send_keys("no such thing")
    assert page.ids() == []
    assert page.one("#nothing").is_displayed()
    page.click("#reset")
    assert len(page.ids()) == 7


def test_enlarge_by_click(page: Reader) -> None:
    page.click("#accepted .card:nth-child(2) .matte .picture")
    assert page.title() == "toy-val-000000000002-2"
    assert page.enlarged() == "matte"
    frame = page.one(".frame img")
    assert frame.size["width"] > 300
    page.press(Keys.ESCAPE)
    assert page.title() == ""


def test_enlarge_by_keyboard(page: Reader) -> None:
    picture = page.one("#accepted .card .photo .picture")
    page.run("arguments[0].focus()", picture)
    page.press(Keys.ENTER)
    assert (page.title(), page.enlarged()) == ("toy-val-000000000001-1", "photo")
    seen = []
    for key in (Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_DOWN, Keys.ARROW_LEFT, Keys.ARROW_UP, Keys.ARROW_UP):
        page.press(key)
        seen.append((page.title()[-1], page.enlarged()))
    assert seen == [("1", "mask"), ("1", "trimap"), ("2", "trimap"), ("2", "mask"), ("1", "mask"), ("1", "mask")]
    page.press(Keys.ESCAPE)
    assert page.title() == ""
    assert (
        page.driver.switch_to.active_element.get_attribute("aria-label") == "Enlarge the mask of toy-val-000000000001-1"
    )


def test_the_arrow_keys_work_after_choosing_a_picture_by_mouse(page: Reader) -> None:
    page.click("#accepted .card .photo .picture")
    page.one("#lightbox-kinds button:nth-child(4)").click()
    page.press(Keys.ARROW_RIGHT)
    assert page.enlarged() == "cutout"
    page.one("#lightbox-close").click()
    assert page.title() == ""


def test_only_instances_in_sight_follow_in_the_large_view(page: Reader) -> None:
    Select(page.one("#sort")).select_by_value("mask-iou")
    page.click("#accepted .card .photo .picture")
    titles = []
    for _ in range(3):
        titles.append(page.title()[-1])
        page.press(Keys.ARROW_DOWN)
    assert titles == ["2", "1", "3"]
    assert page.title()[-1] == "3"


def test_background_of_the_cutouts(page: Reader) -> None:
    colours = {}
    for name in ("black", "white", "green", "checker"):
        page.click(f".controls .swatch.{name}")
        colours[name] = page.one(".cutout .picture").value_of_css_property("background-color")
        assert page.one(f".controls .swatch.{name}").get_attribute("aria-pressed") == "true"
    assert colours["black"] == "rgba(0, 0, 0, 1)"
    assert colours["white"] == "rgba(255, 255, 255, 1)"
    assert colours["green"] == "rgba(0, 177, 64, 1)"
    assert "conic-gradient" in page.one(".cutout .picture").value_of_css_property("background-image")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_follows_the_colour_scheme(page: Reader, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    channel = int(page.one("body").value_of_css_property("background-color").split("(")[1].split(",")[0])
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert (channel > 200) if scheme == "light" else (channel < 60)


@pytest.mark.parametrize("width", [360, 500, 900, 1400])
def test_nothing_sticks_out_sideways(page: Reader, width: int) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    page.run("document.querySelector('.kind[data-kind=all]').click()")
    over = page.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.run("document.querySelector('#accepted .cutout .picture').click()")
    bar = page.one(".lightbox-bar").size["height"]
    page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert over <= 0
    assert bar < 170


def test_opens_from_any_folder(page: Reader, folder: Folder, tmp_path: Path) -> None:
    moved = tmp_path / "a folder #1 with 100% odd näme"
    shutil.copytree(folder.out / "report", moved)
    page.driver.get((moved / "index.html").as_uri())
    WebDriverWait(page.driver, 10).until(lambda _: page.run("return document.querySelector('.card img').complete"))
    assert page.run("return document.querySelector('.card img').naturalWidth") > 0


@pytest.fixture
def propagated(driver: webdriver.Chrome, propagation: Folder) -> Iterator[Reader]:
    """The page of a propagation run with a reference whose name tries to break out."""
    summary = propagation.summary() | {"references": [propagation.reference(8, name=EVIL), propagation.reference(9)]}
    driver.get(write_report(propagation.out, propagation.images, ReportConfig(), summary).as_uri())
    reader = Reader(driver)
    yield reader
    assert reader.errors() == []
    assert len(reader.all("script")) == 1


def test_points_and_references_load(propagated: Reader) -> None:
    propagated.click(".kind[data-kind=all]")
    propagated.run("document.querySelectorAll('img').forEach((i) => (i.loading = 'eager'))")
    shown = "return [...document.querySelectorAll('.picture img')]"
    WebDriverWait(propagated.driver, 10).until(lambda _: propagated.run(shown + ".every((i) => i.complete)"))
    widths = propagated.run(shown + ".map((i) => [i.getAttribute('src'), i.naturalWidth])")
    assert len(widths) == 2 * 2 + 2 * 7 + 1 + 3  # references; accepted; one not found; one too small
    assert [source for source, width in widths if not width] == []
    assert propagated.ids() == ["1", "2", "3", "4"]
    assert EVIL in propagated.one(".reference .name").text


def test_points_enlarge_and_lead_to_the_references(propagated: Reader) -> None:
    propagated.click("#accepted .card .points .picture")
    seen = [(propagated.title(), propagated.enlarged())]
    for key in (Keys.ARROW_LEFT, Keys.ARROW_RIGHT, Keys.ARROW_UP, Keys.ARROW_RIGHT, Keys.ARROW_UP, Keys.ARROW_UP):
        propagated.press(key)
        seen.append((propagated.title(), propagated.enlarged()))
    target = "toy-val-000000000001-1"
    assert seen == [
        (target, "points"), (target, "mask"), (target, "points"), ("ref9.jpg", "points"), ("ref9.jpg", "mask"),
        (EVIL, "mask"), (EVIL, "mask"),
    ]  # fmt: skip
    propagated.press(Keys.ESCAPE)
    assert propagated.title() == ""
    propagated.click(".reference .points .picture")
    propagated.press(Keys.ARROW_DOWN)
    propagated.press(Keys.ARROW_DOWN)
    assert (propagated.title(), propagated.enlarged()) == (target, "points")


def test_find_by_reference_and_sort_by_object_score(propagated: Reader) -> None:
    propagated.one("#find").send_keys("ref2.jpg")
    assert propagated.ids() == ["2"]
    propagated.one("#find").clear()
    propagated.one("#find").send_keys("toy")
    Select(propagated.one("#sort")).select_by_value("object-score")
    assert propagated.ids() == ["2", "1"]


@pytest.mark.parametrize("width", [360, 900, 1400])
def test_points_and_references_do_not_stick_out(propagated: Reader, width: int) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    propagated.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    propagated.run("document.querySelector('.kind[data-kind=all]').click()")
    over = propagated.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    tops = {shot.location["y"] for shot in propagated.all("#accepted .card:first-child .shot")}
    propagated.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert over <= 0
    assert len(tops) == (2 if width < 640 else 1)  # rows of pictures
