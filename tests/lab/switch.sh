#!/bin/bash
# A switch for the lab: agetty, login and PAM on one end of a serial line, started again as init would.
#   bash tests/lab/switch.sh LINE HOSTNAME SERIAL [BAUD]      inside tests/lab/enter.sh only: it uses that /etc
set -eu
if [ "${LAB_SWITCH:-}" != inside ]; then
    exec env LAB_SWITCH=inside unshare --mount --uts --propagation private -- bash "$0" "$@"
fi
line=$(readlink -f "$1") host=$2 serial=$3 baud=${4:-115200}
# agetty changes owner and mode of whatever it is given: only ever a pty.
case $line in /dev/pts/[0-9]*) ;; *) echo "switch.sh: $1 is no pty" >&2; exit 64 ;; esac
mkdir -p /etc/switch
mount -t tmpfs tmpfs /etc/switch
echo "Model: lab-$(uname -m)" >/etc/switch/model
echo "Serial: $serial" >/etc/switch/serial
echo "Version: $(uname -r)" >/etc/switch/version
echo end >/etc/switch/end
printf 'ToR switch %s \\n \\l\n\n' "$host" >/etc/issue.$host
hostname "$host"
trap 'exit 0' TERM INT
while :; do
    agetty -L --issue-file "/etc/issue.$host" "${line#/dev/}" "$baud" vt220 </dev/null >/dev/null 2>&1 &
    wait $! || true
done
