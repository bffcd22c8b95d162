#!/usr/bin/python3
"""A peer of the bench: the same dialogue with Debian's pexpect.

peer_pexpect.py [--delay] idle COUNT | big | paced COUNT | many SESSIONS COMMANDS
Prints "name value" lines. Where the console is, is in the environment: see tests/bench/run.sh.
"""
import os
import re
import resource
import statistics
import sys
import threading
import time

import pexpect

ENV = os.environ
PROMPT = re.compile(rb"\r\n[A-Za-z0-9_-]+[>#]$")
SMALL, BIG = "show bench small", "show bench big"


def start(delay, login):
    """ssh to the console server."""
    child = pexpect.spawn(
        "ssh",
        ["-p", ENV["BENCH_PORT"], "-l", login, "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
         "-o", "UserKnownHostsFile=/dev/null", "-o", "PubkeyAuthentication=no", "-o", "EscapeChar=none", ENV["BENCH_HOST"]],
        timeout=300, maxread=65536)
    if not delay:
        child.delaybeforesend = None
    return child


def pass_server(child):
    child.expect("assword: ?$")
    child.sendline(ENV["BENCH_PASSWORD"])


def wake(child):
    # ssh throws away what is typed while it reads its password, so the CR that wakes the line may have to be repeated.
    while True:
        child.send("\r")
        if child.expect(["login: ?$", pexpect.TIMEOUT], timeout=0.05) == 0:
            break


def log_in(child):
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
    child = start(delay, ENV["BENCH_LOGIN"])
    pass_server(child)
    wake(child)
    print("ssh_ms %.1f" % ((time.monotonic() - begun) * 1000))
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
    """A thread and an ssh client for each session; as many key exchanges at once as our own side makes."""
    failed = []
    logins = threading.Semaphore(8)
    spawning = threading.Lock()  # ptyprocess forks: one at a time

    def one(port):
        try:
            with logins:
                with spawning:
                    child = start(False, "net:%d" % port)
                pass_server(child)
            wake(child)
            log_in(child)
            for _ in range(commands):
                command(child, SMALL)
            child.close(force=True)
        except Exception as error:  # a thread's end must be counted, whatever ended it
            failed.append("%s: %s" % (type(error).__name__, str(error).split("\n")[0]))

    def cpu():
        return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    used = cpu()
    begun = time.monotonic()
    threads = [threading.Thread(target=one, args=(i + 1,)) for i in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("many_ms %.1f" % ((time.monotonic() - begun) * 1000))
    print("many_cpu_ms %.1f" % ((cpu() - used) * 1000))
    # Python's own share, and one ssh client for each session.
    client = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print("many_kib %d" % (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before + sessions * client))
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
