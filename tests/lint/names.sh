# Names and functions that have no place here: see names.awk.
find torstarter tests -name '*.[ch]' | sort | xargs -r awk -f "$LINT/code.awk" | awk -f "$LINT/names.awk"
c=$?
# Tests wait for the event; a poll may nap for less than a second, and a sleep in the background waits for nothing.
find tests -name '*.bats' | sort | xargs -r grep -nE '(^|[;&|({])[[:space:]]*sleep +[1-9][0-9.]*[[:space:]]*($|[;|})])' /dev/null |
    sed -E 's/^([^:]*:[0-9]+):.*/\1: a test sleeps: wait for the event itself/' | grep . && c=1
exit $c
