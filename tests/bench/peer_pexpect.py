#!/usr/bin/python3
"""A peer of the bench: the same dialogue with Debian's pexpect.

peer_pexpect.py [--delay] idle COUNT | big | paced COUNT | many SESSIONS COMMANDS
Prints "name value" lines. Where the console is, is in the environment: see tests/bench/run.sh.
"""
import os
import re
import resource
import socket
import statistics
import sys
import threading
import time

import pexpect
import pexpect.fdpexpect

ENV = os.environ
PROMPT = re.compile(rb"\r\n[A-Za-z0-9_-]+[>#]$")
SMALL, BIG = "show bench small", "show bench big"


def dial(delay):
    """ssh to the console server, its password; the switch's login follows."""
    child = pexpect.spawn(
        "ssh",
        ["-p", ENV["BENCH_PORT"], "-l", ENV["BENCH_LOGIN"], "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
         "-o", "UserKnownHostsFile=/dev/null", "-o", "PubkeyAuthentication=no", "-o", "EscapeChar=none", ENV["BENCH_HOST"]],
        timeout=300, maxread=65536)
    if not delay:
        child.delaybeforesend = None
    child.expect("assword: ?$")
    child.sendline(ENV["BENCH_PASSWORD"])
    return child


def log_in(child):
    child.send("\r")
    child.expect("login: ?$")
    child.send(ENV["BENCH_SWITCH_USER"] + "\r")
    child.expect("assword: ?$")
    child.send(ENV["BENCH_SWITCH_PASSWORD"] + "\r")
    child.expect(PROMPT)
    child.send("enable\r")
    child.expect(PROMPT)
    command(child, "terminal length 0")
    command(child, "terminal width 32767")


def command(child, text):
    child.send(text + "\r")
    child.expect_exact(text)
    child.expect(PROMPT)
    return len(text) + len(child.before) + len(child.after)


def opened(delay):
    begun = time.monotonic()
    child = dial(delay)
    log_in(child)
    print("open_ms %.1f" % ((time.monotonic() - begun) * 1000))
    return child


def idle(delay, count):
    child = opened(delay)
    times = []
    for _ in range(count):
        begun = time.monotonic()
        command(child, SMALL)
        times.append((time.monotonic() - begun) * 1000)
    print("command_ms %.3f" % statistics.median(times))


def big(delay):
    child = opened(delay)
    begun = time.monotonic()
    got = command(child, BIG)
    print("big_ms %.1f" % ((time.monotonic() - begun) * 1000))
    print("big_bytes %d" % got)


def paced(delay, count):
    child = opened(delay)
    begun = time.monotonic()
    got = sum(command(child, SMALL) for _ in range(count))
    print("paced_ms %.1f" % ((time.monotonic() - begun) * 1000))
    print("paced_bytes %d" % got)


def many(sessions, commands):
    """Threads on plain sockets: the quickest that pexpect can do. TCP ports from BENCH_TCP_PORTS on, one a switch."""
    ports = [int(p) for p in ENV["BENCH_TCP_PORTS"].split()]
    failed = []

    def one(port):
        try:
            link = socket.create_connection(("127.0.0.1", port))
            child = pexpect.fdpexpect.fdspawn(link.fileno(), timeout=300, maxread=65536)
            child.delaybeforesend = None
            log_in(child)
            for _ in range(commands):
                command(child, SMALL)
            link.close()
        except Exception as error:  # a thread's end must be counted, whatever ended it
            failed.append("%s: %s" % (type(error).__name__, str(error).split("\n")[0]))

    before = resource.getrusage(resource.RUSAGE_SELF)
    begun = time.monotonic()
    threads = [threading.Thread(target=one, args=(ports[i],)) for i in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = resource.getrusage(resource.RUSAGE_SELF)
    print("many_ms %.1f" % ((time.monotonic() - begun) * 1000))
    print("many_cpu_ms %.1f" % ((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000))
    print("many_kib %d" % (after.ru_maxrss - before.ru_maxrss))
    print("many_failed %d" % len(failed))
    for text in failed[:1]:
        print(text, file=sys.stderr)


def main():
    words = sys.argv[1:]
    delay = words[0] == "--delay"
    if delay:
        words.pop(0)
    if words[0] == "idle":
        idle(delay, int(words[1]))
    elif words[0] == "big":
        big(delay)
    elif words[0] == "paced":
        paced(delay, int(words[1]))
    elif words[0] == "many":
        many(int(words[1]), int(words[2]))
    else:
        sys.exit(64)


main()
