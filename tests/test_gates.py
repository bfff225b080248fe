"""Gates over notebooks: green on the course, red on what is spoiled."""

from pathlib import Path

import nbformat
import pytest

from tools import gates

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
NOTEBOOKS = [
    path
    for kind in ("chapters", "exercises", "solutions")
    for path in sorted((ROOT / kind).glob("*.ipynb"))
]


def ids(path):
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=ids)
def test_every_cell_was_executed_and_every_figure_has_alt_text(path):
    nb = gates.read(path)
    assert not gates.executed(nb)
    assert not gates.alt_texts(nb)


@pytest.mark.parametrize("path", CHAPTERS, ids=ids)
def test_every_claim_is_verified(path):
    nb = gates.read(path)
    assert gates.displays(nb)
    assert not gates.claims(nb)


@pytest.mark.parametrize("path", CHAPTERS, ids=ids)
def test_every_chapter_has_numpy_torch_and_their_agreement(path):
    assert not gates.three_ways(gates.read(path))


# --- each gate can fail ---------------------------------------------------------------


def code(source, output="", count=1, **metadata):
    cell = nbformat.v4.new_code_cell(source, execution_count=count, metadata=metadata)
    if output:
        cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=output)]
    return cell


def notebook(*cells):
    return nbformat.v4.new_notebook(cells=list(cells))


def text(source):
    return nbformat.v4.new_markdown_cell(source)


CLAIM = text("Claim:\n\n$$ y = 2x $$ (eq-y)\n\nand $$ z = 1 $$ (def-z)")
CALL = 'verify("eq-y", y, by.closed_form(f), at=at)'
LINE = "✓ eq-y  closed form  error <= 1e-11\n"


def test_a_label_belongs_to_the_display_before_it():
    nb = notebook(text("$$ a $$\n\ntext\n\n$$ b\n= c $$ (eq-b)\n\n$$ d $$ (def-d)"))
    assert gates.displays(nb) == {"eq-b": "b\n= c", "def-d": "d"}


def test_a_verified_claim_is_green():
    assert gates.claims(notebook(CLAIM, code(CALL, LINE))) == []


@pytest.mark.parametrize(
    "cell",
    [
        code(CALL),  # called, but nothing was printed
        code("print('hello')", LINE),  # printed, but not by a call to verify
        code("# none"),
        code(CALL, LINE, tags=["hide-input"]),  # readers do not see the call
        code(CALL, "✗ eq-y\n"),
    ],
)
def test_an_unverified_claim_is_red(cell):
    assert gates.claims(notebook(CLAIM, cell)) == ["claim eq-y is not verified"]


def test_a_verification_of_nothing_is_red():
    nb = notebook(code(CALL, LINE))
    assert gates.claims(nb) == ["verify(eq-y) has no display"]


def test_a_null_execution_count_is_red():
    assert gates.executed(notebook(code("x = 1", count=None))) == [
        "never executed: x = 1"
    ]
    assert gates.executed(notebook(code("x = 1"))) == []


NUMPY = code("h = np.tanh(x)")
TORCH = code("t = torch.tanh(x)\nassert np.allclose(t.numpy(), h)")


def test_numpy_torch_and_agreement_are_green():
    assert gates.three_ways(notebook(NUMPY, TORCH)) == []
    apart = code("t = torch.tanh(x)"), code("assert np.allclose(t, h)")
    assert gates.three_ways(notebook(NUMPY, *apart)) == []


@pytest.mark.parametrize(
    ("cells", "missing"),
    [
        ([TORCH], "no NumPy-only cell"),
        ([NUMPY], "no torch cell"),
        ([NUMPY, code("t = torch.tanh(x)")], "torch and NumPy agree"),
        (
            [NUMPY, code("t = torch.tanh(x)\nnp.allclose(t, h)")],
            "torch and NumPy agree",
        ),
        ([NUMPY, code("t = torch.tanh(x)"), code("assert np.allclose(h, h)")], "agree"),
        ([NUMPY, code("t = torch.tanh(x)\nassert t.shape")], "torch and NumPy agree"),
    ],
)
def test_a_chapter_that_lacks_one_of_them_is_red(cells, missing):
    assert any(missing in p for p in gates.three_ways(notebook(*cells)))


def test_missing_alt_text_is_red():
    picture = nbformat.v4.new_output("display_data", data={"image/png": "aGk="})
    bare, described = code("plt.show()"), code("plt.show()", alt="A line.")
    bare.outputs, described.outputs = [picture], [picture]
    assert gates.alt_texts(notebook(bare)) == ["figure without alt text: plt.show()"]
    assert gates.alt_texts(notebook(described)) == []
    assert gates.alt_texts(notebook(text("![](a.svg)")))
    assert not gates.alt_texts(notebook(text("![a](a.svg)")))
