"""Bad input: NumPy's or the library's exception type, early, with the operation, shapes and values in the message."""

import re
import subprocess
import sys
import threading
import time
import types

import numpy as np
import pytest

import hyperslab as da

AxisError = np.exceptions.AxisError

BAD = [
    (ValueError, r"do not add up.*\(2, 2\).*\(5,\)", lambda x: da.from_array(np.zeros(5), chunks=((2, 2),))),
    (ValueError, "dimensions", lambda x: da.from_array(np.zeros((5, 5)), chunks=(2, 2, 2))),
    (ValueError, "size 0", lambda x: da.ones(5, chunks=0)),
    (ValueError, "-2", lambda x: da.ones(5, chunks=-2)),
    (ValueError, "negative", lambda x: da.ones(5, chunks=((7, -2),))),
    (ValueError, "bytes", lambda x: da.ones(5, chunks="many")),
    (ValueError, "axis 3", lambda x: da.ones(5, chunks={3: 1})),
    (TypeError, "chunks", lambda x: da.ones(5, chunks=2.5)),
    (ValueError, r"\(4,6\).*\(3,\)", lambda x: x + np.ones(3)),
    (ValueError, "broadcast", lambda x: da.broadcast_to(x, (4, 5))),
    (ValueError, "negative dimensions", lambda x: da.ones((2, -1))),
    (AxisError, "axis 2", lambda x: x.sum(axis=2)),
    (AxisError, "axis -3", lambda x: x.mean(axis=(-3,))),
    (AxisError, "axis 2", lambda x: x.swapaxes(0, 2)),
    (AxisError, "axis 5", lambda x: da.concatenate([x, x], axis=5)),
    (AxisError, "axis 4", lambda x: da.stack([x, x], axis=4)),
    (AxisError, "axis 4", lambda x: da.expand_dims(x, 4)),
    (ValueError, "duplicate", lambda x: x.sum(axis=(0, 0))),
    (TypeError, "", lambda x: x.sum(axis=0.5)),
    (TypeError, "", lambda x: x.sum(axis="a")),
    (ValueError, "min", lambda x: x[:0].min()),
    (ValueError, "argmax", lambda x: x[:0].argmax(axis=0)),
    (IndexError, "4", lambda x: x[4]),
    (IndexError, "-5", lambda x: x[-5]),
    (IndexError, "too many", lambda x: x[0, 0, 0]),
    (IndexError, "", lambda x: x[np.ones(3, bool)]),
    (ValueError, "24", lambda x: x.reshape(5, 5)),
    (ValueError, "", lambda x: x.reshape(-1, -1)),
    (ValueError, "axes", lambda x: x.transpose(0)),
    (ValueError, "repeated", lambda x: x.transpose(0, 0)),
    (ValueError, "squeeze", lambda x: x.squeeze(0)),
    (ValueError, r"\(4, 6\)", lambda x: x @ x),
    (ValueError, "dimension", lambda x: x @ da.asarray(3)),
    (ValueError, "aligned", lambda x: da.dot(x, x)),
    (ValueError, "", lambda x: da.tensordot(x, x, 1)),
    (ValueError, "", lambda x: da.concatenate([x, x[:, :2]])),
    (ValueError, "same shape", lambda x: da.stack([x, x[:, :2]])),
    (ValueError, "at least one", lambda x: da.concatenate([])),
    (ValueError, "zero-dimensional", lambda x: da.concatenate([3, 4])),
    (ValueError, "depth", lambda x: da.block([[x], x])),
    (TypeError, "bitwise_and", lambda x: (x * 0.5) & 1),
    (TypeError, "", lambda x: ~(x * 0.5)),
    (TypeError, "", lambda x: x << 0.5),
    (OverflowError, "300", lambda x: x.astype("u1") + 300),
    (ValueError, "negative integer powers", lambda x: x**-1),
    (TypeError, "casting|cast", lambda x: x.astype("f8").astype("i4", casting="safe")),
    (TypeError, "", lambda x: da.add(x)),
    (TypeError, "", lambda x: x.sum(nonsense=1)),
    (ZeroDivisionError, "", lambda x: da.arange(0, 5, 0)),
    (NotImplementedError, "not native", lambda x: da.from_array(np.array([{}, None]))),
    (NotImplementedError, "masked", lambda x: da.fft.fftshift(np.ma.masked_array([1, 2], [0, 1]))),
    (ValueError, "order", lambda x: x.reshape(-1, order="Z")),
    (TypeError, "__setitem__", lambda x: da.store(x, 5)),
    (TypeError, "lock", lambda x: da.from_array(Source(), lock=object())),
    (TypeError, "from_array", lambda x: da.Array(5)),
    (TypeError, "no setting", lambda x: da.config.set(memory=5)),
    (ValueError, "num_threads", lambda x: da.config.set(num_threads=0)),
    (ValueError, "memory_limit", lambda x: da.config.set(memory_limit=0)),
    (ValueError, "spill_limit", lambda x: da.config.set(spill_limit=-1)),
]


class Source:
    shape, dtype = (4, 6), np.dtype("f8")

    def __getitem__(self, key):
        return np.zeros(self.shape)[key]


@pytest.mark.parametrize(("kind", "text", "call"), BAD, ids=[str(i) for i in range(len(BAD))])
def test_bad_input(kind, text, call):
    x = da.from_array(np.arange(24).reshape(4, 6), chunks=(2, 3))
    with pytest.raises(kind, match=text or None):
        call(x)


def test_budget_names_operation_and_bytes():
    x = da.ones((4000, 4000), chunks=-1)
    with pytest.raises(MemoryError, match=r"needs .*B.* budget .*B"):
        (x + 1).rechunk(1000).compute(memory_limit="1 KiB")


def test_exceptions_of_sources_come_back_as_they_are():
    class Failing(Source):
        def __getitem__(self, key):
            raise LookupError("no such tape")

    with pytest.raises(LookupError, match="no such tape") as caught:
        (da.from_array(Failing()) + 1).sum().compute()
    assert any("reading" in note for note in caught.value.__notes__)


def test_sources_that_answer_nonsense():
    class Short(Source):
        def __getitem__(self, key):
            return np.zeros((1, 1))

    class Wrong(Source):
        def __getitem__(self, key):
            return np.zeros(self.shape, "f4")[key]

    with pytest.raises(ValueError, match=r"shape \(1, 1\), expected \(4, 6\)"):
        da.from_array(Short(), chunks=-1).compute()
    with pytest.raises(TypeError, match="float32"):
        da.from_array(Wrong()).compute()


def test_exceptions_of_targets_come_back_as_they_are():
    class Full(Source):
        def __setitem__(self, key, value):
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left") as caught:
        da.store(da.ones((4, 6), chunks=2), Full())
    assert caught.value.errno == 28


def test_exceptions_of_listeners_stop_the_computation():
    def tired(progress):
        raise RuntimeError("enough")

    with da.config.set(progress=tired), pytest.raises(RuntimeError, match="enough"):
        da.full((100, 100), 0.1, chunks=10).sum().compute()
    assert da.config.get("progress") is None
    assert float(da.ones(3).sum()) == 3


INTERRUPTED = """
import signal, threading, time, os
import hyperslab as da
signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs in the background may have it ignored
x = da.ones((2_000_000, 2_000_000), chunks=(1000, 1000))
threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
begun = time.monotonic()
try:
    da.sin(da.cos(da.tan(x))).sum().compute()
except KeyboardInterrupt:
    print("interrupted", time.monotonic() - begun - 0.5)
print("alive", float(da.ones(3).sum()))
"""


def test_ctrl_c():
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=60, check=True)
    first, second = done.stdout.splitlines()
    assert first.startswith("interrupted") and float(first.split()[1]) < 1.0
    assert second == "alive 3.0"


def test_computations_from_several_threads():
    results = []

    def work(k):
        results.append(float((da.full((300, 300), 0.25, chunks=50) * k).sum()))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    begun = time.monotonic()
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert sorted(results) == [22_500.0 * k for k in range(8)]
    assert time.monotonic() - begun < 60


def test_sources_may_compute_themselves():
    class Nested(Source):
        def __getitem__(self, key):
            return (da.ones(self.shape, chunks=2) + 1)[key].compute()

    assert float(da.from_array(Nested(), chunks=1).sum()) == 48


def test_memory_is_let_go():
    data = np.ones((100, 100))
    before = sys.getrefcount(data)
    for _ in range(20):
        x = da.from_array(data, chunks=10)
        (x + x.sum(axis=0)).mean().compute()
    assert sys.getrefcount(data) > before
    del x
    assert sys.getrefcount(data) == before


def test_progress_reaches_the_end():
    seen = []
    with da.config.set(progress=seen.append):
        da.full((500, 500), 0.1, chunks=50).sum().compute()
    assert seen[-1].finished and seen[-1].fraction == 1.0


def test_progress_bar(capsys):
    import io

    out = io.StringIO()
    with da.ProgressBar(out=out, force=True):
        da.from_array(np.ones((500, 500)), chunks=50).sum().compute()
    assert re.search(r"100%.*1.9 MiB of 1.9 MiB  (\d+)/\1 tasks  .*GB/s  .* in all\n$", out.getvalue())
    with da.ProgressBar():
        da.ones(10).sum().compute()
    assert capsys.readouterr().err == ""


def test_progress_in_a_notebook(monkeypatch):
    shown = []

    class ZMQInteractiveShell:
        def update(self, data, raw):
            shown.append(data["text/plain"])

    def display(data, raw, display_id):
        shown.append(data["text/plain"])
        return shell

    shell = ZMQInteractiveShell()
    module = types.SimpleNamespace(get_ipython=lambda: shell, display=types.SimpleNamespace(display=display))
    monkeypatch.setitem(sys.modules, "IPython", module)
    monkeypatch.setitem(sys.modules, "IPython.display", module.display)
    with da.ProgressBar():
        da.from_array(np.ones((500, 500)), chunks=50).sum().compute()
    assert re.match(r"100%.*MiB.*tasks.*GB/s", shown[-1])


def test_config(monkeypatch):
    with da.config.set(memory_limit="1 GiB", num_threads=1):
        assert (da.config.get("memory_limit"), da.config.get("num_threads")) == (2**30, 1)
    monkeypatch.setenv("HYPERSLAB_MEMORY_LIMIT", "64 MiB")
    monkeypatch.setenv("HYPERSLAB_NUM_THREADS", "3")
    assert (da.config.get("memory_limit"), da.config.get("num_threads")) == (2**26, 3)
    monkeypatch.setenv("HYPERSLAB_SPILL_LIMIT", "1 GiB")
    monkeypatch.setenv("HYPERSLAB_SPILL_DIRECTORY", "/scratch")
    assert (da.config.get("spill_limit"), da.config.get("spill_directory")) == (2**30, "/scratch")
    with pytest.raises(KeyError):
        da.config.get("nonsense")


WAITING = """
import threading
import numpy as np
import hyperslab as da

class Source:
    shape, dtype, ndim = (16, 1 << 20), np.dtype("f8"), 2
    def __init__(self, wait): self.wait = wait
    def __getitem__(self, key):
        self.wait()
        return np.broadcast_to(1.0, self.shape)[key]

def array(wait):
    return da.from_array(Source(wait), chunks=(1, -1), lock=False)

def in_thread(f):
    found = []
    t = threading.Thread(target=lambda: found.append(f()), daemon=True)
    t.start()
    return t, found

pause = threading.Event()
slow = lambda: pause.wait(0.03)
quick = lambda: pause.wait(0.001)
"""


@pytest.mark.parametrize(
    "how",
    [
        # A source waits for a computation of another thread.
        """
def other():
    t, found = in_thread(lambda: float(array(quick).sum().compute(num_threads=2)))
    t.join()
    assert found == [2.0**24]
print(float(array(other).sum().compute(num_threads=2)))
""",
        # A computation runs under a lock that the sources of another one need.
        """
lock = threading.Lock()
def locked():
    with lock: pass
with lock:
    t, found = in_thread(lambda: float(array(locked).sum().compute(num_threads=2)))
    pause.wait(0.2)
    first = float(array(slow).sum().compute(num_threads=2))
t.join()
print(first if found == [2.0**24] else found)
""",
        # A computation beside one whose sources do not answer.
        """
go = threading.Event()
t, found = in_thread(lambda: float(array(go.wait).sum().compute(num_threads=2)))
pause.wait(0.2)
first = float(array(slow).sum().compute(num_threads=2))
assert not found
go.set()
t.join()
print(first if found == [2.0**24] else found)
""",
        # A source computes, in the same thread.
        "print(float(array(lambda: array(quick).sum().compute(num_threads=2)).sum().compute(num_threads=2)))",
    ],
    ids=["waits", "lock", "beside", "nested"],
)
def test_a_computation_never_waits_for_another_ones_threads(how):
    done = subprocess.run([sys.executable, "-c", WAITING + how], capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["16777216.0"], done.stderr


@pytest.mark.parametrize("caller", ["begun.wait(), never.wait()", "pause.wait(0.03)"], ids=["stuck too", "waits"])
def test_ctrl_c_ends_a_compute_whose_source_never_answers(caller):
    code = f"""
import os, signal
never = threading.Event()
begun = threading.Barrier(3)
def stuck():
    if threading.current_thread() is threading.main_thread():
        {caller}
    else:
        begun.wait(), never.wait()
y = array(stuck) + 1
def interrupt():
    begun.wait()
    os.kill(os.getpid(), signal.SIGINT)
in_thread(interrupt)
try:
    y.compute(num_threads=2)
except KeyboardInterrupt:
    # The tasks that are stuck go on now, and the memory of their result is still there.
    never.set()
    begun.abort()
    print("interrupted", float(da.ones(5).sum().compute()))
"""
    done = subprocess.run([sys.executable, "-c", WAITING + code], capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["interrupted", "5.0"], done.stderr


def test_where_no_thread_can_be_started_the_caller_computes():
    code = """
import os, resource, threading
y = array(slow).sum()
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
if os.geteuid() == 0:
    os.setuid(65534)  # The limit does not hold for root.
try:
    threading.Thread(target=print).start()
    raise SystemExit("a thread was started")
except RuntimeError:
    pass
print(float(y.compute(num_threads=64, memory_limit="64 MiB")))
"""
    done = subprocess.run([sys.executable, "-c", WAITING + code], capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["16777216.0"], done.stderr
