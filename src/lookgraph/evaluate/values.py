"""How is a measured number written down, and how one that is not defined?

A number is ``{"value": 0.31}``, with an interval ``{"value": 0.31, "low": 0.29, "high": 0.33}``. One that
cannot be measured is ``{"value": null, "reason": "..."}``: never NaN, never made up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

Value = dict[str, Any]
Metrics = dict[str, Any]

_DIGITS = 6


def defined(value: float, low: float | None = None, high: float | None = None) -> Value:
    """A number, with its 95 % interval where there is one."""
    if low is None or high is None:
        return {"value": value}
    return {"value": value, "low": low, "high": high}


def undefined(reason: str) -> Value:
    """No number, and why."""
    return {"value": None, "reason": reason}


def json_ready(value: Any) -> Any:
    """The same structure of plain Python values: floats with 6 digits, whatever is not finite as null."""
    if isinstance(value, Mapping):
        return {str(key): json_ready(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [json_ready(item) for item in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return round(float(value), _DIGITS) + 0.0 if math.isfinite(value) else None
    return value
