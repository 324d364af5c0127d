"""Under which licence every photo is, and where it is from: ATTRIBUTION.tsv; of composed images SOURCES.tsv."""

from pipelines.exports.tally import Tally

HEAD = ("image_path", "license_id", "license", "license_url", "coco_url", "flickr_url", "mattes")
SOURCES_HEAD = ("role", "dataset", "name", "license", "license_url", "url", "images")
_SPACES = str.maketrans("\t\r\n", "   ")


def attribution(tally: Tally) -> bytes:
    """A line a photo, in order of name, tab-separated, with the number of its mattes that are shared.

    A photo without a licence says ``none stated``.
    """
    lines = ["\t".join(HEAD)]
    for name, (ident, *texts) in sorted(tally.photos.items()):
        fields = [name, "" if ident is None else str(ident), *texts, str(tally.mattes_of[name])]
        lines.append("\t".join(text.translate(_SPACES) for text in fields))
    return ("\n".join(lines) + "\n").encode()


def sources(tally: Tally) -> bytes:
    """A line for each picture that images are composed of, in order of role, data set and name, tab-separated, with the
    number of images that it is in; one without a licence says ``none stated``."""
    lines = ["\t".join(SOURCES_HEAD)]
    for key, texts in sorted(tally.sources.items()):
        fields = [*key, *texts, str(tally.images_of[key])]
        lines.append("\t".join(text.translate(_SPACES) for text in fields))
    return ("\n".join(lines) + "\n").encode()


def left_out(tally: Tally) -> bytes:
    """left_out.tsv: mattes that were to be shared and were not, with the reason."""
    lines = ["sample_id\treason", *(f"{name}\t{' '.join(why.split())}" for name, why in sorted(tally.left_out))]
    return ("\n".join(lines) + "\n").encode()
