# conserver and ConMan, each with one line.
conserver_start() { # conserver_start LINE [trusted|allowed]: on 127.0.0.1:17820; allowed asks for a password
    cat >"$LAB/conserver.cf" <<C
config * { primaryport 17820; secondaryport 17821; passwdfile $LAB/conserver.passwd; logfile $LAB/conserver.log;
    daemonmode off; sslrequired no; defaultaccess rejected; }
console $1 { master localhost; rw *; type device; device $(readlink "$LAB/$1.console"); baud 115200; parity none; }
access * { ${2:-trusted} 127.0.0.1; }
C
    echo 'config * { master localhost; port 17820; sslenabled no; sslrequired no; }' >"$LAB/console.cf"
    echo "net:$(openssl passwd -6 -salt labsalt "$OOB_PASSWORD")" >"$LAB/conserver.passwd"
    background conserver conserver -C "$LAB/conserver.cf" -M 127.0.0.1
    wait_until 10 listens 17820
}

conman_start() { # conman_start LINE [PREFIX…]: on 127.0.0.1:17890
    local name=$1
    shift
    cat >"$LAB/conman.conf" <<C
server daemon=off
server loopback=on
server port=17890
server pidfile="$LAB/conmand.lock"
global seropts="115200,8n1"
console name="$name" dev="$(readlink "$LAB/$name.console")"
C
    background conmand "$@" conmand -F -c "$LAB/conman.conf"
    wait_until 10 listens 17890
}
