#!/bin/bash
# A router for the lab: mounts, network, name and processes of its own, FRR's zebra and bgpd and lldpd in them, as their packages
# know them (/run/frr, /etc/frr), so that plain vtysh and lldpcli speak to this router's.
#   bash tests/lab/node.sh NAME FRR_CONF      inside tests/lab/enter.sh only; ends all of it when it ends. /run/lab stays shared.
# $SERIAL: what the firmware of this machine calls itself. Ready when /run/lab/NAME.up is there.
set -eu
if [ "${LAB_NODE:-}" != inside ]; then
    exec env LAB_NODE=inside unshare --mount --net --uts --pid --fork --kill-child --mount-proc --propagation private -- bash "$0" "$@"
fi
name=$1 conf=$2
hostname "$name"
mount --bind /run/lab /mnt
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lab /run/frr /run/lldpd
mount --move /mnt /run/lab
mount -t tmpfs -o mode=755 tmpfs /etc/frr
mount -t tmpfs -o mode=1777 tmpfs /var/tmp # FRR's crash logs
mount -t sysfs sysfs /sys
if [ -n "${SERIAL:-}" ]; then
    mount --bind /sys/class /mnt
    mount -t tmpfs -o mode=755 tmpfs /sys/class
    mkdir -p /sys/class/net /sys/class/dmi/id
    mount --bind /mnt/net /sys/class/net
    umount -l /mnt
    echo "lab-$(uname -m)" >/sys/class/dmi/id/product_name
    echo "$SERIAL" >/sys/class/dmi/id/product_serial
    chmod 400 /sys/class/dmi/id/product_serial # as the kernel has it
fi
cp "$conf" /etc/frr/frr.conf
touch /etc/frr/vtysh.conf
chown -R frr:frrvty /etc/frr
chown frr:frr /run/frr
chmod 2750 /etc/frr
chmod 640 /etc/frr/*.conf
ip link set lo up
# Read by lldpd itself: what lldpcli says after its start may come too late, and then the first neighbour needs 30 seconds.
printf '%s\n' 'configure lldp tx-interval 1' 'configure lldp portidsubtype ifname' >/run/lldpd.conf
for daemon in 'zebra -s 90000000' bgpd; do
    # shellcheck disable=SC2086 # a name and its options
    /usr/lib/frr/$daemon -d -u frr -g frr -F datacenter -A 127.0.0.1 >/dev/null
done
vtysh -b
lldpd -S "$name of the lab" -O /run/lldpd.conf
touch "/run/lab/$name.up"
exec sleep infinity
