#!/usr/bin/env bats
# A real U-Boot and a real GRUB. One stray key in a boot loader is an outage: connected before power-on, torstarter types nothing
# from the first byte they send. The cable counts.
# needs: qemu-system-x86_64 /usr/lib/u-boot/qemu-x86/u-boot.rom grub-mkrescue /usr/lib/grub/i386-pc/moddep.lst xorriso mformat socat fuser ip sqlite3 openssl
load lab
load qemu

setup_file() {
    lab_begin
    cable uboot
    cable rescue
    # Without a menu GRUB ends at its own prompt.
    grub_image rescue ''
}

setup() { cd "$LAB"; }

@test "U-Boot, connected before power-on: the countdown runs out, nothing is typed, BOOT_LOADER at its prompt" {
    site uboot LAB0001 "$(serial uboot)"
    job uboot
    mark uboot
    machine uboot -M pc -bios /usr/lib/u-boot/qemu-x86/u-boot.rom
    finish uboot
    heard uboot | grep -q 'Hit any key to stop autoboot'
    [ "$(verdict uboot)" = BOOT_LOADER ] || explain uboot
    nothing_typed_while_booting uboot
}

@test "U-Boot's prompt, met by a second job: BOOT_LOADER, and at most one carriage return before it was known" {
    mark uboot
    fails BOOT_LOADER uboot LAB0001 "$(serial uboot)"
    [[ $(typed uboot) =~ ^(0d)?$ ]]
}

@test "GRUB without a menu ends at grub>: BOOT_LOADER, nothing is typed" {
    site rescue LAB0003 "$(serial rescue)"
    job rescue
    mark rescue
    machine rescue -M pc,graphics=off -cdrom rescue.iso -boot d
    finish rescue
    heard rescue | grep -q 'grub>'
    [ "$(verdict rescue)" = BOOT_LOADER ] || explain rescue
    nothing_typed_while_booting rescue
}
