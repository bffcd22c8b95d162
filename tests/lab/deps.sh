#!/bin/bash
# The programs nobody here wrote, which tests/lab/ talks to. Installs what is missing as Debian packages, without starting a daemon.
#   bash tests/lab/deps.sh [--list]       --list: print the missing packages, change nothing
set -u
list=no
[ "${1:-}" != --list ] || list=yes
here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin
policy=/usr/sbin/policy-rc.d

missing() { # the packages of which some file or program is not there
    while read -r package things; do
        for thing in $things; do
            case $thing in
            /*) [ -e "$thing" ] ;;
            *) command -v "$thing" >/dev/null ;;
            esac || { echo "$package"; break; }
        done
    done <"$here/packages"
}

# The guests' kernel is only unpacked: an installed one would become the machine's own. Where it cannot be had, those tests are skipped.
# Of its modules, those of a machine with virtio's disks and network cards.
fetch_kernel() {
    local into=$here/../../build/lab/kernel package
    [ ! -e "$into/vmlinuz" ] || [ ! -e "$into/modules/virtio_net.ko" ] || return 0
    [ "$(uname -m)" = x86_64 ] || return 0
    mkdir -p "$into/modules"
    package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | awk '/Depends: linux-image/ { print $2; exit }')
    (cd "$into" && apt-get -qq download "$package" && dpkg-deb --fsys-tarfile "$package"_*.deb |
        tar -x --wildcards --transform 's|.*/vmlinuz-.*|vmlinuz|;s|.*/\([^/]*\.ko\)$|modules/\1|' './boot/vmlinuz-*' \
            './lib/modules/*/drivers/virtio/virtio*.ko' './lib/modules/*/virtio_blk.ko' './lib/modules/*/virtio_net.ko' \
            './lib/modules/*/net_failover.ko' './lib/modules/*/net/core/failover.ko' && rm -f "$package"_*.deb) >"$log" 2>&1 ||
        { cat "$log"; echo "no kernel for the guests: the tests that boot Linux will be skipped"; }
}

wanted=$(missing | sort -u | tr '\n' ' ')
if [ $list = yes ]; then
    [ -z "${wanted// /}" ] || echo "$wanted"
    exit 0
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if [ -z "${wanted// /}" ]; then
    fetch_kernel
    exit 0
fi

command -v apt-get >/dev/null || { echo "this machine has no apt-get: install what these packages hold: $wanted" >&2; exit 2; }
as_root=()
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "as root, run  apt-get install --no-install-recommends $wanted" >&2; exit 2; }
    as_root=(sudo)
fi

# invoke-rc.d asks this program whether a service may be started; what was there before comes back, whatever happens.
deny_services() {
    kept=
    if [ -e $policy ] || [ -L $policy ]; then
        kept=$policy.before-torstarter-lab
        "${as_root[@]}" mv -f $policy $kept || exit 2
    fi
    trap allow_services EXIT
    trap 'exit 130' INT TERM HUP
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null && "${as_root[@]}" chmod 755 $policy || exit 2
}

allow_services() {
    rm -f "$log"
    if [ -n "$kept" ]; then
        "${as_root[@]}" mv -f "$kept" $policy
    else
        "${as_root[@]}" rm -f $policy
    fi
}

apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 </dev/null; }
# shellcheck disable=SC2086 # a list of packages
install() { apt install -y --no-install-recommends $wanted; }

echo "installing for the lab, without starting their daemons: $wanted"
deny_services
install || { apt update && install; } || { cat "$log" >&2; echo "apt-get could not install them: see its words above" >&2; exit 2; }
fetch_kernel
left=$(missing | sort -u | tr '\n' ' ')
[ -z "${left// /}" ] || { echo "apt-get installed them without a complaint, and yet these are not to be found: $left" >&2; exit 2; }
