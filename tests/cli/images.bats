#!/usr/bin/env bats
# torstarter images: a folder of firmware images over HTTP, nothing else, and only to be read.
load common
bats_require_minimum_version 1.5.0

setup() {
    setup_home
    mkdir -p images/folder
    printf 'the image' >images/EOS.swi
    seq 100000 >images/large.bin
    : >images/empty
    echo secret >images/.hidden
    echo secret >images/folder/file
    echo secret >outside
    ln -s ../outside images/link
    ln -s EOS.swi images/inside
    mkfifo images/pipe
}
teardown() { stop_server; }

# Waits for the last file's checksums: the URL and all others stand before them.
start_server() {
    mkfifo images.out
    "$TORSTARTER" images images "$@" >images.out 2>images.err 3>&- &
    server_pid=$!
    exec 8<images.out
    printed=
    while read -r line <&8; do
        printed+=$line$'\n'
        [[ $printed != *large.bin*sha512:* ]] || break
    done
    cat <&8 >images.log 8<&- 3>&- &
    log_pid=$!
    exec 8<&-
    url=$(sed -nE 's/^images: \{url: "(.*)"\}.*/\1/p' <<<"$printed" | head -1)
    [ -n "$url" ] || { cat images.err; return 1; }
}
stop_server() {
    [ -n "${server_pid:-}" ] || return 0
    kill -INT "$server_pid"
    wait "$server_pid"
    status=$?
    wait "$log_pid"
    server_pid=
    return "$status"
}
status_of() { curl -s -o got -w '%{http_code}' --path-as-is "$@"; }

@test "what it prints is what the site file needs: the URL, and checksums that others compute as well" {
    start_server --listen 127.0.0.1:0
    [[ $url == http://127.0.0.1:*/ ]]
    for kind in md5 sha256 sha512; do
        [[ $printed == *"$kind: $("${kind}sum" images/EOS.swi | cut -d' ' -f1)"* ]]
        [[ $printed == *"$kind: $("${kind}sum" images/large.bin | cut -d' ' -f1)"* ]]
    done
    [[ $printed != *hidden* && $printed != *link* && $printed != *folder* ]]
}

@test "GET gives the file, HEAD its length and nothing else" {
    start_server --listen 127.0.0.1:0
    [ "$(status_of "${url}large.bin")" = 200 ]
    cmp got images/large.bin
    [ "$(status_of "${url}empty")" = 200 ]
    [ ! -s got ]
    curl -sI "${url}large.bin" | tr -d '\r' >head
    grep -qi "^content-length: $(stat -c %s images/large.bin)$" head
    grep -qi '^accept-ranges: bytes$' head
}

@test "ranges: from the middle, from the end, to the end, beyond it" {
    start_server --listen 127.0.0.1:0
    [ "$(status_of -r 100-199 -D head "${url}large.bin")" = 206 ]
    cmp got <(tail -c +101 images/large.bin | head -c 100)
    grep -qi "^content-range: bytes 100-199/$(stat -c %s images/large.bin)" head
    [ "$(status_of -r 500000- "${url}large.bin")" = 206 ]
    cmp got <(tail -c +500001 images/large.bin)
    [ "$(status_of -r -10 "${url}large.bin")" = 206 ]
    cmp got <(tail -c 10 images/large.bin)
    [ "$(status_of -r 5-99999999 "${url}EOS.swi")" = 206 ]
    [ "$(cat got)" = mage ]
    [ "$(status_of -r 9- "${url}EOS.swi")" = 416 ]
    [ "$(status_of -r 0-0 "${url}empty")" = 416 ]
    for range in 'bytes=3-1' 'bytes=x-' 'bytes=-' 'lines=1-2' 'bytes=0-1,3-4' 'bytes=99999999999999999999-'; do
        [ "$(status_of -H "Range: $range" "${url}EOS.swi")" = 200 ]
        [ "$(cat got)" = "the image" ]
    done
}

@test "a copy that broke off is gone on with" {
    start_server --listen 127.0.0.1:0
    head -c 1234 images/large.bin >part
    curl -s -C - -o part "${url}large.bin"
    cmp part images/large.bin
}

@test "nothing outside, nothing hidden, no folder, no link, no listing" {
    start_server --listen 127.0.0.1:0
    for path in '' . .. ../outside ../images/EOS.swi %2e%2e/outside %2e%2e%2foutside ..%2foutside folder folder/ folder/file \
        .hidden %2ehidden link inside pipe /EOS.swi //etc/passwd /etc/passwd folder/../EOS.swi none '%00' 'EOS.swi/' 'EOS.swi%2f..'; do
        code=$(status_of "$url$path")
        echo "$path: $code"
        [ "$code" = 404 ]
        run ! grep -q secret got
    done
}

@test "it is only to be read: other methods are refused, and change nothing" {
    start_server --listen 127.0.0.1:0
    for method in PUT POST DELETE PATCH OPTIONS; do
        [ "$(status_of -X "$method" --data-binary @images/large.bin -D head "${url}EOS.swi")" = 405 ]
        grep -qi '^allow: GET, HEAD' head
    done
    [ "$(cat images/EOS.swi)" = "the image" ]
}

@test "a line for each transfer: who, which file, how much, how fast; control bytes are escaped; Ctrl-C ends it" {
    start_server --listen 127.0.0.1:0
    curl -s -o got "${url}large.bin"
    curl -sI -o got "${url}EOS.swi"
    curl -s -o got "${url}no%1b%5bfile" || true
    curl -s --max-filesize 1 -o got "${url}none" || true
    stop_server
    cat images.log
    grep -q "^127.0.0.1  large.bin  $(stat -c %s images/large.bin) bytes in .* MB/s$" images.log
    grep -q '^127.0.0.1  EOS.swi  asked for its size$' images.log
    grep -q '^127.0.0.1  none  refused: 404$' images.log
    run ! grep -q $'\e' images.log
}

@test "a folder that is not there, an address that is none, a port that is taken" {
    run -2 "$TORSTARTER" images nowhere --listen 127.0.0.1:0
    [[ $output == *"nowhere cannot be served"* ]]
    for listen in 127.0.0.1 127.0.0.1: somewhere:80 127.0.0.1:http 127.0.0.1:70000; do
        run -64 "$TORSTARTER" images images --listen "$listen"
        [[ $output == *"--listen"* ]]
    done
    start_server --listen 127.0.0.1:0
    port=${url##*:}
    run -2 "$TORSTARTER" images images --listen "127.0.0.1:${port%/}"
    [[ $output == *"cannot listen"* ]]
}
