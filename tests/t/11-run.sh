#!/usr/bin/env bash
# The runner of the tests: what passes, fails and is skipped is counted, however many run at a time.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
unset CI
test_of() { printf '#!/bin/sh\n%s\n' "$2" >"$scratch/$1" && chmod +x "$scratch/$1"; }
test_of good 'echo fine'
test_of bad 'echo it broke; exit 3'
test_of skipped 'echo no such thing here; exit 77'
test_of slow 'sleep 1'
test_of argument '[ "$1" = x ]'
run() { expect "$1" "$2" tests/run --log "$scratch/log" "${@:3}"; }

for jobs in 1 3; do
	run 0 '^2 passed, 0 failed, 0 skipped$' --jobs $jobs "$scratch/good" "$scratch/argument x"
	run 0 '^1 passed, 0 failed, 1 skipped$' --jobs $jobs "$scratch/good" "$scratch/skipped"
	run 1 '^3 passed, 2 failed, 1 skipped$' --jobs $jobs "$scratch/good" "$scratch/bad" "$scratch/slow" "$scratch/skipped" \
		"$scratch/good" "$scratch/argument y"
	run 1 '^         it broke$' --jobs $jobs "$scratch/bad"
	CI=true run 1 'skipped, which CI does not allow: no such thing here' --jobs $jobs "$scratch/good" "$scratch/skipped"
done
run 1 '^0 passed, 0 failed, 0 skipped$'
run 1 '^0 passed, 1 failed, 0 skipped$' "$scratch/none"

began=$SECONDS
run 0 '^6 passed, 0 failed' --jobs 6 "$scratch"/slow{,,,,,}
[ $((SECONDS - began)) -lt 5 ] || fail "six at a time take $((SECONDS - began)) s"
# what stands behind another --jobs begins when all before it are over
test_of first "sleep 1; touch $scratch/over"
test_of second "[ -e $scratch/over ]"
run 0 '^2 passed' --jobs 2 "$scratch/first" --jobs 1 "$scratch/second"

# A test that runs beside others can be sent ^C, and ends with the runner.
test_of interrupted "trap 'exit 0' INT; kill -INT \$\$; exit 1"
run 0 '^2 passed' --jobs 2 "$scratch/interrupted" "$scratch/interrupted"
test_of long "echo \$\$ >$scratch/long.pid; exec sleep 100"
tests/run --log "$scratch/log" --jobs 2 "$scratch/long" "$scratch/good" >"$scratch/said" 2>&1 &
runner=$!
for _ in $(seq 100); do
	[ ! -s "$scratch/long.pid" ] || break
	sleep 0.1
done
kill -TERM $runner
status=0
wait $runner || status=$?
[ $status -eq 130 ] || fail "the runner ended with $status"
for _ in $(seq 20); do
	[ -e "/proc/$(cat "$scratch/long.pid")" ] || exit 0
	sleep 0.1
done
fail "a test outlives its runner"
