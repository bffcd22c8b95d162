#!/usr/bin/python3
"""A peer of the bench: the same commands with Debian's netmiko.

peer_netmiko.py idle COUNT | big | paced COUNT      prints "name value" lines; the environment as in run.sh.
Its switch is logged in already (a scenario's line `already_logged_in`): netmiko knows no console servers by itself.
"""
import os
import statistics
import sys
import time
import warnings

warnings.filterwarnings("ignore")
from netmiko import ConnectHandler  # noqa: E402 (paramiko warns at import)

ENV = os.environ


def main():
    mode = sys.argv[1]
    begun = time.monotonic()
    link = ConnectHandler(device_type="arista_eos", host=ENV["BENCH_HOST"], port=int(ENV["BENCH_PORT"]),
                          username=ENV["BENCH_LOGIN"], password=ENV["BENCH_PASSWORD"], timeout=60, use_keys=False,
                          allow_agent=False)
    took = (time.monotonic() - begun) * 1000
    print("ssh_ms %.1f\nopen_ms %.1f" % (took, took))
    if mode == "idle":
        times = []
        for _ in range(int(sys.argv[2])):
            begun = time.monotonic()
            link.send_command("show bench small")
            times.append((time.monotonic() - begun) * 1000)
        print("command_ms %.3f" % statistics.median(times))
    elif mode == "big":
        begun = time.monotonic()
        got = link.send_command("show bench big", max_loops=100000)
        print("big_ms %.1f" % ((time.monotonic() - begun) * 1000))
        print("big_bytes %d" % len(got))
    elif mode == "paced":
        begun = time.monotonic()
        got = sum(len(link.send_command("show bench small", max_loops=100000)) for _ in range(int(sys.argv[2])))
        print("paced_ms %.1f" % ((time.monotonic() - begun) * 1000))
        print("paced_bytes %d" % got)


main()
