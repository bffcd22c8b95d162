#!/usr/bin/env bats
# Serial-over-LAN: a program is the console. ipmitool against OpenIPMI's BMC simulator, whose serial line ends in a real login.
# needs: agetty login ipmi_sim ipmitool socat openssl ip sqlite3
load lab

setup_file() {
    lab_begin
    line tor1 LAB0001
    background sol-line socat TCP-LISTEN:16232,bind=127.0.0.1,reuseaddr,fork "OPEN:$(readlink "$LAB/tor1.console"),raw,echo=0,noctty"
    wait_until 10 listens 16232
    mkdir -p "$LAB/bmc"
    cat >"$LAB/lan.conf" <<C
name "tor1-bmc"
set_working_mc 0x20
startlan 1
  addr 127.0.0.1 16230
  priv_limit admin
  allowed_auths_admin none md2 md5 straight
  guid a123456789abcdefa123456789abcdef
endlan
sol "tcp:127.0.0.1:16232" 115200 history=4000
user 1 true "" "" user 10 none md2 md5 straight
user 2 true "net" "$OOB_PASSWORD" admin 10 none md2 md5 straight
C
    printf '%s\n' 'mc_setbmc 0x20' 'mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr' 'mc_enable 0x20' >"$LAB/sim.emu"
    background bmc ipmi_sim -c "$LAB/lan.conf" -f "$LAB/sim.emu" -s "$LAB/bmc" -n
    wait_until 20 answers
}

# This simulator has no newer cipher suite than 3.
bmc() { IPMI_PASSWORD=$OOB_PASSWORD ipmitool -I lanplus -H 127.0.0.1 -p 16230 -U net -C 3 -E "$@"; }
answers() { bmc mc info >/dev/null 2>&1; }

# ipmitool that died of a hang-up would leave its session standing in the BMC; it sees the end of its input and closes the session.
console="{kind: ipmitool, uri: 'exec:IPMI_PASSWORD={password} ipmitool -I lanplus -H 127.0.0.1 -p 16230 -U net -C 3 -E sol activate', credential: CREDENTIAL}"

setup() { cd "$LAB"; }

@test "serial-over-LAN through ipmitool: the first carriage return may be lost, the job passes" {
    passes sol LAB0001 "${console/CREDENTIAL/oob}"
}

@test "serial-over-LAN: the session is closed behind us, so that the next one is let in" {
    passes sol LAB0001 "${console/CREDENTIAL/oob}"
}

@test "serial-over-LAN: the password is in no process's arguments" {
    site sol LAB0001 "${console/CREDENTIAL/oob}"
    "$TORSTARTER" run lab sol --path "$root/tests/lab" --site sol.yaml >sol.out 2>&1 3>&- &
    job=$!
    wait_until 20 pgrep -x ipmitool
    run ! grep -l -a "$OOB_PASSWORD" /proc/[0-9]*/cmdline
    wait $job
}

@test "serial-over-LAN that another session has: CONSOLE_BUSY, with ipmitool's own words" {
    background holder env IPMI_PASSWORD="$OOB_PASSWORD" socat PTY,raw,echo=0 "EXEC:ipmitool -I lanplus -H 127.0.0.1 -p 16230 -U net -C 3 -E sol activate,pty"
    wait_until 10 sol_active
    site held LAB0001 "${console/CREDENTIAL/oob}"
    torstarter_run held
    end holder
    bmc sol deactivate || true
    [ "$status" = 1 ]
    [ "$(verdict held)" = CONSOLE_BUSY ] || explain held
    [[ $(text_of held) == *"already active"* ]] || explain held
}

sol_active() { ! bmc sol activate </dev/null 2>&1 | grep -q operational; }

@test "serial-over-LAN with a wrong password: no session, and the words of ipmitool" {
    site refused LAB0001 "${console/CREDENTIAL/wrong-oob}"
    torstarter_run refused
    [ "$status" = 1 ]
    [ "$(verdict refused)" = OOB_CONNECT_FAIL ] || explain refused
    [[ $(text_of refused) == *"Unable to establish IPMI"* ]] || explain refused
}
