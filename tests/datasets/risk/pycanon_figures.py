"""Print pycanon's k, l and t of tables as JSON lines; run by ``compare.py`` with pycanon's own Python.

Standard input has a JSON list of ``[file, quasi-identifiers, sensitive attributes]``.
"""

import importlib
import json
import sys

# installed in pycanon's own place alone, so that nothing here can know their types
pandas = importlib.import_module("pandas")
anonymity = importlib.import_module("pycanon.anonymity")

for file, quasi, sensitive in json.load(sys.stdin):
    table = pandas.read_csv(file)
    figures = {
        "k": int(anonymity.k_anonymity(table, quasi)),
        "l": int(anonymity.l_diversity(table, quasi, sensitive)),
        "t": float(anonymity.t_closeness(table, quasi, sensitive)),
    }
    print(json.dumps(figures), flush=True)
