"""Recommendations: similar items, diversity, and the reasons shown beside them."""

from lookgraph.recommend.diversity import rerank
from lookgraph.recommend.results import Recommendation, Recommendations
from lookgraph.recommend.similar import Query, SimilarItems

__all__ = ["Query", "Recommendation", "Recommendations", "SimilarItems", "rerank"]
