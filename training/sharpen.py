"""Step 3 of the shipped weights: fit a phase's head anew on features of photos as they are at inference.

    python training/sharpen.py training/work mixed 80      # writes training/work/mixed-sharp.safetensors

During training the head sees views; here it sees whole, unchanged photos too, through the network whose batch
normalisations have their final statistics. The backbone stays as it is.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from data import TEXT_DIM, read_photos
from export import renew_statistics, training_photos
from frozen import features_of, fit
from lookgraph.encoder.model import EMBEDDING_DIM, FEATURES, Encoder
from lookgraph.encoder.training.objective import Objective
from train import PHASES, TARGETS, TEXT_WEIGHT, part

STEPS, SHARE, PEAK_LR, WEIGHT_DECAY = 3000, [400, 112], 1e-3, 0.05


def main(work: Path, phase: str, side_px: int) -> None:
    tensors = load_file(work / f"{phase}.safetensors")
    encoder = Encoder()
    encoder.load_state_dict(part(tensors, "encoder.") | part(tensors, "average."))
    renew_statistics(encoder, training_photos(work, set(PHASES[phase].batch)), side_px)
    sets, n_classes = read_photos(work)
    objective = Objective(n_classes, TARGETS, FEATURES, EMBEDDING_DIM, TEXT_DIM, TEXT_WEIGHT)
    objective.load_state_dict(part(tensors, "objective."))
    sources = []
    for source, photos in sets.items():
        shown = (None, PHASES[phase].views[source])
        sources.append((torch.cat([features_of(encoder, photos, side_px, views) for views in shown]), photos))
    fit(encoder.head, objective, sources, SHARE, STEPS, PEAK_LR, WEIGHT_DECAY, learn_head=True)
    sharp = {f"encoder.{k}": t for k, t in encoder.state_dict().items()}
    sharp |= {f"objective.{k}": t for k, t in objective.state_dict().items()}
    save_file({k: t.detach().contiguous() for k, t in sharp.items()}, work / f"{phase}-sharp.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
