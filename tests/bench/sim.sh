#!/bin/bash
# Starts and stops the simulator for the benches:   sim.sh start PROGRAM SCENARIO READY   |   sim.sh stop READY
# With $SIM_TYPED set, each line typed to a switch goes into that file. READY is written by the simulator when
# all of it listens; beside it lie READY.pid and READY.log.
set -u
case $1 in
start)
    program=$2 scenario=$3 ready=$4
    "$program" sim "$scenario" --ready "$ready" ${SIM_TYPED:+--typed "$SIM_TYPED"} >"$ready.log" 2>&1 </dev/null &
    echo $! >"$ready.pid"
    for _ in {1..400}; do
        [ -s "$ready" ] && exit 0
        kill -0 $! 2>/dev/null || break
        sleep 0.05
    done
    echo "the simulator did not start:"
    cat "$ready.log"
    exit 1
    ;;
stop)
    [ -e "$2.pid" ] || exit 0
    kill "$(cat "$2.pid")" 2>/dev/null
    rm -f "$2.pid"
    ;;
esac
