"""Print the LATEX table of tests/readback/NN.py for a chapter as it is now.

    python -m tools.readback chapters/03_bptt.ipynb

Run it only after the formulas that changed were transcribed again.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools import gates
from unrolled.audit import latex_hash


def main() -> None:
    nb = gates.read(Path(sys.argv[1]))
    print("LATEX: dict[str, str] = {")
    for label, latex in gates.displays(nb).items():
        if label.startswith("eq-"):
            print(f'    "{label}": "{latex_hash(latex)}",')
    print("}")


if __name__ == "__main__":
    main()
