#!/bin/bash
# The lab to look at by hand: everything on loopback in namespaces of its own, a site file for it, and a shell in there.
#   bash tests/lab/shell.sh       (make lab)
set -u
here=$(cd "$(dirname "$0")" && pwd)
if [ "${LAB_SHELL:-}" != inside ]; then
    missing=$(bash "$here/deps.sh" --list)
    [ -z "$missing" ] || echo "missing, and left out: $missing (make lab-deps)"
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "the lab wants root, or sudo" >&2; exit 2; }
        sudo -v || exit 2
    fi
    LAB_SHELL=inside exec bash "$here/enter.sh" --shell "$here/shell.sh"
fi

# The tests' own helpers, without bats.
bats_require_minimum_version() { :; }
export BATS_TEST_DIRNAME=$here
for part in lab sshd ser2net conserver; do
    # shellcheck source=/dev/null
    . "$here/$part.bash"
done
has() { command -v "$1" >/dev/null; }
lab_begin || exit 2
entries=() kinds=()
offer() { # offer NAME SERIAL CONSOLE WHAT
    entries+=("  $1: {platform: lab_linux, role: tor, rack: lab, serial: $2, console: $3, credentials: [switch]}")
    printf '  %-12s %s\n' "$1" "$4"
}

for number in 1 2 3 4; do
    line tor$number LAB000$number
done
echo "torstarter run lab NAME, where NAME is"
offer by-serial LAB0001 "{uri: \"serial:$LAB/tor1.console?baud=115200\", baud: 115200}" "the line itself"
if has ser2net; then
    ser2net_port raw tcp,127.0.0.1,14001 tor2
    ser2net_port rfc2217 'telnet(rfc2217),tcp,127.0.0.1,14003' tor2
    ser2net_start 14003
    offer by-rfc2217 LAB0002 'rfc2217://127.0.0.1:14003?baud=115200' "ser2net; raw TCP of the same line on 14001"
fi
has conserver && conserver_start tor3
if has sshd; then
    sshd_start
    kinds+=("  ports: {kind: lab_ports, address: 127.0.0.1, credential: key, host_keys: accept-new, known_hosts: $LAB/known}")
    kinds+=("  conserver: {kind: lab_conserver, address: 127.0.0.1, port: 13000, credential: noc, host_keys: accept-new, known_hosts: $LAB/known}")
    ! has conserver || offer by-conserver LAB0003 '{server: conserver, port: tor3}' "OpenSSH, then conserver's console(1)"
    ln -sf "$(readlink "$LAB/tor4.console")" "$LAB/lines/tor2"
    offer by-ssh LAB0004 '{server: ports, port: 2}' "OpenSSH, one TCP port a line"
fi
[ ${#kinds[@]} = 0 ] || servers "${kinds[@]}"
site unused LAB9999 "serial:$LAB/none"
{ sed '/^  unused:/,$d' "$LAB/unused.yaml"; printf '%s\n' "${entries[@]}"; } >"$LAB/site.yaml"
cat >"$LAB/rc" <<RC
PS1='lab \$ '
torstarter() { "$TORSTARTER" "\$@" --path "$here" --site "$LAB/site.yaml"; }
RC
echo "all of this ends with this shell"
bash --rcfile "$LAB/rc" -i
