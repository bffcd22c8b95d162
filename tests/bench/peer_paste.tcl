#!/usr/bin/expect -f
# A peer of the paste bench: each line after the prompt of the one before, with Debian's Tcl expect.
#   peer_paste.tcl DEVICE FILE        prints "name value" lines
log_user 0
set timeout 60
set prompt {\([^()\r\n]*\)#$}
proc fail {what} {
    puts stderr "peer_paste: no $what"
    exit 1
}
set channel [open [lindex $argv 0] r+]
fconfigure $channel -translation binary -buffering none -encoding binary
spawn -noecho -open $channel
send "\r"
expect -re $prompt {} timeout { fail prompt }
set file [open [lindex $argv 1]]
set begun [clock microseconds]
while {[gets $file line] >= 0} {
    send -- "$line\r"
    expect -ex $line {} timeout { fail "echo of $line" }
    expect -re $prompt {} timeout { fail "prompt after $line" }
}
puts [format "paste_ms %.1f" [expr {([clock microseconds] - $begun) / 1000.0}]]
