#!/bin/bash
# A switch for the lab: agetty, login and PAM on one end of a serial line, started again as init would. In a process namespace of
# its own: whoever kills it kills the session on the line too, and no second getty reads beside the next one.
#   bash tests/lab/switch.sh LINE HOSTNAME SERIAL [BAUD]      inside tests/lab/enter.sh only: it uses that /etc
set -eu
if [ "${LAB_SWITCH:-}" != inside ]; then
    exec env LAB_SWITCH=inside unshare --mount --uts --pid --fork --kill-child --mount-proc --propagation private -- bash "$0" "$@"
fi
line=$(readlink -f "$1") host=$2 serial=$3 baud=${4:-115200}
# agetty changes owner and mode of whatever it is given: only ever a pty.
case $line in /dev/pts/[0-9]*) ;; *) echo "switch.sh: $1 is no pty" >&2; exit 64 ;; esac
touch /etc/switch
mkdir -p "/run/lab/is"
printf 'Model: lab-%s\nSerial: %s\nVersion: %s\nend\n' "$(uname -m)" "$serial" "$(uname -r)" >"/run/lab/is/$host"
mount --bind "/run/lab/is/$host" /etc/switch
printf 'ToR switch %s \\n \\l\n\n' "$host" >"/etc/issue.$host"
hostname "$host"
while :; do
    agetty -L --issue-file "/etc/issue.$host" "${line#/dev/}" "$baud" vt220 </dev/null >/dev/null 2>&1 || true
done
