"""Mutants are small, different, valid mistakes."""

import ast

import pytest

from unrolled.mutants import mutants

SOURCE = '''
def f(h, da, p: int = 3) -> int:
    """Not touched: 1 + 1."""
    total = -h[0].T @ da[1]
    for t in range(1, len(h)):
        total += h[t - 1].T @ da[t] / 2
    return total * np.swapaxes(p, 0, 1)[:, 1:]
'''


def described(kind):
    return [m.description for m in mutants(SOURCE) if f", {kind}:" in m.description]


@pytest.mark.parametrize(
    ("kind", "example"),
    [
        ("sign flipped", "-h[0].T -> h[0].T"),
        ("accumulation dropped", "total = h[t - 1].T"),
        ("statement dropped", "-> pass"),
        ("transpose dropped", "h[t - 1].T -> h[t - 1]"),
        ("swapaxes dropped", "np.swapaxes(p, 0, 1) -> p"),
        ("range shifted", "range(1, len(h)) -> range(0, len(h))"),
        ("index shifted", "h[t - 1] -> h[t]"),
        ("term dropped", "t - 1 -> -1"),
        ("factor dropped", "h[t - 1].T @ da[t] / 2 -> h[t - 1].T @ da[t]"),
        ("operands swapped", "-h[0].T @ da[1] -> da[1] @ -h[0].T"),
        ("constant changed", "2 -> 3"),
    ],
)
def test_each_kind_of_mistake_is_made(kind, example):
    assert any(example in d for d in described(kind)), described(kind)


def test_mutants_compile_and_differ():
    sources = [m.source for m in mutants(SOURCE)]
    assert len(sources) == len(set(sources)) > 20
    assert ast.unparse(ast.parse(SOURCE)) not in sources
    for source in sources:
        compile(source, "mutant", "exec")


def test_docstring_annotations_and_defaults_are_left_alone():
    for m in mutants(SOURCE):
        assert "Not touched: 1 + 1." in m.source
        assert "p: int=3) -> int" in m.source


def test_an_indented_source_is_accepted():
    assert mutants("    def f(x):\n        return x + 1\n")
