import math

import torch

from ohmshot.data.regression import ARMS, SINES, end_points, joint_angles, sine
from ohmshot.foundation.randomness import generator


def test_a_sine_wave_by_hand() -> None:
    # 2 sin(x - pi/2) = -2 cos(x)
    inputs = torch.tensor([0.0, math.pi / 2, math.pi, math.pi / 3])
    found = sine(inputs, torch.tensor(2.0), torch.tensor(math.pi / 2))
    torch.testing.assert_close(found, torch.tensor([-2.0, 0.0, 2.0, -1.0]), rtol=0, atol=1e-6)


def test_an_arm_by_hand() -> None:
    # The upper arm of 30 cm straight up, the forearm of 20 cm bent by 90 degrees to the left: (-20, 30).
    angles, lengths = torch.tensor([math.pi / 2, math.pi / 2]), torch.tensor([30.0, 20.0])
    torch.testing.assert_close(end_points(angles, lengths), torch.tensor([-20.0, 30.0]), rtol=0, atol=1e-4)
    torch.testing.assert_close(joint_angles(torch.tensor([-20.0, 30.0]), lengths), angles, rtol=0, atol=1e-5)


def test_the_angles_of_a_point_lead_back_to_it() -> None:
    tasks = ARMS.tasks(50, 4, 6, generator(0, "arms"))
    lengths = tasks.parameters.double()[:, None]
    points, angles = tasks.query.double(), tasks.query_targets.double()
    found = joint_angles(points, lengths)
    torch.testing.assert_close(end_points(found, lengths), points, rtol=0, atol=1e-6)
    torch.testing.assert_close(found, angles, rtol=0, atol=1e-4)


def test_tasks_are_in_the_published_ranges_and_differ() -> None:
    tasks = SINES.tasks(2000, 5, 5, generator(0, "sines"))
    amplitude, phase = tasks.parameters.unbind(-1)
    for values, low, high in ((amplitude, 0.1, 5.0), (phase, 0.0, math.pi), (tasks.support, -5.0, 5.0)):
        assert low <= float(values.min()) < low + 0.02 * (high - low)
        assert high - 0.02 * (high - low) < float(values.max()) <= high
    wave = sine(tasks.query[..., 0], amplitude[:, None], phase[:, None])
    torch.testing.assert_close(tasks.query_targets[..., 0], wave)
    assert tasks.part(range(3, 5)).support.shape == (2, 5, 1)
