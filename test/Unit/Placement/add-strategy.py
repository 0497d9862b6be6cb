"""Takes the example of docs/Planner.md, "Add a strategy", for a test that runs
it: its file as it stands there, and the strategies with its row.

usage: add-strategy.py PLANNER.md STRATEGIES.def SOURCE-OUT DEF-OUT
"""

import pathlib
import re
import sys

planner, rows, source_out, rows_out = map(pathlib.Path, sys.argv[1:])
section = planner.read_text().split("## Add a strategy\n")[1].split("\n## ")[0]
source, row = re.findall(r"```cpp\n(.*?)```", section, re.DOTALL)
source_out.write_text(source)
before, after = rows.read_text().split("#undef STRATEGY")
rows_out.parent.mkdir(parents=True, exist_ok=True)
rows_out.write_text(f"{before}{row}\n#undef STRATEGY{after}")
