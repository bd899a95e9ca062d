"""The structure checker finds what is planted, and finds nothing in this repository."""

import importlib.util
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
spec = importlib.util.spec_from_file_location("check_structure", ROOT / "tools" / "check_structure.py")
structure = importlib.util.module_from_spec(spec)
spec.loader.exec_module(structure)


@pytest.fixture
def tree(tmp_path):
    """A small repository without a fault."""
    for room, below in structure.ROOMS.items():
        folder = tmp_path / "crates" / room
        (folder / "src").mkdir(parents=True)
        lines = [f'hyperslab-{name} = {{ path = "../{name}" }}' for name in sorted(below - {"hyperslab"})]
        (folder / "Cargo.toml").write_text("[dependencies]\n" + "\n".join(lines) + "\n")
        (folder / "src" / "lib.rs").write_text("//! A room: hyperslab_engine::run is named in a comment only.\n")
    for name in structure.UNSAFE_FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("unsafe fn f() {}\n")
    package = tmp_path / "python" / "hyperslab"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from . import _native\nfrom .core import Array\n")
    (package / "core.py").write_text("import numpy as np\n\nclass Array:\n    def late(self):\n        import h5py\n")
    return tmp_path


def faults(root):
    return [fault for check in structure.CHECKS for fault in check(root)]


def test_this_repository_passes():
    assert faults(ROOT) == []


def test_a_clean_tree_passes(tree, capsys):
    assert structure.main(tree) == 0
    assert "0 errors" in capsys.readouterr().out


PLANTED = {
    "manifest arrow upward": ("crates/ops/Cargo.toml", '[dependencies]\nhyperslab-plan = "0"\n', "depend on `plan`"),
    "manifest arrow sideways": ("crates/plan/Cargo.toml", '[dependencies]\nhyperslab-storage = "0"\n', "`storage`"),
    "renamed dependency": (
        "crates/base/Cargo.toml",
        '[dev-dependencies]\nother = { package = "hyperslab-engine" }\n',
        "depend on `engine`",
    ),
    "target dependency": ("crates/base/Cargo.toml", "[target.'cfg(unix)'.dependencies]\nhyperslab = '0'\n", "`base`"),
    "unknown room": ("crates/attic/Cargo.toml", "[package]\n", "not in the list of rooms"),
    "use upward": ("crates/plan/src/lib.rs", "use hyperslab_engine::run;\n", "lib.rs:1: `plan` may not use `engine`"),
    "path upward": ("crates/base/src/lib.rs", "\nfn f() { hyperslab::f() }\n", "lib.rs:2: `base` may not use"),
    "unsafe elsewhere": ("crates/ops/src/lib.rs", '/* a */ fn f() { "x"; unsafe { g() } }\n', "`unsafe` outside"),
    "stale unsafe entry": ("crates/base/src/view.rs", "// unsafe, says the comment\n", "strike it"),
    "long file": ("crates/ops/src/lib.rs", "\n" * 801, "801 lines, limit 800"),
    "machine path": ("docs/a.md", "Look into /" + "home/someone/data.\n", "a.md:1: a path of one machine"),
    "foreign import": ("python/hyperslab/core.py", "import pandas\n", "may not import `pandas`"),
    "plug-in imported": (
        "python/hyperslab/core.py",
        "def f():\n    import hyperslab._xarray\n",
        "loaded by `xarray` alone",
    ),
    "eager optional import": ("python/hyperslab/core.py", "import h5py\n", "inside the function"),
    "circle": ("python/hyperslab/core.py", "from . import other\n", "in a circle"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(tree, name, capsys):
    where, text, message = PLANTED[name]
    (tree / where).parent.mkdir(parents=True, exist_ok=True)
    (tree / where).write_text(text)
    if name == "circle":
        (tree / "python/hyperslab/other.py").write_text("from .core import Array\n")
    assert [fault for fault in faults(tree) if message in fault], faults(tree)
    assert structure.main(tree) == 1
    assert message in capsys.readouterr().out


def test_what_looks_like_a_fault_and_is_none(tree):
    (tree / "crates/ops/src/lib.rs").write_text(
        "// unsafe\n"
        "#![deny(unsafe_op_in_unsafe_fn)]\n"
        'const A: &str = "unsafe \\" hyperslab_engine::x";\n'
        'const B: &str = r#"unsafe "quoted" "#;\n'
        "fn f<'a>(x: &'a str) -> char { '\"' }\n"
        "use hyperslab_base::Error;\n"
    )
    (tree / "python/hyperslab/core.py").write_text(
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from .other import Other\n\n"
        "def f():\n    from . import other\n    return other\n"
    )
    (tree / "python/hyperslab/other.py").write_text("from .core import f\n")
    shutil.copytree(tree / "crates/ops/src", tree / "target/planted")
    (tree / "target/planted/lib.rs").write_text("\n" * 801)
    assert faults(tree) == []
