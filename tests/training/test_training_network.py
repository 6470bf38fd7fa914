import numpy as np
import pytest

from blueprint.training.network import Network, Schedule, _gradients, fit_network, mean_loss

SMALL = Schedule(hidden=(16, 16), steps=600, batch=32, rate=1e-2)


def data(rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    inputs = np.random.default_rng(0).standard_normal((rows, 3)).astype(np.float32)
    targets = np.stack([inputs[:, 0] * inputs[:, 1], np.abs(inputs[:, 2])], axis=1).astype(np.float32)
    return inputs, targets


def fitted(seed: int = 0, noise: float = 0.0):
    inputs, targets = data()
    held_back = np.arange(len(inputs)) % 5 == 0
    blur = np.full(3, noise, np.float32)
    return fit_network(inputs, targets, blur, held_back, SMALL, np.random.default_rng(seed))


def test_gradients_are_those_of_finite_differences():
    rng = np.random.default_rng(1)
    weights = [rng.standard_normal((3, 5)), rng.standard_normal((5, 2))]
    network = Network(weights, [rng.standard_normal(5), rng.standard_normal(2)])
    inputs, targets = rng.standard_normal((7, 3)), rng.standard_normal((7, 2))
    gradients = _gradients(network, inputs, targets)
    everything = np.ones(7, bool)
    for value, gradient in zip([*network.weights, *network.biases], gradients, strict=True):
        at = (0,) * value.ndim
        before = value[at]
        value[at] = before + 1e-6
        above = mean_loss(network, inputs, targets, everything)
        value[at] = before - 1e-6
        below = mean_loss(network, inputs, targets, everything)
        value[at] = before
        assert gradient[at] == pytest.approx((above - below) / 2e-6, rel=1e-3, abs=1e-7)


def test_it_learns_what_is_not_linear_and_holds_for_rows_that_it_did_not_see():
    fit = fitted()
    inputs, targets = data()
    blind = float(np.mean(np.abs(targets - targets.mean(axis=0)) ** 2) / 2)
    assert fit.validation_loss < blind / 5
    assert fit.train_loss == pytest.approx(mean_loss(fit.network, inputs, targets, np.arange(400) % 5 != 0))


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    first, again, other = fitted(3), fitted(3), fitted(4)
    np.testing.assert_array_equal(first.network.weights[0], again.network.weights[0])
    assert not np.array_equal(first.network.weights[0], other.network.weights[0])


def test_noise_on_an_input_makes_the_network_rely_on_it_less():
    clean, blurred = fitted(0), fitted(0, noise=2.0)
    assert blurred.train_loss > 2 * clean.train_loss


def test_pytorch_fits_the_same_network_as_well():
    pytest.importorskip("torch", reason="extra training is not installed")
    from blueprint.training.torch_network import fit_network_torch

    inputs, targets = data()
    held_back = np.arange(len(inputs)) % 5 == 0
    theirs = fit_network_torch(inputs, targets, np.zeros(3, np.float32), held_back, SMALL, np.random.default_rng(0))
    assert theirs.validation_loss < 2 * fitted().validation_loss
    assert [weight.shape for weight in theirs.network.weights] == [(3, 16), (16, 16), (16, 2)]
