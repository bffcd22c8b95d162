# What every command-line test starts from: a folder of its own, nothing of the user's, the program in $TORSTARTER.
setup_home() {
    root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    TORSTARTER=${TORSTARTER:-$root/build/torstarter/torstarter}
    home=$BATS_TEST_TMPDIR
    export HOME=$home XDG_STATE_HOME=$home/state XDG_CONFIG_HOME=$home/config XDG_DATA_HOME=$home/data
    cd "$home" || return 1
}
