"""The pages."""

from fastapi import FastAPI

from lookgraph.app.web import account, assets, boards, closeup, help, home, kept, photo, studio, taste


def add_routes(app: FastAPI) -> None:
    """Register every page."""
    for module in (assets, home, closeup, photo, kept, boards, taste, account, studio, help):
        module.add_routes(app)
