"""Takes the example of docs/Planner.md, "Add a strategy", for a test that runs
it: its file as it stands there, the header with its declaration, and the
strategies with its row.

usage: add-strategy.py PLANNER.md HEURISTICS.h STRATEGIES.def SOURCE-OUT
                       HEADER-OUT DEF-OUT
"""

import pathlib
import re
import sys

planner, header, rows, source_out, header_out, rows_out = map(pathlib.Path, sys.argv[1:])
section = planner.read_text().split("## Add a strategy\n")[1].split("\n## ")[0]
source, declaration, row = re.findall(r"```cpp\n(.*?)```", section, re.DOTALL)


def insert(text, path, place, out):
    """Writes the file with a text before the one line that begins like that."""
    before, after = path.read_text().split(f"\n{place}")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(f"{before}\n{text}\n{place}{after}")


source_out.write_text(source)
insert(declaration, header, "} // namespace", header_out)
insert(row, rows, "#undef STRATEGY", rows_out)
