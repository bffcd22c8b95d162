#!/bin/bash
# A Linux machine that is a TOR: bash behind agetty and login, sudo, FRR under watchfrr, lldpd, all from this machine's own packages,
# on a disk that keeps what is written to it. Two uplinks, swp49 and swp50.
#   bash tests/lab/tor.sh OUT PASSWORD       as root: OUT.disk, as from the factory, and OUT.initrd, which mounts it
# A second UART, no tty of anybody's, has a root shell behind it: the hand of the test inside the machine.
set -eu
out=$1 password=$2
modules=$(cd "$(dirname "$0")/../../build/lab/kernel/modules" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Not compressed: qemu hands it over at once, and unpacking costs an emulated machine seconds.
initrd() {
    mkdir -p "$work/initrd"/{bin,dev,modules,disk}
    cp /bin/busybox "$work/initrd/bin/"
    cp "$modules"/*.ko "$work/initrd/modules/"
    cat >"$work/initrd/init" <<'I'
#!/bin/busybox sh
PATH=/bin
busybox mount -t devtmpfs dev /dev
for module in virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk failover net_failover virtio_net; do
    busybox insmod /modules/$module.ko 2>/dev/null
done
until busybox mount -t ext4 /dev/vda /disk 2>/dev/null; do busybox usleep 20000; done
busybox mount --move /dev /disk/dev
exec busybox switch_root /disk /sbin/init
I
    chmod 755 "$work/initrd/init"
    ln -s busybox "$work/initrd/bin/sh"
    (cd "$work/initrd" && find . | cpio -o -H newc -R 0:0 --quiet) >"$out.initrd"
}

# put PROGRAM…: and the libraries that it is linked with.
put() {
    local file library
    for file; do
        rm -f "$tree$file"
        install -D "$(readlink -f "$file")" "$tree$file"
        chmod --reference "$file" "$tree$file"
        ldd "$file" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
            [ -e "$tree$library" ] || install -D "$(readlink -f "$library")" "$tree$library"
        done
    done
}

programs() {
    local name
    mkdir -p "$tree"/usr/{bin,sbin,lib,lib64} "$tree"/{dev,proc,sys,run,tmp,root,home/cumulus,var/log,var/lib,var/tmp/frr,mnt}
    chmod 1777 "$tree/tmp"
    for name in bin sbin lib lib64; do ln -s usr/$name "$tree/$name"; done
    ln -s ../run "$tree/var/run"
    cp /bin/busybox "$tree/usr/bin/"
    for name in $(/bin/busybox --list | grep -vx busybox); do ln -s busybox "$tree/usr/bin/$name"; done
    ln -s ../bin/busybox "$tree/usr/sbin/init"
    # What the platform asks, and what FRR's own start script uses, are the programs that a Debian has.
    for name in bash dash cat grep sed cmp date who uptime id stty sleep ls cp mv rm mkdir chmod chown install dirname tr sync pgrep ps bridge \
        ethtool ping login agetty sudo vtysh lldpd lldpcli; do
        put "$(command -v "$name")"
    done
    put /bin/ip /sbin/ethtool
    ln -sf dash "$tree/usr/bin/sh"
    put /usr/lib/frr/{zebra,bgpd,staticd,watchfrr} /usr/libexec/sudo/*.so* /lib/x86_64-linux-gnu/security/pam_{unix,permit,rootok,env}.so
    cp /usr/lib/frr/{frrinit.sh,frrcommon.sh,watchfrr.sh} "$tree/usr/lib/frr/"
    mkdir -p "$tree/usr/share"
    [ ! -d /usr/share/yang ] || cp -r /usr/share/yang "$tree/usr/share/"
}

accounts() {
    local etc=$tree/etc today=$(($(date +%s) / 86400)) hash
    mkdir -p "$etc/pam.d" "$etc/sudoers.d"
    hash=$(openssl passwd -6 -salt labsalt "$password")
    printf '%s\n' root:x:0:0::/root:/bin/bash cumulus:x:1000:1000::/home/cumulus:/bin/bash ops:x:1001:1000::/home/cumulus:/bin/bash \
        frr:x:104:106::/:/bin/false _lldpd:x:105:107::/run/lldpd:/bin/false >"$etc/passwd"
    printf '%s\n' "root:*:$today:0:99999:7:::" "cumulus:$hash:$today:0:99999:7:::" "ops:$hash:$today:0:99999:7:::" >"$etc/shadow"
    printf '%s\n' root:x:0: tty:x:5: adm:x:4: cumulus:x:1000: frr:x:106: _lldpd:x:107: frrvty:x:108:frr utmp:x:43: >"$etc/group"
    chmod 640 "$etc/shadow"
    printf '%s\n' 'passwd: files' 'shadow: files' 'group: files' 'hosts: files' >"$etc/nsswitch.conf"
    printf '%s\n' '127.0.0.1 localhost' '127.0.1.1 tor' >"$etc/hosts"
    printf '%s\n' 'auth required pam_unix.so' 'account required pam_unix.so' 'session required pam_unix.so' |
        tee "$etc/pam.d/login" "$etc/pam.d/sudo" "$etc/pam.d/other" >/dev/null
    printf '%s\n' 'auth sufficient pam_permit.so' 'account sufficient pam_permit.so' >"$etc/pam.d/frr"
    printf '%s\n' 'Defaults secure_path="/usr/sbin:/usr/bin:/sbin:/bin"' 'root ALL = (ALL) ALL' 'cumulus ALL = NOPASSWD: ALL' >"$etc/sudoers"
    chmod 440 "$etc/sudoers"
    printf 'Debian GNU/Linux 12 %s \\l\n\n' '\n' >"$etc/issue"
    cp /etc/os-release "$etc/"
    # shellcheck disable=SC2028 # bash's own prompt
    echo 'PS1="\u@\h:mgmt:\w\$ "' | tee "$tree/home/cumulus/.bash_profile" >"$tree/root/.bash_profile"
    chown -R 1000:1000 "$tree/home/cumulus"
}

system() {
    local etc=$tree/etc
    echo tor >"$etc/hostname"
    mkdir -p "$etc/frr"
    printf '%s\n' 'frr defaults datacenter' 'log syslog informational' 'hostname tor' 'service integrated-vtysh-config' '!' >"$etc/frr/frr.conf"
    : >"$etc/frr/vtysh.conf"
    printf '%s\n' bgpd=yes vtysh_enable=yes 'watchfrr_options="--timeout 600 --restart-timeout 600"' 'frr_profile="datacenter"' 'zebra_options="-A 127.0.0.1 -s 90000000"' \
        'bgpd_options="-A 127.0.0.1"' 'staticd_options="-A 127.0.0.1"' >"$etc/frr/daemons"
    cp -r "$etc/frr" "$etc/frr.factory" # for the hand alone
    chown -R 104:108 "$etc/frr"
    chmod 2775 "$etc/frr"
    chmod 640 "$etc/frr"/*
    cat >"$etc/inittab" <<'I'
::sysinit:/etc/rc
ttyS0::respawn:/sbin/agetty -L 115200 ttyS0 vt100
::respawn:/etc/hand
::ctrlaltdel:/sbin/reboot
::shutdown:/bin/umount -a -r
I
    # A shell without a prompt, a terminal or a login; the end of an answer is told by its reader.
    cat >"$etc/hand" <<'H'
#!/bin/sh
stty -F /dev/ttyS1 raw -echo
exec sh </dev/ttyS1 >/dev/ttyS1 2>&1
H
    cat >"$etc/rc" <<'R'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mkdir -p /dev/pts
mount -t devpts -o mode=620,gid=5 devpts /dev/pts
mount -o remount,rw /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lldpd /run/lock
: >/run/utmp
syslogd -O /var/log/messages # else libc writes what is logged to the console
hostname "$(cat /etc/hostname)"
echo 0 2147483647 >/proc/sys/net/ipv4/ping_group_range # as systemd has it
ip link set lo up
n=49
for port in $(ls /sys/class/net | grep ^eth); do
    ip link set $port name swp$n
    ip link set swp$n mtu 9216 up
    n=$((n + 1))
done
/usr/lib/frr/frrinit.sh start >/run/frr.log 2>&1 </dev/null
printf '%s\n' 'configure lldp tx-interval 1' 'configure lldp portidsubtype ifname' >/run/lldpd.conf
lldpd -S 'the TOR of the lab' -O /run/lldpd.conf </dev/null >/dev/null 2>&1
R
    chmod 755 "$etc/rc" "$etc/hand"
}

initrd
tree=$work/tree
programs
accounts
system
mke2fs -q -t ext4 -O ^has_journal -d "$tree" "$out.disk" 192M
