"""Everything that `lookgraph demo` draws and simulates, written to one folder that `lookgraph build` reads.

====================================  ==================================================================================
``photos/``, ``metadata.csv``         an image folder; ``origin.json`` labels it for whatever is built from it
``styles.parquet``                    the truth about the items: style coordinates, cut, every colour
``looks.jsonl``                       looks by the rule: id, items, score
``scenes.parquet``                    their pictures: ``id``, ``image`` (bytes, path)
``shop_the_look.jsonl``               ``scene``, ``product``, ``bbox`` (left, top, right, bottom, shares of the sides)
``fill_in_the_blank.jsonl``           ``look``, ``given``, ``choices``, ``answer``, ``difficulty``
``compatibility.jsonl``               ``items``, ``label``, ``difficulty``
``logs.parquet``                      what simulated shoppers did under a random and a popular recommender
``shoppers.parquet``                  the truth about them
``recipe.json``                       from what it was made, so that it is not made twice
====================================  ==================================================================================
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from lookgraph.demo.behaviour import World
from lookgraph.demo.drawing import PHOTO_SIZE
from lookgraph.demo.facts import ItemFacts, facts_of_drawn
from lookgraph.demo.items import Item, make_items
from lookgraph.demo.looks import Look, Rule, compatibility, fill_in_the_blank, sample_looks
from lookgraph.demo.recommenders import PopularRecommender, RandomRecommender, Recommender
from lookgraph.demo.scenes import draw_scene, shop_the_look
from lookgraph.demo.shoppers import Shoppers, make_shoppers
from lookgraph.demo.simulation import simulate
from lookgraph.demo.writing import Painters, painters, write_catalogue
from lookgraph.errors import SimulationError
from lookgraph.progress import Progress

_VERSION: Final = 2
_RECIPE: Final = "recipe.json"
_DIFFICULTIES: Final = (0.0, 0.5, 1.0)
_WIDTHS: Final = (96, 1440)
_MIN_ITEMS: Final = 60


@dataclass(frozen=True)
class DemoRecipe:
    """What to make; the same recipe gives the same files.

    Attributes:
        items: Items of the catalogue.
        seed: Of everything.
        looks: None: a fifth as many as items.
        shoppers, days: Of the simulated logs; half the days under each recommender.
        width: Of the photos in pixels, 3 to 4; scenes are three quarters as wide.
    """

    items: int = 500
    seed: int = 7
    looks: int | None = None
    shoppers: int = 500
    days: int = 90
    width: int = PHOTO_SIZE[0]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the photos."""
        return self.width, self.width * 4 // 3

    @property
    def n_looks(self) -> int:
        return self.items // 5 if self.looks is None else self.looks


@dataclass(frozen=True)
class DemoMade:
    """What lies in the folder, for people to read."""

    folder: Path
    items: int
    kinds: int
    looks: int
    questions: int
    events: int
    drawn_now: bool


def make_demo(folder: Path, recipe: DemoRecipe, progress: Progress, processes: int = 2) -> DemoMade:
    """Draw and simulate, unless the folder already holds what this recipe makes.

    Raises:
        SimulationError: the recipe cannot be made, or the folder holds something else.
    """
    if recipe.items < _MIN_ITEMS:
        raise SimulationError(f"{recipe.items} items are too few for looks and a graph: ask for {_MIN_ITEMS} or more")
    if not _WIDTHS[0] <= recipe.width <= _WIDTHS[1]:
        raise SimulationError(f"photos {recipe.width} pixels wide: ask for {_WIDTHS[0]} to {_WIDTHS[1]}")
    key = asdict(recipe) | {"version": _VERSION}
    path = folder / _RECIPE
    if path.exists() and (found := json.loads(path.read_text("utf-8"))).get("recipe") == key:
        return DemoMade(**(found["made"] | {"folder": folder, "drawn_now": False}))
    if folder.exists() and any(folder.iterdir()) and not path.exists() and not (folder / "origin.json").exists():
        raise SimulationError(f"{folder} holds files that this command did not write: name a new or an empty folder")
    path.unlink(missing_ok=True)
    items = make_items(recipe.items, recipe.seed)
    progress.stage("draw the catalogue", len(items))
    with painters(processes) as paint:
        write_catalogue(items, folder, paint, size=recipe.size, advance=progress.advance)
        looks, n_questions = _write_looks(items, recipe, folder, progress, paint)
    progress.stage("let people shop", 2)
    n_events = _write_logs(items, recipe, folder, progress)
    made = DemoMade(folder, len(items), len({item.kind for item in items}), len(looks), n_questions, n_events, True)
    facts = {name: value for name, value in asdict(made).items() if name not in ("folder", "drawn_now")}
    path.write_text(json.dumps({"recipe": key, "made": facts}, indent=1) + "\n", "utf-8")
    return made


def facts_in(folder: Path) -> ItemFacts | None:
    """The truth about the items that were drawn into a folder; None where none were."""
    try:
        recipe = json.loads((folder / _RECIPE).read_text("utf-8"))["recipe"]
        items, seed, version = int(recipe["items"]), int(recipe["seed"]), int(recipe["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return facts_of_drawn(make_items(items, seed)) if version == _VERSION else None


def _write_looks(
    items: list[Item], recipe: DemoRecipe, folder: Path, progress: Progress, paint: Painters
) -> tuple[list[Look], int]:
    rule = Rule.of(items)
    looks = sample_looks(rule, recipe.n_looks, recipe.seed)
    names = [item.id for item in items]
    _write_lines(
        folder / "looks.jsonl",
        ({"id": look.id, "items": [names[i] for i in look.items], "score": look.score} for look in looks),
    )
    blanks, pairs = [], []
    for difficulty in _DIFFICULTIES:
        for blank in fill_in_the_blank(rule, looks, recipe.seed, difficulty=difficulty):
            shown = {"given": [names[i] for i in blank.given], "choices": [names[i] for i in blank.choices]}
            blanks.append({"look": blank.look, **shown, "answer": blank.answer, "difficulty": difficulty})
        for question in compatibility(rule, looks, recipe.seed, difficulty=difficulty):
            chosen = [names[i] for i in question.items]
            pairs.append({"items": chosen, "label": question.label, "difficulty": difficulty})
    _write_lines(folder / "fill_in_the_blank.jsonl", blanks)
    _write_lines(folder / "compatibility.jsonl", pairs)
    progress.stage("draw looks", len(looks))
    ids, pictures, lines = [], [], []
    work = [(look, [items[i] for i in look.items]) for look in looks]
    for scene, picture, boxes in paint(partial(_scene, recipe.seed, recipe.size), work):
        ids.append(scene)
        pictures.append({"bytes": picture, "path": f"{scene}.jpg"})
        lines += boxes
        progress.advance()
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    pq.write_table(
        pa.table({"id": pa.array(ids, pa.string()), "image": pa.array(pictures, kind)}), folder / "scenes.parquet"
    )
    _write_lines(folder / "shop_the_look.jsonl", lines)
    return looks, len(blanks) + len(pairs)


def _scene(seed: int, size: tuple[int, int], work: tuple[Look, list[Item]]) -> tuple[str, bytes, list[dict[str, Any]]]:
    look, worn = work
    scene = draw_scene(
        Look(look.id, tuple(range(len(worn))), look.score), worn, seed, (size[0] * 3 // 4, size[1] * 3 // 4)
    )
    file = io.BytesIO()
    Image.fromarray(scene.pixels).save(file, "jpeg", quality=86)
    return scene.id, file.getvalue(), shop_the_look(scene)


def _write_logs(items: list[Item], recipe: DemoRecipe, folder: Path, progress: Progress) -> int:
    """Half of the time everybody is shown random pages, which off-policy estimates need, then what is popular."""
    facts = facts_of_drawn(items)
    world = World(facts, make_shoppers(recipe.shoppers, facts, recipe.seed))
    half = recipe.days // 2
    recommenders: list[Recommender] = [
        RandomRecommender(len(items), recipe.seed),
        PopularRecommender(len(items), recipe.seed),
    ]
    logs = []
    for n, (recommender, days) in enumerate(zip(recommenders, (half, recipe.days - half), strict=True)):
        k = min(20, len(items))
        logs.append(simulate(recommender, world, days=days, k=k, seed=recipe.seed, first_day=n * half).log)
        progress.advance()
    first = logs[0].num_rows and max(logs[0]["session"].to_pylist()) + 1
    logs[1] = logs[1].set_column(
        1, "session", pa.array([s + first for s in logs[1]["session"].to_pylist()], pa.int64())
    )
    log = pa.concat_tables(logs).unify_dictionaries()
    pq.write_table(log, folder / "logs.parquet", compression="zstd")
    _write_shoppers(world.shoppers, folder / "shoppers.parquet")
    return int(log.num_rows)


def _write_shoppers(shoppers: Shoppers, path: Path) -> None:
    columns: dict[str, Any] = {"person": shoppers.ids}
    for name, values in vars(shoppers).items():
        columns[name] = values.tolist()
    pq.write_table(pa.table(columns), path, compression="zstd")


def _write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")
