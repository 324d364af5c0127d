import math

import pytest

from matting_models.evaluation.judge import Row
from matting_models.evaluation.protocols import PROTOCOLS, Protocol
from matting_models.evaluation.samples import Sample
from matting_models.evaluation.summary import Summary, summarise
from matting_models.evaluation.tables import as_latex, as_markdown, as_text, make_table

SEMAT = PROTOCOLS["semat"]


def summary_of(rows: list[list[Row]], protocol: Protocol, method: str, dataset: str, published: int = 0) -> Summary:
    samples = [Sample(some[0]["sample_id"], "", (), instances="instance" in some[0]) for some in rows]
    return summarise(rows, samples, protocol, method, dataset, published)


def row(name: str, image: str | None = None, sad: float = 1.0, **more: object) -> Row:
    values = {"sad": sad, "mse": sad / 100, "mad": sad / 10, "grad": 2.0, "conn": 3.0, "conn_port": 0.5}
    return {"sample_id": name, "image_id": image or name, **values, **more}


def lost(name: str) -> Row:
    return {"sample_id": name, "image_id": name, "reason": "no prediction"}


def test_means_are_over_what_has_a_score() -> None:
    summary = summary_of([[row("a", sad=1)], [row("b", sad=4)], [lost("c")]], SEMAT, "ours", "set", 500)
    assert summary.values == {"sad": 2.5, "mse": 0.025, "mad": 0.25, "grad": 2, "conn_port": 0.5, "conn": 3}
    assert summary.counts == {"evaluated": 2, "without score": 1, "images": 2}
    assert summary.notes == [
        "1 of 3 samples have no score and are not in the means",
        "3 samples, while the published test set has 500",
    ]


def test_images_with_several_mattes_have_means_by_image() -> None:
    rows = [[row("a_0", "a", 1)], [row("a_1", "a", 3)], [row("b_0", "b", 7)]]
    values = summary_of(rows, SEMAT, "ours", "set").values
    assert values["sad"] == pytest.approx(11 / 3)
    assert values["sad_e"] == pytest.approx((2 + 7) / 2)
    assert values["mse_e"] == pytest.approx(0.045)
    assert values["mad_e"] == pytest.approx(0.45)


def test_nothing_with_a_score() -> None:
    summary = summary_of([[lost("a")]], SEMAT, "ours", "set")
    assert math.isnan(summary.values["sad"])
    assert "| ours | - |" in as_markdown(make_table([summary]))
    assert Summary.from_json(summary.as_json()).counts == summary.counts


def test_instances() -> None:
    def found(similarity: float) -> Row:
        same = {f"similarity_{form}": similarity for form in ("mad", "mse", "grad", "conn")}
        return {"sample_id": "a", "image_id": "a", "instance": "true positive", "prediction": "p", **same}

    missed = {"sample_id": "b", "image_id": "b", "instance": "false negative", "prediction": None}
    invented = {"sample_id": "a", "image_id": "a", "instance": "false positive", "prediction": "p"}
    summary = summary_of([[found(1.0), found(0.5), invented], [missed, missed]], SEMAT, "ours", "HIM2K")
    assert summary.values["imq_mad"] == pytest.approx(1.5 / (2 + 0.5 + 1))
    text = as_text(make_table([summary]))
    assert "IMQ mad" in text
    assert "42.86" in text  # per cent, as published
    assert text.startswith("HIM2K, 2 images, protocol semat")
    assert "2 true positives, 1 false positives, 2 false negatives" in text
    assert "1 of 2 images have no prediction: their people are false negatives" in text


def test_instances_of_which_none_could_be_judged() -> None:
    sample = Sample("a", "a", (), instances=True)
    summary = summarise([[lost("a")]], [sample], SEMAT, "ours", "HIM2K")
    assert list(summary.values) == ["imq_mad", "imq_mse", "imq_grad", "imq_conn"]
    assert "| ours | - | - | - | - |" in as_markdown(make_table([summary]))


def test_trimaps_leave_out_what_a_trimap_does_not_have() -> None:
    def scores(iou_foreground: float | None) -> Row:
        ious = {"iou_background": 1.0, "iou_unknown": 0.5, "iou_foreground": iou_foreground}
        return {"sample_id": "a", "image_id": "a", "accuracy": 0.9, **ious, "miou": 0.8}

    values = summary_of([[scores(None)], [scores(0.25)]], PROTOCOLS["trimap"], "net", "set").values
    assert values == {"accuracy": 0.9, "iou_background": 1, "iou_unknown": 0.5, "iou_foreground": 0.25, "miou": 0.8}


SUMMARY = summary_of([[row("a_b", sad=12.345)]], SEMAT, "SE_Mat 100%", "AIM & co", 1)


def test_console() -> None:
    assert as_text(make_table([SUMMARY])) == (
        "AIM & co, 1 matte, protocol semat (whole image, 1024 px on the long side)\n"
        "-------------------------------------------------------------\n"
        "Method         SAD     MSE     MAD  Grad  Conn (port)  Conn\n"
        "-------------------------------------------------------------\n"
        "SE_Mat 100%  12.35  0.1235  1.2345  2.00         0.50  3.00\n"
        "-------------------------------------------------------------\n"
    ).replace("-" * 61, "-" * 59)


def test_markdown() -> None:
    assert as_markdown(make_table([SUMMARY])) == (
        "**AIM & co, 1 matte**, protocol semat (whole image, 1024 px on the long side)\n\n"
        "| Method | SAD | MSE | MAD | Grad | Conn (port) | Conn |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        "| SE_Mat 100% | 12.35 | 0.1235 | 1.2345 | 2.00 | 0.50 | 3.00 |\n"
    )


def test_latex_is_escaped_and_names_the_protocol() -> None:
    latex = as_latex(make_table([SUMMARY]))
    assert r"\caption{AIM \& co, 1 matte, protocol semat (whole image, 1024 px on the long side).}" in latex
    assert r"SE\_Mat 100\% & 12.35 & 0.1235 & 1.2345 & 2.00 & 0.50 & 3.00 \\" in latex
    assert r"\begin{tabular}{lrrrrrr}" in latex


def test_composition_1k_multiplies_mse_in_tables_only() -> None:
    summary = summary_of([[row("a", sad=0.5)]], PROTOCOLS["composition-1k"], "ours", "Composition-1k")
    assert summary.values["mse"] == 0.005
    table = make_table([summary])
    assert table.headings[:4] == ("Method", "SAD", "MSE x 1000", "MAD")
    assert table.rows[0][2] == "5.00"


def test_several_methods_in_one_table_and_never_two_protocols_or_test_sets() -> None:
    other = summary_of([[row("a_b", sad=2)]], SEMAT, "theirs", "AIM & co", 500)
    table = make_table([SUMMARY, other])
    assert [line[:2] for line in table.rows] == [("SE_Mat 100%", "12.35"), ("theirs", "2.00")]
    assert table.notes == ("theirs: 1 samples, while the published test set has 500",)
    native = summary_of([[row("a_b")]], PROTOCOLS["whole-image"], "ours", "AIM & co")
    with pytest.raises(
        ValueError, match=r"AIM & co \(\w+\) by whole-image cannot stand in a table of AIM & co .* by semat"
    ):
        make_table([SUMMARY, native])
    elsewhere = summary_of([[row("other")]], SEMAT, "ours", "AIM & co")
    with pytest.raises(ValueError, match="cannot stand in a table"):
        make_table([SUMMARY, elsewhere])


def test_kinds_of_text_have_rows_of_their_own_and_the_right_entity_counts_where_there_are_others() -> None:
    rows = [
        [row("basic/a_0", "a", 1, kind="basic", right_entity=1.0)],
        [row("basic/a_1", "a", 3, kind="basic", right_entity=0.0)],
        [row("basic/b_0", "b", 5, kind="basic")],
        [row("absolute/a_0", "a", 7, kind="absolute", right_entity=1.0)],
    ]
    summary = summary_of(rows, SEMAT, "ours", "set")
    assert summary.values["right_entity"] == pytest.approx(2 / 3)
    assert summary.values["sad_e"] == pytest.approx(((1 + 3 + 7) / 3 + 5) / 2)
    assert (summary.kinds["basic"]["sad"], summary.kinds["basic"]["sad_e"]) == (3, (2 + 5) / 2)
    assert (summary.kinds["absolute"]["sad"], summary.kinds["absolute"]["right_entity"]) == (7, 1)
    assert summary.notes == ["right entity: of the 3 cases whose image has other entities, how many it overlaps most"]
    table = make_table([Summary.from_json(summary.as_json())])
    assert [line[0] for line in table.rows] == ["ours", "ours, absolute", "ours, basic"]
    assert (table.headings[-1], [line[-1] for line in table.rows]) == ("Right entity", ["0.6667", "1.0000", "0.5000"])
