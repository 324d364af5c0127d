"""How a flow's settings look in the form of Prefect's UI."""

from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema


class Shown:
    """Annotates a flow's parameter: what must be given stands first, and ``<name>`` is no HTML."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The schema of the annotated type, changed for people."""
        schema = handler(core)
        model = handler.resolve_ref_schema(schema)
        needed = model.get("required", [])
        model["properties"] = dict(sorted(model["properties"].items(), key=lambda item: item[0] not in needed))
        for setting in model["properties"].values():
            if "description" in setting:
                setting["description"] = setting["description"].replace("<", "&lt;")
        return schema
