# C without its comments and without what stands inside strings: "file:line:code". Lines keep their numbers.
FNR == 1 { in_comment = 0 }
{
    rest = $0
    code = ""
    while (rest != "") {
        if (in_comment) {
            at = index(rest, "*/")
            if (at == 0)
                break
            rest = substr(rest, at + 2)
            in_comment = 0
        } else if (match(rest, /\/\*|\/\/|"|'/) == 0) {
            code = code rest
            break
        } else {
            token = substr(rest, RSTART, RLENGTH)
            code = code substr(rest, 1, RSTART - 1)
            rest = substr(rest, RSTART + RLENGTH)
            if (token == "//")
                break
            if (token == "/*") {
                in_comment = 1
                code = code " "
                continue
            }
            if (token == "\"" && !match(rest, /^([^"\\]|\\.)*"/))
                break
            if (token == "'" && !match(rest, /^([^'\\]|\\.)*'/))
                break
            # An include keeps its name: the floors read it.
            code = code token (code ~ /^[ \t]*#[ \t]*include/ ? substr(rest, 1, RLENGTH - 1) : "") token
            rest = substr(rest, RLENGTH + 1)
        }
    }
    print FILENAME ":" FNR ":" code
}
