#!/usr/bin/python3
"""Random patterns through Python's re and through parse/pattern + PCRE2: patterns_peer.py PROGRAM [SEED [COUNT]].

Python is the judge: what it refuses must be refused, and spans of all groups must be the same. What only we refuse is
counted and listed by reason. A pattern that makes Python slow is left out (each has a second). Python before 3.11.5 loses its
place after a failed possessive repeat of a group (cpython issue 106052): such differences are counted apart."""
import collections
import random
import re
import signal
import subprocess
import sys
import warnings

warnings.simplefilter("ignore")

ATOMS = ["a", "b", "c", "x", " ", "-", "1", "é", "\\.", ".", "\\d", "\\D", "\\s", "\\S", "\\w", "\\W", "\\b", "\\B",
         "^", "$", "\\A", "\\Z", "[abc]", "[^ab]", "[]a]", "[^]a]", "[\\s\\d]", "[^\\S]", "[\\Wa]", "[^\\W1]", "[\\Da]",
         "[a-c]", "[[:alpha:]]", "[a\\-z]", "[-a]", "[a-]", "[[ab]", "[é-ü]", "[\\x41-\\x43]", "\\x61", "\\u00e9",
         "\\141", "\\0", "\\t", "\\v", "(?#c)", "{", "}", "]", "a{,2}", "a{,}", "b{2}", "c{1,}", "x{1,2}", "{}", "{a",
         "\\1", "\\2", "(?P=n)", "(?(1)a|b)", "(?(n)c)", "\\h", "\\R", "\\z", "\\Q", "\\p{L}", "\\N", "(?R)", "(?1)",
         "(*FAIL)", "(?|a|b)", "\\K", "#", "~", "&&", "[--a]", "[a&&b]", "\\u2028", "\\ ", "\\é", "\u212a", "İ"]
OPEN = ["(", "(?:", "(?P<n>", "(?P<m>", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:", "(?s:", "(?x:", "(?-i:", "(?m:",
        "(?i-s:", "(?u:", "(?<n>", "(?i)"]
REPEATS = ["*", "+", "?", "*?", "+?", "??", "*+", "++", "?+", "{2}", "{0,1}", "{1,3}?", "{,2}", "{2,}+", "{0}"]
ALPHABET = list("aabbccx -1.{}[]#:") + ["é", "\u00a0", "\x1f", "\u180e", "\u3000", "\u0661", "K", "k", "\u212a", "\x85", "ü"]
PLAIN = list("aabbbccx -1.{}[]#:ABlph")


def pattern(rnd, depth=0):
    out = []
    for _ in range(rnd.choice([1, 1, 2, 2, 3, 4])):
        kind = rnd.random()
        if kind < 0.25 and depth < 4:
            out.append(rnd.choice(OPEN) + pattern(rnd, depth + 1) + ")")
        elif kind < 0.33:
            out.append("|")
            continue
        else:
            out.append(rnd.choice(ATOMS[:30] if rnd.random() < 0.6 else ATOMS))
        if rnd.random() < 0.35:
            out.append(rnd.choice(REPEATS))
    return "".join(out)


def subject(rnd):
    alphabet = PLAIN if rnd.random() < 0.6 else ALPHABET
    return "".join(rnd.choice(alphabet) for _ in range(rnd.choice([0, 1, 2, 3, 4, 6, 9])))


def span(match, subject, group):
    start, end = match.span(group)
    if start < 0:
        return "-"
    return "%d,%d" % (len(subject[:start].encode()), len(subject[:end].encode()))


class Slow(Exception):
    pass


def alarm(signum, frame):
    raise Slow()


def judge(text, subjects):
    """None: left out; a str: refused; else answers."""
    try:
        compiled = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        return str(error)
    answers = []
    for line in subjects:
        signal.setitimer(signal.ITIMER_REAL, 1)
        try:
            match = compiled.match(line)
        except (Slow, SystemError):  # the latter is a bug of Python that it asks to report
            return None
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        answers.append("N" if not match else ";".join(span(match, line, g) for g in range(compiled.groups + 1)))
    return answers


def main():
    signal.signal(signal.SIGALRM, alarm)
    program = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 20000
    print("seed %d" % seed)
    rnd = random.Random(seed)
    cases = [(pattern(rnd), [subject(rnd) for _ in range(8)]) for _ in range(count)]
    text = "".join("\t".join([p.encode().hex()] + [s.encode().hex() or "" for s in subjects if s]) + "\n" for p, subjects in cases)
    answers = subprocess.run([program], input=text.encode(), stdout=subprocess.PIPE, check=True).stdout.decode("utf-8", "replace").split("\n")
    wrong = gave_up = compared = possessive = 0
    only_ours = collections.Counter()
    for (text, subjects), answer in zip(cases, answers):
        subjects = [s for s in subjects if s]
        mine = answer.split("\t")
        theirs = judge(text, subjects)
        if theirs is None:
            continue
        if isinstance(theirs, str):
            if mine[0] == "ok":
                wrong += 1
                print("ACCEPTED %r, which Python refuses: %s" % (text, theirs))
            continue
        if mine[0] != "ok":
            if mine[0].startswith("LATE"):
                wrong += 1
                print("LATE %r: %s" % (text, mine[0]))
            only_ours[re.sub(r"\(at .*|\d+", "", mine[0])] += 1
            continue
        for line, a, b in zip(subjects, mine[1:], theirs):
            compared += 1
            gave_up += a == "G"
            if a != b and a != "G" and re.search(r"\)(\(\?#c\))*([*+?]|{[0-9,]+})\+", text):
                possessive += 1
            elif a != b and a != "G":
                wrong += 1
                print("DIFFERS %r on %r: %s, Python %s" % (text, line, a, b))
    for reason, n in only_ours.most_common():
        print("refused only here: %5d %s" % (n, reason))
    print("%d patterns, %d matches compared, %d gave up, %d possessive groups that differ, %d wrong" %
          (count, compared, gave_up, possessive, wrong))
    sys.exit(1 if wrong else 0)


main()
