import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint.datasets.stats import QUANTILES, histogram_stats, merged_histogram_stats, value_stats


def test_value_stats_of_one_to_five_are_the_textbook_numbers():
    stats = value_stats(np.array([1.0, 2.0, 3.0, 4.0, 5.0], np.float32))
    assert stats["mean"] == [3.0]
    np.testing.assert_allclose(stats["std"], [np.sqrt(2.0)])
    assert stats["q50"] == [3.0]
    np.testing.assert_allclose(stats["q10"], [1.4])
    assert stats["count"] == [5]


def test_booleans_have_stats_as_numbers():
    assert value_stats(np.array([False, False, False, True]))["mean"] == [0.25]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 255), min_size=3, max_size=200))
def test_histogram_stats_equal_the_stats_of_the_pixels(pixels: list[int]):
    pixels = pixels[: len(pixels) // 3 * 3]
    image = np.array(pixels, np.uint8).reshape(-1, 3)
    histogram = np.stack([np.bincount(image[:, c], minlength=256) for c in range(3)])
    stats = histogram_stats(histogram, 1)
    values = image / 255.0
    np.testing.assert_allclose(stats["mean"].ravel(), values.mean(0))
    np.testing.assert_allclose(stats["std"].ravel(), values.std(0), atol=1e-7)
    np.testing.assert_allclose(stats["min"].ravel(), values.min(0))
    np.testing.assert_allclose(stats["max"].ravel(), values.max(0))
    for name, q in QUANTILES.items():
        np.testing.assert_allclose(stats[name].ravel(), np.quantile(values, q, axis=0), atol=1e-12)


def test_merged_histograms_are_exact_and_image_stats_have_channel_shape():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, 500, 3), dtype=np.uint8)
    histograms = [np.stack([np.bincount(part[:, c], minlength=256) for c in range(3)]) for part in images]
    merged = merged_histogram_stats(histograms, 2)
    np.testing.assert_allclose(merged["q01"].ravel(), np.quantile(images.reshape(-1, 3) / 255, 0.01, axis=0))
    assert merged["mean"].shape == (3, 1, 1)
    assert merged["count"].tolist() == [2]
