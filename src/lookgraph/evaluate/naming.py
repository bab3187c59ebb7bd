"""What is a cluster called? By the values of the attributes that set it apart.

A value names a cluster if three things hold, compared with the photos outside:

    coverage   enough of the cluster's photos have it
    lift       it is that many times as frequent in the cluster
    z >= 2     the difference in log-odds, with a prior from the whole catalogue, is more than chance

Of those that pass, the one with the largest coverage * log(lift) is taken: its part of the Kullback-Leibler divergence
between the cluster and the rest, so that neither what is common everywhere nor what is rare in the cluster wins. The
first word says what the things are, compared with the whole catalogue; the next says what is special among the photos
of that word within the parent cluster: 'Shirts', then 'Navy blue shirts'. Names of a level differ from each other;
where words do not tell clusters apart, a number does. Without any word a cluster is a 'Style 7'.

Source of the log-odds: Monroe, Colaresi and Quinn 2008, "Fightin' Words", equations 15, 19 and 22.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from lookgraph.config import ClusterSettings
from lookgraph.evaluate.attributes import Labels
from lookgraph.evaluate.naming_words import Role, as_column, is_word, listed, phrase, role_of
from lookgraph.gnn import Hierarchy

_PRIOR: Final = 10.0  # photos that the prior weighs as many as
_CLEAR: Final = 2.0  # standard errors
_PART: Final = 0.3  # of the least coverage, that each of several values must have that name a cluster together
_MOST_VALUES: Final = 3
_MOST_WORDS: Final = 3
_RIVALS: Final = 0.2  # times as many photos of that name as the cluster has must lie in siblings to call for more words


@dataclass(frozen=True)
class Word:
    """A value in a cluster's name, and why it is there.

    Attributes:
        column: The attribute's.
        value: As it stands in the catalogue; of an attribute that is true or false, its name.
        coverage: Share of the cluster's photos that have the value; of those with the words before it, for later ones.
        lift: How many times as frequent it is among them as among those that it was compared with.
    """

    column: str
    value: str
    coverage: float
    lift: float


@dataclass(frozen=True)
class NamedCluster:
    """A cluster as people meet it.

    Attributes:
        level: 0 is the coarsest.
        number: From 0 within its level, the largest first.
        name: No other cluster of the level has it.
        parent: Number of the cluster of the level above that it lies in; -1 at the coarsest.
        n_nodes: Different photos in it.
        words: Why it is called so; none where nothing sets it apart.
    """

    level: int
    number: int
    name: str
    parent: int
    n_nodes: int
    words: tuple[Word, ...]


@dataclass(frozen=True)
class _Column:
    name: str
    role: Role
    labels: Labels
    usable: np.ndarray  # (n_classes,) bool: can stand in a name
    total: np.ndarray  # (n_classes,) nodes that have it

    @property
    def share(self) -> np.ndarray:
        return self.total / max(len(self.labels.codes), 1)


@dataclass(frozen=True)
class _Pick:
    """A value that passes, or several of one column that do together."""

    column: _Column
    codes: tuple[int, ...]
    score: float
    words: tuple[Word, ...]

    def holds(self, nodes: np.ndarray) -> np.ndarray:
        """Those of the nodes that have it."""
        kept: np.ndarray = nodes[np.isin(self.column.labels.codes[nodes], self.codes)]
        return kept


def name_clusters(
    hierarchy: Hierarchy,
    categories: Mapping[str, Labels],
    settings: ClusterSettings,
    tone: Callable[[np.ndarray], str] = lambda nodes: "",
) -> list[NamedCluster]:
    """Name the clusters of every level, coarsest first.

    Args:
        hierarchy: The clusters.
        categories: Of the nodes, for example from :func:`~lookgraph.evaluate.attributes.category_labels`.
        settings: The thresholds.
        tone: The colour of some nodes' photos in a word, or "": asked only where clusters would be called the same and
            no attribute is a colour.
    """
    columns = [_column(name, labels) for name, labels in categories.items()]
    by_eye = not any(column.role == "colour" for column in columns)
    everything = np.arange(len(hierarchy.levels))
    named: list[NamedCluster] = []
    for level in range(hierarchy.n_levels):
        own, parents = hierarchy.of(level), hierarchy.parents(level)
        families = _members(hierarchy.of(level - 1)) if level else [everything]
        taken: set[str] = set()
        for number, nodes in enumerate(_members(own)):
            family = families[parents[number]] if level else everything
            picks = _telling(columns, nodes, family[own[family] != number], settings)
            seen = partial(tone, nodes) if by_eye else str
            name, picks = _unique(picks, number, taken, seen)
            taken.add(name)
            words = tuple(word for pick in picks for word in pick.words)
            named.append(NamedCluster(level, number, name, int(parents[number]), len(nodes), words))
    return named


def _telling(columns: list[_Column], nodes: np.ndarray, siblings: np.ndarray, settings: ClusterSettings) -> list[_Pick]:
    """What the things are, beside all others, if that can be said; then what is special beside their siblings."""
    picks: list[_Pick] = []
    least = settings.min_coverage_fraction
    things = [column for column in columns if column.role == "thing"]
    heads = [one for column in things for one in _passing(column, nodes, None, least, settings)]
    heads = heads or [some for column in things for some in _together(column, nodes, settings)]
    if heads:
        picks.append(max(heads, key=lambda pick: pick.score))
    while len(picks) < _MOST_WORDS:
        inside, outside = nodes, siblings
        for pick in picks:
            inside, outside = pick.holds(inside), pick.holds(outside)
        if len(outside) < _RIVALS * len(inside):
            break  # hardly any others are called so: there is nothing to tell it from
        used = {"thing", *(pick.column.role for pick in picks)}
        left = [column for column in columns if column.role not in used]
        least_here = least * len(nodes) / max(len(inside), 1)  # all words together must hold for that share
        found = [one for column in left for one in _passing(column, inside, outside, least_here, settings)]
        found = [one for one in found if not _repeats(one, picks)]
        if not found:
            break
        picks.append(max(found, key=lambda pick: (pick.column.role != "season", pick.score)))
    return picks


def _repeats(pick: _Pick, before: list[_Pick]) -> bool:
    """Would the name say a word twice: 'Sports sports shoes'?"""
    said = {part for one in before for word in one.words for part in word.value.lower().split()}
    return any(part in said for word in pick.words for part in word.value.lower().split())


def _passing(
    column: _Column, inside: np.ndarray, outside: np.ndarray | None, least: float, settings: ClusterSettings
) -> list[_Pick]:
    """The column's values that pass all three tests; ``outside`` None: compared with all other nodes."""
    n_inside, prior = _counts(column, inside), _PRIOR * column.share
    if outside is None:
        n_outside, n_others = column.total - n_inside, len(column.labels.codes) - len(inside)
    else:
        n_outside, n_others = _counts(column, outside), len(outside)
    own, rest = n_inside + prior, n_outside + prior
    all_own, all_rest = len(inside) + _PRIOR + 1, n_others + _PRIOR + 1  # 1: for whatever no photo has
    own_odds, rest_odds = own / (all_own - own), rest / (all_rest - rest)
    z = np.log(own_odds / rest_odds) / np.sqrt(1 / own + 1 / rest)
    coverage = n_inside / max(len(inside), 1)
    lift = coverage / (rest / all_rest)
    passes = column.usable & (coverage >= least) & (lift >= settings.min_lift) & (z >= _CLEAR)
    return [
        _Pick(
            column,
            (code,),
            float(coverage[code] * np.log(lift[code])),
            (Word(column.name, column.labels.names[code], float(coverage[code]), float(lift[code])),),
        )
        for code in np.flatnonzero(passes).tolist()
    ]


def _together(column: _Column, nodes: np.ndarray, settings: ClusterSettings) -> list[_Pick]:
    """The two or three most frequent values that pass, if together they cover enough where none does alone."""
    found = _passing(column, nodes, None, _PART * settings.min_coverage_fraction, settings)
    found = sorted(found, key=lambda pick: (-pick.words[0].coverage, pick.codes))
    for n_values in range(2, min(_MOST_VALUES, len(found)) + 1):
        some = found[:n_values]
        words = tuple(word for pick in some for word in pick.words)
        if sum(word.coverage for word in words) >= settings.min_coverage_fraction:
            return [_Pick(column, tuple(pick.codes[0] for pick in some), sum(pick.score for pick in some), words)]
    return []


def _unique(picks: list[_Pick], number: int, taken: set[str], tone: Callable[[], str]) -> tuple[str, list[_Pick]]:
    """The shortest name of two words or more that is not taken yet, and what it is made of."""
    if not picks:
        return f"Style {number + 1}", []
    enough = sum(pick.column.role != "season" for pick in picks[:2])  # a season only where it tells clusters apart
    for n_words in range(max(1, enough), len(picks) + 1):
        name = _phrase(picks[:n_words])
        if name not in taken:
            return name, picks[:n_words]
    if seen := tone():
        name = _phrase(picks, seen)
        if name not in taken:
            return name, picks
    again = 2
    while f"{name} {again}" in taken:
        again += 1
    return f"{name} {again}", picks


def _phrase(picks: list[_Pick], colour: str = "") -> str:
    words: dict[Role, str] = {pick.column.role: listed([word.value for word in pick.words]) for pick in picks}
    return phrase(words | ({"colour": colour} if colour else {}))


def _column(name: str, labels: Labels) -> _Column:
    labels = as_column(name, labels)
    usable = np.array([is_word(value) for value in labels.names], bool)
    known = labels.codes[labels.codes >= 0]
    return _Column(name, role_of(labels), labels, usable, np.bincount(known, minlength=labels.n_classes))


def _counts(column: _Column, nodes: np.ndarray) -> np.ndarray:
    codes = column.labels.codes[nodes]
    return np.bincount(codes[codes >= 0], minlength=column.labels.n_classes)


def _members(labels: np.ndarray) -> list[np.ndarray]:
    """The nodes of every cluster."""
    return np.split(np.argsort(labels, kind="stable"), np.cumsum(np.bincount(labels))[:-1])
