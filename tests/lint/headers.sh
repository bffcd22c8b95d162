# The first line of each header says what the thing is, and its guard is ROOM_FILE_H.
find torstarter -name '*.h' | sort | xargs -r awk '
    FNR == 1 && (!/^\/\* / || length($0) < 20) { print FILENAME ":1: no words on what this is: make line 1 a comment that says it"; found = 1 }
    FNR == 1 { guard = toupper(FILENAME); sub(/^TORSTARTER\//, "", guard); gsub(/[^A-Z0-9]/, "_", guard); wanted = 1 }
    wanted && /^#ifndef / {
        if ($2 != guard) { print FILENAME ":" FNR ": guard " $2 ": call it " guard; found = 1 }
        wanted = 0
    }
    END { exit found }'
