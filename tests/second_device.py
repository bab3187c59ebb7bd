"""A second device without a GPU: its tensors compute on the processor, say "meta", and may not meet the processor's.

As with a real one, ``copy_`` goes from one device to the other.

PyTorch's FakeTensorMode cannot stand in for it: it has no values for a training to look at, it cannot differentiate
tensors on "cuda" where PyTorch is built without it, and it lets the processor's indices through.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only


class There(torch.Tensor):
    """A tensor of the second device, around one of the processor."""

    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, here: torch.Tensor) -> There:
        layout = {"strides": here.stride(), "storage_offset": here.storage_offset(), "dtype": here.dtype}
        there = torch.Tensor._make_wrapper_subclass(cls, here.shape, **layout, device="meta")
        there.here = here
        return there

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return _run(func, args, kwargs or {})


class _Everything(TorchDispatchMode):
    """Sees tensors that are made from nothing, too."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return _run(func, args, kwargs or {})


@contextmanager
def second_device() -> Iterator[torch.device]:
    """While it is entered, there is the device that it gives."""
    with _Everything():
        yield torch.device("meta")


def _run(func, args, kwargs):
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
    theirs = {id(tensor.here): tensor for tensor in tensors if isinstance(tensor, There)}
    strangers = [tensor.shape for tensor in tensors if not isinstance(tensor, There) and tensor.dim()]
    if func is torch.ops.aten.copy_.default and strangers:
        func(*tree_map_only(There, lambda tensor: tensor.here, args), **kwargs)
        return args[0]
    assert not (theirs and strangers), f"{func} meets a tensor of the processor: {strangers}"
    asked = kwargs.get("device")
    if asked is not None:
        kwargs = {**kwargs, "device": torch.device("cpu")}
    args, kwargs = tree_map_only(There, lambda tensor: tensor.here, (args, kwargs))
    result = func(*args, **kwargs)
    if asked.type == "cpu" if asked is not None else not theirs:
        return result
    # What is changed in place stays itself.
    return tree_map_only(torch.Tensor, lambda made: theirs[id(made)] if id(made) in theirs else There(made), result)
