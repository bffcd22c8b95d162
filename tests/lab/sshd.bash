# OpenSSH on 127.0.0.1:13000 (and 13001, 13002: one TCP port a line), dropbear on 13100; both lead to tests/lab/attach.sh.
sshd_start() {
    ssh-keygen -q -t ed25519 -N '' -f "$LAB/hostkey"
    ssh-keygen -q -t ed25519 -N '' -f "$LAB/id"
    cp "$LAB/id.pub" "$LAB/home/.ssh/authorized_keys"
    mkdir -p "$LAB/nss" "$LAB/lines"
    cp "$LAB_TOOLS/libnss_portname.so.2" "$LAB/nss/"
    sed -i -e 's/^passwd:.*/passwd: files portname/' -e 's/^shadow:.*/shadow: files portname/' /etc/nsswitch.conf
    install -m 755 "$root/tests/lab/attach.sh" "$LAB/attach.sh"
    local console
    for console in "$LAB"/*.console; do
        ln -sf "$(readlink "$console")" "$LAB/lines/$(basename "$console" .console)"
    done
    cat >"$LAB/sshd_config" <<C
ListenAddress 127.0.0.1:13000
ListenAddress 127.0.0.1:13001
ListenAddress 127.0.0.1:13002
HostKey $LAB/hostkey
PidFile $LAB/sshd.pid
StrictModes no
UsePAM yes
KbdInteractiveAuthentication yes
PrintMotd no
PrintLastLog no
LoginGraceTime 20
MaxStartups 100
Match User noc+*
    ForceCommand exec /usr/bin/console -C $LAB/console.cf -M 127.0.0.1 -p 17820 -l noc "\${USER#*+}"
Match User ops+*
    ForceCommand exec /usr/bin/conman -d 127.0.0.1:17890 "\${USER#*+}"
Match User net,net+*
    ForceCommand $LAB/attach.sh
    SetEnv LAB_LINES=$LAB/lines
C
    background sshd env LD_LIBRARY_PATH="$LAB/nss" "$(command -v sshd)" -D -e -f "$LAB/sshd_config"
    wait_until 10 listens 13000
}

dropbear_start() {
    dropbearkey -t ed25519 -f "$LAB/dropbearkey" >/dev/null 2>&1
    background dropbear env LD_LIBRARY_PATH="$LAB/nss" LAB_LINES="$LAB/lines" dropbear -F -E -p 127.0.0.1:13100 -r "$LAB/dropbearkey" \
        -c "env LAB_LINES=$LAB/lines $LAB/attach.sh"
    wait_until 10 listens 13100
}
