"""Runs that are too long for a chapter: how they are run, kept and checked.

An experiment is a script `experiments/NN_name.py` with

    SEEDS = (0, 1, 2)       at least three
    STEPS = 3000            the whole run
    REHEARSAL = 100         the first steps, repeated by the tests
    def run(seed: int, steps: int) -> dict      JSON-able, with "loss", one value a step
    def baseline() -> dict                      the trivial baseline, measured
    if __name__ == "__main__": main(__file__)

It writes `results/NN_name.json`: what each seed gave, the baseline, the CPU-seconds,
the versions, and a hash of the script and of each `unrolled` module it imports, so that
a result which no longer belongs to its code is found.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import importlib.util
import json
import os
import platform
import time
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

TOLERANCE = 1e-3
ROOT = Path(__file__).resolve().parents[2]


class StaleResult(AssertionError):
    """A result file does not belong to its script; the message says why."""


def load_result(name: str, root: Path = ROOT) -> dict:
    """The stored result of experiments/<name>.py.

    errors FileNotFoundError that says which command makes the file
    """
    path = root / "results" / f"{name}.json"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run `make experiments`")
    return json.loads(path.read_text())


def main(script: str) -> None:
    """Command line of an experiment: all seeds, or one with --seed."""
    path = Path(script).resolve()
    module = load_script(path)
    parser = argparse.ArgumentParser(description=module.__doc__)
    parser.add_argument("--seed", type=int, help="run one seed and store nothing")
    parser.add_argument("--steps", type=int, default=module.STEPS)
    options = parser.parse_args()
    if options.seed is not None:
        print(json.dumps(module.run(options.seed, options.steps)))
        return
    result = measure(module, path)
    target = path.parents[1] / "results" / f"{path.stem}.json"
    target.parent.mkdir(exist_ok=True)
    lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in sorted(result.items())]
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"wrote results/{target.name}")


def measure(module: ModuleType, path: Path) -> dict:
    """Run every seed; returns the content of the result file."""
    seeds, cpu = {}, {}
    for seed in module.SEEDS:
        start = time.process_time()
        seeds[str(seed)] = rounded(module.run(seed, module.STEPS))
        cpu[str(seed)] = round(time.process_time() - start, 1)
    return {
        "baseline": module.baseline(),
        "cpu_seconds": cpu,
        "hashes": hashes(path),
        "seeds": seeds,
        "steps": module.STEPS,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "torch")},
        },
    }


def rounded(value: object) -> object:
    """`value` with every float rounded to 6 significant digits, to keep files small."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(v) for v in value]
    return value


def check(path: Path) -> None:
    """Raise StaleResult unless the stored result belongs to the script as it is now."""
    result = load_result(path.stem, path.parents[1])
    changed = sorted(
        name
        for name in hashes(path).items() ^ result["hashes"].items()
        for name in name[:1]
    )
    if changed:
        raise StaleResult(
            f"results/{path.stem}.json was made by other code ({', '.join(changed)} "
            "changed): run `make experiments`"
        )
    if len(result["seeds"]) < 3:
        raise StaleResult(f"{path.stem}: fewer than 3 seeds")
    if not result.get("baseline"):
        raise StaleResult(f"{path.stem}: the baseline is missing")


def rehearse(path: Path) -> None:
    """Run the first steps of the first seed again and compare with what is stored."""
    module = load_script(path)
    seed = module.SEEDS[0]
    stored = load_result(path.stem, path.parents[1])["seeds"][str(seed)]["loss"]
    fresh = module.run(seed, module.REHEARSAL)["loss"]
    if len(fresh) < module.REHEARSAL or len(stored) < module.REHEARSAL:
        raise StaleResult(
            f"{path.stem}: {module.REHEARSAL} losses are compared, got {len(fresh)} "
            f"fresh and {len(stored)} stored"
        )
    for step, (new, old) in enumerate(zip(fresh, stored, strict=False)):
        if abs(new - old) > TOLERANCE * abs(old):
            raise StaleResult(
                f"{path.stem}, seed {seed}, step {step}: the loss is now {new:.6g}, "
                f"stored is {old:.6g}"
            )


def hashes(path: Path) -> dict[str, str]:
    """Hash of the script and of every `unrolled` module it reaches by imports."""
    root = path.parents[1]
    found: dict[str, str] = {}
    todo = [path]
    while todo:
        file = todo.pop()
        text = file.read_text()
        tree = ast.parse(text)
        name = str(file.relative_to(root))
        if name in found:
            continue
        found[name] = hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:16]
        for module in _imports(tree):
            stem = root / "src" / Path(*module.split("."))
            candidates = (stem.with_suffix(".py"), stem / "__init__.py")
            todo += [c for c in candidates if c.exists() and c != Path(__file__)]
    return dict(sorted(found.items()))


def _imports(tree: ast.AST) -> list[str]:
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return [n for n in names if n.split(".")[0] == "unrolled"]


def load_script(path: Path) -> ModuleType:
    """Import an experiment's script as a module, with one thread."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    spec = importlib.util.spec_from_file_location(f"experiment_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
