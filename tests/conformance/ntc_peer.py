#!/usr/bin/python3
"""What conformance.c does, with python3-textfsm: ntc_peer.py CHECKOUT. Prints the seconds."""
import glob
import os
import sys
import time

from textfsm import clitable

checkout = sys.argv[1]
templates = os.path.join(checkout, "ntc_templates", "templates")
table = clitable.CliTable("index", templates)
spent = 0.0
count = 0
for raw in sorted(glob.glob(os.path.join(checkout, "tests", "*", "*", "*.raw"))):
    platform, command = raw.split(os.sep)[-3:-1]
    start = time.monotonic()
    with open(raw, encoding="utf-8") as file:
        table.ParseCmd(file.read(), {"Command": command.replace("_", " "), "Platform": platform})
    rows = [dict(zip([name.lower() for name in table.header], row)) for row in table]
    spent += time.monotonic() - start
    count += 1
print("python3-textfsm: %.2f s for %d files" % (spent, count))
