"""Croissant metadata (MLCommons, version 1.0): what the files are and which columns they have, for programs."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson
import pyarrow as pa

from pipelines.exports import coco, fiftyone, folder, huggingface, refmatte
from pipelines.exports.plain_files import Layout
from pipelines.exports.record import COLUMNS
from pipelines.exports.tally import Tally
from pipelines.storage.manifest import MANIFEST_SCHEMA

CONTEXT = {
    "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/", "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"}, "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{name: f"cr:{name}" for name in (
        "citeAs", "column", "equivalentProperty", "extract", "field", "fileObject", "fileProperty", "fileSet", "format",
        "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references",
        "regex", "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform")},
}  # fmt: skip
"""The vocabulary of version 1.0."""
_TYPES = {"int": "sc:Integer", "float": "sc:Float", "double": "sc:Float", "string": "sc:Text", "bool": "sc:Boolean"}
Files = Mapping[str, Mapping[str, Any]]
"""Names of the files that stand, with ``bytes`` and ``sha256`` of each."""


def croissant(format: str, title: str, version: int, tally: Tally, files: Files) -> bytes:
    """The metadata as JSON-LD; the same for the same files.

    Args:
        format: of the export.
        title: of the data set.
        version: of the manifest.
        tally: of what is shared.
        files: below the export's folder.
    """
    distribution, records = _DESCRIBED[format](files)
    known = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": title,
        "version": f"{version}.0.0",
        "description": _description(tally),
        # Which photo is under which, or under none, is said there alone.
        "license": "ATTRIBUTION.tsv",
        "keywords": ["image matting", "alpha matte", "trimap"],
        "isLiveDataset": False,
        "distribution": [_file("attribution", "ATTRIBUTION.tsv", files, "text/tab-separated-values"), *distribution],
        "recordSet": [records] if records else [],
    }
    return orjson.dumps(known, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _description(tally: Tally) -> str:
    if tally.sources:
        return (
            f"{tally.mattes:,} alpha mattes on {len(tally.photos):,} images that are composed of others' pictures."
            " Each of those is under its own licence; SOURCES.tsv names it."
        )
    return (
        f"{tally.mattes:,} alpha mattes on {len(tally.photos):,} photos, made from segmentation masks."
        " Each photo is under its own licence; ATTRIBUTION.tsv names it."
    )


def _file(ident: str, name: str, files: Files, kind: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": ident,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{files[name]['bytes']} B",
        "encodingFormat": kind,
        "sha256": files[name]["sha256"],
    }


def _set(ident: str, pattern: str, kind: str) -> dict[str, Any]:
    return {"@type": "cr:FileSet", "@id": ident, "name": ident, "includes": pattern, "encodingFormat": kind}


def _pictures(layout: Layout) -> list[dict[str, Any]]:
    return [
        _set("photos", f"{layout.images}/**", "image/*"),
        _set("alphas", f"{layout.alphas}/*.png", "image/png"),
        _set("trimaps", f"{layout.trimaps}/*.png", "image/png"),
    ]


def _records(fields: Iterator[dict[str, Any]]) -> dict[str, Any]:
    return {"@type": "cr:RecordSet", "@id": "mattes", "name": "mattes", "field": list(fields)}


def _field(name: str, kind: pa.DataType, source: dict[str, Any], extract: str) -> dict[str, Any]:
    """A column of manifest rows, found by ``column`` or ``jsonPath``."""
    known: dict[str, Any] = {"@type": "cr:Field", "@id": f"mattes/{name}", "name": name}
    if pa.types.is_list(kind):
        known["repeated"] = True
        kind = kind.value_type
    where = f"$.annotations[*].{name}" if extract == "jsonPath" else name
    return known | {
        "dataType": _TYPES[str(kind).rstrip("0123456789")],
        "source": {**source, "extract": {extract: where}},
    }


def _manifest_fields(source: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in COLUMNS:
        kind = MANIFEST_SCHEMA.field(name).type
        if not pa.types.is_struct(kind.value_type if pa.types.is_list(kind) else kind):
            yield _field(name, kind, source, "column")
    yield _field("review", pa.string(), source, "column")
    yield _field("mended", pa.bool_(), source, "column")


def _huggingface(files: Files) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    source = {"fileSet": {"@id": "parquet"}}

    def fields() -> Iterator[dict[str, Any]]:
        for name in huggingface.PICTURES:
            picture = {**source, "extract": {"column": name}, "transform": {"jsonPath": "bytes"}}
            yield {
                "@type": "cr:Field",
                "@id": f"mattes/{name}",
                "name": name,
                "dataType": "sc:ImageObject",
                "source": picture,
            }
        yield from _manifest_fields(source)

    return [_set("parquet", "data/*.parquet", "application/x-parquet")], _records(fields())


def _webdataset(files: Files) -> tuple[list[dict[str, Any]], None]:
    names = [name for name in files if name.endswith(".tar")]
    return [_file(name.removesuffix(".tar"), name, files, "application/x-tar") for name in sorted(names)], None


def _folder(files: Files) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    source = {"fileObject": {"@id": "table"}}

    def fields() -> Iterator[dict[str, Any]]:
        for name in folder.FILES:
            yield _field(name, pa.string(), source, "column")
        yield from _manifest_fields(source)

    table = _file("table", folder.TABLE, files, "application/jsonlines")
    return [table, *_pictures(folder.LAYOUT)], _records(fields())


def _coco(files: Files) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    names = sorted(name for name in files if name.startswith("annotations/"))
    if len(names) > 1:  # a set of rows has one file
        described = [_file(name.removesuffix(".json"), name, files, "application/json") for name in names]
        return [*described, *_pictures(coco.LAYOUT)], None
    source = {"fileObject": {"@id": "annotations"}}
    columns = {"id": pa.int64(), "image_id": pa.int64(), "category_id": pa.int64(), "sample_id": pa.string(),
               "alpha_path": pa.string(), "trimap_path": pa.string(), "review": pa.string()}  # fmt: skip
    annotations = _file("annotations", names[0], files, "application/json")
    fields = (_field(column, kind, source, "jsonPath") for column, kind in columns.items())
    return [annotations, *_pictures(coco.LAYOUT)], _records(fields)


def _fiftyone(files: Files) -> tuple[list[dict[str, Any]], None]:
    return [
        _file("samples", fiftyone.SAMPLES, files, "application/json"),
        *_pictures(fiftyone.LAYOUT),
    ], None


def _refmatte(files: Files) -> tuple[list[dict[str, Any]], None]:
    labels = sorted(name for name in files if name.endswith("_label.json"))
    layout = refmatte.LAYOUT
    return [
        *(_file(name.split("/")[0], name, files, "application/json") for name in labels),
        _set("photos", f"*/{layout.images}/*", "image/*"),
        _set("alphas", f"*/{layout.alphas}/*.png", "image/png"),
        _set("trimaps", f"*/{layout.trimaps}/*.png", "image/png"),
    ], None


_DESCRIBED: dict[str, Callable[[Files], tuple[list[dict[str, Any]], dict[str, Any] | None]]] = {
    "hf": _huggingface,
    "webdataset": _webdataset,
    "coco": _coco,
    "folder": _folder,
    "fiftyone": _fiftyone,
    "refmatte": _refmatte,
}
"""What lies in an export of each format, and its rows where a reader of Croissant can give them."""
