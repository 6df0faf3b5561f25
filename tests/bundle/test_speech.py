"""The image of a recording of speech, by hand."""

import math

import pytest
import torch

from ohmshot.bundle.header import SpeechPreprocessing
from ohmshot.bundle.preprocess import network_input
from ohmshot.bundle.speech import mel, mel_filters

SIZE = SpeechPreprocessing()


def tone(hertz: float, first: int, last: int, strength: float = 0.5) -> torch.Tensor:
    """A recording [1, 8000] with a tone in some of its samples."""
    time = torch.arange(8000)
    sound = strength * torch.sin(2 * math.pi * hertz / 8000 * time)
    return torch.where((time >= first) & (time < last), sound, 0.0)[None]


def test_the_mel_scale_is_as_published() -> None:
    assert mel(0.0) == 0.0
    assert mel(1000.0) == pytest.approx(999.99, abs=0.01)  # the scale is made so that 1000 Hz are 1000 mel
    assert mel(6300.0) == 2595.0


def test_neighbouring_filters_add_up_to_one_and_end_at_the_corner_frequencies() -> None:
    filters = mel_filters(SIZE)
    assert filters.shape == (129, 20)
    hertz = torch.arange(129) * 31.25
    low, high = mel(100.0), mel(4000.0)
    corners = [700 * (10 ** ((low + (high - low) * i / 21) / 2595) - 1) for i in range(22)]
    between = (hertz > corners[1]) & (hertz < corners[20])
    torch.testing.assert_close(filters[between].sum(1), torch.ones(int(between.sum())))
    assert not filters[hertz < 100].any()
    for band in range(20):
        seen = hertz[filters[:, band] > 0]
        assert corners[band] < float(seen.min()) <= float(seen.max()) < corners[band + 2]


def test_a_word_of_two_sounds_looks_the_same_slow_or_fast_late_or_early_loud_or_quiet() -> None:
    fast = tone(400, 1000, 2500) + tone(2000, 2500, 4000)
    slow = tone(400, 1500, 4500, 0.05) + tone(2000, 4500, 7500, 0.05)
    one, other = (network_input(word, SIZE)[:, 0] for word in (fast, slow))
    assert one.shape == (20, 12)
    # Only at the borders of the sounds do the frames see other shares of silence and of the other tone.
    inner = [1, 2, 3, 4, 7, 8, 9, 10]
    torch.testing.assert_close(one[:, inner], other[:, inner], rtol=0, atol=0.6)
    loudest = [int(filters.argmax()) for filters in (mel_filters(SIZE)[round(400 / 31.25)], mel_filters(SIZE)[64])]
    for image in (one, other):
        assert bool((image[loudest[0], :5] > 3).all())  # 400 Hz first
        assert bool((image[loudest[1], 7:] > 3).all())  # then 2000 Hz


def test_the_mean_of_each_band_is_taken_out_and_recordings_do_not_see_one_another() -> None:
    words = torch.stack([tone(300, 0, 3000), tone(1500, 2000, 8000), torch.randn(1, 8000)])
    images = network_input(words.view(3, 1, 1, 8000), SIZE)
    assert images.shape == (3, 1, 20, 1, 12)
    torch.testing.assert_close(images.mean(-1), torch.zeros(3, 1, 20, 1), rtol=0, atol=1e-5)
    torch.testing.assert_close(images[1, 0], network_input(words[1], SIZE), rtol=0, atol=1e-4)


def test_the_pieces_of_time_share_the_frames_between_them() -> None:
    size = SpeechPreprocessing(length=700, frame=100, step=100, transform=128, bands=3, frames=2, voiced=1e-6)
    # Seven frames without overlap, loud in 2, 3 and 4 (counted from 0) with energies 1, 4, 9: two pieces of 1.5 frames.
    sound = torch.sin(2 * math.pi * 0.125 * torch.arange(100))
    word = torch.cat([0 * sound, 0 * sound, sound, 2 * sound, 3 * sound, 0 * sound, 0 * sound])
    image = network_input(word[None], size)[:, 0]
    half = 0.5 * math.log((1 + 0.5 * 4) / (0.5 * 4 + 9))  # of the logarithm of the pieces' ratio
    loudest = int(mel_filters(size)[16].argmax())
    assert image[loudest].tolist() == pytest.approx([half, -half], abs=1e-4)


def test_silence_gives_numbers() -> None:
    assert bool(network_input(torch.zeros(1, 8000), SIZE).isfinite().all())


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="a frame fits"):
        SpeechPreprocessing(frame=300)
    with pytest.raises(ValueError, match="half the sampling rate"):
        SpeechPreprocessing(highest_hz=5000.0)
