"""Random numbers by counting: a number is a function of a key and four counters, and of nothing else.

No state and no order: whoever asks for the k-th number of a cell gets the same bits, on any thread, in any batch, on a
processor or a GPU. The generator is Philox4x32 with 7 rounds (Salmon et al., SC'11: the fewest that pass BigCrush); its
published vectors are in the tests.

A stream of events: counters (place, event, stream and which number, attempt). One event gives four numbers.
"""

import math

import numpy as np

from ohmshot.foundation.compiled import F32, I32, U32, U64, Bits, Real, law, outlined

ROUNDS = 7
_M0, _M1 = U64(0xD2511F53), U64(0xCD9E8D57)
_W0, _W1 = U64(0x9E3779B9), U64(0xBB67AE85)
_LOW, _S32 = U64(0xFFFFFFFF), U64(32)


@law
def philox(key: Bits, c0: Bits, c1: Bits, c2: Bits, c3: Bits) -> tuple[Bits, Bits, Bits, Bits]:
    """Four 32-bit numbers of a 64-bit key and four 32-bit counters."""
    k0, k1 = U64(key) & _LOW, U64(key) >> _S32
    x0, x1, x2, x3 = U64(c0), U64(c1), U64(c2), U64(c3)
    for _ in range(ROUNDS):
        p0, p1 = _M0 * x0, _M1 * x2
        x0, x1, x2, x3 = (p1 >> _S32) ^ x1 ^ k0, p1 & _LOW, (p0 >> _S32) ^ x3 ^ k1, p0 & _LOW
        k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    return U32(x0), U32(x1), U32(x2), U32(x3)


@law
def uniform(bits: Bits) -> Real:
    """A number in (0, 1) of 32 bits, of which the upper 23 count: with a half more they are exact in float32."""
    return (F32(bits >> U32(9)) + F32(0.5)) * F32(2.0**-23)


@law
def clip(x: Real, low: Real, high: Real) -> Real:
    """Hold a number between two others."""
    return min(max(x, low), high)


@law
def exponent_and_rest(x: Real) -> tuple[Real, Real]:
    """A positive normal float32 as ``2^e (1 + m)`` with 1 + m in [0.70710678, 1.41421356): (e, m)."""
    bits = F32(x).view(I32)
    exponent = (bits >> I32(23)) - I32(126)
    m = I32((bits & I32(0x007FFFFF)) | I32(0x3F000000)).view(F32)  # in [0.5, 1)
    small = m < F32(0.70710678)
    return F32(exponent) - (F32(1.0) if small else F32(0.0)), (m + m if small else m) - F32(1.0)


@law
def log_of_parts(e: Real, m: Real) -> Real:
    """``ln(2^e (1 + m))``, a polynomial in m (Cephes logf)."""
    z = m * m
    y = F32(7.0376836292e-2)
    y = y * m + F32(-1.1514610310e-1)
    y = y * m + F32(1.1676998740e-1)
    y = y * m + F32(-1.2420140846e-1)
    y = y * m + F32(1.4249322787e-1)
    y = y * m + F32(-1.6668057665e-1)
    y = y * m + F32(2.0000714765e-1)
    y = y * m + F32(-2.4999993993e-1)
    y = y * m + F32(3.3333331174e-1)
    y = y * m * z + e * F32(-2.12194440e-4)
    return m + (y - F32(0.5) * z) + e * F32(0.693359375)


@law
def log(x: Real) -> Real:
    """Natural logarithm of a positive normal float32, to about 1 ulp (Cephes logf); the same bits on any processor."""
    e, m = exponent_and_rest(x)
    return log_of_parts(e, m)


@law
def exp(x: Real) -> Real:
    """Exponential of a float32, held to -87 to 88, to about 1 ulp (Cephes expf); the same bits on any processor."""
    x = clip(x, F32(-87.0), F32(88.0))
    n = np.floor(x * F32(1.44269504088896341) + F32(0.5))
    x = x - n * F32(0.693359375) - n * F32(-2.12194440e-4)
    z = x * x
    y = F32(1.9875691500e-4)
    y = y * x + F32(1.3981999507e-3)
    y = y * x + F32(8.3334519073e-3)
    y = y * x + F32(4.1665795894e-2)
    y = y * x + F32(1.6666665459e-1)
    y = y * x + F32(5.0000001201e-1)
    y = y * z + x + F32(1.0)
    return y * I32((I32(n) + I32(127)) << I32(23)).view(F32)


@law
def _tail(bits: Bits) -> Real:
    """Distance of 32 bits as a number u in (0, 1) from the nearer end of the range, doubled: ``1 - |2 u - 1|``."""
    return (F32(bits & U32(0x7FFFFFFF)) + F32(0.5)) * F32(2.0**-31)


@law
def _near_the_middle(w: Real) -> Real:
    """``erfinv(x) / x`` of ``w = -ln(1 - x^2) < 5``."""
    c = w - F32(2.5)
    p = F32(2.81022636e-08)
    p = F32(3.43273939e-07) + p * c
    p = F32(-3.5233877e-06) + p * c
    p = F32(-4.39150654e-06) + p * c
    p = F32(0.00021858087) + p * c
    p = F32(-0.00125372503) + p * c
    p = F32(-0.00417768164) + p * c
    p = F32(0.246640727) + p * c
    return F32(1.50140941) + p * c


@law
def _far_out(w: Real) -> Real:
    """``erfinv(x) / x`` of ``w = -ln(1 - x^2) >= 5``."""
    t = np.sqrt(max(w, F32(0.0))) - F32(3.0)
    q = F32(-0.000200214257)
    q = F32(0.000100950558) + q * t
    q = F32(0.00134934322) + q * t
    q = F32(-0.00367342844) + q * t
    q = F32(0.00573950773) + q * t
    q = F32(-0.0076224613) + q * t
    q = F32(0.00943887047) + q * t
    q = F32(1.00167406) + q * t
    return F32(2.83297682) + q * t


@law
def _normal_of(bits: Bits, w: Real) -> Real:
    """Standard normal number of 32 bits whose w is known."""
    size = F32(1.41421356) * (F32(1.0) - _tail(bits)) * (_near_the_middle(w) if w < F32(5.0) else _far_out(w))
    return size if bits >> U32(31) else -size


@law
def inverse_normal(bits: Bits) -> Real:
    """Standard normal number of 32 bits: ``sqrt(2) erfinv`` (Giles, GPU Computing Gems 2, 2010, single precision).

    No branch and no table, so that a loop over it becomes vector instructions. The distance from the end of the range
    is formed from the bits themselves: tails reach to 6.2 standard deviations.
    """
    tail = _tail(bits)
    return _normal_of(bits, -log(tail * (F32(2.0) - tail)))


@law
def inverse_normals(bits: np.ndarray, normals: np.ndarray, on_the_way: np.ndarray) -> None:
    """`inverse_normal` of many, a step of it after another: short chains of operations overlap, long ones do not.

    Args:
        bits: uint32 [n].
        normals: float32 [n], to be written.
        on_the_way: float32 [2, n], scratch.
    """
    e, w = on_the_way[0], on_the_way[1]
    for k in range(len(bits)):
        tail = _tail(bits[k])
        e[k], w[k] = exponent_and_rest(tail * (F32(2.0) - tail))
    for k in range(len(bits)):
        w[k] = -log_of_parts(e[k], w[k])
    for k in range(len(bits)):
        normals[k] = _normal_of(bits[k], w[k])


def _ziggurat() -> tuple[np.ndarray, np.ndarray]:
    """Edges of 256 layers of equal area under ``exp(-x^2 / 2)``, and its values there (Marsaglia and Tsang, 2000)."""
    area, x = 4.92867323399e-3, np.zeros(257)
    x[0], x[1] = area / math.exp(-0.5 * _TAIL**2), _TAIL
    for i in range(2, 256):
        x[i] = math.sqrt(-2 * math.log(area / x[i - 1] + math.exp(-0.5 * x[i - 1] ** 2)))
    return x.astype(F32), np.exp(-0.5 * x * x).astype(F32)


_TAIL = 3.6541528853610088
_EDGES, _HEIGHTS = _ziggurat()
_TAIL32, _TAIL_INVERSE = F32(_TAIL), F32(1 / _TAIL)


@law
def _layer_of(bits: Bits) -> tuple[Bits, Real, Real]:
    """(layer, place, sign) of 32 bits: 8 for the layer, 23 for the place below its edge, 1 for the sign."""
    layer = I32(bits & U32(255))
    place = (F32(bits >> U32(9)) + F32(0.5)) * F32(2.0**-23) * _EDGES[layer]
    return layer, place, F32(1.0) if bits & U32(256) else F32(-1.0)


@law
def normal(bits: Bits, key: Bits, c0: Bits, c1: Bits, c2: Bits) -> Real:
    """Standard normal number of 32 bits by the ziggurat; the 1.2 % that need more bits have counters of their own.

    Args:
        bits: one of the four numbers of the event.
        key: key of the stream.
        c0: counter of the place.
        c1: counter of the event.
        c2: stream and which of the event's numbers it is.
    """
    layer, place, sign = _layer_of(bits)
    if place < _EDGES[layer + 1]:
        return sign * place
    return _at_an_edge(layer, place, sign, key, c0, c1, c2)


@outlined
def _at_an_edge(layer: Bits, place: Real, sign: Real, key: Bits, c0: Bits, c1: Bits, c2: Bits) -> Real:
    for attempt in range(1, 1000):
        a, b, c, _ = philox(key, U32(c0), c1, U32(c2), U32(attempt))
        if layer == 0:
            beyond = -log(uniform(a)) * _TAIL_INVERSE
            height = -log(uniform(b))
            if height + height >= beyond * beyond:
                return sign * (_TAIL32 + beyond)
        else:
            height = _HEIGHTS[layer] + uniform(a) * (_HEIGHTS[layer + 1] - _HEIGHTS[layer])
            if height < exp(F32(-0.5) * place * place):
                return sign * place
            layer, place, sign = _layer_of(c)
            if place < _EDGES[layer + 1]:
                return sign * place
    return F32(0.0)
