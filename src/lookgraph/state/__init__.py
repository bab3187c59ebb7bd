"""People's state: who they are, their boards, what they saved, hid and were shown. Never inside a generation."""

from lookgraph.state.boards import Board, Boards, Save
from lookgraph.state.database import Database, sqlite_url
from lookgraph.state.events import Event, EventKind, Events
from lookgraph.state.kept_photos import KeptPhoto, KeptPhotos
from lookgraph.state.people import ROLES, People, Person
from lookgraph.state.personal_data import export_person
from lookgraph.state.tastes import Taste, Tastes

__all__ = [
    "ROLES",
    "Board",
    "Boards",
    "Database",
    "Event",
    "EventKind",
    "Events",
    "KeptPhoto",
    "KeptPhotos",
    "People",
    "Person",
    "Save",
    "Taste",
    "Tastes",
    "export_person",
    "sqlite_url",
]
