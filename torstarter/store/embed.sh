#!/bin/sh
# Prints the migrations named as arguments (NNNN_name.sql, in order) as one C array of strings.
set -eu
printf '/* Made by store/embed.sh from store/migrations. */\n'
printf 'static const struct migration {\n    int number;\n    const char *name;\n    const char *sql;\n} migrations[] = {\n'
for file in "$@"; do
    name=$(basename "$file" .sql)
    number=$(printf '%s' "$name" | sed -n 's/^0*\([1-9][0-9]*\)_.*/\1/p')
    if [ -z "$number" ]; then
        printf '%s: a migration is called NNNN_name.sql\n' "$file" >&2
        exit 1
    fi
    printf '    {%s, "%s",\n' "$number" "$name"
    sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/     "&\\n"/' "$file"
    printf '    },\n'
done
printf '};\n'
