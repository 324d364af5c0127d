"""Prefect's server as a process of its own: ``python -m flows.server.temporary_server``, with uvicorn's arguments.

The server is Prefect's, run by uvicorn as Prefect runs it; only the import is ours (see ``flows.importing``).
"""

from flows.importing import importing

if __name__ == "__main__":
    with importing():
        import prefect.server.api.server  # noqa: F401  uvicorn imports it by name
        import uvicorn
    uvicorn.main()
