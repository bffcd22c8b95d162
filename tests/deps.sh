#!/bin/sh
# What is missing to build|check|bench|fuzz? Installs only that, as Debian packages. Silent, and no network, when nothing is.
#   sh tests/deps.sh [build|check|bench|fuzz] [--list]       --list: print the missing packages, install nothing
set -u
level=${1:-check}
missing=

want() { # want PACKAGE PROGRAM…: the package, unless all the programs are there
    package=$1
    shift
    for program; do
        command -v "$program" >/dev/null 2>&1 || { missing="$missing $package"; return; }
    done
}

want_library() { # want_library PACKAGE PKG_CONFIG_NAME
    pkg-config --exists "$2" 2>/dev/null || missing="$missing $1"
}

want_file() { # want_file PACKAGE FILE: for what no program or pkg-config file stands for
    [ -e "$2" ] || missing="$missing $1"
}

want_build() {
    want gcc gcc cc
    want_file libc6-dev /usr/include/stdio.h
    want make make
    want pkg-config pkg-config
    want_library libssh-dev libssh
    want_library libserialport-dev libserialport
    want_library libtelnet-dev libtelnet
    want_library libpcre2-dev libpcre2-8
    want_library libyaml-dev yaml-0.1
    want_library libsqlite3-dev sqlite3
    want_library libjansson-dev jansson
    want_library libcurl4-openssl-dev libcurl
    want_library libzstd-dev libzstd
    want_library libmicrohttpd-dev libmicrohttpd
}

want_check() {
    want_build
    want_library libcmocka-dev cmocka
    want perl perl prove
    want bats bats
    want openssh-client ssh ssh-keygen
    want openssh-server /usr/sbin/sshd
    want sqlite3 sqlite3
    want zstd zstd
    want curl curl
    want procps ps pgrep
    want strace strace
    want time /usr/bin/time
    want git git
    want clang clang
    want clang-format clang-format
    want shellcheck shellcheck
}

want_fuzz() {
    want_build
    want clang clang
    clang_lib=$(clang -print-file-name=libclang_rt.fuzzer-x86_64.a 2>/dev/null)
    [ "$(uname -m)" != x86_64 ] || [ -e "$clang_lib" ] || missing="$missing libclang-rt-14-dev"
}

want_bench() { # the peers come from Debian too
    want_check
    want expect expect
    want python3 /usr/bin/python3
    for module in pexpect paramiko netmiko textfsm; do
        want_file "python3-$module" "/usr/lib/python3/dist-packages/$module"
    done
}

case $level in
build | check | fuzz | bench) "want_$level" ;;
*) echo "tests/deps.sh: unknown level '$level': one of build, check, fuzz, bench" >&2; exit 64 ;;
esac

[ -n "$missing" ] || exit 0
if [ "${2:-}" = --list ]; then
    echo "$missing"
    exit 0
fi

refuse() {
    echo "missing Debian packages:$missing" >&2
    echo "$1" >&2
    exit 2
}
command -v apt-get >/dev/null 2>&1 || refuse "this machine has no apt-get: install what these packages hold, then try again"
as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || refuse "we are not root and there is no sudo: as root, run  apt-get install$missing"
    as_root=sudo
fi

echo "installing:$missing"
apt() {
    # shellcheck disable=SC2086 # as_root is one word or none
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 </dev/null
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # a list of packages
install() { apt install -y --no-install-recommends $missing; }

# An index that is there may do; one that is empty or old is fetched, once.
install || { apt update && install; } || {
    cat "$log" >&2
    refuse "apt-get could not install them: see its words above"
}
missing=
"want_$level"
[ -z "$missing" ] || refuse "apt-get installed them without a complaint, and yet they are not to be found"
