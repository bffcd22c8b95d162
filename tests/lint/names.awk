# Reads "file:line:code". Public functions begin with a noun of the house: the header's own name, its room, or a struct or enum.
# A header is public when a file of another room includes it.
function finding(what) { print where ": " what; found = 1 }
function ban(pattern, what)
{
    if (match(code, "(^|[^A-Za-z0-9_>.])(" pattern ")[ \t]*\\(")) {
        name = substr(code, RSTART, RLENGTH)
        gsub(/[^A-Za-z0-9_]/, "", name)
        finding(name "(): " what)
    }
}
{
    split($0, part, ":")
    where = part[1] ":" part[2]
    path = part[1]
    code = substr($0, length(where) + 2)
    below_cli = path ~ /^torstarter\// && path !~ /^torstarter\/cli\//
}
code ~ /typedef[ \t]+(struct|enum|union)[^(]*$/ {
    finding("typedef of a struct, enum or union: write struct noun where it is used")
}
path ~ /^torstarter\// {
    ban("strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca", "has no bounds: use base/str.h")
}
{
    if (path !~ /^tests\/(bench|conformance)\//)
        ban("system|popen", "runs a shell: use posix_spawn or fork and exec with an argv")
    ban("rand|srand|random|drand48", "is not reproducible per thread: take a seed, print it, and count on from it")
}
below_cli {
    ban("exit", "only cli/ ends the program: return an error")
    ban("printf|vprintf|puts|putchar|perror", "only cli/ prints: return the words, or log_line()")
    if (path !~ /^torstarter\/base\/(mem|arena)\.c$/) {
        ban("abort", "only running out of memory aborts: return an error")
        if (code ~ /(^|[^A-Za-z0-9_])(stdout|stderr)([^A-Za-z0-9_]|$)/)
            finding("only cli/ prints: return the words, or log_line()")
    }
}
path ~ /^(torstarter|tests)\// && path != "torstarter/base/clock.c" {
    ban("sleep|usleep", "nothing sleeps: wait for the event, or turn the virtual clock")
}
path ~ /^torstarter\// && path != "torstarter/base/clock.c" {
    ban("time|gettimeofday", "time comes from base/clock.h")
}
path ~ /^(torstarter|tests)\// && code ~ /^[ \t]*#[ \t]*include[ \t]*"/ {
    name = code
    gsub(/^[^"]*"|"[^"]*$/, "", name)
    if (room_of(path) != room_of("torstarter/" name) && path !~ /^tests\//)
        public["torstarter/" name] = 1
}
# Headers: nouns first, declarations are judged at the end.
path ~ /^torstarter\/.*\.h$/ {
    rest = code
    while (match(rest, /(struct|enum|union)[ \t]+[a-z_0-9]+/)) {
        noun = substr(rest, RSTART, RLENGTH)
        sub(/^[a-z]+[ \t]+/, "", noun)
        nouns[noun] = 1
        rest = substr(rest, RSTART + RLENGTH)
    }
    if (code ~ /^[a-z][A-Za-z0-9_ \t*]*[ \t*][a-z_0-9]+\(/ && code !~ /^(typedef|static|return|else|case)/) {
        name = code
        sub(/\(.*/, "", name)
        sub(/.*[ \t*]/, "", name)
        if (name !~ /^__/)
            functions[++count] = path ":" part[2] ":" name
    }
}
function room_of(file)
{
    sub(/^torstarter\//, "", file)
    sub(/\/.*/, "", file)
    return file
}
function begins_with(name, noun)
{
    return name == noun || name == noun "s" || index(name, noun "_") == 1 || index(name, noun "s_") == 1
}
function judge_function(entry,    own, room, noun, singular)
{
    split(entry, part, ":")
    where = part[1] ":" part[2]
    if (!(part[1] in public))
        return
    own = part[1]
    room = room_of(part[1])
    sub(/.*\//, "", own)
    sub(/\.h$/, "", own)
    singular = own
    sub(/s$/, "", singular)
    sub(/_.*/, "", own) # yaml_load.h is a part of yaml
    if (begins_with(part[3], own) || begins_with(part[3], singular) || begins_with(part[3], room))
        return
    for (noun in nouns)
        if (begins_with(part[3], noun))
            return
    finding(part[3] "() begins with no noun: name it " own "_verb(), or after a struct it works on")
}
END {
    nouns["vocabulary"] = nouns["cmd"] = nouns["match"] = nouns["options"] = 1
    for (i = 1; i <= count; i++)
        judge_function(functions[i])
    exit found
}
