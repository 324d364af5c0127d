"""What a network brings to ``python -m matting_models.evaluate``."""

from argparse import Namespace
from collections.abc import Callable
from typing import Any

Loaded = tuple[Any, str]
"""What predicts, by the prompt of the network's ``Entry``, and the precision it runs in.

``box``: ``evaluation.predicting.FromBox``; ``mask``: ``FromMask``; ``trimap``: ``FromTrimap``; ``any``: ``FromTruth``;
``reference``: ``FromReference``; ``text``: ``FromText``.
"""

Load = Callable[[Namespace], Loaded]
"""From --weights (None where not given), --backbone, --device and --precision, for ``any`` --prompt and --dataset, and
for ``text`` --refiner (None where not given); raises InputError if it cannot be loaded."""
