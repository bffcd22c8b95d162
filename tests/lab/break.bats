#!/usr/bin/env bats
# A BREAK that arrives: a real kernel behind an emulated UART hears it, and conserver says that it sent one.
# needs: qemu-system-x86_64 /bin/busybox cpio kernel agetty login conserver openssl ip sqlite3 socat
load lab
load qemu
load conserver

setup_file() {
    lab_begin
    line tor1 LAB0001
    conserver_start tor1 allowed
    servers "  conserver: {kind: conserver, address: 127.0.0.1, port: 17820, credential: oob}"
    guest_files LAB0002
    # qemu's telnet console makes a BREAK on the UART out of IAC BRK.
    background guest qemu-system-x86_64 -nodefaults -display none -m 256 -no-user-config -no-reboot \
        -serial telnet:127.0.0.1:17023,server=on,wait=off -kernel "$LAB_KERNEL" -initrd "$LAB/LAB0002.initrd" \
        -append 'console=ttyS0,115200 panic=1 sysrq_always_enabled'
    wait_until 20 listens 17023
}

setup() { cd "$LAB"; }

# at_console NAME: torstarter console in the background, its keyboard is descriptor 8, what it shows is NAME.shown.
at_console() {
    mkfifo "$1.keys"
    "$TORSTARTER" console "$1" --path "$root/tests/lab" --path "$root" --site "$1.yaml" <"$1.keys" >"$1.shown" 2>"$1.err" 3>&- &
    console=$!
    exec 8>"$1.keys"
}
shown() { grep -a -q -- "$2" "$1.shown"; }
leave() {
    printf '\n~.' >&8
    exec 8>&-
    wait $console
}

@test "~b through telnet: the kernel of the machine hears the BREAK and takes the next key for SysRq" {
    site guest LAB0002 'telnet://127.0.0.1:17023?kind=ser2net'
    at_console guest
    wait_until 60 shown guest 'login:'
    printf '\n~b' >&8
    wait_until 10 eval "sql \"SELECT command FROM log_event WHERE kind = 'keys'\" | grep -q '{break}'"
    printf 'h' >&8
    wait_until 10 shown guest 'sysrq: HELP'
    leave
}

@test "~b through conserver's own protocol: it says that the BREAK was sent" {
    site tor1 LAB0001 '{server: conserver, port: tor1}'
    at_console tor1
    printf '\n' >&8
    wait_until 20 shown tor1 'login:'
    printf '\n~b' >&8
    wait_until 10 shown tor1 'halt sent'
    leave
}
