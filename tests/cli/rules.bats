#!/usr/bin/env bats
# Rules: checks that are a few lines of YAML. A user's own, in a folder of his own, run in a job type like a plugin.
load rack
bats_require_minimum_version 1.5.0

setup() {
    setup_home
    mkdir -p mine/configs/rules mine/configs/job-types mine/parsers/arista_eos
    cat >mine/configs/rules/uptime.yaml <<'YAML'
about: is the switch awake for long enough?
columns: {minutes: text, users: text}
platforms:
  arista_eos:
    command: show uptime
    template: show_uptime
    columns: {minutes: MINUTES, users: USERS}
    expect: {minutes: '\d+'}
checks:
  - every: {column: minutes, at_least: 5}
    text: '{switch.name} is up for {minutes} minutes only'
    remedy: 'wait, then ask {switch.name} again'
pass: awake
YAML
    cat >mine/parsers/arista_eos/show_uptime.textfsm <<'FSM'
Value MINUTES (\d+)
Value USERS (\d+)

Start
  ^ \d\d:\d\d:\d\d up ${MINUTES} min,\s+${USERS} users?,\s+load average: .*$$ -> Record
  ^\s*$$
  ^. -> Error
FSM
    cat >mine/configs/rules/supplies.yaml <<'YAML'
about: are two power supplies of one kind there?
query: power_supplies
checks:
  - {count: {at_least: '{role.power_supplies}'}, where: {column: state, is: ok}, failure: PSU_FAILURE, text: '{rows} of {role.power_supplies} are ok'}
  - {every: {column: model, matches: 'PWR-.*'}, text: 'power supply {slot} is a {model}'}
YAML
    cat >mine/configs/job-types/mine.yaml <<'YAML'
about: my own rules
plugins: [oob_connect, supplies, uptime, {plugin: clock, optional: true}]
YAML
}
teardown() { stop_sim; }

# healthy_and MINUTES…: a switch per argument that is up for so long.
rack_up_for() {
    many_switches $#
    sed -i '/^  - {name/d' scenario.yaml
    local i=0 minutes
    for minutes; do
        i=$((i + 1))
        printf ' 10:31:24 up %s min,  1 user,  load average: 0.21, 0.14, 0.10\n' "$minutes" >"up$i.txt"
        printf "  - {name: sw-%03d, port: %d, serial: JPE%05d, mac: 001c.7300.%04d, values: {slot: '1'}, answers: {show uptime: up%d.txt}}\n" $i $i $i $i $i >>scenario.yaml
    done
    start_sim scenario.yaml
}

phase() { sql "SELECT state || ' ' || COALESCE(phase_run.failure_code, '-') || ' ' || text FROM phase_run JOIN switch_job USING (job) WHERE switch = '$1' AND plugin = '$2'"; }

@test "a rule of one's own: PASSED, RULE_FAILURE with text and remedy, ERROR where the answer is not read" {
    rack_up_for 90 2 soon
    run -1 "$TORSTARTER" run mine all --path mine --path "$root"
    [ "$(phase sw-001 uptime)" = "PASSED - awake" ]
    [ "$(phase sw-002 uptime)" = "FAILED RULE_FAILURE sw-002 is up for 2 minutes only" ]
    [[ $(phase sw-003 uptime) == "ERROR PARSE_FAILURE "* ]]
    [ "$(sql "SELECT remedy FROM switch_job WHERE switch = 'sw-002'")" = "wait, then ask sw-002 again" ]
    [ "$(sql "SELECT DISTINCT phase FROM phase_run WHERE plugin = 'uptime'")" = RULE_CHECK ]
    [ "$(phase sw-001 supplies)" = "PASSED - are two power supplies of one kind there?" ]
}

@test "an optional rule whose command the switch rejects is SKIPPED, and is not counted as PASSED" {
    rack_up_for 90
    run -0 "$TORSTARTER" run mine all --path mine --path "$root"
    [[ $(phase sw-001 clock) == "SKIPPED "* ]]
    [ "$(sql "SELECT passed || ' of ' || plugins FROM switch_job")" = "3 of 4" ]
    [[ $(sql "SELECT failure_text FROM switch_job") == *"1 skipped: clock ("* ]]
}

@test "why points at the byte, the template and the rule's line; --plan knows the command" {
    rack_up_for 2
    run -0 "$TORSTARTER" run mine all --path mine --path "$root" --plan
    [[ $output == *"show uptime"* && $output == *"show ntp status"* ]]
    run -1 "$TORSTARTER" run mine all --path mine --path "$root"
    run -0 "$TORSTARTER" why 1 RULE_FAILURE
    [[ $output == *RULE_FAILURE* && $output == *"show uptime"* && $output == *show_uptime.textfsm* ]]
    [[ $output == *"rule uptime (mine/configs/rules/uptime.yaml:10) wants that minutes is at least 5"* ]]
    [[ $output == *"do this: wait, then ask sw-001 again"* ]]
}

@test "a platform that the rule has no query for: refused before anything is typed, SKIPPED where the job type says optional" {
    many_switches 1
    start_sim scenario.yaml
    sed -i 's/arista_eos/cisco_nxos/' mine/configs/rules/uptime.yaml
    mv mine/parsers/arista_eos mine/parsers/cisco_nxos
    run -65 "$TORSTARTER" run mine all --path mine --path "$root"
    [[ $output == *"mine/configs/job-types/mine.yaml:2: the rule uptime"*"platform arista_eos has no query for it"* ]]
    [ ! -s typed.jsonl ]
    sed -i 's/uptime,/{plugin: uptime, optional: true},/' mine/configs/job-types/mine.yaml
    run -0 "$TORSTARTER" run mine all --path mine --path "$root"
    [ "$(phase sw-001 uptime)" = "SKIPPED - the rule has no query for platform arista_eos" ]
}

@test "lint: every mistake of a rule at its place, through its job type too; what a platform lacks is a note" {
    ln -s "$root/platforms" mine/platforms
    run -0 --separate-stderr "$TORSTARTER" lint --path mine --path "$root" mine/configs/job-types/mine.yaml mine/configs/rules/uptime.yaml
    [[ $stderr == *"mine.yaml: note: no query rule:uptime on cisco_nxos, which the rule uptime asks; this job type refuses its switches, unless line 2"* ]]
    [[ $stderr == *"note: no query rule:clock on sonic"* && $stderr != *"rule:clock on arista_eos"* ]]
    sed -i 's/command: show uptime/command: reload/; s/show_uptime$/show_uptiem/; s/at_least: 5/at_laest: 5/' mine/configs/rules/uptime.yaml
    run -65 --separate-stderr "$TORSTARTER" lint mine/configs/rules/uptime.yaml
    [[ $stderr == *'mine/configs/rules/uptime.yaml:10:30: the key "at_laest" is not known here; did you mean "at_least"?'* ]]
    sed -i 's/at_laest/at_least/' mine/configs/rules/uptime.yaml
    run -65 --separate-stderr "$TORSTARTER" lint mine/configs/rules/uptime.yaml
    [[ $stderr == *'mine/configs/rules/uptime.yaml:5:14: "reload" begins with none of read_only'* ]]
    [[ $stderr == *'mine/configs/rules/uptime.yaml:6:15: there is no parsers/arista_eos/show_uptiem.textfsm'* ]]
    sed -i 's/arista_eos/arista_eso/' mine/configs/rules/uptime.yaml
    run -65 --separate-stderr "$TORSTARTER" lint mine/configs/rules/uptime.yaml
    [[ $stderr == *'uptime.yaml:4:3: there is no platform arista_eso; did you mean arista_eos'* ]]
}

@test "parse reads a rule's own query" {
    run -0 "$TORSTARTER" parse --path mine --path "$root" --platform arista_eos --query rule:uptime - <<<" 10:31:24 up 90 min,  1 user,  load average: 0.21, 0.14, 0.10"
    [ "$output" = '{"minutes":"90","users":"1"}' ]
    run -0 "$TORSTARTER" plugins clock
    [[ $output == *"does the clock follow an NTP server?"*RULE_CHECK*arista_eos* ]]
}
