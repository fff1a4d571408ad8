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

# A test can be sent ^C, also where the runner ignores it, as in the background of a script, under nohup, or as a service.
test_of interrupted "trap 'exit 0' INT; kill -INT \$\$; exit 1"
test_of cut 'yes | head -n 1 && [ "$(env --list-signal-handling true 2>&1)" = "" ]'
for jobs in 1 2; do
	run 0 '^2 passed' --jobs $jobs "$scratch/interrupted" "$scratch/interrupted"
	(trap '' INT QUIT HUP PIPE && run 0 '^3 passed' --jobs $jobs "$scratch/interrupted" "$scratch/cut" "$scratch/interrupted")
done

# start SIGNALS JOBS TEST...: a runner whose signals are set by this option of env, in a group of its own as if from a terminal; returns
# when the test "long" runs.
test_of long "trap 'kill \$!; rm $scratch/here; exit 1' TERM; echo \$\$ >$scratch/long.pid; touch $scratch/here; sleep 100 & wait"
start() {
	rm -f "$scratch/long.pid"
	set -m
	env --default-signal "$1" tests/run --log "$scratch/log" --jobs "$2" "${@:3}" >"$scratch/said" 2>&1 &
	runner=$!
	set +m
	for _ in $(seq 100); do
		[ ! -s "$scratch/long.pid" ] || return 0
		sleep 0.1
	done
	fail "no test began: $(cat "$scratch/said")"
}
# ends STATUS: the runner has ended so, and its test with it, which could clean up.
ends() {
	local status=0
	wait $runner || status=$?
	[ $status -eq "$1" ] || fail "the runner ended with $status, expected $1: $(cat "$scratch/said")"
	for _ in $(seq 20); do
		[ -e "/proc/$(cat "$scratch/long.pid")" ] || break
		sleep 0.1
	done
	[ ! -e "/proc/$(cat "$scratch/long.pid")" ] || fail "a test outlives its runner"
	[ ! -e "$scratch/here" ] || fail "a test was not told to end"
}
for jobs in 1 2; do
	start --default-signal $jobs "$scratch/good" "$scratch/long" "$scratch/good"
	kill -TERM $runner
	ends 130
	start --default-signal $jobs "$scratch/long" "$scratch/good"
	kill -INT -- -$runner # ^C
	ends 130
	# where ^C is ignored the tests go on
	start --ignore-signal=INT $jobs "$scratch/long" "$scratch/interrupted"
	kill -INT -- -$runner
	sleep 0.5
	[ -e "/proc/$(cat "$scratch/long.pid")" ] || fail "^C ended a test of a runner that ignores it"
	kill -TERM "$(cat "$scratch/long.pid")"
	ends 1
	grep -q '^1 passed, 1 failed, 0 skipped$' "$scratch/said" || fail "after ^C, ignored: $(cat "$scratch/said")"
done
