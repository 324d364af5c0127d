"""Protocols: which pixels count, at which scale, and which form of each metric published tables have.

Numbers of different protocols must never stand in one column, so every output names its own.
"""

from dataclasses import dataclass

COLUMNS = {
    "sad": "SAD",
    "mse": "MSE",
    "mad": "MAD",
    "grad": "Grad",
    "conn": "Conn",
    "conn_port": "Conn (port)",
    "accuracy": "Accuracy",
    "iou_background": "Bg IoU",
    "iou_unknown": "Unknown IoU",
    "iou_foreground": "Fg IoU",
    "miou": "mIoU",
}
"""Metrics by name, and how tables head them."""

TRIMAP_COLUMNS = ("accuracy", "iou_background", "iou_unknown", "iou_foreground", "miou")


@dataclass(frozen=True, slots=True)
class Protocol:
    """How mattes are compared.

    Attributes:
        name: for the command line and every output.
        source: who evaluates so.
        unknown_only: whether only the trimap's unknown region counts; else the whole image.
        long_side: pixels that the long side is resized to first; None for native size.
        stretch: Grad of mattes stretched to their own range (``grad``).
        columns: metrics in the order of the tables; of the two forms of Conn, published tables have the first.
        mse_factor: MSE is multiplied by this in tables, as published; not in the Parquet file.
    """

    name: str
    source: str
    unknown_only: bool = False
    long_side: int | None = None
    stretch: bool = False
    columns: tuple[str, ...] = ("sad", "mse", "mad", "grad", "conn", "conn_port")
    mse_factor: int = 1

    @property
    def of_trimaps(self) -> bool:
        """Whether trimaps are compared instead of mattes."""
        return self.columns == TRIMAP_COLUMNS

    @property
    def region(self) -> str:
        """Which pixels count, in words."""
        return "unknown region" if self.unknown_only else "whole image"

    @property
    def scale(self) -> str:
        """At which size, in words."""
        return f"{self.long_side} px on the long side" if self.long_side else "native size"

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width that a matte of this size is compared at; rounded as the SEMat authors' code does."""
        if self.long_side is None:
            return height, width
        scale = self.long_side / max(height, width)
        return max(1, int(height * scale + 0.5)), max(1, int(width * scale + 0.5))

    def __str__(self) -> str:
        return f"{self.name}: {self.region}, {self.scale}"


PROTOCOLS = {
    protocol.name: protocol
    for protocol in (
        Protocol(
            "semat",
            "SEMat paper, section 5 and the authors' evaluation code",
            long_side=1024,
            columns=("sad", "mse", "mad", "grad", "conn_port", "conn"),
        ),
        Protocol(
            "composition-1k",
            "Deep Image Matting's MATLAB evaluation code, with which most papers report Composition-1k",
            unknown_only=True,
            stretch=True,
            mse_factor=1000,
        ),
        Protocol("alphamatting", "Rhemann et al., CVPR 2009, as alphamatting.com ranks", unknown_only=True),
        Protocol("whole-image", "whole image at native size, as AIM-500, AM-2K, P3M and RefMatte's papers report"),
        Protocol("trimap", "trimaps: Net-T / Net-M paper, Table 1", columns=TRIMAP_COLUMNS),
    )
}
"""By name."""
