"""The settings file of what runs unattended: what it accepts, and how mistakes in it are told."""

from pathlib import Path

import pytest

from flows.unattended.deployment_settings import SettingsFile
from pipelines.errors import UserError

LABELLING = """
[[labelling]]
name = "a"
[labelling.config]
annotations = "a.json"
images = "photos"
out = "out"
"""
TRAINING = """
[[training]]
name = "semat"
[training.config]
out = "runs"
[training.config.train]
backbone = "facebook/sam2.1-hiera-large"
manifest = "out/manifest"
images = "photos"
"""


def read(folder: Path, text: str) -> SettingsFile:
    path = folder / "deployments.toml"
    path.write_text(text)
    return SettingsFile(path)


def test_the_file_that_comes_with_the_project_is_read() -> None:
    file = SettingsFile(Path(__file__).parents[3] / "deployments.toml")
    assert [d.name for d in file.settings.labelling] == ["sample"]
    assert [d.name for d in file.settings.propagation] == ["views"]
    assert file.settings.training == ()


def test_what_it_shows_in_comments_is_read_too(tmp_path: Path) -> None:
    lines = (Path(__file__).parents[3] / "deployments.toml").read_text().splitlines()
    shown = [
        line.removeprefix("# ") if line.startswith(("# [", "# ")) and _is_setting(line) else line for line in lines
    ]
    file = read(tmp_path, "\n".join(shown))
    assert [d.name for d in file.settings.labelling] == ["sample", "train2017"]
    (described,) = file.settings.refmatte
    assert (described.config.count, described.config.manifest[0].name) == (1000, "sample")
    assert described.config.manifest[0].is_absolute() and described.config.out.is_absolute()
    (training,) = file.settings.training
    assert training.config.min_new_mattes == 1000 and training.config.evaluate[0].dataset == "aim-500"


def _is_setting(line: str) -> bool:
    rest = line.removeprefix("# ")
    return rest.startswith("[") or (" = " in rest and rest.split(" = ")[0].isidentifier())


def test_places_are_absolute_and_defaults_stay_defaults(tmp_path: Path) -> None:
    text = LABELLING.replace('"photos"', '"{data}/photos"').replace('"out"', '"{mattes}/out"')
    file = read(tmp_path, '[storage]\ndata = "data"\nmattes = "/far/away"\n' + text)
    assert file.parameters("labelling", "a") == {
        "config": {
            "annotations": str(tmp_path / "a.json"),
            "images": str(tmp_path / "data/photos"),
            "out": "/far/away/out",
        }
    }
    assert file.settings.labelling[0].config.out == Path("/far/away/out")


def test_several_of_a_kind(tmp_path: Path) -> None:
    file = read(tmp_path, LABELLING + LABELLING.replace('"a"', '"b"').replace("photos", "/others"))
    assert file.parameters("labelling", "b")["config"]["images"] == "/others"
    assert file.parameters("labelling", "a")["config"]["images"] == str(tmp_path / "photos")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("out = ", "trimap.eta = -3\nout = "), "[[labelling]] 1: config.trimap.eta is -3: input should be greater"),
        (("images = ", "imges = "), "[[labelling]] 1: config.images is missing"),
        (("out = ", "trimap.etta = 3\nout = "), "[[labelling]] 1: config.trimap.etta is unknown, expected eta?"),
        (("out = ", "nonsense = 3\nout = "), "config.nonsense is unknown, expected one of out, dataset,"),
        (('name = "a"', 'name = "a"\ncron = "0 25 * * *"'), "cron is '0 25 * * *': expected five fields"),
        (('name = "a"', 'name = "a"\ncron = "@x"'), "cron is '@x': expected five fields"),
        (('name = "a"', 'name = "a"\nevery_minutes = 0'), "every_minutes is 0: input should be greater than or equal"),
        (('name = "a"', 'name = "a"\nevery_minutes = inf'), "every_minutes is inf: input should be less than or equal"),
        (('name = "a"', 'name = "a"\ncron = "0 0 31 2 *"'), "cron is '0 0 31 2 *': expected five fields of days that"),
        (('name = "a"', 'name = "a"\ncron = "0 0 2 * * *"'), "cron is '0 0 2 * * *': expected five fields"),
        (('name = "a"', 'name = "a"\nwork_pool = ""'), "work_pool is '': string should have at least 1 character"),
        (("[[labelling]]", 'time_zone = "localtime"\n[[labelling]]'), "time_zone is 'localtime': expected a time zone"),
        (("[[labelling]]", 'storage = { a = "{b}/x" }\n[[labelling]]'), "[storage] has '{b}/x', expected places that"),
        (
            ("out = ", 'matting = { backend = "vitmat" }\nout = '),
            "matting.backend is vitmat, expected one of closed-form",
        ),
        (("out = ", 'scheduler = "tcp://a:1"\nout = '), "scheduler is tcp://a:1, expected runner dask with it"),
        (
            ("out = ", 'fusion.accessories = "bag"\nout = '),
            "config.fusion.accessories is 'bag': input should be a valid",
        ),
        (('name = "a"', 'name = "a"\nevery_minutes = 1\ncron = "0 2 * * *"'), "expected either cron or every_minutes"),
        (('name = "a"', 'name = "a/b"'), "[[labelling]] 1: name is 'a/b': string should match pattern"),
        (('"photos"', '"{data}/photos"'), "{data} is not in [storage], which has nothing"),
        (("[[labelling]]", 'time_zone = "Europe/Berln"\n[[labelling]]'), "expected a time zone such as Europe/Berlin"),
        (("[[labelling]]", "gpus = 0\n[[labelling]]"), "gpus is 0: input should be greater than or equal to 1"),
        (("[[labelling]]", "storage = 3\n[[labelling]]"), "[storage] is 3, expected names"),
        (("[[labelling]]", "[[labeling]]\nname = 'b'\n[[labelling]]"), "labeling is unknown, expected labelling?"),
        (("[[labelling]]", "[labelling]"), "labelling is one table, expected a list of tables: [[labelling]]"),
        (('"out"', '"out'), "not TOML"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    with pytest.raises(UserError) as error:
        read(tmp_path, LABELLING.replace(*change))
    assert str(error.value).startswith(f"{tmp_path / 'deployments.toml'}: ")
    assert message in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('backbone = "facebook/sam2.1-hiera-large"', ""), "no backbone"),
        (('manifest = "out/manifest"', ""), "give either --manifest and --images, or --data"),
        (("manifest", "batch_size = 0\nmanifest"), "--batch-size is 0, expected at least 1"),
        (("manifest", 'batch_sice = "2"\nmanifest'), "config.train.batch_sice is unknown, expected batch_size?"),
        (("manifest", 'out = "x"\nmanifest'), "config.train.out is unknown, expected one of"),
        (("manifest", 'iterations = "many"\nmanifest'), "config.train.iterations is 'many'"),
        (
            ("[training.config]", "[training.config]\nprocesses = 4"),
            "semat has processes = 4, expected at most gpus = 1",
        ),
    ],
)
def test_mistakes_in_a_training(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    with pytest.raises(UserError) as error:
        read(tmp_path, TRAINING.replace(*change, 1))
    assert "training" in str(error.value) and message in str(error.value)


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ('dataset = "aim-5"\nroot = "x"', "evaluate.0.dataset is 'aim-5': expected one of p3m-500-np"),
        ('dataset = "aim-500"', "dataset aim-500 needs root"),
        ('gt = "x"', "gt needs image"),
        ('gt = "x"\nimage = "y"\nprotocol = "mine"', "protocol is 'mine'"),
        ("", "expected either dataset and root, or gt and image"),
    ],
)
def test_mistakes_in_an_evaluation(tmp_path: Path, test: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        read(tmp_path, f"{TRAINING}[[training.config.evaluate]]\n{test}\n")
    assert message in str(error.value)


def test_two_evaluations_need_two_folders(tmp_path: Path) -> None:
    tests = [f'[[training.config.evaluate]]\ngt = "{name}/alpha"\nimage = "{name}/photos"\n' for name in "ab"]
    with pytest.raises(UserError, match="two evaluations are called alpha, expected different names: set folder"):
        read(tmp_path, TRAINING + "".join(tests))
    file = read(tmp_path, TRAINING + tests[0] + tests[1] + 'folder = "b"\n')
    assert [test.name() for test in file.settings.training[0].config.evaluate] == ["alpha", "b"]
    assert "--folder" not in file.settings.training[0].config.evaluate[1].words()


def test_numbers_that_json_has_not(tmp_path: Path) -> None:
    file = read(tmp_path, LABELLING.replace("out = ", 'matting.backend = "closed-form"\ntrimap.eta = inf\nout = '))
    with pytest.raises(UserError, match="labelling a has a number that is not finite"):
        file.parameters("labelling", "a")


def test_home_is_meant_and_a_jobs_template_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    text = LABELLING.replace('"out"', '"~/out"').replace('"photos"', '"{far}/photos"')
    text = text.replace('name = "a"', 'name = "a"\njob_variables = { volume = "${HOME}" }')
    file = read(tmp_path, '[storage]\nfar = "~/data"\n' + text)
    config = file.parameters("labelling", "a")["config"]
    assert (config["out"], config["images"]) == ("/home/somebody/out", "/home/somebody/data/photos")
    assert file.settings.labelling[0].job_variables == {"volume": "${HOME}"}


def test_two_of_the_same_name_and_none_at_all(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="two deployments of a kind are called a"):
        read(tmp_path, LABELLING + LABELLING)
    with pytest.raises(UserError, match="no deployment, expected"):
        read(tmp_path, "gpus = 2")
    with pytest.raises(UserError, match="cannot be read"):
        SettingsFile(tmp_path / "nowhere.toml")


def test_a_mark_without_an_object_is_a_mistake_at_once(tmp_path: Path) -> None:
    text = '[[propagation]]\nname = "p"\n[propagation.config]\nimages = "i"\nout = "o"\nmarks = [{ image = "r.jpg" }]\n'
    with pytest.raises(UserError, match="deployments.toml: r.jpg: nothing is marked, expected points, a box or a mask"):
        read(tmp_path, text)
