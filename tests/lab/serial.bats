#!/usr/bin/env bats
# torstarter inside a machine with real UARTs: libserialport opens the second one, whose wire ends in a getty on the third.
# needs: qemu-system-x86_64 /bin/busybox cpio kernel ldd flock ip sqlite3 openssl
load lab
load qemu

setup_file() {
    lab_begin
    local tree=$LAB/tree
    mkdir -p "$tree/etc" "$tree/lab"
    cp -R "$root/tests/lab/platforms" "$root/tests/lab/parsers" "$root/tests/lab/configs" "$tree/lab/"
    PLATFORM=lab_linux site tor1 LAB0001 '{uri: "serial:/dev/ttyS1?baud=115200", baud: 115200}'
    PLATFORM=lab_linux site gone LAB0001 '{uri: "serial:/dev/ttyS9?baud=115200", baud: 115200}'
    cp tor1.yaml gone.yaml "$tree/lab/"
    cat >"$tree/etc/inittab" <<'I'
::sysinit:/etc/rc
ttyS2::respawn:/bin/getty -L 115200 ttyS2 vt100
::once:/lab/jobs
I
    cat >"$tree/lab/jobs" <<J
#!/bin/sh
exec >/dev/ttyS0 2>&1
export SWITCH_PASSWORD='$SWITCH_PASSWORD' WRONG_PASSWORD=x OOB_PASSWORD=x HOME=/tmp NO_COLOR=1
cd /lab
job() { # job TITLE [SWITCH]
    echo "begin \$1"
    /torstarter run lab "\${2:-\$1}" --path /lab --site "/lab/\${2:-\$1}.yaml" --db /tmp/db >/tmp/said 2>&1
    status=\$?
    cat /tmp/said
    echo "end \$1 status \$status"
}
job tor1
job again tor1
/usr/bin/flock /dev/ttyS1 sleep 1000 &
while /usr/bin/flock -n /dev/ttyS1 true; do :; done
job locked tor1
job gone
poweroff -f
J
    chmod 755 "$tree/lab/jobs"
    # The program stands at /torstarter there; its libraries where they are here.
    install -m 755 "$TORSTARTER" "$tree/torstarter"
    LAB_TREE=$tree bash "$root/tests/lab/guest.sh" "$LAB/guest.initrd" LAB0001 "$SWITCH_PASSWORD" "$(realpath "$TORSTARTER")" "$(realpath "$(command -v flock)")"
    background machine qemu-system-x86_64 -nodefaults -display none -m 512 -no-user-config -no-reboot \
        -kernel "$LAB_KERNEL" -initrd "$LAB/guest.initrd" -append 'console=ttyS0,115200 quiet panic=-1' \
        -serial "file:$LAB/console.txt" \
        -chardev "socket,id=near,path=$LAB/wire,server=on,wait=off" -serial chardev:near \
        -chardev "socket,id=far,path=$LAB/wire,server=off" -serial chardev:far
    wait_until 120 not_running "$(cat machine.pid)"
}

setup() {
    cd "$LAB"
    tr -d '\r' <console.txt >said.txt
    cat said.txt machine.log
}

part() { sed -n "/^begin $1\$/,/^end $1 /p" said.txt; }

@test "libserialport, a real UART: logged in through it, identified" {
    part tor1 | grep -q '^end tor1 status 0$'
}

@test "libserialport: the port is free again for the next job" {
    part again | grep -q '^end again status 0$'
}

@test "libserialport: a port that another program locked is CONSOLE_BUSY" {
    part locked | grep -q '^end locked status 1$'
    part locked | grep -q CONSOLE_BUSY
}

@test "libserialport: a port that is not there is OOB_CONNECT_FAIL" {
    part gone | grep -q '^end gone status 1$'
    part gone | grep -q OOB_CONNECT_FAIL
}
