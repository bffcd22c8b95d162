# Machines whose serial console is a cable's switch end: connected before power-on, every byte typed into them on record.

# machine NAME OPTION…: powered on, its first UART on the cable NAME. NAME.qmp answers.
machine() {
    local name=$1
    shift
    background "$name.machine" qemu-system-x86_64 -nodefaults -display none -m 256 -no-user-config \
        -chardev "serial,id=uart,path=$(readlink "$LAB/$name.switch")" -serial chardev:uart \
        -qmp "unix:$LAB/$name.qmp,server=on,wait=off" "$@"
}

# guest_files SERIAL: SERIAL.initrd, the guest of tests/lab/guest.sh.
guest_files() {
    [ -e "$LAB/$1.initrd" ] || bash "$root/tests/lab/guest.sh" "$LAB/$1.initrd" "$1" "$SWITCH_PASSWORD"
}

linux() { # linux NAME SERIAL
    guest_files "$2"
    machine "$1" -kernel "$LAB_KERNEL" -initrd "$LAB/$2.initrd" -append 'console=ttyS0,115200 panic=1'
}

# grub_image NAME ENTRY: NAME.iso, whose GRUB talks on the first UART and has this menu entry; the newest guest's files are in it.
grub_image() {
    mkdir -p "$LAB/$1.iso.d/boot/grub"
    [ -z "$2" ] || { cp "$LAB_KERNEL" "$LAB/$1.iso.d/boot/"; cp "$(ls -t "$LAB"/*.initrd | head -n 1)" "$LAB/$1.iso.d/boot/initrd"; }
    printf '%s\n' 'serial --unit=0 --speed=115200' 'terminal_input serial' 'terminal_output serial' 'set timeout=2' "$2" \
        >"$LAB/$1.iso.d/boot/grub/grub.cfg"
    grub-mkrescue -d /usr/lib/grub/i386-pc -o "$LAB/$1.iso" "$LAB/$1.iso.d" >"$LAB/$1.grub.log" 2>&1
}

serial() { echo "{uri: \"serial:$LAB/$1.console?baud=115200\", baud: 115200}"; }

# nothing_typed_while_booting NAME: not a byte between the machine's first byte and its login prompt (or ever, where none came).
# Before the first byte the line was silent and unknown: a carriage return may have been tried.
nothing_typed_while_booting() {
    wire "$1" | awk '
        $2 == "switch>" { begun = 1; for (i = 3; i <= NF; i++) last = substr(last $i, length(last) - 60) }
        last ~ /6c6f67696e3a(20)?$/ { exit }
        $2 == "console>" && begun { print "typed: " $0 ", when its last bytes were " last; bad = 1 }
        END { exit bad }'
}

# qmp NAME COMMAND: one command to the machine's monitor.
qmp() {
    printf '%s\n' '{"execute":"qmp_capabilities"}' "{\"execute\":\"$2\"}" |
        socat -t 2 - "UNIX-CONNECT:$LAB/$1.qmp" >/dev/null
}

# job NAME: the lab's job in the background, its verdict for `finish`.
job() {
    "$TORSTARTER" run lab "$1" --path "$root/tests/lab" --site "$LAB/$1.yaml" >"$LAB/$1.out" 2>&1 3>&- &
    job=$!
    wait_until 10 console_open "$1"
}
finish() {
    status=0
    wait "$job" || status=$?
    cat "$LAB/$1.out"
}
# Somebody beside us has the console's pty open.
console_open() { fuser -s "$(readlink "$LAB/$1.console")"; }
