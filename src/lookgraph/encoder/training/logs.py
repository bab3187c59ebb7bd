"""TensorBoard logs of a training, where TensorBoard is installed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lookgraph.progress import Progress


class Logs:
    """Curves for TensorBoard; a context manager."""

    def __init__(self, folder: Path, last_step: int, progress: Progress, *, active: bool = True) -> None:
        """Open the logs.

        Args:
            folder: Where they belong.
            last_step: What an earlier run logged after it is dropped.
            progress: Is told where they are, or why there are none.
            active: False: nothing is logged, and nothing is said.
        """
        self._writer: Any = None
        if active and find_spec("tensorboard") is None:
            progress.note("no TensorBoard logs: it is not installed (pip install 'lookgraph[train]' brings it)")
        elif active:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except Exception as error:  # installed, but not beside what else is installed
                progress.note(f"no TensorBoard logs: it cannot be imported ({type(error).__name__}: {error})")
                return
            self._writer = SummaryWriter(str(folder), purge_step=last_step + 1)
            progress.note(f"curves: tensorboard --logdir {folder}")

    def __enter__(self) -> Logs:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()

    def scalars(self, values: dict[str, float], step: int) -> None:
        """Log some numbers at a step."""
        if self._writer is not None:
            for name, value in values.items():
                self._writer.add_scalar(name, value, step)
            self._writer.flush()
