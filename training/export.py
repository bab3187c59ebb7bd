"""Step 4 of the shipped weights: write a checkpoint as the weights folder that the package loads.

python training/export.py training/work both 64 src/lookgraph/encoder/weights
"""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
from safetensors.torch import load_file

from lookgraph.encoder.model import Encoder
from lookgraph.encoder.weights import content_key, load_encoder, save_encoder

TRAINED_ON = {
    "shop": "Fashion Product Images (Small), held-out names left out",
    "both": "Fashion Product Images (Small) and Clothing dataset (full), held-out names and contributors left out",
}


def main(work: Path, phase: str, side_px: int, folder: Path) -> None:
    tensors = load_file(work / f"{phase}.safetensors")
    encoder = Encoder()
    encoder.load_state_dict({k.removeprefix("encoder."): v for k, v in tensors.items() if k.startswith("encoder.")})
    table = pq.read_table(work / "targets.parquet")
    if phase == "shop":
        table = table.filter(pc.equal(table["source"], "products"))
    # Products left out of training for looking like a held-out one count as seen: they may have twins among the rest.
    seen = table.filter(pc.not_equal(table["split"], "held-out"))["content_hash"].to_pylist()
    steps = int((work / "train.log").read_text().split(f"{phase} ")[-1].split("/")[0])
    save_encoder(
        encoder,
        folder,
        side_px=side_px,
        trained_on=TRAINED_ON[phase],
        training_steps=steps,
        seen=[content_key(value) for value in seen],
    )
    print(load_encoder(folder).digest, (folder / "model.safetensors").stat().st_size)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
