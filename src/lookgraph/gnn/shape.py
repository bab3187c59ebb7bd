"""What a graph network is made of, as its file says it; needs no PyTorch."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final, Literal

from lookgraph.config import GnnSettings
from lookgraph.errors import GraphError

Kind = Literal["gat", "gatv2", "sage"]
SLOPE: Final = 0.2  # of the leaky rectifier that attention scores pass through


@dataclass(frozen=True)
class Shape:
    """What a network is made of.

    Attributes:
        kind: "gat", "gatv2" or "sage".
        in_dim: Features of an item.
        n_classes: Pseudo-label classes.
        heads: Attention heads of layer one.
        head_dim: Width of one.
        skip: An item's own projected features are added to what it hears.
        weighted: Attention sees the weight of each link.
    """

    kind: Kind
    in_dim: int
    n_classes: int
    heads: int
    head_dim: int
    skip: bool = False
    weighted: bool = False

    @classmethod
    def of(cls, settings: GnnSettings, in_dim: int, n_classes: int) -> Shape:
        """The network that the settings ask for.

        Raises:
            GraphError: they ask for none.
        """
        if settings.kind == "none":
            raise GraphError("gnn.kind=none: there is no graph network to train; set gnn.kind=gat")
        return cls(
            settings.kind,
            in_dim,
            n_classes,
            settings.heads,
            settings.head_dim,
            settings.skip,
            settings.edge_weights and settings.kind != "sage",
        )

    def as_dict(self) -> dict[str, str | int | bool]:
        return asdict(self)
