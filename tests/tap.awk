# Counts one program's TAP: prints "passed failed skipped [why]". Given -v status=EXIT -v extra=N.
# Fails closed: no plan, two plans, fewer or more results than planned, a bail-out, or an exit status that the results do not
# explain are each a failure. cmocka 1.1.5 writes a skipped test as "not ok … # SKIP".
/^1\.\.[0-9]+/ {
    plans++
    plan = substr($1, 4) + 0
    skip_all = toupper($0) ~ /# *SKIP/
}
/^Bail out!/ { bailed = 1 }
/^ok($|[ \t])/ || /^not ok($|[ \t])/ {
    seen++
    if (toupper($0) ~ /[ \t]# *SKIP/)
        skipped++
    else if ($1 == "ok")
        passed++
    else
        failed++
}
function fault(text, count)
{
    failed += count
    why = why (why == "" ? "" : "; ") text
}
END {
    by_itself = failed + 0
    if (bailed)
        fault("it bailed out", 1)
    if (plans == 0)
        fault("no plan: it did not reach its tests, or its end", 1)
    else if (plans > 1)
        fault(plans " plans", 1)
    else if (seen < plan)
        fault((plan - seen) " planned tests gave no result", plan - seen)
    else if (seen > plan)
        fault((seen - plan) " results more than planned", seen - plan)
    else if (plan == 0 && skip_all)
        skipped++
    else if (plan == 0)
        fault("no tests", 1)
    if (extra > 0)
        fault("see below", extra)
    if (status != 0 && failed == 0)
        fault("all its tests passed, but its exit status is " status, 1)
    if (status == 0 && by_itself > 0)
        fault("tests failed, yet it ended with status 0", 0)
    printf "%d %d %d %s\n", passed, failed, skipped, why
}
