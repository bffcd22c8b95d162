#!/bin/bash
# The two promises of the README, on a bare Debian 12 made for it: `make demo` and `make check`, each as the first command.
#   bash tests/bare/run.sh [TARGET…]      as root; default: demo check. Each target gets a fresh system of its own.
# The system has Debian's minimal packages, git and make. Packages come from where this machine's apt gets them.
set -u
cd "$(dirname "$0")/../.." || exit 2
unset MAKEFLAGS MAKELEVEL MFLAGS
[ "$(id -u)" = 0 ] || { echo "make bare makes a system to change root into: run it as root" >&2; exit 2; }
for program in debootstrap unshare chroot git; do
    command -v $program >/dev/null || { echo "$program is missing: apt-get install $program" >&2; exit 2; }
done
[ $# -gt 0 ] || set -- demo check

work=$(mktemp -d) || exit 2
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT TERM
base=$work/base

# Debian's own entries of this machine's sources, as one line each.
sources() {
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
        grep -E ' bookworm(-updates|-security)? main$' | sort -u
}
mirror=$(sources | awk '$3 == "bookworm" { print $2; exit }')
if [ -z "$mirror" ]; then
    echo "this machine's apt knows no mirror of Debian 12: run apt-get update, or add one" >&2
    exit 2
fi
include=git,make
case $mirror in https:*) include=$include,ca-certificates ;; esac

echo "making a bare Debian 12 ($include) …"
if ! debootstrap --variant=minbase --include="$include" bookworm "$base" "$mirror" >"$work/debootstrap.log" 2>&1; then
    tail -20 "$work/debootstrap.log" >&2
    exit 2
fi
sources >"$base/etc/apt/sources.list"
# How apt reaches the mirror from here: proxies, checks, names, certificates.
apt-config dump | grep -E '^Acquire::(http|https|ftp|Check|Retries|Force|By-Hash)' >"$base/etc/apt/apt.conf.d/99here"
cp -L /etc/resolv.conf /etc/hosts "$base/etc/"
case $mirror in
https:*) cp -L /etc/ssl/certs/ca-certificates.crt "$base/etc/ssl/certs/" ;;
esac
# As in Debian's container images: no daemon starts because its package is installed.
printf '#!/bin/sh\nexit 101\n' >"$base/usr/sbin/policy-rc.d"
chmod 755 "$base/usr/sbin/policy-rc.d"
rm -rf "$base/var/lib/apt/lists"/*

here=$PWD
environment=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 CI=true)
for variable in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [ -z "${!variable:-}" ] || environment+=("$variable=${!variable}")
done

# In namespaces of its own: what is mounted or left running in there ends with it.
inside() { # inside ROOT COMMAND…
    # shellcheck disable=SC2016 # expanded by the inner shell
    unshare --mount --pid --fork --kill-child bash -c '
        root=$1
        shift
        mount -t proc proc "$root/proc" && mount -t tmpfs tmpfs "$root/dev/shm" &&
            mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$root/dev/pts" || exit 2
        rm -f "$root/dev/ptmx" && ln -s pts/ptmx "$root/dev/ptmx"
        exec env -i "${@:2:$1}" chroot "$root" "${@:$(($1 + 2))}"' \
        inside "$1" ${#environment[@]} "${environment[@]}" "${@:2}"
}

worst=0
for target; do
    root=$work/$target
    cp -a "$base" "$root"
    git clone -q --no-hardlinks "$here" "$root/src" || exit 2
    echo "--- make $target, at $(git -C "$root/src" rev-parse --short HEAD)"
    begun=$(date +%s)
    inside "$root" make -C /src --no-print-directory "$target" </dev/null 2>&1 | tee "$work/$target.log" | tail -n "${BARE_LINES:-40}"
    status=${PIPESTATUS[0]}
    echo "--- make $target: exit $status, $(($(date +%s) - begun)) s"
    [ "$status" = 0 ] || worst=1
    rm -rf --one-file-system "$root"
done
exit $worst
