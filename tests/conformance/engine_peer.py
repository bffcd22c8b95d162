#!/usr/bin/python3
"""Templates over inputs that were not made for them: engine_peer.py PROGRAM CHECKOUT [SEED [COUNT]].

Each case is a template of ntc-templates, or a small one written at random here, over a raw file of its tests that has been
spoilt: lines shuffled, doubled, cut, mixed with those of another file, other line ends, control characters, bytes that are no
UTF-8. python3-textfsm is the judge: same rows, or an Error at the same rule and line. Cases in which Python needs more than
five seconds are left out."""
import glob
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import warnings

import textfsm

warnings.simplefilter("ignore")

OPTIONS = ["", "", "Required ", "Filldown ", "List ", "Fillup ", "Key ", "Filldown,Required ", "Required,List ", "List,Required ",
           "Filldown,List ", "List,Filldown ", "List,Fillup ", "Fillup,List ", "Required,Filldown,List ", "Fillup,Filldown "]
REGEXES = [r"(\S+)", r"(\d+)", r"(\w*)", r"(.*?)", r"([a-z]+)?", r"((?P<k>\w)(?P<v>\d*))", r"(x|y)", r"(\d+|)", r"(\s*\S+)"]
PIECES = ["${A}", "${B}", "${C}", r"\s+", r"\s*", "Interface", r"\d", r".*", ":", "$$", r"(${A})?", "(?:${B})?", "a", "x"]
ACTIONS = ["", " -> Continue", " -> Next", " -> Record", " -> Next.Record", " -> Continue.Record", " -> Clear", " -> Clearall",
           " -> Next.Clear", " -> Continue.Clearall", " -> Error", ' -> Error "no way"', " -> Other", " -> Record Other",
           " -> Start", " -> End", " -> EOF", " -> NoRecord Start", " -> Continue.Clear", " -> Record End", " -> Next.Record EOF"]


def small_template(rnd):
    lines = ["Value %s%s %s" % (rnd.choice(OPTIONS), name, rnd.choice(REGEXES).replace("P<", "P<" + name.lower()))
             for name in "ABC"]
    for state in ["Start", "Other"]:
        lines += ["", state]
        for _ in range(rnd.randrange(1, 6)):
            pieces = rnd.sample(PIECES, rnd.randrange(1, 5))
            if rnd.random() < 0.9:  # a Value twice in a rule is refused
                pieces = [p for i, p in enumerate(pieces) if not any("A}" in p and "A}" in q for q in pieces[:i])
                          and not any("B}" in p and "B}" in q for q in pieces[:i])]
            action = rnd.choice(ACTIONS if rnd.random() < 0.6 else ["", " -> Record", " -> Continue.Record"])
            lines.append("%s^%s%s" % (rnd.choice([" ", "  ", "\t"]), "".join(pieces), action))
    if rnd.random() < 0.3:
        lines += ["", "EOF"]
    if rnd.random() < 0.1:
        lines += ["", "End"]
    return "\n".join(lines) + "\n"


def small_input(rnd):
    words = ["Interface", "a", "x", "12", "3", "foo:", "", "  ", "y9", "Interface Eth1", "é", "\u00a0", "\x1f", "0x"]
    return "\n".join(" ".join(rnd.choice(words) for _ in range(rnd.randrange(0, 4))) for _ in range(rnd.randrange(0, 12)))


def spoil(rnd, text, other):
    lines = text.splitlines(True)
    kind = rnd.randrange(8)
    if kind == 0:
        rnd.shuffle(lines)
    elif kind == 1:
        lines = [line for line in lines if rnd.random() < 0.9]
    elif kind == 2:
        lines = [line for line in lines for _ in range(1 + (rnd.random() < 0.05))]
    elif kind == 3:
        others = other.splitlines(True)
        lines = [rnd.choice(others) if others and rnd.random() < 0.05 else line for line in lines]
    elif kind == 4:
        text = "".join(line.rstrip("\r\n") + rnd.choice(["\r\n", "\r\n", "\r", "\x0b", "\u2028", "\x85", "\n"]) for line in lines)
        return text.encode()
    elif kind == 5:
        data = bytearray(text.encode())
        for _ in range(rnd.randrange(1, 6)):
            if data:
                data[rnd.randrange(len(data))] = rnd.choice([0xff, 0xc3, 0x1f, 0xe2, 0x09, 0x20, 0x2d, 0x1e])
        return bytes(data)
    elif kind == 6:
        text = "".join(lines)
        cut = rnd.randrange(len(text) + 1)
        return text[:cut].encode()
    return "".join(lines).encode()


class Slow(Exception):
    pass


def alarm(signum, frame):
    raise Slow()


def plain(value):
    return value


def oracle(template, data):
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", errors="replace").read().replace("\0", "\ufffd")
    try:
        fsm = textfsm.TextFSM(io.StringIO(template))
    except Exception as error:  # re.error escapes from some templates
        return "REFUSED %s" % error
    signal.setitimer(signal.ITIMER_REAL, 5)
    try:
        rows = fsm.ParseText(text)
        return [dict(zip(fsm.header, row)) for row in rows]
    except textfsm.TextFSMError as error:
        found = re.search(r"Rule Line: (\d+)\. Input Line: (.*?)\.?$", str(error), re.S)
        return "ERROR %s" % found.group(1)
    except TypeError:
        return None  # a List with nested groups whose group took no part ends in a traceback
    except Slow:
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def main():
    signal.signal(signal.SIGALRM, alarm)
    program, checkout = sys.argv[1:3]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 2000
    print("seed %d" % seed)
    rnd = random.Random(seed)
    raws = [r for r in sorted(glob.glob(os.path.join(checkout, "tests", "*", "*", "*.raw"))) if os.path.getsize(r) < 20000]
    counts = {"rows": 0, "empty": 0, "errors": 0, "refused": 0, "gave up": 0, "left out": 0}
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        child = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for case in range(count):
            if case % 2:
                raw = rnd.choice(raws)
                platform, command = raw.split(os.sep)[-3:-1]
                path = os.path.join(checkout, "ntc_templates", "templates", "%s_%s.textfsm" % (platform, command))
                if not os.path.exists(path):
                    continue
                with open(path, encoding="utf-8") as file:
                    template = file.read()
                with open(raw, encoding="utf-8", newline="") as file, open(rnd.choice(raws), encoding="utf-8") as other:
                    data = spoil(rnd, file.read(), other.read())
            else:
                template = small_template(rnd)
                path = os.path.join(scratch, "template%d" % case)
                with open(path, "w", encoding="utf-8", newline="") as file:
                    file.write(template)
                data = spoil(rnd, small_input(rnd), "x 12\nInterface y9\n")
            input_path = os.path.join(scratch, "input%d" % case)
            with open(input_path, "wb") as file:
                file.write(data)
            child.stdin.write(("%s\t%s\n" % (path, input_path)).encode())
            child.stdin.flush()
            mine = child.stdout.readline().decode().rstrip("\n")
            theirs = oracle(template, data)
            os.unlink(input_path)
            if theirs is None:
                counts["left out"] += 1
            elif mine.startswith("GAVE_UP"):
                counts["gave up"] += 1
            elif isinstance(theirs, str):
                counts["refused" if theirs.startswith("REFUSED") else "errors"] += 1
                if mine.split()[:2] != theirs.split()[:2] if theirs.startswith("ERROR") else not mine.startswith("REFUSED"):
                    wrong += 1
                    print("DIFFERS %s: %s, Python %s\n%s\n%r" % (path, mine[:200], theirs, template, data[:2000]))
            else:
                counts["rows" if theirs else "empty"] += 1
                if mine.startswith(("REFUSED", "ERROR")) or json.loads(mine) != theirs:
                    wrong += 1
                    print("DIFFERS %s: %s, Python %s\n%s\n%r" % (path, mine[:600], json.dumps(theirs)[:600], template, data[:2000]))
        child.stdin.close()
        child.wait()
    print("%s; %d wrong" % (", ".join("%d %s" % (n, name) for name, n in counts.items()), wrong))
    sys.exit(1 if wrong else 0)


main()
