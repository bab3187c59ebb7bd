"""Which networks does a measurement need? Each is trained once, when it is first asked for.

All of them see the same fit items, so that their clusters can be compared item by item: one with the
base seed (shared with the choice of the space), ``seeds - 1`` with other seeds, and one control whose
pseudo-labels are shuffled, so that there is nothing to learn but what columns are declared labels.
"""

from __future__ import annotations

from lookgraph.config import EvaluateSettings
from lookgraph.errors import LookgraphError
from lookgraph.evaluate.evidence import FittedGnn, TrainGnn
from lookgraph.evaluate.splits import Split
from lookgraph.progress import Progress


class Trainings:
    """The networks of one split.

    Args:
        train_gnn: Trains one.
        split: Its ``fit`` items are trained on, its ``unseen`` ones embedded.
        settings: ``seed`` is the base seed, ``seeds`` how many there are.
        progress: Gets a note a training.
        fitted: The base seed's network, where it was trained already.

    A network that cannot be trained on these items (too few for the graph) is None; ``problem`` says why.
    """

    def __init__(
        self,
        train_gnn: TrainGnn,
        split: Split,
        settings: EvaluateSettings,
        progress: Progress,
        fitted: FittedGnn | None = None,
    ) -> None:
        self._train_gnn = train_gnn
        self._split = split
        self._settings = settings
        self._progress = progress
        self._done: dict[tuple[int, bool], FittedGnn | None] = {}
        self.problem = ""
        if fitted is not None:
            self._done[settings.seed, False] = fitted

    def base(self) -> FittedGnn | None:
        return self._trained(self._settings.seed, shuffled=False)

    def shuffled(self) -> FittedGnn | None:
        return self._trained(self._settings.seed, shuffled=True)

    def seeds(self) -> list[FittedGnn]:
        """The networks of all seeds, the base seed's first."""
        first = self._settings.seed
        trained = [self._trained(seed, shuffled=False) for seed in range(first, first + self._settings.seeds)]
        return [one for one in trained if one is not None]

    def _trained(self, seed: int, *, shuffled: bool) -> FittedGnn | None:
        key = (seed, shuffled)
        if key not in self._done:
            self._done[key] = self._train(seed, shuffled)
        return self._done[key]

    def _train(self, seed: int, shuffled: bool) -> FittedGnn | None:
        if len(self._split.fit) < 2:
            self.problem = f"{len(self._split.fit)} items to train on, 2 are needed"
            return None
        self._progress.note(f"training on {len(self._split.fit)} items, seed {seed}{', shuffled' if shuffled else ''}")
        try:
            return self._train_gnn(self._split.fit, self._split.unseen, seed=seed, shuffled_labels=shuffled)
        except LookgraphError as error:
            self.problem = str(error)
            return None
