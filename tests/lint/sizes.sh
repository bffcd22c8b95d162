# A function of more than 60 lines, or a file of more than 600, is to be split. Allow-lists: none.
find torstarter tests -name '*.[ch]' | sort | xargs -r awk '
    function finding(where, what) { print where ": " what; found = 1 }
    FNR == 1 { if (last) judge_file(); begun = 0 }
    { last = FILENAME; lines = FNR }
    # Linux braces: a function opens and closes in the first column, and nothing else opens there alone on its line.
    /^\{$/ { begun = FNR }
    /^\}$/ {
        if (begun && FNR - begun - 1 > 60)
            finding(FILENAME ":" begun, "a function of " (FNR - begun - 1) " lines: split it (60 at most)")
        begun = 0
    }
    function judge_file() { if (lines > 600) finding(last ":1", "a file of " lines " lines: split it (600 at most)") }
    END { if (last) judge_file(); exit found }'
