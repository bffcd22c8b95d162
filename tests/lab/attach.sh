#!/bin/sh
# What a console server's login leads to: the line that the user name, the command or the TCP port names, else a menu.
lines=$LAB_LINES name=
case $USER in *[:+]*) name=${USER#*[:+]} ;; esac
[ -n "$name" ] || name=${SSH_ORIGINAL_COMMAND##* }
case ${name:+named}${SSH_CONNECTION##* } in 1300[1-9]) name=tor${SSH_CONNECTION##*1300} ;; esac
while [ -z "$name" ]; do
    printf '\r\n'
    number=0
    for line in "$lines"/*; do
        number=$((number + 1))
        printf '%s: %s\r\n' $number "${line##*/}"
    done
    printf '\r\nConnect to port > '
    read -r chosen || exit 0
    name=$(ls "$lines" | sed -n "${chosen:-x}p" 2>/dev/null)
    [ -n "$name" ] || printf 'No such port\r\n'
done
line=$(readlink -f "$lines/$name") && [ -c "$line" ] || { printf 'console: %s: no such port\r\n' "$name"; exit 1; }
exec 9<"$line"
flock -n 9 || { printf 'Port %s is already in use by operator\r\n' "$name"; exit 1; }
# A session leader that opens a terminal acquires it, and hangs the line up at its end: noctty.
if [ -t 0 ]; then
    exec socat -,raw,echo=0,escape=0x1d "OPEN:$line,raw,echo=0,noctty"
fi
exec socat - "OPEN:$line,raw,echo=0,noctty"
