"""How long does a year of shopping take?

    python benchmarks/simulate.py [N_PEOPLE [N_ITEMS [DAYS]]]

Default: 10,000 people, 5,000 drawn items (their facts alone, no pictures), 365 days; once with the popular recommender,
which learns, and 30 days with the oracle, which knows. Prints one JSON line.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import sys
import time

from lookgraph.demo.behaviour import World
from lookgraph.demo.facts import facts_of_drawn
from lookgraph.demo.items import make_items
from lookgraph.demo.recommenders import OracleRecommender, PopularRecommender
from lookgraph.demo.shoppers import make_shoppers
from lookgraph.demo.simulation import simulate

SEED = 7


def main(n_people: str = "10000", n_items: str = "5000", days: str = "365") -> None:
    began = time.perf_counter()
    facts = facts_of_drawn(make_items(int(n_items), SEED))
    items_s = time.perf_counter() - began
    world = World(facts, make_shoppers(int(n_people), facts, SEED))
    began = time.perf_counter()
    year = simulate(PopularRecommender(len(facts), SEED), world, days=int(days), seed=SEED)
    year_s = time.perf_counter() - began
    world = World(facts, world.shoppers)
    began = time.perf_counter()
    month = simulate(OracleRecommender(world), world, days=30, seed=SEED)
    line = {
        "benchmark": "simulated shopping",
        "people": int(n_people),
        "items": int(n_items),
        "days": int(days),
        "items_made_s": round(items_s, 1),
        "simulated_s": round(year_s, 1),
        "sessions": year.n_sessions,
        "impressions": int(year.impressions.sum()),
        "events": year.log.num_rows,
        "click_rate_popular": round(year.click_rate, 4),
        "oracle_30_days_s": round(time.perf_counter() - began, 1),
        "click_rate_oracle_30_days": round(month.click_rate, 4),
        "memory_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
        "seed": SEED,
        "load_average": round(os.getloadavg()[0], 1),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
