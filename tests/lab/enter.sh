#!/bin/bash
# Runs one file of the lab in namespaces of its own: mounts, network, processes. TAP on stdout.
#   bash tests/lab/enter.sh FILE.bats [BATS OPTION…]     or  bash tests/lab/enter.sh --shell SCRIPT
# Daemons may use fixed ports on a loopback that is theirs alone; accounts, /run and /dev/pts are private; the end of this ends
# them all. A file says what it needs in a line "# needs: PROGRAM…"; where that is missing its tests are skipped by name.
set -u
here=$(cd "$(dirname "$0")" && pwd)
export PATH=$PATH:/usr/sbin:/sbin LAB_ROOT=$here/../..

skip_all() { # skip_all REASON: each test by its name
    awk -v reason="$1" '
        /^@test / { name[++n] = $0; sub(/^@test ["'\'']/, "", name[n]); sub(/["'\''] *\{ *$/, "", name[n]) }
        END { print "1.." n; for (i = 1; i <= n; i++) print "ok " i " " name[i] " # SKIP " reason }' "$file"
    exit 0
}

lacking() { # the packages of those needed things that are not there
    local thing
    sed -n 's/^# needs: //p' "$file" | tr ' ' '\n' | while read -r thing; do
        case $thing in
        '') ;;
        kernel) [ -e "$LAB_ROOT/build/lab/kernel/vmlinuz" ] || echo "a kernel for the guest" ;;
        modules) [ -e "$LAB_ROOT/build/lab/kernel/modules/virtio_net.ko" ] || echo "the modules of the guest's kernel" ;;
        /*) [ -e "$thing" ] || package_of "$thing" ;;
        *) command -v "$thing" >/dev/null || package_of "$thing" ;;
        esac
    done | sort -u | paste -sd ' '
}
package_of() { # by the list, else the thing itself
    awk -v thing="$1" '{ for (i = 2; i <= NF; i++) if ($i == thing) { print $1; found = 1; exit } } END { if (!found) print thing }' \
        "$here/packages"
}

namespaces=(unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private --)

enter() { # enter COMMAND…: as root in new namespaces
    if [ "$(id -u)" = 0 ]; then
        exec "${namespaces[@]}" "$@"
    fi
    LAB_OWNER=$(id -u):$(id -g) exec sudo -n --preserve-env "PATH=$PATH" "${namespaces[@]}" "$@"
}

# The second half runs inside. Without a second address getaddrinfo(AI_ADDRCONFIG) refuses even 127.0.0.1: ser2net would not start.
furnish() {
    ip link set lo up
    [ -n "${LAB_BARE_LOOPBACK:-}" ] || ip addr add 10.255.255.254/32 dev lo
    mount -t tmpfs -o mode=755 tmpfs /run
    mkdir -p /run/sshd /run/lock /run/lab/etc
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts /dev/pts
    [ -L /dev/ptmx ] || mount --bind /dev/pts/ptmx /dev/ptmx
    cp -a /etc/. /run/lab/etc/
    mount --bind /run/lab/etc /etc
    mount -t tmpfs tmpfs /var/log
    touch /var/log/lastlog /var/log/wtmp /var/log/btmp /run/utmp
}

case $1 in
--inside)
    shift
    furnish || exit 1
    status=0
    "$@" || status=$?
    [ -z "${LAB_OWNER:-}" ] || chown -R "$LAB_OWNER" "${TMPDIR:-/nonexistent}" 2>/dev/null
    exit $status
    ;;
--shell)
    enter bash "$here/enter.sh" --inside bash "$2"
    ;;
*)
    file=$1
    if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
        skip_all "the lab wants root, or sudo without a password"
    fi
    "${namespaces[@]:0:1}" --version >/dev/null 2>&1 || skip_all "missing package: util-linux"
    lacking=$(lacking)
    [ -z "$lacking" ] || skip_all "missing package: $lacking (make lab-deps)"
    if [ "$(id -u)" = 0 ] && ! "${namespaces[@]}" true 2>/dev/null; then
        skip_all "no namespaces here (unshare fails, perhaps in a container without privileges)"
    fi
    enter bash "$here/enter.sh" --inside bats --tap --timing "$@"
    ;;
esac
