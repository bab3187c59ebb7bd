"""Every error that a user can cause, in one tree.

A message names the value found, the value needed and what to do. The command line ends with the
class's ``exit_code``, so that scripts can tell the causes apart; the numbers never change.
"""

from __future__ import annotations


class LookgraphError(Exception):
    """Base of every error that Lookgraph raises on purpose."""

    exit_code = 1


class ConfigError(LookgraphError):
    """A setting is unknown, or its value is outside its range."""

    exit_code = 3


class SourceError(LookgraphError):
    """The photos or their metadata cannot be read as given, or nothing usable is among them."""

    exit_code = 4


class PhotoError(LookgraphError):
    """One photo cannot be used.

    Attributes:
        reason: one of the names in ``lookgraph.photos.Reason``.
    """

    exit_code = 5

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason

    def __reduce__(self) -> tuple[type[PhotoError], tuple[str, str]]:
        return type(self), (self.reason, str(self))


class FilterError(LookgraphError):
    """A ``--where`` expression cannot be understood, or names a column that is not there."""

    exit_code = 6


class EncoderError(LookgraphError):
    """The encoder's weights are missing, untrained, or of another shape."""

    exit_code = 7


class GraphError(LookgraphError):
    """The embeddings cannot be made into the graph that was asked for."""

    exit_code = 8


class LookbookError(LookgraphError):
    """There is no lookbook here, or it cannot be used as asked."""

    exit_code = 9


class LookbookBusyError(LookbookError):
    """Another build holds this lookbook."""

    exit_code = 10


class LookbookDamagedError(LookbookError):
    """A file of a generation is missing or is not what its manifest says."""

    exit_code = 11


class LookbookFormatError(LookbookError):
    """The lookbook was written by a newer Lookgraph, or by one that is too old."""

    exit_code = 12


class DiskFullError(LookgraphError):
    """The disk, or the quota on it, is used up."""

    exit_code = 13


class ItemNotFoundError(LookgraphError):
    """No item of the lookbook has this id, and it is not a photo's path either."""

    exit_code = 14


class SimulationError(LookgraphError):
    """Shoppers, items or a recommender's pages do not fit together."""

    exit_code = 15


class StateError(LookgraphError):
    """The people's state cannot be opened, or what was asked of it cannot be."""

    exit_code = 20


class ServeError(LookgraphError):
    """The server cannot be started as asked."""

    exit_code = 21
