"""A linear layer on crossbars, for any network and any training loop of PyTorch."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from ohmshot.chip.crossbar import Crossbar
from ohmshot.chip.meter import MeterReading
from ohmshot.foundation.errors import SettingsError
from ohmshot.nn.placed_layers import PlacedLayers, Programming, Utilisation, simulated_for
from ohmshot.nn.settings import CrossbarSettings


class CrossbarLinear(nn.Module):
    """A linear layer whose multiplications are done by the cells of one or more chips.

    ``weight`` and ``bias`` are exact numbers on the host (the digital shadow), as in `torch.nn.Linear`; any optimiser
    moves them. The cells hold the weights of the last `program`, which writes only the cells whose level has moved.
    ``forward`` drives the rows and converts the currents of the chip: read noise, converters, lines and what the cells
    have become since they were written are in the result. ``backward`` is digital: errors go through the exact weights
    or, with ``backward="written"``, through the levels that were written last. The bias is added after conversion, by
    the host. `eval` changes nothing: a chip has its noise at all times.

    On n > 1 chips all hold the same weights (with ``per_chip=True`` each has its own), and the inputs are shared out:
    [n, ..., in_features] or [n * batch, ..., in_features], those of the first chip first. `ohmshot.nn.on_chip` gives
    every chip the same inputs.

    Args:
        in_features: inputs.
        out_features: outputs.
        bias: whether a bias is added.
        chips: where the weights lie; None for one simulated chip with as many arrays as it takes.
        weight_full_scale: weight that the widest conductance difference stands for; None for the largest weight at the
            first `program`.
        input_full_scale: input that the full read voltage stands for, larger ones being clipped; None for the largest
            of the first batch. `calibrate` chooses both by measurement.
        **settings: see `ohmshot.nn.CrossbarSettings`: strategy, levels, copies, backward, per_chip and more.

    Attributes:
        weight: [out_features, in_features], or [chips, out_features, in_features] with ``per_chip``.
        bias: [out_features], or [chips, out_features]; None for none.
        weight_full_scale: see above, [].
        input_full_scale: see above, [].
        output_gain: factor on each measured output of each chip, [chips, out_features]; 1 unless `OnChip.calibrate`
            has measured it.
        output_offset: added to it, [chips, out_features].
        placed: cells of the layer and of those that share its arrays.
        number: number of the layer among these.
        exactly: whether `forward` computes with the exact weights instead of the chips.

    Raises:
        SettingsError: the layer does not fit on the chips, or a setting is out of range.

    Examples:
        >>> import torch, ohmshot as oh
        >>> layer = oh.nn.CrossbarLinear(64, 10, copies=1)
        >>> programming = layer.program()
        >>> layer(torch.randn(5, 64)).shape
        torch.Size([5, 10])
        >>> optimiser = torch.optim.SGD(layer.parameters(), lr=0.1)
        >>> layer(torch.randn(5, 64)).square().mean().backward()
        >>> optimiser.step()
        >>> bool(layer.program().changed.sum() < 2 * 64 * 10)  # only cells whose level moved are written
        True
    """

    weight: nn.Parameter
    bias: nn.Parameter | None
    weight_full_scale: Tensor
    input_full_scale: Tensor
    output_gain: Tensor
    output_offset: Tensor

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        chips: Crossbar | None = None,
        *,
        weight_full_scale: float | None = None,
        input_full_scale: float | None = None,
        **settings: Any,
    ) -> None:
        super().__init__()
        chosen = CrossbarSettings(**settings)
        if chips is None:
            chips = simulated_for([(in_features, out_features)], chosen)
        placed = PlacedLayers(chips, [(in_features, out_features)], chosen)
        exact = nn.Linear(in_features, out_features, bias)
        self._take(exact, placed, 0, weight_full_scale, input_full_scale)

    @classmethod
    def from_linear(
        cls,
        linear: nn.Linear,
        chips: Crossbar | None = None,
        *,
        weight_full_scale: float | None = None,
        input_full_scale: float | None = None,
        **settings: Any,
    ) -> "CrossbarLinear":
        """Return a layer with a copy of the weights of another, written into the chips.

        Args:
            linear: the layer.
            chips: as for `CrossbarLinear`, like all that follows.
            weight_full_scale: as there.
            input_full_scale: as there.
            **settings: as there.

        Examples:
            >>> import torch, ohmshot as oh
            >>> layer = oh.nn.CrossbarLinear.from_linear(torch.nn.Linear(19, 38), oh.SimulatedChips(chips=3))
            >>> layer(torch.randn(3, 5, 19)).shape
            torch.Size([3, 5, 38])
        """
        layer = cls(
            linear.in_features,
            linear.out_features,
            linear.bias is not None,
            chips,
            weight_full_scale=weight_full_scale,
            input_full_scale=input_full_scale,
            **settings,
        )
        layer.copy_from(linear)
        layer.program()
        return layer

    @classmethod
    def of_placed(cls, linear: nn.Linear, placed: PlacedLayers, number: int) -> "CrossbarLinear":
        """Return a layer with a copy of the weights of another, on arrays that it shares; nothing is written yet."""
        layer = cls.__new__(cls)
        nn.Module.__init__(layer)
        layer._take(nn.Linear(linear.in_features, linear.out_features, linear.bias is not None), placed, number)
        layer.copy_from(linear)
        return layer

    def _take(
        self,
        exact: nn.Linear,
        placed: PlacedLayers,
        number: int,
        weight_full_scale: float | None = None,
        input_full_scale: float | None = None,
    ) -> None:
        for name, scale in (("weight", weight_full_scale), ("input", input_full_scale)):
            if scale is not None and not 0 < scale < math.inf:
                raise SettingsError(f"A full scale of the {name} is a number above 0, not {scale}.")
        self.in_features, self.out_features = exact.in_features, exact.out_features
        self.placed, self.number, self.exactly = placed, number, False
        weight = exact.weight.detach()
        if placed.settings.per_chip:
            weight = weight.expand(placed.chips.chips, *weight.shape).clone()
        self.weight = nn.Parameter(weight)
        bias = exact.bias
        if bias is not None and placed.settings.per_chip:
            bias = nn.Parameter(bias.detach().expand(placed.chips.chips, -1).clone())
        self.register_parameter("bias", bias)
        self.register_buffer("weight_full_scale", torch.tensor(weight_full_scale or math.nan))
        self.register_buffer("input_full_scale", torch.tensor(input_full_scale or math.nan))
        self.register_buffer("output_gain", torch.ones(placed.chips.chips, exact.out_features))
        self.register_buffer("output_offset", torch.zeros(placed.chips.chips, exact.out_features))

    @torch.no_grad()
    def copy_from(self, linear: nn.Linear) -> None:
        """Take over the exact weights of another layer, on the host; `program` writes them."""
        self.weight.copy_(linear.weight)
        if self.bias is not None:
            self.bias.copy_(linear.bias)

    @property
    def chips(self) -> Crossbar:
        """The chips that hold the weights."""
        return self.placed.chips

    def forward(self, inputs: Tensor) -> Tensor:
        """Multiply on the chips and add the bias.

        Args:
            inputs: [..., in_features]; on n > 1 chips the first dimension is n, or n times what each gets.

        Returns:
            [..., out_features], float32.

        Raises:
            SettingsError: the layer has not been written, or inputs of another size.
        """
        chips = self.chips.chips
        if inputs.shape[-1] != self.in_features or (chips > 1 and (inputs.dim() < 2 or len(inputs) % chips)):
            shared = f", their first dimension {chips} or a multiple of it: one part for each chip" if chips > 1 else ""
            raise SettingsError(
                f"The layer takes inputs [..., {self.in_features}]{shared}; these are {list(inputs.shape)}."
            )
        if self.exactly:
            return self.exact(inputs)
        if not self.placed.programmed:
            raise SettingsError("The layer has not been written into the chips: call program() first.")
        # Float32 whatever autocast says: it leaves all that follows as it is.
        flat = inputs.to(torch.float32).reshape(chips, -1, self.in_features)
        with torch.no_grad():
            scale = self.input_scale(flat)
            measured = self.placed.multiply(self.number, flat.detach().cpu(), scale).to(flat.device)
            measured = measured * self.output_gain[:, None] + self.output_offset[:, None]
        if not torch.is_grad_enabled():
            return self._with_bias(measured).reshape(*inputs.shape[:-1], self.out_features)
        backward = self.weight.mT
        if self.placed.settings.backward == "written":
            written = self.placed.written(self.number).to(flat.device)
            backward = backward + (written - backward).detach()
        outputs: Tensor = _Measured.apply(flat, backward, measured, scale)  # type: ignore[no-untyped-call]
        return self._with_bias(outputs).reshape(*inputs.shape[:-1], self.out_features)

    def _with_bias(self, outputs: Tensor) -> Tensor:
        """Add the bias to outputs [chips, batch, outputs]."""
        if self.bias is None:
            return outputs
        return outputs + (self.bias[:, None] if self.bias.dim() == 2 else self.bias)

    def exact(self, inputs: Tensor) -> Tensor:
        """Compute what `forward` measures, with the exact weights; same shapes."""
        if self.weight.dim() == 2:
            return nn.functional.linear(inputs, self.weight, self.bias)
        outputs = inputs.reshape(len(self.weight), -1, self.in_features) @ self.weight.mT
        return self._with_bias(outputs).reshape(*inputs.shape[:-1], self.out_features)

    def program(self) -> Programming:
        """Write the exact weights into the cells: all of them at first, then only those whose level has moved.

        The cells of weights beyond the full scale hold what they can. In training mode these weights are clipped on the
        host too, so that no optimiser carries them further away from their cells.

        Returns:
            What was written, and its cost.

        Raises:
            LimitError: the write could exceed a limit; no pulse was given.
            SettingsError: a weight is not finite; or the first write of arrays that other layers share, which is
                `ohmshot.nn.OnChip.program`'s.
        """
        if not self.placed.programmed and len(self.placed.array.mappings) > 1:
            raise SettingsError("These arrays hold several layers: call program() of the whole network first.")
        self.clip()
        weights, scale = self.to_write()
        return self.placed.program({self.number: weights}, {self.number: scale})

    @torch.no_grad()
    def to_write(self) -> tuple[Tensor, float]:
        """Return the exact weights, [inputs, outputs] or [chips, inputs, outputs], and their full scale.

        Raises:
            SettingsError: a weight is not finite.
        """
        if not bool(self.weight.isfinite().all()):
            raise SettingsError("A weight is not finite: the training has diverged. Take a smaller learning rate.")
        if bool(self.weight_full_scale.isnan()):
            self.weight_full_scale.fill_(float(self.weight.abs().max().clamp(min=torch.finfo(torch.float32).tiny)))
        scale = float(self.weight_full_scale)
        return self.weight.mT, scale

    @torch.no_grad()
    def clip(self) -> None:
        """Hold the exact weights inside the full scale, in training mode and once there is one."""
        if self.training and not bool(self.weight_full_scale.isnan()):
            self.weight.clamp_(-self.weight_full_scale, self.weight_full_scale)

    def cost(self) -> MeterReading:
        """Pulses, reads, multiplies, energy in J and busy time in s of the chips since they were made."""
        return self.chips.meter()

    def wear(self) -> Tensor:
        """SET/RESET cycles that each cell has seen, int64 [chips, rows, columns]."""
        return self.chips.wear()

    def utilisation(self) -> Utilisation:
        """How full the arrays are."""
        return self.placed.utilisation()

    def extra_repr(self) -> str:
        """Sizes, chips and strategy."""
        settings, number = self.placed.settings, self.chips.chips
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}, "
            f"chips={number}, strategy={settings.programming.name!r}, copies={settings.copies}"
        )

    def input_scale(self, inputs: Tensor) -> float:
        """Input that the full read voltage stands for; the first inputs that are not all zero set it where none is."""
        scale = float(self.input_full_scale)
        if math.isnan(scale):
            largest = float(inputs.abs().max()) if inputs.numel() else 0.0
            if not 0 < largest < math.inf:
                return 1.0  # nothing to go by yet
            self.input_full_scale.fill_(largest)
            scale = float(self.input_full_scale)
        return scale


class _Measured(torch.autograd.Function):
    """A multiply that was measured; its gradient is that of the product with some weights of clipped inputs."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weights: Tensor, measured: Tensor, scale: float) -> Tensor:
        ctx.save_for_backward(inputs, weights)
        ctx.scale = scale
        return measured

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (inputs, weights), (grad,) = ctx.saved_tensors, grads
        to_inputs = to_weights = None
        if ctx.needs_input_grad[0]:
            to_inputs = (grad @ weights.mT) * (inputs.abs() <= ctx.scale)
        if ctx.needs_input_grad[1]:
            to_weights = inputs.clamp(-ctx.scale, ctx.scale).mT @ grad
            to_weights = to_weights if weights.dim() == 3 else to_weights.sum(0)
        return to_inputs, to_weights, None, None
