"""Small mistakes, made on purpose, in the source of a function.

A check is worth something if it refuses a wrong version of what it checks. `mutants`
writes such versions from the syntax tree: a sign flipped, a transpose dropped, a term
or a factor dropped, an index or a range shifted, operands swapped, a constant changed.
"""

from __future__ import annotations

import ast
import copy
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """A changed function: what was changed, and its whole source."""

    description: str
    source: str


def mutants(source: str) -> list[Mutant]:
    """All one-place mutants of the function definition(s) in `source`.

    Docstrings, annotations and default values are left alone. Mutants with the same
    source are given once; the order follows the text.
    """
    source = textwrap.dedent(source)
    tree = ast.parse(source)
    found: dict[str, Mutant] = {}
    original = ast.unparse(tree)
    for path, node in _mutable_nodes(tree):
        for kind, replacement in _replacements(node):
            changed = _with(tree, path, replacement)
            text = ast.unparse(ast.fix_missing_locations(changed))
            if text == original or text in found:
                continue
            line = getattr(node, "lineno", 0)
            before, after = _show(node), _show(replacement)
            found[text] = Mutant(f"line {line}, {kind}: {before} -> {after}", text)
    return list(found.values())


Path = tuple[tuple[str, int | None], ...]


def _mutable_nodes(tree: ast.AST) -> Iterator[tuple[Path, ast.AST]]:
    def walk(node: ast.AST, path: Path) -> Iterator[tuple[Path, ast.AST]]:
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "args") and isinstance(
                node, ast.FunctionDef | ast.AnnAssign | ast.arg
            ):
                continue
            if field == "decorator_list":
                continue
            items = value if isinstance(value, list) else [value]
            for i, item in enumerate(items):
                if not isinstance(item, ast.AST) or _is_docstring(item):
                    continue
                step = (field, i if isinstance(value, list) else None)
                yield path + (step,), item
                yield from walk(item, path + (step,))

    yield from walk(tree, ())


def _is_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _with(tree: ast.AST, path: Path, replacement: ast.AST) -> ast.AST:
    tree = copy.deepcopy(tree)
    node = tree
    for field, i in path[:-1]:
        node = getattr(node, field) if i is None else getattr(node, field)[i]
    field, i = path[-1]
    if i is None:
        setattr(node, field, replacement)
    else:
        getattr(node, field)[i] = replacement
    return tree


def _replacements(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            yield from _operator_mutants(left, op, right)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield "sign flipped", operand
        case ast.AugAssign(target=target, op=op, value=value):
            if isinstance(op, ast.Add | ast.Sub):
                yield "sign flipped", ast.AugAssign(target, _flip(op), value)
                load = copy.deepcopy(target)
                load.ctx = ast.Store()
                yield "accumulation dropped", ast.Assign([load], value, lineno=0)
            yield "statement dropped", ast.Pass()
        case ast.Attribute(value=value, attr="T"):
            yield "transpose dropped", value
        case ast.Call(func=ast.Attribute(attr=name), args=[first, *_]) if name in (
            "swapaxes",
            "transpose",
            "flip",
        ):
            yield f"{name} dropped", _receiver(node, first)
        case ast.Call(func=ast.Name(id="range"), args=args):
            for i, argument in enumerate(args):
                for d in (1, -1):
                    changed = copy.deepcopy(node)
                    changed.args[i] = _shift(argument, d)
                    yield "range shifted", changed
        case ast.Call(func=ast.Name(id="reversed"), args=[inner]):
            yield "order not reversed", inner
        case ast.Subscript(value=value, slice=index, ctx=ctx):
            for changed in _index_mutants(index):
                yield "index shifted", ast.Subscript(value, changed, ctx)
        case ast.Constant(value=bool()):
            yield "constant changed", ast.Constant(not node.value)
        case ast.Constant(value=int() | float()):
            yield "constant changed", ast.Constant(node.value + 1)


def _operator_mutants(
    left: ast.expr, op: ast.operator, right: ast.expr
) -> Iterator[tuple[str, ast.AST]]:
    match op:
        case ast.Add() | ast.Sub():
            yield "sign flipped", ast.BinOp(left, _flip(op), right)
            yield "term dropped", left
            yield (
                "term dropped",
                right if isinstance(op, ast.Add) else ast.UnaryOp(ast.USub(), right),
            )
            if isinstance(op, ast.Sub):
                yield "operands swapped", ast.BinOp(right, op, left)
        case ast.Mult() | ast.Div() | ast.MatMult() | ast.Pow():
            yield "factor dropped", left
            if not isinstance(op, ast.Pow):
                yield "factor dropped", right
            if not isinstance(op, ast.Mult):
                yield "operands swapped", ast.BinOp(right, op, left)


def _flip(op: ast.operator) -> ast.operator:
    return ast.Sub() if isinstance(op, ast.Add) else ast.Add()


def _receiver(call: ast.Call, first: ast.expr) -> ast.expr:
    owner = call.func.value
    is_module = isinstance(owner, ast.Name) and owner.id == "np"
    return first if is_module else owner


def _index_mutants(index: ast.expr) -> Iterator[ast.expr]:
    if isinstance(index, ast.Tuple):
        for i, element in enumerate(index.elts):
            for changed in _index_mutants(element):
                elements = [*index.elts[:i], changed, *index.elts[i + 1 :]]
                yield ast.Tuple(elements, ast.Load())
    elif isinstance(index, ast.Slice):
        for bound in ("lower", "upper"):
            value = getattr(index, bound)
            if value is not None:
                yield _sliced(index, bound, _shift(value, 1))
                yield _sliced(index, bound, None)
    elif isinstance(index, ast.Constant) and not isinstance(index.value, int):
        return
    elif isinstance(index, ast.Name | ast.BinOp | ast.Constant | ast.UnaryOp):
        for d in (1, -1):
            yield _shift(index, d)


def _sliced(index: ast.Slice, bound: str, value: ast.expr | None) -> ast.Slice:
    return ast.Slice(**{**dict(ast.iter_fields(index)), bound: value})


def _shift(value: ast.expr, by: int) -> ast.expr:
    """`value + by`, folded where it is `x + 1`, `x - 1` or a number."""
    match value:
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            return ast.Constant(number + by)
        case ast.BinOp(left, ast.Add(), ast.Constant(1)) if by == -1:
            return left
        case ast.BinOp(left, ast.Sub(), ast.Constant(1)) if by == 1:
            return left
        case _:
            op = ast.Add() if by > 0 else ast.Sub()
            return ast.BinOp(value, op, ast.Constant(abs(by)))


def _show(node: ast.AST) -> str:
    text = ast.unparse(ast.fix_missing_locations(copy.deepcopy(node)))
    return text if len(text) <= 60 else text[:57] + "..."
