# Every include is allowed by torstarter/FLOORS: rooms, the home files of third-party headers, private headers.
find torstarter -name '*.[ch]' | sort | xargs -r awk -f "$LINT/code.awk" |
    awk -v floors=torstarter/FLOORS -f "$LINT/floors.awk"
