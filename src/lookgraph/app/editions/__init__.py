"""One generation made ready to be served: everything a request needs, in arrays and lists, never changed after."""

from lookgraph.app.editions.edition import Edition, open_edition
from lookgraph.app.editions.feed import FeedSpec, Placement
from lookgraph.app.editions.holder import Editions
from lookgraph.app.editions.interests import find_interests
from lookgraph.app.editions.tiles import Tile

__all__ = ["Edition", "Editions", "FeedSpec", "Placement", "Tile", "find_interests", "open_edition"]
