#!/usr/bin/env bats
# A Linux that really boots and really reboots, in qemu: nothing is typed while it does. busybox asks for the cursor at every prompt.
# needs: qemu-system-x86_64 grub-mkrescue /usr/lib/grub/i386-pc/moddep.lst xorriso mformat /bin/busybox cpio kernel socat fuser ip sqlite3 openssl
load lab
load qemu

setup_file() {
    lab_begin
    cable guest
    cable menu
}

setup() { cd "$LAB"; }

@test "connected before power-on: not one byte is typed before the login prompt, then the job passes" {
    site guest LAB0001 "$(serial guest)"
    job guest
    mark guest
    linux guest LAB0001
    finish guest
    [ "$status" = 0 ] && [ "$(verdict guest)" = PASSED ] || explain guest
    heard guest | grep -q 'Linux version'
    nothing_typed_while_booting guest
}

@test "busybox asks where the cursor is at every prompt: no answer is typed, and the query is no text" {
    mark guest
    passes guest LAB0001 "$(serial guest)"
    heard guest | grep -q $'\e\\[6n'
    run ! grep -q 1b <<<"$(typed guest | sed 's/../&\n/g')"
}

@test "power lost in mid-login: nothing is typed while it boots, no credential counts as refused, then the job passes" {
    site guest LAB0001 "$(serial guest)"
    mark guest
    job guest
    wait_until 20 eval 'heard guest | grep -q "Password:"'
    qmp guest system_reset
    mark guest
    finish guest
    heard guest | grep -q 'Linux version'
    [ "$status" = 0 ] && [ "$(verdict guest)" = PASSED ] || explain guest
    nothing_typed_while_booting guest
}

@test "after the reboot: the login is there again, and the job passes" {
    passes guest LAB0001 "$(serial guest)"
}

@test "GRUB's menu, drawn with cursor addresses, its countdown, then Linux: nothing is typed before the login prompt" {
    guest_files LAB0002
    grub_image menu 'menuentry "NOS" { linux /boot/vmlinuz console=ttyS0,115200 panic=1
        initrd /boot/initrd }'
    site menu LAB0002 "$(serial menu)"
    job menu
    mark menu
    machine menu -M pc,graphics=off -cdrom menu.iso -boot d
    finish menu
    heard menu | grep -q 'GNU GRUB'
    heard menu | grep -q 'will be executed automatically'
    [ "$status" = 0 ] && [ "$(verdict menu)" = PASSED ] || explain menu
    nothing_typed_while_booting menu
}
