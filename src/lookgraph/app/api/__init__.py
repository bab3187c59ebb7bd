"""The API, version 1."""

from fastapi import FastAPI

from lookgraph.app.api import boards, catalogue, events, feed, health, people, similar


def add_routes(app: FastAPI) -> None:
    """Register every route of the API."""
    for module in (health, catalogue, feed, similar, boards, events, people):
        module.add_routes(app)
