# Reads "file:line:code" and judges each #include; -v floors=FILE.
BEGIN {
    while ((getline line < floors) > 0) {
        sub(/#.*/, "", line)
        n = split(line, word, /[ \t]+/)
        if (line ~ /^[ \t]*$/)
            continue
        if (word[1] == "header" || word[1] == "private") {
            kind[word[2]] = word[1]
            for (i = 3; i <= n; i++)
                may[word[2], word[i]] = 1
        } else {
            rooms[word[1]] = 1
            for (i = 1; i <= n; i++)
                may[word[1], word[i]] = 1
        }
    }
    split("assert ctype errno fcntl fnmatch glob grp inttypes langinfo limits locale math netdb paths poll pthread pty " \
          "pwd regex sched semaphore setjmp signal spawn stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib " \
          "stdnoreturn string strings termios threads time unistd utmp wchar wctype dirent dlfcn endian getopt libgen malloc", s, " ")
    for (i in s)
        of_libc[s[i] ".h"] = 1
}
function finding(what) { print where ": " what; found = 1 }
function judge_system(name)
{
    if (name in kind) {
        if (!((name, path) in may) && !((name, room) in may))
            finding("<" name "> has its home elsewhere: use the functions of that file (torstarter/FLOORS, header)")
    } else if (!(name in of_libc) && name !~ /^(sys|netinet|arpa|linux|net|bits)\//)
        finding("<" name "> is nobody's: give it one home file with a header line in torstarter/FLOORS")
}
function judge_own(name,    to)
{
    to = name
    if (!sub(/\/.*/, "", to)) {
        if (name !~ /\.inc$/)
            finding("\"" name "\" names no room: write #include \"room/file.h\"")
        return
    }
    if (!(to in rooms))
        finding("there is no room \"" to "\" in torstarter/FLOORS")
    else if (!((room, to) in may))
        finding("room " room " may not include room " to " (torstarter/FLOORS): move the code, or pass what it needs in")
    home = path
    sub(/\.c$/, "", home) # secret.c is where secret_reveal.h is made true
    if (kind[name] == "private" && !((name, path) in may) && !((name, room) in may) && index(name, home "_") != 1 && \
        name != home ".h")
        finding("\"" name "\" is private: only the files in torstarter/FLOORS may include it")
}
{
    split($0, part, ":")
    where = part[1] ":" part[2]
    path = substr(part[1], length("torstarter/") + 1)
    room = path
    sub(/\/.*/, "", room)
    if (!(room in rooms) && !(room in told)) {
        told[room] = 1
        finding("room " room " has no line in torstarter/FLOORS: add one")
    }
    code = substr($0, length(where) + 2)
    if (code !~ /^[ \t]*#[ \t]*include/)
        next
    name = code
    gsub(/^[^"<]*["<]|[">].*$/, "", name)
    if (code ~ /</)
        judge_system(name)
    else
        judge_own(name)
}
END { exit found }
