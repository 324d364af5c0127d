import pytest

from matting_models.trimap_matting import backend_names, create_backend, register, registry


def test_names() -> None:
    assert backend_names() == ("closed-form", "vitmatte")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("knn", {}, "unknown matting backend 'knn', expected one of closed-form, vitmatte"),
        (
            "closed-form",
            {"weights": "some/where"},
            "the closed-form backend has no weights, but 'some/where' was given; "
            "leave --matting.weights (WEIGHTS=) out",
        ),
        (
            "vitmatte",
            {},
            "the vitmatte backend needs weights, --matting.weights (WEIGHTS= for make): a local folder, or a hub name "
            "such as hustvl/vitmatte-small-composition-1k",
        ),
        ("closed-form", {"batch_size": 0}, "batch_size is 0, expected at least 1"),
    ],
)
def test_bad_options(name: str, options: dict, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        create_backend(name, **options)
    assert str(caught.value) == message


def test_closed_form_says_what_it_is() -> None:
    backend = create_backend("closed-form")
    assert (backend.name, backend.context, backend.batch_size) == ("closed-form", 4, 1)
    assert backend.revision.endswith("direct-1")


def test_register_adds_a_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_factories", dict(registry._factories))
    seen = []

    @register("mine")
    def mine(weights, device, precision, batch_size):
        seen.append((weights, device, precision, batch_size))
        return "backend"

    assert create_backend("mine", weights="w", device="cpu", precision="fp32", batch_size=3) == "backend"
    assert seen == [("w", "cpu", "fp32", 3)]
    assert backend_names() == ("closed-form", "mine", "vitmatte")
    with pytest.raises(ValueError, match=r"^matting backend 'mine' is registered already$"):
        register("mine")(mine)
