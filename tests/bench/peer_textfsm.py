#!/usr/bin/python3
"""The peer of bench_parse. A line of its standard input is TEMPLATE <tab> FILE. Prints, for bench_parse to read,
"compile SECONDS" for all templates and "file SECONDS" for each line, in order; seconds of the processor; templates are
compiled beforehand."""
import io
import sys
import time

import textfsm

pairs = [line.rstrip("\n").split("\t") for line in sys.stdin]
texts = {}
for template, _ in pairs:
    if template not in texts:
        texts[template] = open(template, encoding="utf-8").read()

machines = {}
spent = 0.0
for template, text in texts.items():
    start = time.process_time()
    machines[template] = textfsm.TextFSM(io.StringIO(text))
    spent += time.process_time() - start
print("compile %.9f" % spent)
for template, path in pairs:
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    machine = machines[template]
    start = time.process_time()
    machine.Reset()
    try:
        machine.ParseText(text)
    except textfsm.TextFSMError:
        pass
    print("file %.9f" % (time.process_time() - start))
