# What every file of the lab starts from: helpers to start real counterparts, wait for them, and run torstarter against them.
# Everything lives in /run/lab of this file's own mount namespace (tests/lab/enter.sh) and ends with it. Nothing here sleeps for a
# fixed time: wait_until asks again until something is so.
bats_require_minimum_version 1.5.0

lab_begin() { # in setup_file
    export LAB=/run/lab
    root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    export root TORSTARTER=${TORSTARTER:-$root/build/torstarter/torstarter} LAB_TOOLS=${LAB_TOOLS:-$root/build/lab}
    export LAB_KERNEL=$root/build/lab/kernel/vmlinuz
    export HOME=$LAB XDG_STATE_HOME=$LAB/state XDG_CONFIG_HOME=$LAB/config XDG_DATA_HOME=$LAB/data
    export SWITCH_PASSWORD=admin-Secret-1 OOB_PASSWORD=net-Secret-2 WRONG_PASSWORD=other-Secret-3
    cd "$LAB" || return 1
    accounts
}

# The switches' account and the console server's; `expired` must choose a new password at its next login.
accounts() {
    mkdir -p "$LAB/home/.ssh"
    local today=$(($(date +%s) / 86400)) name
    for name in admin:"$SWITCH_PASSWORD":$today expired:"$SWITCH_PASSWORD":0 net:"$OOB_PASSWORD":$today noc:"$OOB_PASSWORD":$today ops:"$OOB_PASSWORD":$today; do
        IFS=: read -r user password changed <<<"$name"
        sed -i "/^$user:/d" /etc/passwd /etc/shadow
        echo "$user:x:4000:4000::$LAB/home:/bin/bash" >>/etc/passwd
        echo "$user:$(openssl passwd -6 -salt labsalt "$password"):$changed:0:99999:7:::" >>/etc/shadow
    done
    echo 'PS1="\u@\h:\w\$ "' | tee "$LAB/home/.bashrc" >"$LAB/home/.bash_profile"
    chown -R 4000:4000 "$LAB/home"
    # What a MOTD may look like: rules and signs that are no prompt.
    printf '%s\n' '####################' '# AUTHORISED ONLY  #' '####################' '## SECRET' 'Last change: [####' >/etc/motd
}

# wait_until SECONDS COMMAND…: until the command succeeds. The only place that waits.
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@" 2>/dev/null; do
        if [ $SECONDS -ge $end ]; then
            echo "waited in vain for: $*"
            return 1
        fi
        sleep 0.02
    done
}

listens() { ss -Hltn "sport = :$1" | grep -q .; }

# background NAME COMMAND…: its output goes to NAME.log, its process id to NAME.pid.
background() {
    local name=$1
    shift
    (
        # bats waits for whoever holds one of its descriptors.
        for fd in /proc/self/fd/*; do
            [ "${fd##*/}" -le 2 ] || eval "exec ${fd##*/}>&-"
        done
        exec setsid "$@"
    ) >"$LAB/$name.log" 2>&1 </dev/null &
    echo $! >"$LAB/$name.pid"
    disown
}

# end NAME…: and wait until it is gone. A switch (NAME.getty) is the first process of a namespace, which hears no gentler word.
end() {
    local name pid
    for name; do
        [ -e "$LAB/$name.pid" ] || continue
        pid=$(cat "$LAB/$name.pid")
        rm -f "$LAB/$name.pid"
        [[ $name == *.getty ]] && kill -KILL "$pid" 2>/dev/null || kill "$pid" 2>/dev/null || true
        wait_until 10 not_running "$pid" || kill -KILL "$pid" || true
    done
}
not_running() { ! kill -0 "$1" 2>/dev/null; }

# cable NAME [OPTION…]: a paced line; NAME.switch and NAME.console are its ends, NAME.wire its log.
cable() {
    local name=$1
    shift
    background "$name.cable" "$LAB_TOOLS/serpair" -s "$LAB/$name.switch" -c "$LAB/$name.console" -l "$LAB/$name.wire" "$@"
    wait_until 5 test -e "$LAB/$name.console"
    chmod 666 "$(readlink "$LAB/$name.console")"
}

# switch NAME SERIAL [BAUD]: a login on the switch's end of cable NAME.
switch() {
    background "$1.getty" bash "$root/tests/lab/switch.sh" "$LAB/$1.switch" "$1" "$2" "${3:-115200}"
}

# line NAME SERIAL: both, and the getty past its deaf first second.
line() {
    cable "$1" -r "${3:-auto}"
    switch "$1" "$2"
}

# mark NAME: what the cable carried so far is forgotten by typed and heard.
mark() { wc -l <"$LAB/$1.wire" >"$LAB/$1.mark"; }
wire() { tail -n "+$(($(cat "$LAB/$1.mark" 2>/dev/null || echo 0) + 1))" "$LAB/$1.wire"; }
# Bytes that went from the console to the switch, in hex, as the cable saw them.
typed() { wire "$1" | awk '$2 == "console>" { for (i = 3; i <= NF; i++) printf "%s", $i }'; }
# The same from the switch, as bytes.
heard() { wire "$1" | awk '$2 == "switch>" { for (i = 3; i <= NF; i++) printf "%s", $i }' | xxd -r -p; }

# servers LINE…: the console servers that `site` knows, for all tests of a file.
servers() { printf '%s\n' "console_servers:" "$@" >"$LAB/servers"; }

# site NAME SERIAL CONSOLE [CREDENTIAL…]: NAME.yaml with this one switch, of $PLATFORM. CONSOLE is what stands behind `console:`.
site() {
    local name=$1 serial=$2 console=$3
    shift 3
    {
        echo "credentials:"
        echo "  switch: {user: admin, password: {env: SWITCH_PASSWORD}}"
        echo "  expired: {user: expired, password: {env: SWITCH_PASSWORD}}"
        echo "  wrong: {user: admin, password: {env: WRONG_PASSWORD}}"
        echo "  oob: {user: net, password: {env: OOB_PASSWORD}}"
        echo "  wrong-oob: {user: net, password: {env: WRONG_PASSWORD}}"
        echo "  noc: {user: noc, password: {env: OOB_PASSWORD}}"
        echo "  ops: {user: ops, password: {env: OOB_PASSWORD}}"
        [ ! -e "$LAB/id" ] || echo "  key: {user: net, key: $LAB/id}"
        echo "roles: {tor: {power_supplies: 2}}"
        [ ! -e "$LAB/servers" ] || cat "$LAB/servers"
        echo "switches:"
        echo "  $name: {platform: ${PLATFORM:-lab_linux}, role: tor, rack: lab, serial: $serial, console: $console," \
            "credentials: [$(IFS=,; echo "${*:-switch}")]}"
    } >"$LAB/$name.yaml"
}

# torstarter_run NAME [OPTION…]: job type lab. Its words are printed, which bats shows when the test fails.
torstarter_run() {
    run "$TORSTARTER" run lab --path "$root/tests/lab" --site "$LAB/$1.yaml" "$@"
    echo "$output"
}

sql() { sqlite3 -batch "$XDG_STATE_HOME/torstarter/torstarter.db" "$@"; }
# The last job of a switch: its code, or its state where it has none.
verdict() { sql "SELECT COALESCE(failure_code, state) FROM job JOIN switch_job ON job = id WHERE switch = '$1' ORDER BY job DESC LIMIT 1"; }
text_of() { sql "SELECT COALESCE(failure_text, '') FROM switch_job WHERE switch = '$1' ORDER BY job DESC LIMIT 1"; }

# passes NAME SERIAL CONSOLE [CREDENTIAL…]: the job passes: reached, logged in, and it is this switch.
passes() {
    site "$@"
    torstarter_run "$1"
    [ "$status" = 0 ] && [ "$(verdict "$1")" = PASSED ] || explain "$1"
}

# fails CODE NAME SERIAL CONSOLE [CREDENTIAL…]
fails() {
    local code=$1
    shift
    site "$@"
    torstarter_run "$1"
    [ "$status" = 1 ] && [ "$(verdict "$1")" = "$code" ] || explain "$1"
}

explain() {
    echo "$1: $(verdict "$1"): $(text_of "$1")"
    "$TORSTARTER" log "$(sql "SELECT MAX(job) FROM switch_job WHERE switch = '$1'")" 2>&1 | tail -40
    "$TORSTARTER" why "$(sql "SELECT MAX(job) FROM switch_job WHERE switch = '$1'")" 2>&1 | tail -30
    return 1
}
