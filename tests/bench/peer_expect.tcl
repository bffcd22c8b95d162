#!/usr/bin/expect -f
# A peer of the bench: the same dialogue with Debian's Tcl expect.
#   peer_expect.tcl idle COUNT | big | paced COUNT        prints "name value" lines; the environment as in run.sh
log_user 0
set timeout 300
match_max -d 10000000
set prompt {\r\n[A-Za-z0-9_-]+[>#]$}

proc now_us {} { return [clock microseconds] }
proc fail {what} {
    puts stderr "peer_expect: no $what"
    exit 1
}
proc await {pattern what} {
    global expect_out
    expect {
        -re $pattern {}
        timeout { fail $what }
        eof { fail $what }
    }
}
proc command {text} {
    global prompt expect_out
    send -- "$text\r"
    expect {
        -ex $text {}
        timeout { fail "echo of $text" }
        eof { fail "echo of $text" }
    }
    await $prompt "prompt after $text"
    return [expr {[string length $text] + [string length $expect_out(buffer)]}]
}

set begun [now_us]
spawn -noecho ssh -p $env(BENCH_PORT) -l $env(BENCH_LOGIN) -o StrictHostKeyChecking=no -o LogLevel=ERROR \
    -o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=no -o EscapeChar=none $env(BENCH_HOST)
await {assword: ?$} "password prompt of the console server"
send -- "$env(BENCH_PASSWORD)\r"
# ssh throws away what is typed while it reads its password, so the CR that wakes the line may have to be repeated.
set awake 0
while {!$awake} {
    send -- "\r"
    for {set begun_waiting [now_us]} {!$awake && [now_us] - $begun_waiting < 50000} {} {
        set timeout 0
        expect {
            -re {login: ?$} { set awake 1 }
            timeout { after 1 }
            eof { fail "login prompt" }
        }
    }
}
set timeout 300
puts [format "ssh_ms %.1f" [expr {([now_us] - $begun) / 1000.0}]]
send -- "$env(BENCH_SWITCH_USER)\r"
await {assword: ?$} "password prompt"
send -- "$env(BENCH_SWITCH_PASSWORD)\r"
await $prompt "prompt"
send -- "enable\r"
await $prompt "prompt after enable"
command "terminal length 0"
command "terminal width 32767"
puts [format "open_ms %.1f" [expr {([now_us] - $begun) / 1000.0}]]

switch [lindex $argv 0] {
    idle {
        set times {}
        for {set i 0} {$i < [lindex $argv 1]} {incr i} {
            set begun [now_us]
            command "show bench small"
            lappend times [expr {[now_us] - $begun}]
        }
        set times [lsort -integer $times]
        puts [format "command_ms %.3f" [expr {[lindex $times [expr {[llength $times] / 2}]] / 1000.0}]]
    }
    big {
        set begun [now_us]
        set got [command "show bench big"]
        puts [format "big_ms %.1f" [expr {([now_us] - $begun) / 1000.0}]]
        puts "big_bytes $got"
    }
    paced {
        set begun [now_us]
        set got 0
        for {set i 0} {$i < [lindex $argv 1]} {incr i} {
            incr got [command "show bench small"]
        }
        puts [format "paced_ms %.1f" [expr {([now_us] - $begun) / 1000.0}]]
        puts "paced_bytes $got"
    }
}
