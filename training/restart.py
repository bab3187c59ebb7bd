"""Begin a phase from a weights folder, where the file of the phase before is lost.

    python training/restart.py training/work longer src/lookgraph/encoder/weights

Writes the file that the named phase would have left. A weights folder holds no objective: its proxies and linear heads
are fitted to the frozen encoder's features of the training photos.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from data import TEXT_DIM, read_photos
from frozen import features_of, fit
from lookgraph.encoder import load_encoder
from lookgraph.encoder.model import EMBEDDING_DIM, FEATURES, Encoder
from lookgraph.encoder.training.objective import Objective
from train import TARGETS, TEXT_WEIGHT


def main(work: Path, name: str, weights: str) -> None:
    path = work / f"{name}.safetensors"
    if path.exists():
        sys.exit(f"{path} is there already: move it away to begin from {weights} instead")
    loaded = load_encoder(weights)
    encoder = Encoder()
    encoder.load_state_dict({key: t.float() for key, t in loaded.network.state_dict().items()}, strict=False)
    sets, n_classes = read_photos(work)
    torch.manual_seed(0)
    objective = Objective(n_classes, TARGETS, FEATURES, EMBEDDING_DIM, TEXT_DIM, TEXT_WEIGHT)
    sources = [(features_of(encoder, photos, loaded.side_px, None), photos) for photos in sets.values()]
    fit(encoder.head, objective, sources, [384, 128], 1500, 5e-3, 1e-3, learn_head=False)
    tensors = {f"encoder.{k}": t for k, t in encoder.state_dict().items()}
    tensors |= {f"objective.{k}": t for k, t in objective.state_dict().items()}
    save_file({k: t.detach().contiguous() for k, t in tensors.items()}, path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
