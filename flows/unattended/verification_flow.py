"""The Prefect flow that checks an output folder: every file that the manifests list is read and hashed."""

from typing import Annotated, Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from flows.unattended.jobs import attempt
from flows.unattended.limits import output_limit, output_slot
from flows.unattended.parameters import Shown
from flows.unattended.verification_settings import VerificationConfig
from pipelines.verify import check, summary_line

SHOWN = 500
"""Most findings in the artifact; the log has all."""


@flow(
    name="verification",
    flow_run_name="{config.out.name}",
    description="Read and hash every file that the manifests list; counts, sizes, orphans and duplicates too.",
    persist_result=False,
)
def verification(config: Annotated[VerificationConfig, Shown()]) -> State[Any]:
    """Check an output folder; fails if anything is off, so that notifications on failed runs tell of it.

    Args:
        config: what is checked.
    """
    return attempt(lambda: _verify(config))


def _verify(config: VerificationConfig) -> State[Any]:
    log = get_run_logger()
    lines: list[str] = []

    def show(line: str) -> None:
        lines.append(line)
        log.warning(line)

    with output_slot(config.out, config):
        checked = check(config.out, config.images, mend=config.repair, show=show)
    said = summary_line(checked)
    more = [f"and {len(lines) - SHOWN:,} more"] if len(lines) > SHOWN else []
    text = "\n".join([f"# {config.out}", "", said, "", "```", *lines[:SHOWN], *more, "```"])
    create_markdown_artifact(text, key=output_limit(config.out), description=said)
    log.info(said)
    return Failed(message=said) if checked.findings else Completed(message=said)
