# ser2net: ports first, then the daemon.
ser2net_port() { # ser2net_port NAME ACCEPTER LINE [OPTION…]
    local file=$LAB/ser2net.yaml
    [ -e "$file" ] || printf '%s\n' "%YAML 1.1" "---" >"$file"
    {
        echo "connection: &$1"
        echo "    accepter: $2"
        # The true name: gensio wants no link.
        echo "    connector: serialdev,$(readlink "$LAB/$3.console"),${BAUD:-115200}n81,local"
        shift 3
        [ $# = 0 ] || { echo "    options:"; printf '        %s\n' "$@"; }
    } >>"$file"
}

ser2net_start() { # ser2net_start PORT: and wait until this port listens
    background ser2net ser2net -n -d -u -c "$LAB/ser2net.yaml"
    wait_until 10 listens "$1"
}
