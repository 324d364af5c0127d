"""The page in a real browser, with a keyboard alone."""

import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from pipelines.config import TrimapConfig
from pipelines.review.decisions import Decision, read_all
from tests.browser import CHROMEDRIVER, CHROMIUM, chromium
from tests.conftest import Dataset, label

from .test_command_line import start

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (CHROMIUM and CHROMEDRIVER), reason="needs chromium and chromedriver"),
]
EVIL = "<img src=x onerror=document.title='caught'>"


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve mattes of a class whose name is an attack."""
    dataset = Dataset(tmp_path_factory.mktemp("page"))
    dataset.coco["categories"][0]["name"] = EVIL
    for image in range(1, 13):
        dataset.person(image)
    config = dataset.config(matting={"backend": "closed-form"}, fusion={"subject": EVIL}, dataset="hostile")
    label(config)
    label(config.model_copy(update={"out": other(config.out), "trimap": TrimapConfig(eta=9)}))
    return config.out


def other(out: Path) -> Path:
    """Output of another run on the same masks."""
    return out.with_name("other")


@pytest.fixture(scope="module")
def driver() -> Iterator[webdriver.Chrome]:
    with chromium() as driver:
        yield driver


class Reviewer:
    """A person at the keyboard."""

    def __init__(self, driver: webdriver.Chrome, out: Path, address: str) -> None:
        self.driver, self.out = driver, out
        driver.set_window_size(1200, 800)
        driver.get(address)
        self.until("document.body.dataset.ready === 'yes'")

    def until(self, condition: str) -> None:
        end = time.monotonic() + 60
        while not self.driver.execute_script(f"return {condition}"):
            assert time.monotonic() < end, f"{condition}: {self.text('notice')!r}, {self.text('progress')!r}"
            time.sleep(0.01)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def text(self, ident: str) -> str:
        return self.driver.find_element(By.ID, ident).text

    def look(self, key: str, kind: str) -> None:
        """Press the key of another picture, and wait until it is there."""
        self.press(key)
        self.until(f"(document.getElementById('shot').getAttribute('src') || '').includes('/{kind}?')")

    def shown(self) -> str:
        return str(self.driver.execute_script("return document.getElementById('shot').getAttribute('src') || ''"))

    def decisions(self) -> list[Decision]:
        return list(read_all(self.out))

    def done(self) -> int:
        """How many mattes are decided on, as the page says it."""
        return int(self.text("progress").split(" of ")[0])

    def decided(self, count: int) -> None:
        self.until(f"document.getElementById('progress').textContent.startsWith('{count} of')")

    def decide(self, *keys: str) -> None:
        """Press keys that decide, and wait as a person does until the next matte is seen."""
        shown = self.driver.execute_script("return document.body.dataset.shown")
        self.press(*keys)
        self.until(f"document.body.dataset.shown !== {shown!r}")


@pytest.fixture(scope="module")
def server(output: Path) -> Iterator[str]:
    process, address = start(output, "--backend", "closed-form", "--other", str(other(output)))
    yield address
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def opened(driver: webdriver.Chrome, output: Path, server: str) -> Reviewer:
    return Reviewer(driver, output, server)


@pytest.fixture
def reviewer(opened: Reviewer) -> Iterator[Reviewer]:
    """The page as the last test left it; whatever this one does, the console stays silent."""
    yield opened
    log = opened.driver.get_log("browser")  # type: ignore[no-untyped-call]
    assert [entry["message"] for entry in log] == []


def test_a_session_with_the_keyboard_alone(reviewer: Reviewer) -> None:
    """In the order a person would: look, accept, grade, reject, undo."""
    reviewer.until("document.getElementById('shot').naturalWidth > 0")
    reviewer.press("m")
    assert "/mask?" in reviewer.shown()
    reviewer.press(" ")
    assert "/photo?" in reviewer.shown()
    reviewer.press(" ", "t")
    assert "/trimap?" in reviewer.shown()
    done, before, started = reviewer.done(), len(reviewer.decisions()), time.monotonic()
    for keys in (("a",), ("3",), ("x", "4")):
        reviewer.decide(*keys)
    reviewer.decided(done + 3)
    reviewer.decide("u")
    reviewer.decided(done + 2)
    for keys in (("x", Keys.ENTER), ("1",), ("2",), ("a",)):
        reviewer.decide(*keys)
    reviewer.decided(done + 6)
    minutes = (time.monotonic() - started) / 60
    assert 8 / minutes > 20  # decisions a minute, two of them taken back or made twice
    assert [(d.verdict, d.grade, d.reason) for d in reviewer.decisions()[before:]] == [
        ("accepted", None, None),
        ("accepted", 3, None),
        ("rejected", None, "hair lost"),
        ("withdrawn", None, None),
        ("rejected", None, None),
        ("accepted", 1, None),
        ("accepted", 2, None),
        ("accepted", None, None),
    ]


def test_a_key_from_before_a_matte_was_seen_decides_nothing(reviewer: Reviewer) -> None:
    done, before = reviewer.done(), len(reviewer.decisions())
    reviewer.driver.execute_script(
        "for (const key of ['x', '2', 'a'])"
        " document.getElementById('stage').dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}))"
    )
    reviewer.until("document.getElementById('notice').textContent.includes('press again')")
    assert [d.verdict for d in reviewer.decisions()[before:]] == ["rejected"]
    reviewer.decide("u")
    reviewer.decided(done)


@pytest.mark.parametrize("how", ["repeat", "ctrlKey", "metaKey", "altKey"])
def test_a_key_held_down_or_of_the_browser_decides_nothing(reviewer: Reviewer, how: str) -> None:
    before = reviewer.decisions()
    reviewer.driver.execute_script(
        "document.getElementById('stage').dispatchEvent("
        f"new KeyboardEvent('keydown', {{key: 'a', bubbles: true, {how}: true}}))"
    )
    for key, kind in (("t", "trimap"), ("m", "mask")):  # keys are taken one after the other
        reviewer.look(key, kind)
    assert reviewer.decisions() == before


def test_what_is_taken_back_is_what_it_was_before(reviewer: Reviewer) -> None:
    before = len(reviewer.decisions())
    reviewer.decide("1")
    reviewer.decide("b")
    reviewer.decide("x", "1")
    reviewer.decide("u")
    reviewer.decide("u")
    assert [(d.verdict, d.grade) for d in reviewer.decisions()[before:]] == [
        ("accepted", 1),
        ("rejected", None),
        ("accepted", 1),
        ("withdrawn", None),
    ]


def test_nobody_takes_back_anothers_decision_and_a_name_is_only_typed(reviewer: Reviewer) -> None:
    reviewer.decide("1")
    before, field = reviewer.decisions(), reviewer.driver.find_element(By.ID, "reviewer")
    name = field.get_property("value")
    field.clear()
    field.send_keys("xa1", Keys.TAB)
    reviewer.press("u")
    reviewer.until(f"document.getElementById('notice').textContent === \"the last decision was {name}'s\"")
    assert reviewer.decisions() == before
    field.clear()
    field.send_keys(name, Keys.TAB)
    reviewer.decide("u")


def test_what_was_matted_before_the_last_stroke_is_not_kept(reviewer: Reviewer) -> None:
    before = reviewer.decisions()
    reviewer.press("d")
    reviewer.until("!document.getElementById('paint').hidden")
    reviewer.press(Keys.ENTER)
    reviewer.until("(document.getElementById('shot').getAttribute('src') || '').startsWith('blob:')")
    reviewer.press(" ", "k")
    reviewer.until("document.getElementById('notice').textContent === 'press enter first, to matte again'")
    assert reviewer.decisions() == before
    reviewer.press(Keys.ESCAPE)


def test_mending_with_the_keyboard_alone(reviewer: Reviewer) -> None:
    done, before = reviewer.done(), len(reviewer.decisions())
    reviewer.press("d")
    reviewer.until("!document.getElementById('paint').hidden")
    reviewer.press("2", "]", *[Keys.ARROW_UP] * 3, " ", Keys.ENTER)
    reviewer.until("(document.getElementById('shot').getAttribute('src') || '').startsWith('blob:')")
    reviewer.press("k")
    reviewer.decided(done + 1)
    decision = reviewer.decisions()[before]
    assert decision.mended is not None and (reviewer.out / decision.mended.alpha_path).is_file()


def test_painting_beyond_the_crop_with_the_keyboard_alone(reviewer: Reviewer) -> None:
    done, before = reviewer.done(), len(reviewer.decisions())
    reviewer.press("d")
    reviewer.until("!document.getElementById('paint').hidden")
    reviewer.press("3", " ")  # in the middle of the person
    assert reviewer.driver.execute_script("return document.getElementById('paint').width") < 96
    reviewer.press("w")
    reviewer.until("document.getElementById('paint').width === 96")
    tint = "document.getElementById('overlay').getContext('2d').getImageData(0, 40, 96, 1).data"
    opacity = reviewer.driver.execute_script(f"return [...{tint}].filter((_, i) => i % 4 === 3)")
    assert opacity[44] == 0 and opacity[30] == 110 and opacity[95] == 165
    reviewer.press("w")
    reviewer.until("document.getElementById('notice').textContent === 'this is the whole photo'")
    reviewer.press("1", *["]"] * 6, *[Keys.ARROW_RIGHT] * 30, " ", Keys.ENTER)
    reviewer.until("(document.getElementById('shot').getAttribute('src') || '').startsWith('blob:')")
    reviewer.press("k")
    reviewer.decided(done + 1)
    mended = reviewer.decisions()[before].mended
    assert mended is not None
    trimap, alpha = (
        cv2.imread(str(reviewer.out / path), cv2.IMREAD_UNCHANGED) for path in (mended.trimap_path, mended.alpha_path)
    )
    assert trimap[40, 44] == 128 and alpha[40, 95] == 255 and alpha[5, 95] == 0


def test_filters_show_what_was_decided(reviewer: Reviewer) -> None:
    reviewer.decide("x", "1")
    choose = "const s = document.getElementById('state'); s.value = {!r}; s.dispatchEvent(new Event('change'))"
    reviewer.press("f")
    reviewer.driver.execute_script(choose.format("rejected"))
    reviewer.until("document.querySelectorAll('#queue [data-state=rejected]').length >= 1")
    reviewer.until("!document.querySelector('#queue [data-state=undecided]')")
    reviewer.press(Keys.ESCAPE)
    reviewer.until("document.getElementById('words').textContent.includes('rejected')")
    reviewer.driver.execute_script(choose.format("undecided"))
    reviewer.until("!document.querySelector('#queue [data-state=rejected]')")


def test_the_order_by_disagreement_is_chosen_by_the_keyboard(reviewer: Reviewer) -> None:
    queue = "[...document.querySelectorAll('#queue button')].map((button) => Number(button.dataset.n))"
    ask = "const answer = await fetch('api/rows?state=undecided&order=' + arguments[0]); return await answer.json()"
    doubtful, apart = (
        [row["n"] for row in reviewer.driver.execute_script(ask, order)["rows"]] for order in ("doubt", "disagreement")
    )
    assert doubtful != apart
    reviewer.until("document.getElementById('progress').textContent.indexOf('compared') < 0")
    reviewer.press("f", "disa")
    reviewer.until(f"String({queue}) === {','.join(map(str, apart))!r}")
    reviewer.press(Keys.ESCAPE)
    width = reviewer.driver.execute_script(
        "return (await (await fetch(`api/rows/${arguments[0]}`)).json()).scores", apart[0]
    )
    reviewer.until(
        f"document.getElementById('facts').textContent.includes('disagreement{width['disagreement']:.3f} px')"
    )


def test_a_score_bounds_the_queue(reviewer: Reviewer) -> None:
    count = "document.querySelectorAll('#queue button').length"
    before, back = reviewer.driver.execute_script(f"return {count}"), Keys.SHIFT + Keys.TAB + Keys.NULL
    reviewer.press("f", *[Keys.TAB] * 6, "unk", Keys.TAB, "2", Keys.TAB, "1", Keys.TAB)
    reviewer.until("document.getElementById('notice').textContent.includes('unknown fraction from 2 to 1')")
    (said,) = reviewer.driver.get_log("browser")  # type: ignore[no-untyped-call]
    assert "400" in said["message"]
    reviewer.press(back, Keys.BACKSPACE, Keys.TAB)
    reviewer.until("document.getElementById('missing').textContent.startsWith('no matte fits')")
    reviewer.press(back, back, Keys.BACKSPACE, Keys.TAB, Keys.ESCAPE)
    reviewer.until(f"{count} === {before} && document.getElementById('notice').hidden")


def test_strings_of_strangers_stay_text(reviewer: Reviewer) -> None:
    assert EVIL in reviewer.text("facts")
    assert reviewer.driver.title == "Mask2Matte review"
    assert not reviewer.driver.find_elements(By.CSS_SELECTOR, "aside img")


def test_it_fits_a_telephone(reviewer: Reviewer) -> None:
    reviewer.driver.set_window_size(380, 800)
    width, inner = reviewer.driver.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert width <= inner
    stage = reviewer.driver.find_element(By.ID, "stage").size
    assert stage["height"] > 150 and stage["width"] > 300


def test_side_by_side_both_are_moved_together(reviewer: Reviewer) -> None:
    """On a telephone, where there is least room."""
    reviewer.driver.set_window_size(380, 800)
    reviewer.press("s", "z", "z")
    size = "[{0}.clientWidth, {0}.clientHeight].join()"
    stage, beside = (f"document.getElementById({name!r})" for name in ("stage", "beside"))
    reviewer.until(f"{size.format(stage)} === {size.format(beside)}")
    at = "[Math.round({0}.scrollLeft), Math.round({0}.scrollTop)].join()"
    before = reviewer.driver.execute_script(f"return {at.format(stage)}")
    reviewer.press(Keys.SHIFT + Keys.ARROW_RIGHT + Keys.ARROW_DOWN + Keys.NULL)
    reviewer.until(f"{at.format(stage)} !== {before!r} && {at.format(stage)} === {at.format(beside)}")
    reviewer.driver.execute_script(f"{beside}.scrollTo(7, 5)")
    reviewer.until(f"{at.format(stage)} === '7,5'")
    reviewer.press(Keys.SHIFT + Keys.ARROW_RIGHT + Keys.NULL)
    reviewer.until(f"{at.format(beside)} !== '7,5' && {at.format(stage)} === {at.format(beside)}")
    reviewer.press("z", "c")


def test_the_queue_goes_on_to_its_end(reviewer: Reviewer) -> None:
    """Loaded one at a time, with those decided gone from what the filter finds. Uses up the mattes: the last test."""
    shown = reviewer.driver.execute_script("return document.body.dataset.shown")
    reviewer.driver.execute_script(
        "const real = window.fetch;"
        "window.fetch = (path, how) => real(String(path).replace('limit=60', 'limit=1'), how);"
        "document.getElementById('order').dispatchEvent(new Event('change'))"
    )
    reviewer.until(f"document.body.dataset.shown !== {shown!r}")
    time.sleep(0.6)  # keys typed on top of one that came too early are not taken either
    while "that was the last one" not in reviewer.text("notice"):
        reviewer.decide("2")
    reviewer.decided(12)
