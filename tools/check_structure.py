"""Check the layout of the repository; exit 1 and name every violation if one is found.

Run as ``python tools/check_structure.py [root]``. What is allowed stands in the tables below and nowhere else.
Checked: arrows between rooms (manifests and paths in the code), what the Python package imports and that its modules
do not import each other in circles, lengths of files, where `unsafe` may stand, and paths of one person's machine.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

# Room -> the rooms it may see. An arrow that is not here points upward or sideways.
ROOMS: dict[str, frozenset[str]] = {
    "base": frozenset(),
    "ops": frozenset({"base"}),
    "plan": frozenset({"base", "ops"}),
    "storage": frozenset({"base"}),
    "engine": frozenset({"base", "ops", "plan"}),
    "hyperslab": frozenset({"base", "ops", "plan", "storage", "engine"}),
    "python": frozenset({"base", "hyperslab"}),
}

# The only files in which the word `unsafe` may stand, each with its reason.
UNSAFE_FILES: dict[str, str] = {
    "crates/base/src/copy.rs": "strided copies through raw pointers",
    "crates/base/src/turn.rs": "transposing copies through raw pointers",
    "crates/base/src/view.rs": "views of memory that others own",
    "crates/engine/src/loader.rs": "tiles of strided memory as slices",
    "crates/engine/src/status.rs": "the register of the processor's floating-point status",
    "crates/engine/src/target.rs": "tasks write disjoint regions of one output",
    "crates/hyperslab/tests/net/sources.rs": "memory in layouts that no block has",
    "crates/ops/src/cast/numbers.rs": "floats to integers that they were seen to fit",
    "crates/ops/src/contract.rs": "the interface of gemm is raw pointers",
    "crates/ops/src/simd.rs": "two instructions that pulp has no function for",
    "crates/python/src/memory.rs": "NumPy's memory as views",
    "crates/python/src/ufuncs.rs": "loops of NumPy's ufuncs are bare functions on raw pointers",
}

# What the Python package may import: when it is imported, and late (inside functions, where a format needs it).
PYTHON_IMPORTS = frozenset({"numpy"})
PYTHON_LATE_IMPORTS = frozenset(
    {"cloudpickle", "fsspec", "h5py", "zarr", "tables", "blosc2", "dask", "distributed", "IPython", "scipy"}
)
COMPILED = "hyperslab._native"

# Modules that one library alone imports, as a plug-in: they may import it at once.
PLUGINS = {"hyperslab._xarray": "xarray"}

WARN_LINES = 400
FAIL_LINES = 800

SKIPPED_FOLDERS = frozenset({"target", "dist", "demo-data", "bench-data", "__pycache__", "snapshots"})
TEXT_SUFFIXES = frozenset(
    {".rs", ".py", ".pyi", ".toml", ".md", ".txt", ".yml", ".yaml", ".json", ".snap", ".sh", ".cfg", ""}
)
MACHINE_PATH = re.compile(r"(?<![\w.}/])/(?:work|home|root|Users|tmp)/\w+|\b[A-Z]:\\Users\\")


def files(root: Path, *suffixes: str) -> Iterator[Path]:
    """Every file below `root` with one of the suffixes, in order, without build outputs and hidden folders."""
    for path in sorted(root.iterdir()) if root.is_dir() else []:
        hidden = path.name.startswith(".") and path.name != ".ci"
        if path.is_dir() and not hidden and path.name not in SKIPPED_FOLDERS:
            yield from files(path, *suffixes)
        elif path.is_file() and path.suffix in suffixes:
            yield path


RUST_NOISE = re.compile(
    r"""//[^\n]*                                    # line comments, docs included
      | /\*.*?\*/                                   # block comments
      | b?r(?P<hashes>\#*)".*?"(?P=hashes)          # raw strings
      | [bc]?"(?:\\.|[^"\\])*"                      # strings
      | '(?:\\(?:x..|u\{[^}]*\}|.)|[^\\'])'         # characters, not lifetimes
    """,
    re.VERBOSE | re.DOTALL,
)


def rust_code(text: str) -> str:
    """The text without comments and literals, with its line numbers kept."""
    return RUST_NOISE.sub(lambda m: '""' + "\n" * m.group().count("\n"), text)


def numbered(pattern: str, text: str) -> Iterator[tuple[int, re.Match[str]]]:
    for match in re.finditer(pattern, text):
        yield text.count("\n", 0, match.start()) + 1, match


def room_of_crate(crate: str) -> str:
    return "hyperslab" if crate == "hyperslab" else crate.removeprefix("hyperslab-")


def dependency_tables(manifest: dict) -> Iterator[dict]:
    kinds = ("dependencies", "dev-dependencies", "build-dependencies")
    for table in (manifest, *manifest.get("target", {}).values()):
        yield from (table.get(kind, {}) for kind in kinds)


def check_manifests(root: Path) -> Iterator[str]:
    """Arrows that the manifests draw."""
    for manifest in sorted((root / "crates").glob("*/Cargo.toml")):
        room, where = manifest.parent.name, manifest.relative_to(root)
        if room not in ROOMS:
            yield f"{where}: room `{room}` is not in the list of rooms"
            continue
        for table in dependency_tables(tomllib.loads(manifest.read_text())):
            for name, spec in table.items():
                crate = spec.get("package", name) if isinstance(spec, dict) else name
                target = room_of_crate(crate)
                if crate.split("-")[0] == "hyperslab" and target not in ROOMS[room] | {room}:
                    yield f"{where}: `{room}` may not depend on `{target}`"


def check_rust_paths(root: Path) -> Iterator[str]:
    """Arrows that paths in the code draw, re-exports and qualified names included."""
    for path in files(root / "crates", ".rs"):
        where, room = path.relative_to(root), path.relative_to(root / "crates").parts[0]
        code = rust_code(path.read_text())
        for line, match in numbered(r"\bhyperslab(?:_(\w+))?\s*::|\bextern\s+crate\s+hyperslab(?:_(\w+))?", code):
            target = match.group(1) or match.group(2) or "hyperslab"
            if target in ROOMS and target != room and target not in ROOMS.get(room, ()):
                yield f"{where}:{line}: `{room}` may not use `{target}`"


def check_unsafe(root: Path) -> Iterator[str]:
    """`unsafe` stands in the listed files, and the list holds no file without it."""
    for path in files(root / "crates", ".rs"):
        where = path.relative_to(root).as_posix()
        found = [line for line, _ in numbered(r"\bunsafe\b(?!_)", rust_code(path.read_text()))]
        if found and where not in UNSAFE_FILES:
            yield f"{where}:{found[0]}: `unsafe` outside the files listed in tools/check_structure.py"
        if not found and where in UNSAFE_FILES:
            yield f"{where}: listed for `unsafe` and has none: strike it from the list"


def check_lengths(root: Path, limit: int = FAIL_LINES) -> Iterator[str]:
    """Source files longer than the limit."""
    for path in files(root, ".rs", ".py"):
        lines = path.read_text().count("\n")
        if lines > limit:
            yield f"{path.relative_to(root)}: {lines} lines, limit {limit}"


def check_machine_paths(root: Path) -> Iterator[str]:
    """Paths that exist on one person's machine only."""
    for path in files(root, *TEXT_SUFFIXES):
        text = path.read_bytes().decode("utf-8", "replace")
        for line, match in numbered(MACHINE_PATH.pattern, text):
            yield f"{path.relative_to(root)}:{line}: a path of one machine: {match.group()}"


def module_name(package: Path, path: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def imports(tree: ast.AST, late: bool = False) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Every import and whether it is late: inside a function. Imports for the type checker alone do not count."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, late
        elif is_type_checking(node):
            for other in node.orelse:
                yield from imports(ast.Module([other], []), late)
        else:
            function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from imports(node, late or function)


def imported_names(node: ast.Import | ast.ImportFrom, module: str, is_package: bool) -> list[str]:
    """Absolute names a statement may import: `from a import b` gives both `a.b` and, behind it, `a`."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = node.module or ""
    if node.level:
        parts = module.split(".")
        kept = parts[: len(parts) - node.level + (1 if is_package else 0)]
        base = ".".join([*kept, *([node.module] if node.module else [])])
    return [f"{base}.{alias.name}" for alias in node.names]


def owner(name: str, modules: dict[str, Path]) -> str | None:
    """The module of the package that holds `name`, which is a module or something in one."""
    while name:
        if name in modules:
            return name
        name = name.rpartition(".")[0]
    return None


def check_python(root: Path) -> Iterator[str]:
    """What the package imports, and circles among its modules."""
    package = root / "python" / "hyperslab"
    modules = {module_name(package, path): path for path in files(package, ".py")}
    arrows: dict[str, set[str]] = {name: set() for name in modules}
    for name, path in modules.items():
        where = path.relative_to(root)
        for node, late in imports(ast.parse(path.read_text())):
            for target in imported_names(node, name, path.name == "__init__.py"):
                top = target.split(".")[0]
                if top == package.name:
                    inner = owner(target, modules)
                    compiled = target == COMPILED or target.startswith(COMPILED + ".")
                    if target in PLUGINS and target != name:
                        yield f"{where}:{node.lineno}: `{target}` is loaded by `{PLUGINS[target]}` alone"
                    if not late and inner and not compiled and inner != name:
                        arrows[name].add(inner)
                elif top in sys.stdlib_module_names or top in PYTHON_IMPORTS or top == PLUGINS.get(name):
                    continue
                elif top not in PYTHON_LATE_IMPORTS:
                    yield f"{where}:{node.lineno}: the package may not import `{top}`"
                elif not late:
                    yield f"{where}:{node.lineno}: `{top}` is optional: import it inside the function that needs it"
    for circle in circles(arrows):
        yield f"python/hyperslab: modules import each other in a circle: {' -> '.join(circle)}"


def circles(arrows: dict[str, set[str]]) -> Iterator[list[str]]:
    """One circle for each depth-first walk that closes."""
    done: set[str] = set()

    def walk(name: str, trail: list[str]) -> list[str] | None:
        if name in trail:
            return [*trail[trail.index(name) :], name]
        if name in done:
            return None
        for target in sorted(arrows[name]):
            if found := walk(target, [*trail, name]):
                return found
        done.add(name)
        return None

    for name in sorted(arrows):
        if found := walk(name, []):
            yield found
            done.update(found)


CHECKS = (
    check_manifests,
    check_rust_paths,
    check_unsafe,
    check_lengths,
    check_machine_paths,
    check_python,
)


def main(root: Path) -> int:
    for warning in check_lengths(root, WARN_LINES):
        print(f"warning: {warning}")
    faults = [fault for check in CHECKS for fault in check(root)]
    for fault in faults:
        print(f"error: {fault}")
    print(f"structure: {len(CHECKS)} checks, {len(faults)} errors")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1]).resolve()))
