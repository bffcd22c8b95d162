# The table of phases and failure codes: each code once, of a known phase, with a meaning and a remedy in words.
awk '
    function finding(what) { print FILENAME ":" at ": " what; found = 1 }
    function judge(    name, phase, texts, text, n, i) {
        name = all
        sub(/^[A-Z]+\(/, "", name)
        sub(/,.*/, "", name)
        texts = split(all, text, "\"")
        if (all ~ /^PHASE/) {
            phases[name] = 1
            if (length(text[2]) < 10) finding("phase " name " is not explained: say what happens in it")
            return
        }
        if (name in seen) finding("code " name " is there twice")
        seen[name] = 1
        phase = all
        sub(/^[^,]*,[ \t]*/, "", phase)
        sub(/,.*/, "", phase)
        if (!(phase in phases)) finding("code " name ": phase " phase " is not declared above")
        if (length(text[2]) < 10) finding("code " name ": no meaning: say what was found")
        if (length(text[4]) < 10) finding("code " name ": no remedy: say what a person should do")
        count++
    }
    /^(PHASE|FAILURE)\(/ { at = FNR; all = ""; open = 1 }
    open { all = all $0 " " }
    open && /\)[ \t]*$/ { judge(); open = 0 }
    END { if (!count) { at = 1; finding("no codes found") } exit found }' torstarter/base/failure.def
