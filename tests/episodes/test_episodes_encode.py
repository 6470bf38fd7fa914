import hashlib
import os
import subprocess
import sys

import av
import numpy as np
import pytest

from blueprint.contracts.errors import InputError
from blueprint.episodes.encode import VideoWriter


def pictures(count, width=64, height=48):
    rng = np.random.default_rng(0)
    base = rng.integers(40, 200, (height, width, 3), dtype=np.uint8)
    return [np.roll(base, shift, axis=1) // 8 * 8 for shift in range(count)]


def write(path, frames):
    with VideoWriter(path, frames[0].shape[1], frames[0].shape[0], 20) as writer:
        for frame in frames:
            writer.add(frame)
    return writer


def test_every_picture_becomes_one_frame_at_its_time(tmp_path):
    write(tmp_path / "a.mp4", pictures(7))
    with av.open(str(tmp_path / "a.mp4")) as container:
        frames = list(container.decode(video=0))
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert stream.average_rate == 20
    np.testing.assert_allclose([frame.time for frame in frames], np.arange(7) / 20, atol=1e-6)


def test_every_second_frame_is_a_key_frame_and_none_is_reordered(tmp_path):
    write(tmp_path / "a.mp4", pictures(6))
    with av.open(str(tmp_path / "a.mp4")) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    assert [packet.is_keyframe for packet in packets] == [True, False] * 3
    assert all(packet.pts == packet.dts for packet in packets)


def test_the_same_pictures_give_the_same_bytes_without_a_time_stamp(tmp_path):
    for name in ("a.mp4", "b.mp4"):
        write(tmp_path / name, pictures(5))
    data = (tmp_path / "a.mp4").read_bytes()
    assert data == (tmp_path / "b.mp4").read_bytes()
    assert b"Lavf" not in data


@pytest.mark.slow
@pytest.mark.parametrize("filled_with", ["1", "170"])
def test_what_the_memory_held_before_changes_no_byte(tmp_path, filled_with):
    """MALLOC_PERTURB_ has the C library fill memory before it is handed out; x264's look-ahead told 1 from 0."""
    script = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from blueprint.episodes.encode import VideoWriter\n"
        "base = np.random.default_rng(7).integers(0, 255, (62, 82, 3), dtype=np.uint8).repeat(4, 0).repeat(4, 1)\n"
        "with VideoWriter(Path(sys.argv[1]), 320, 240, 30) as writer:\n"
        "    for k in range(16): writer.add(base[k % 4 : k % 4 + 240, k % 3 : k % 3 + 320])\n"
    )
    found = set()
    for name, value in (("plain", "0"), ("filled", filled_with)):
        path = tmp_path / f"{name}.mp4"
        environment = {**os.environ, "MALLOC_PERTURB_": value}
        subprocess.run([sys.executable, "-c", script, str(path)], env=environment, check=True)
        found.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(found) == 1


def test_the_decoded_picture_is_the_one_that_was_drawn(tmp_path):
    gradient = np.zeros((48, 64, 3), np.uint8)
    gradient[..., 0] = np.linspace(30, 220, 64)
    gradient[..., 2] = np.linspace(200, 40, 48)[:, None]
    write(tmp_path / "a.mp4", [gradient, gradient])
    with av.open(str(tmp_path / "a.mp4")) as container:
        decoded = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert np.abs(decoded.astype(float) - gradient).mean() < 5


def test_the_histogram_counts_every_pixel_of_every_picture(tmp_path):
    frames = pictures(3)
    writer = write(tmp_path / "a.mp4", frames)
    assert (writer.histogram.sum(axis=1) == 3 * 64 * 48).all()
    stacked = np.stack(frames)
    mean = (writer.histogram * np.arange(256)).sum(axis=1) / writer.histogram.sum(axis=1)
    np.testing.assert_allclose(mean, stacked.reshape(-1, 3).mean(axis=0), rtol=1e-12)


def test_a_black_picture_is_counted(tmp_path):
    black = np.full((48, 64, 3), 3, np.uint8)
    assert write(tmp_path / "a.mp4", [*pictures(2), black]).dark_frames == 1


@pytest.mark.parametrize("shape", [(48, 62, 3), (48, 64), (24, 64, 3)])
def test_a_picture_of_another_size_is_refused(tmp_path, shape):
    with VideoWriter(tmp_path / "a.mp4", 64, 48, 20) as writer:
        with pytest.raises(InputError, match="does not fit"):
            writer.add(np.zeros(shape, np.uint8))
        writer.add(np.zeros((48, 64, 3), np.uint8))


@pytest.mark.parametrize(("width", "preset"), [(63, "veryfast"), (64, "placebo"), (0, "veryfast")])
def test_an_odd_size_or_an_unknown_preset_is_refused(tmp_path, width, preset):
    with pytest.raises(InputError):
        VideoWriter(tmp_path / "a.mp4", width, 48, 20, preset)
