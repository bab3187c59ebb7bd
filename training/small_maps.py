"""Convolutions over small maps as matrix products, which train a small-picture ResNet in half the time.

Over maps of a few pixels the convolutions of oneDNN leave most of the processor idle: at 2 x 2, the gradient of a 3 x 3
kernel of 512 channels takes 58 ms of a core in bfloat16 with AMX, as a matrix product 3 ms. Values and gradients are
the same up to rounding. ``python training/small_maps.py`` measures it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from lookgraph.processor import native_bfloat16

_LARGEST_KERNEL_OUTPUT_PX = 5  # above, oneDNN's 3 x 3 kernels are the faster


class SmallMapConv2d(nn.Module):
    """A convolution that becomes a matrix product where that is faster; parameters and their names stay."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.weight = conv.weight
        self.kernel_px, self.stride, self.padding = conv.kernel_size[0], conv.stride[0], int(conv.padding[0])

    def forward(self, images: Tensor) -> Tensor:
        """(n, c_in, h, w) -> (n, c_out, h_out, w_out), both laid out with their channels last."""
        height, width = ((s + 2 * self.padding - self.kernel_px) // self.stride + 1 for s in images.shape[2:])
        if self.kernel_px > 1 and max(height, width) > _LARGEST_KERNEL_OUTPUT_PX:
            return functional.conv2d(images, self.weight, stride=self.stride, padding=self.padding)
        rows = images.permute(0, 2, 3, 1)
        rows = functional.pad(rows, (0, 0, *[self.padding] * 4)) if self.padding else rows
        down, right = height * self.stride, width * self.stride
        taps = [
            rows[:, i : i + down : self.stride, j : j + right : self.stride]
            for i in range(self.kernel_px)
            for j in range(self.kernel_px)
        ]
        patches = torch.cat(taps, 3) if len(taps) > 1 else taps[0]
        kernel = self.weight.permute(0, 2, 3, 1).flatten(1)
        return functional.linear(patches, kernel).permute(0, 3, 1, 2)


def multiply_small_maps(module: nn.Module) -> None:
    """Replace a network's square, ungrouped convolutions without bias, all but those of pixels, in place."""
    for name, child in module.named_children():
        if isinstance(child, nn.Conv2d) and child.in_channels > 3:
            if child.bias is not None or child.groups != 1 or child.dilation != (1, 1):
                raise ValueError(f"{name} is no plain convolution: {child}")
            setattr(module, name, SmallMapConv2d(child))
        else:
            multiply_small_maps(child)


def main() -> None:
    from lookgraph.encoder.model import Encoder

    torch.set_num_threads(1)
    pixels = torch.rand(64, 3, 64, 64) * 255
    for name in ("oneDNN", "products"):
        torch.manual_seed(0)
        encoder = Encoder().to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        if name == "products":
            multiply_small_maps(encoder)
        print(f"{name}: {64 / seconds(partial(learn, encoder, pixels)):.0f} photos a second of one core")


def learn(encoder: nn.Module, pixels: Tensor) -> None:
    with torch.autocast("cpu", torch.bfloat16, enabled=native_bfloat16()):
        features = encoder.features(pixels.contiguous(memory_format=torch.channels_last))  # type: ignore[operator]
    encoder.head(features.float()).square().mean().backward()  # type: ignore[operator]


def seconds(step: Callable[[], None], n: int = 5) -> float:
    step()
    began = time.process_time()
    for _ in range(n):
        step()
    return (time.process_time() - began) / n


if __name__ == "__main__":
    main()
