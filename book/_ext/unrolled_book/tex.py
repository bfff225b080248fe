"""The TeX that the course may use: what KaTeX, MathJax's core and LaTeX share.

Jupyter and Colab typeset with MathJax, the book with KaTeX, a printed version with
LaTeX. A test compiles a sample of every command below with KaTeX and with MathJax
(packages base and ams).
"""

from __future__ import annotations

import re

GREEK = """
alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu
nu xi pi rho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi
Sigma Upsilon Phi Psi Omega ell
"""
SYMBOLS = """
partial nabla infty emptyset forall exists in notin subset subseteq cup cap neg land
lor le ge leq geq ne neq ll gg approx equiv sim simeq propto mid parallel perp to gets
mapsto leftarrow rightarrow Leftarrow Rightarrow Leftrightarrow leftrightarrow
longrightarrow
uparrow downarrow implies iff cdot times div pm mp ast star circ bullet odot oplus
otimes sum prod int ldots cdots vdots ddots dots top bot dagger prime blacksquare
langle rangle lfloor rfloor lceil rceil lvert rvert lVert rVert vert Vert backslash
quad qquad
"""
FUNCTIONS = """
sin cos tan sinh cosh tanh exp log ln max min sup inf lim arg det dim ker gcd Pr
limits nolimits
"""
# with the arguments that a sample needs
WITH_ARGUMENTS = {
    "frac": "{a}{b}",
    "dfrac": "{a}{b}",
    "tfrac": "{a}{b}",
    "binom": "{a}{b}",
    "sqrt": "{a}",
    "hat": "{a}",
    "widehat": "{ab}",
    "tilde": "{a}",
    "widetilde": "{ab}",
    "bar": "{a}",
    "overline": "{ab}",
    "underline": "{ab}",
    "vec": "{a}",
    "dot": "{a}",
    "ddot": "{a}",
    "mathbf": "{a}",
    "mathrm": "{a}",
    "mathit": "{a}",
    "mathsf": "{a}",
    "mathtt": "{a}",
    "mathcal": "{L}",
    "mathbb": "{R}",
    "operatorname": "{softmax}",
    "text": "{a word}",
    "textbf": "{a word}",
    "underbrace": "{a}_{b}",
    "overbrace": "{a}^{b}",
    "underset": "{a}{b}",
    "overset": "{a}{b}",
    "stackrel": "{a}{b}",
    "substack": r"{a \\ b}",
    "xrightarrow": "{a}",
    "boxed": "{a}",
    "phantom": "{a}",
    "left": r"( a \right)",
    "right": None,  # sampled with left
    "middle": None,
    "big": "(",
    "Big": "(",
    "bigg": "(",
    "Bigg": "(",
    "bigl": "(",
    "bigr": ")",
    "Bigl": "(",
    "Bigr": ")",
    "biggl": "(",
    "biggr": ")",
    "begin": None,  # see ENVIRONMENTS
    "end": None,
    "not": "=",
    "displaystyle": " a",
    "textstyle": " a",
    "scriptstyle": " a",
}
# \, \; \: \! \  \{ \} \| \\ \% \# \& \_ \$
PUNCTUATION = frozenset(",;:! {}|\\%#&_$")
ENVIRONMENTS = frozenset(
    ["aligned", "gathered", "split", "cases", "array"]
    + ["matrix", "pmatrix", "bmatrix", "vmatrix"]
)
ALLOWED = frozenset(
    [*GREEK.split(), *SYMBOLS.split(), *FUNCTIONS.split(), *WITH_ARGUMENTS]
)

_COMMAND = re.compile(r"\\([A-Za-z]+\*?|.)", re.DOTALL)
_ENVIRONMENT = re.compile(r"\\begin\{([^}]*)\}")


def unknown_commands(tex: str) -> list[str]:
    r"""Commands and environments of a formula that are outside the common subset.

    >>> unknown_commands(r"\frac{a}{b} + \foo")
    ['\\foo']
    """
    found = [
        f"\\{name}"
        for name in _COMMAND.findall(tex)
        if not (name in ALLOWED or name in PUNCTUATION or name == "\n")
    ]
    found += [
        f"\\begin{{{name}}}"
        for name in _ENVIRONMENT.findall(tex)
        if name not in ENVIRONMENTS
    ]
    return sorted(set(found))


def samples() -> dict[str, str]:
    """One small formula for each allowed command and environment."""
    plain = [*GREEK.split(), *SYMBOLS.split(), *FUNCTIONS.split()]
    found = {f"\\{name}": f"\\{name} a" for name in plain if name in ALLOWED}
    found["\\limits"] = r"\sum\limits_{a} b"
    found["\\nolimits"] = r"\sum\nolimits_{a} b"
    found |= {
        f"\\{name}": f"\\{name}{rest}"
        for name, rest in WITH_ARGUMENTS.items()
        if rest is not None
    }
    found["\\middle"] = r"\left( a \middle| b \right)"
    found |= {f"\\{mark}": f"a \\{mark} b" for mark in PUNCTUATION - set("{}|\\")}
    for name in ENVIRONMENTS:
        arguments = "{cc}" if name == "array" else ""
        rows = r"a \\ b" if name in ("gathered",) else r"a & b \\ c & d"
        found[name] = f"\\begin{{{name}}}{arguments} {rows} \\end{{{name}}}"
    return found
