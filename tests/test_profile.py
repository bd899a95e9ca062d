"""Profiles add up, and what they write can be read."""

import html
import json
import re
import threading
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import h5py
import numpy as np
import pytest

import hyperslab as da

SHAPE = (1_000, 2_000)
BYTES = 16_000_000


def in_memory():
    return da.from_array(np.arange(SHAPE[0] * SHAPE[1], dtype=float).reshape(SHAPE))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("profile") / "x.h5"
    with h5py.File(path, "w") as f:
        f["x"] = in_memory().compute()
    return path


def assert_consistent(p):
    assert p.computations
    for c in p.computations:
        assert c.start >= 0 and 0 <= c.planning <= c.seconds and c.start + c.seconds <= p.seconds
    for s in p.stages:
        computation = p.computations[s.computation]
        assert computation.stages[s.number] == s
        assert computation.start <= s.start and s.start + s.seconds <= computation.start + computation.seconds + 1e-9
        spans = p.spans(s)
        assert sum(span.tasks for span in spans) == s.tasks_run <= s.tasks
        assert sum(span.busy for span in spans) == pytest.approx(s.busy)
        assert 0 < s.busy <= s.workers * s.seconds and 0 < s.utilisation <= 1
        # One of the pool may take the caller's place.
        assert len({span.thread for span in spans} - {"caller"}) <= s.workers
        for span in spans:
            assert s.start <= span.start and span.start + span.seconds <= s.start + s.seconds + 1e-9
            assert span.busy <= span.seconds + 1e-9 and 0 <= span.peak_bytes <= s.peak_bytes
        assert s.peak_bytes <= 1.15 * s.projected_bytes + 65536


def test_bytes_are_those_that_moved(path):
    with h5py.File(path) as f, da.profile() as p:
        x = da.from_array(f["x"])
        x.sum().compute(num_threads=2)
        (in_memory() - in_memory().mean(0)).compute(num_threads=2)
    assert_consistent(p)
    read, mean, subtract = p.stages
    assert [s.label for s in p.stages] == ["sum", "mean", "subtract"]
    assert (read.read.bytes, read.bytes, read.written.bytes) == (BYTES, BYTES, 0)
    assert read.read.calls > 0 < read.read.seconds <= read.busy
    assert (mean.read.bytes, mean.bytes, subtract.bytes) == (0, BYTES, 2 * BYTES)
    # The result of the second computation is in memory from its begin on.
    assert min(mean.peak_bytes, subtract.peak_bytes) >= BYTES > read.peak_bytes


def test_what_is_stored_is_written(tmp_path):
    with da.profile() as p:
        in_memory().to_hdf5(tmp_path / "y.h5", "y")
    assert_consistent(p)
    (stage,) = p.stages
    assert (stage.written.bytes, stage.read.bytes) == (BYTES, 0)


def test_profiles_nest():
    x = in_memory()
    with da.profile() as outer:
        x.sum().compute()
        with da.profile() as inner:
            x.max().compute()
        x.min().compute()
    x.mean().compute()
    assert [s.label for s in outer.stages] == ["sum", "max", "min"]
    assert [s.label for s in inner.stages] == ["max"]
    assert inner.seconds < outer.seconds
    assert_consistent(outer)
    assert_consistent(inner)


def test_a_profile_records_all_threads():
    x = in_memory()
    with da.profile() as p:
        threads = [threading.Thread(target=lambda: x.sum().compute(num_threads=1)) for _ in range(5)]
        [t.start() for t in threads]
        [t.join() for t in threads]
    assert [s.bytes for s in p.stages] == [BYTES] * 5
    assert_consistent(p)


def test_a_task_that_computes_is_recorded_beside_its_computation():
    class Nested:
        shape, dtype = (4,), np.dtype("f8")

        def __getitem__(self, key):
            return da.arange(4.0)[key].compute()

    with da.profile() as p:
        da.from_array(Nested()).sum().compute()
    assert sorted(s.label for s in p.stages) == ["arange", "sum"]
    assert_consistent(p)


class Fails:
    shape, dtype, ndim = (64, 1_000), np.dtype("f8"), 2

    def __init__(self, error):
        self.error = error

    def __getitem__(self, key):
        raise self.error


@pytest.mark.parametrize("error", [OSError("planted <error>"), SystemError("planted <error>")])
def test_failures_are_recorded(error, tmp_path):
    with pytest.raises(type(error)), da.profile() as p:
        da.from_array(Fails(error)).sum().compute()
    (c,) = p.computations
    assert "planted <error>" in c.error and "planted <error>" in repr(p)
    assert_consistent(p)
    assert c.stages[0].tasks_run >= 1 and c.stages[0].read.bytes == 0
    assert "planted &lt;error&gt;" in p._repr_html_()
    p.to_chrome_trace(tmp_path / "trace.json")
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    assert [e["args"]["error"] for e in events if "error" in e["args"]] == [c.error]


def test_an_interrupt_is_recorded():
    with pytest.raises(KeyboardInterrupt), da.profile() as p:
        da.from_array(Fails(KeyboardInterrupt())).sum().compute()
    (c,) = p.computations
    assert "cancelled" in c.error
    assert_consistent(p)


def test_a_refused_plan_is_recorded():
    with pytest.raises(MemoryError), da.profile() as p:
        in_memory().compute(memory_limit=100)
    (c,) = p.computations
    assert "budget" in c.error and c.stages == () and c.planning == c.seconds > 0
    assert "computation 0 failed" in repr(p)


def test_results_are_the_same_bits():
    x = in_memory()
    with da.profile():
        recorded = np.sin(x).std(0).compute()
    assert recorded.tobytes() == np.sin(x).std(0).compute().tobytes()


def test_nothing_is_recorded_outside():
    with da.profile() as p:
        pass
    in_memory().sum().compute()
    assert p.stages == [] and "0 computations" in repr(p)
    assert "<svg" not in p._repr_html_()


@pytest.fixture
def profiled():
    x = in_memory()
    with da.profile() as p:
        da.compute((x - x.mean(0)).std(), x.max())
        (np.log1p(x) + 1).compute()
    return p


def test_the_table_has_a_line_per_stage(profiled):
    _, titles, *lines = repr(profiled).splitlines()
    assert len(lines) == len(profiled.stages) == 3
    assert len({len(line) for line in (titles, *lines)}) == 1
    for stage, line in zip(profiled.stages, lines):
        assert line.startswith(f"{stage.computation}: {stage.label} ")


class Balanced(HTMLParser):
    """Every tag is closed, and nothing comes from elsewhere."""

    void = frozenset({"meta"})

    def __init__(self):
        super().__init__()
        self.open, self.texts = [], []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            assert name not in ("src", "href") and (name == "xmlns" or "//" not in (value or ""))
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def test_the_page_is_whole_and_shows_every_stage(profiled, tmp_path):
    profiled.to_html(tmp_path / "p.html")
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []
    cells = "".join(parser.texts)
    for stage in profiled.stages:
        assert f"{stage.computation}: {stage.label}" in cells
        assert html.escape(stage.label) in page
    drawing = ElementTree.fromstring(re.search(r"<svg.*</svg>", page, re.DOTALL)[0])
    titles = [t.text for t in drawing.iter("{http://www.w3.org/2000/svg}title")]
    for stage in profiled.stages:
        assert any(t.startswith(f"{stage.computation}: {stage.label},") for t in titles)
        tasks = [re.match(rf"{re.escape(stage.label)}: (\d+) task", t) for t in titles]
        assert sum(int(m[1]) for m in tasks if m) == stage.tasks_run
    boxes = list(drawing.iter("{http://www.w3.org/2000/svg}rect"))
    assert all(float(b.get("x")) >= 130 and float(b.get("x")) + float(b.get("width")) <= 1000.5 for b in boxes)


def test_the_drawing_does_not_grow_with_tasks():
    with da.profile() as p:
        da.full((40_000, 40_000), 0.1).sum().compute()
    assert p.stages[0].tasks > 2_000
    assert len(p._repr_html_()) < 200_000


def test_the_trace_is_what_viewers_read(profiled, tmp_path):
    profiled.to_chrome_trace(tmp_path / "trace.json")
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    kinds = {"X": {"name", "cat", "pid", "tid", "ts", "dur"}, "M": {"name", "pid", "tid"}, "C": {"name", "pid", "ts"}}
    for e in events:
        assert kinds[e["ph"]] <= set(e)
    named = {(e["pid"], e["tid"]) for e in events if e["name"] == "thread_name"}
    complete = [e for e in events if e["ph"] == "X"]
    assert {(e["pid"], e["tid"]) for e in complete} == named
    stages = [e for e in complete if e["tid"] == 0 and e["name"] != "plan"]
    assert [e["name"] for e in stages] == [s.label for s in profiled.stages]
    for e, stage in zip(stages, profiled.stages):
        assert (e["ts"], e["dur"]) == pytest.approx((stage.start * 1e6, stage.seconds * 1e6))
        assert e["args"]["bytes"] == stage.bytes
        own = [t for t in complete if t["tid"] and t["pid"] == e["pid"] and t["name"] == e["name"]]
        assert sum(t["args"]["tasks"] for t in own) == stage.tasks_run
    for lane in named:
        times = sorted((e["ts"], e["ts"] + e["dur"]) for e in complete if (e["pid"], e["tid"]) == lane)
        assert all(a[1] <= b[0] + 1e-3 for a, b in pairwise(times))
