#!/usr/bin/env bats
# kill -9 in the midst of changes: the switch is in its old state, its new state or TAINTED; a retry brings it to its end, by a person's word where it must
# with the truth; nothing is done twice that is proven done. KILL_POINTS=100 for more of it.
load rack
bats_require_minimum_version 1.5.0

setup() { setup_home; }
teardown() { stop_sim; }

OLD=4.28.3M NEW=4.30.1F IMAGE=EOS-4.30.1F.swi

# factory_switches N: from the factory, with old firmware; each is to get firmware and a configuration.
factory_switches() {
    many_switches "$1" "speed: 500" "state: {config: factory}" "images: {$IMAGE: {version: $NEW, size: 981MB, content: the image}}"
    sum=$(printf 'the image' | sha512sum | cut -d' ' -f1)
    sed -i "s/credentials: \[switch\]/firmware: {version: $NEW, image: $IMAGE, checksums: {sha512: $sum}}, config: {file: leaf.conf}, credentials: [switch, factory]/" site.yaml
    sed -i 's/^credentials:/&\n  factory: {user: admin, password: ""}/' site.yaml
    printf 'images: {url: "http://127.0.0.1:9/images/"}\n' >>site.yaml
    # shellcheck disable=SC1083 # the template's own braces
    printf 'hostname {{ name }}\nno aaa root\nspanning-tree mode mstp\n{{# uplinks }}\ninterface {{ interface }}\n   no switchport\n   ip address {{ address }}\n{{/ uplinks }}\nip routing\nend\n' >leaf.conf
    mkdir -p configs/job-types
    printf 'about: what changes a switch\nchanges: true\nplugins: [oob_connect, identity, guard, firmware, config, reboot_verify]\n' >configs/job-types/changes.yaml
}

run_changes() { "$TORSTARTER" "$@" --path "$home" --path "$root"; }
last_job() { sql "SELECT MAX(job) FROM switch_job WHERE switch = '$1'"; }
verdict() { sql "SELECT COALESCE(failure_code, state) FROM job JOIN switch_job ON job = id WHERE job = $1"; }
tainted() { sql "SELECT COUNT(*) FROM taint WHERE switch = '$1' AND cleared_at IS NULL"; }
changes() { grep '"changes": *true' typed.jsonl | grep "\"switch\": *\"$1\"" | sed -E 's/.*"text": *"([^"]*)".*/\1/'; }
# Procedures of that switch that were begun, and how each ended.
procedures() { sql "SELECT procedure || ' ' || COALESCE(outcome, 'unknown') FROM permit JOIN switch_job USING (job) WHERE switch = '$1' AND spent_at IS NOT NULL ORDER BY permit.id"; }

# to_its_end SWITCH JOB: goes on with the job. $went is "retried", or "overridden" where a configuration was on its way and nobody can
# know what of it runs: then the retry refuses, and whoever names this switch and says why goes on.
to_its_end() {
    local job code
    run_changes retry "$2" >retry.out 2>&1 || [ $? = 1 ]
    job=$(last_job "$1") code=$(verdict "$(last_job "$1")") went=retried
    [ "$code" != PASSED ] || return 0
    went="overridden, $code"
    [ "$(tainted "$1")" = 1 ] || return 1
    [[ $code == IN_PRODUCTION || $code == GUARD_UNPROVEN ]] || return 1
    [ "$(sql "SELECT procedure FROM taint WHERE switch = '$1'")" = config_load ] || return 1
    run_changes retry "$job" --override "$1=JPE00${1#sw-}" --reason "a test" >override.out 2>&1 || [ $? = 1 ]
    [ "$(verdict "$(last_job "$1")")" = PASSED ] || { cat override.out; return 1; }
}

@test "killed at random moments of a change: old, new or TAINTED; retry ends it, by a person's word where it must; nothing proven is done twice" {
    seed=${TEST_SEED:-$RANDOM} points=${KILL_POINTS:-6}
    echo "TEST_SEED=$seed"
    RANDOM=$seed
    factory_switches $((points + 1))
    start_sim scenario.yaml
    last=$(printf 'sw-%03d' $((points + 1)))
    began=$(date +%s%N)
    run -0 run_changes run changes "$last"
    took=$((($(date +%s%N) - began) / 1000000)) # milliseconds of a run that nobody kills
    for ((i = 1; i <= points; i++)); do
        name=$(printf 'sw-%03d' $i)
        after=$(((RANDOM * 32768 + RANDOM) % took + 30))
        after=$(printf '%d.%03d' $((after / 1000)) $((after % 1000)))
        timeout -s KILL "$after" "$TORSTARTER" run changes "$name" --path "$home" --path "$root" >run.out 2>&1 || true
        job=$(last_job "$name")
        if [ -z "$job" ]; then # killed before there was a job: nothing was typed
            [ -z "$(changes "$name")" ]
            run_changes run changes "$name" >run.out 2>&1
            echo "$name after $after s: no job yet"
            echo "no job yet" >>totals
            continue
        fi
        ended=$(verdict "$job") open=$(procedures "$name" | grep -c unknown || true) when=$(procedures "$name" | tail -1)
        if [ "$ended" != PASSED ]; then
            to_its_end "$name" "$job" || { echo "$name after $after s ($when): $went"; cat retry.out; changes "$name"; procedures "$name"; return 1; }
        else
            went=whole
        fi
        echo "$went" >>totals
        echo "$name after $after s: $ended, $open procedures under way ($when), $went, tainted $(tainted "$name"), $(changes "$name" | grep -c '^copy http') copies, $(changes "$name" | grep -c '^reload') restarts, $(changes "$name" | grep -c '^commit timer') commits"
        [ "$(tainted "$name")" = 0 ] || { cat retry.out; sql "SELECT * FROM taint"; return 1; }
        # What was done and known to be done was not done again.
        for procedure in image_fetch image_activate config_load; do
            [ "$(procedures "$name" | grep -c "^$procedure done$")" -le 1 ] || { procedures "$name"; return 1; }
        done
    done
    echo "$points points: $(sort totals | uniq -c | tr '\n' ';')" | tee "${KILL_TOTALS:-/dev/null}"
    run ! grep '"unsafe": *true' typed.jsonl
    [ "$(sql "PRAGMA integrity_check")" = ok ]
}
