"""Step 5 of the shipped weights: write a checkpoint as the weights folder that the package loads.

python training/export.py training/work head 64 src/lookgraph/encoder/weights
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
from safetensors.torch import load_file

from lookgraph.encoder.model import Encoder
from lookgraph.encoder.weights import content_key, load_encoder, save_encoder

TRAINED_ON = {
    "shop": "Fashion Product Images (Small), held-out names left out",
    "head": "Fashion Product Images (Small) and Clothing dataset (full), held-out names and contributors left out",
}


def main(work: Path, phase: str, side_px: int, folder: Path) -> None:
    tensors = load_file(work / f"{phase}.safetensors")
    encoder = Encoder()
    encoder.load_state_dict({k.removeprefix("encoder."): v for k, v in tensors.items() if k.startswith("encoder.")})
    table = pq.read_table(work / "targets.parquet")
    if phase == "shop":  # home photos were not seen
        table = table.filter(pc.equal(table["source"], "products"))
    # Products left out of training for looking like a held-out one count as seen: they may have twins among the rest.
    seen = table.filter(pc.not_equal(table["split"], "held-out"))["content_hash"].to_pylist()
    log = [json.loads(line) for line in (work / "train.log").read_text().splitlines() if line.startswith("{")]
    steps = {entry["phase"]["name"]: entry["steps"] for entry in log}  # the last start of each phase
    save_encoder(
        encoder,
        folder,
        side_px=side_px,
        trained_on=TRAINED_ON[phase],
        training_steps=steps["shop"] if phase == "shop" else sum(steps.values()),
        seen=[content_key(value) for value in seen],
    )
    print(load_encoder(folder).digest, (folder / "model.safetensors").stat().st_size)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
