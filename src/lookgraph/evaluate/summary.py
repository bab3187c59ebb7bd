"""What do the figures say in plain words?"""

from __future__ import annotations

from typing import Any

from lookgraph.evaluate.values import Metrics, Value

_AS_GOOD = 0.05


def summarise_in_words(metrics: Metrics) -> list[str]:
    """The report's first lines: what was built, how good it is, whether the graph pays, what to trust.

    Args:
        metrics: What ``evaluate`` returned; a section that was not measured is passed over.
    """
    lines = [_catalogue(metrics["catalogue"])]
    if alarms := metrics["catalogue"]["alarms"]:
        kept = "no round is of use" if metrics["catalogue"].get("has_collapsed") else "its best round is kept"
        lines.append(f"The graph network's training was stopped, and {kept}: {'; '.join(alarms)}.")
    if "space" in metrics:
        lines.append(_space(metrics["space"]))
    if "retrieval" in metrics:
        lines += _retrieval(metrics["retrieval"], metrics.get("space", {}).get("chosen", "encoder"))
    if "clustering" in metrics:
        lines.append(cluster_verdict(metrics["clustering"]))
    return lines


def graph_verdict(retrieval: Metrics) -> str:
    """Does the graph network pay on the test half? By attribute, beside the untrained neighbour average."""
    parts, better, worse = [], 0, 0
    for name, section in retrieval["attributes"].items():
        difference = section["gnn_minus_encoder"]
        if difference["value"] is None or difference.get("low") is None:
            continue
        better += difference["low"] > 0
        worse += difference["high"] < 0
        parts.append(f"{name} {number(difference, signed=True)}")
    if not parts:
        return "Whether a graph network pays was not measured: there is none, or too little to measure with."
    n = len(parts)
    if better and not worse:
        start = "The graph network pays" if better == n else f"The graph network pays on {better} of {n} measures"
    elif worse and not better:
        where = "" if worse == n else f" on {worse} of {n} measures"
        start = f"The graph network does not pay: it makes recommendations worse{where}"
    elif better:
        start = f"The graph network helps on {better} and harms on {worse} of {n} measures"
    else:
        start = "The graph network does not measurably pay"
    verdict = f"{start} (gain in mAP@10 over the same embeddings without it, on the test half: {', '.join(parts[:4])})."
    return verdict + _beside_average(retrieval)


def cluster_verdict(clustering: Metrics) -> str:
    """Are the cluster scores to be trusted? Judged by the frozen space, the control and the attributes."""
    scores = clustering["scores"]
    trained, frozen = scores["trained"]["silhouette"], scores["frozen"]["silhouette"]
    if trained["value"] is None:
        return f"Cluster scores are not defined here: {trained['reason']}."
    if not clustering["has_network"]:
        return f"The encoder's clusters have a silhouette of {trained['value']:.2f}; no graph network was trained."
    nothing = {"value": None}
    same_items, shuffled = (scores.get(name, {}).get("silhouette", nothing) for name in ("fitted", "shuffled"))
    figure = f"silhouette of {trained['value']:.2f}"
    frozen_words = (
        "" if frozen["value"] is None else f"the same clusters score {frozen['value']:.2f} in the frozen space"
    )
    compared = shuffled["value"] is not None and same_items["value"] is not None
    if compared and shuffled["value"] >= same_items["value"] - _AS_GOOD:
        learns = f", which still learns {' and '.join(clustering['labels'])}," if clustering["labels"] else ""
        verdict = (
            f"Do not trust the {figure}: on {scores['fitted']['n_items']:,} of these items the network reaches"
            f" {same_items['value']:.2f}, and one with shuffled pseudo-labels{learns} {shuffled['value']:.2f};"
            f" {frozen_words}"
        )
    elif frozen["value"] is not None and frozen["value"] < trained["value"] / 2:
        verdict = f"Do not take the {figure} at its word: {frozen_words}, which was not trained to separate them"
    else:
        control = (
            f", and on the same items shuffled pseudo-labels reach only {shuffled['value']:.2f}, not"
            f" {same_items['value']:.2f}"
            if compared
            else ""
        )
        verdict = f"The {figure} holds up: {frozen_words}{control}"
    seeds = clustering["seed_agreement"]["nmi"]
    agree = (
        ""
        if seeds["value"] is None
        else f" Trainings with other seeds agree with one another at NMI {seeds['value']:.2f}."
    )
    return f"{verdict}.{agree}"


def number(value: Value, digits: int = 3, *, signed: bool = False) -> str:
    """ "0.312 [0.290, 0.335]", without the bracket where there is no interval."""
    if value["value"] is None:
        return "not defined"
    text = fixed(value["value"], digits, signed=signed)
    if value.get("low") is None:
        return text
    return f"{text} [{fixed(value['low'], digits, signed=signed)}, {fixed(value['high'], digits, signed=signed)}]"


def fixed(value: float, digits: int = 3, *, signed: bool = False) -> str:
    """A number with so many digits after the point and a true minus sign; no zero is negative."""
    rounded = round(value, digits) + 0.0
    return f"{rounded:{'+' if signed else ''}.{digits}f}".replace("-", "−")


def _catalogue(catalogue: Metrics) -> str:
    n_items, n_different = catalogue["n_items"], catalogue["n_without_duplicates"]
    different = "" if n_items == n_different else f", {n_different:,} different photos"
    return f"{n_items:,} items from {catalogue['source']}{different}."


def _space(space: Metrics) -> str:
    name = "the graph network's" if space["chosen"] == "gnn" else "the encoder's"
    return f"The lookbook searches {name} space: {space['reason'].rstrip('.')}."


def _retrieval(retrieval: Metrics, searched: str) -> list[str]:
    if not retrieval["attributes"]:
        return [f"Recommendations could not be measured: {retrieval['reason']}."]
    lines = []
    name, section = _headline_attribute(retrieval)
    scores = section["spaces"].get(searched, section["spaces"]["encoder"])["micro"]
    tenth, chance = scores["precision_at_10"], section["chance"]["value"]
    if tenth["value"] is not None:
        lines.append(
            f"Of ten answers to a held-out photo, {number(_times(tenth, 10), 1)} share its {name}; "
            f"{chance * 10:.1f} would by chance. mAP@10 is {number(scores['map_at_10'])}."
        )
    if retrieval["encoder_saw_queries"]:
        lines.append(
            f"The encoder was trained on {retrieval['seen_query_fraction']:.0%} of these held-out photos, "
            "so expect less on new ones."
        )
    return [*lines, graph_verdict(retrieval)]


def _headline_attribute(retrieval: Metrics) -> tuple[str, Metrics]:
    examples = retrieval["examples"]
    name = examples["attribute"] if examples else next(iter(retrieval["attributes"]))
    return name, retrieval["attributes"][name]


def _beside_average(retrieval: Metrics) -> str:
    name, section = _headline_attribute(retrieval)
    spaces: dict[str, Any] = section["spaces"]
    if "gnn" not in spaces or spaces["gnn"]["micro"]["map_at_10"]["value"] is None:
        return ""
    reached = {space: spaces[space]["micro"]["map_at_10"]["value"] for space in spaces}
    said = f" On {name} it reaches {reached['gnn']:.3f}; averaging each photo with its neighbours, without training, "
    said += f"{reached['neighbour average']:.3f}"
    if "neighbour vote" in reached:
        vote = reached["neighbour vote"]
        said += f", and letting these vote with their declared labels, without training, {vote:.3f}"
    return f"{said}."


def _times(value: Value, factor: float) -> Value:
    return {key: item * factor if isinstance(item, float | int) else item for key, item in value.items()}
