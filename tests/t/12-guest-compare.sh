#!/usr/bin/env bash
# What the guests' tests rest on: the comparison of a walker's table with the guest's own. Differences that only time makes are allowed
# where the guest says that the thread ran, and no others.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
before=$scratch/before after=$scratch/after walker=$scratch/walker

# lines SUFFIX...: three processes; each argument is "STATE SWITCHES" of one.
lines() {
	local pid=0 comm=('init' 'kworker/0:1' 'clockd')
	for word in "$@"; do
		printf '{"pid":%d,"state":"%s","comm":"%s","args":[]%s}\n' $((pid + 1)) "${word%% *}" "${comm[pid]}" \
			"$([ "${word#* }" = - ] || echo ",\"switches\":${word#* }")"
		pid=$((pid + 1))
	done
}
compare() { expect "$1" "$2" scripts/guest-compare "$walker" "${3:-$before}" "${4:-$after}"; }

lines 'S 5' 'I 7' 'S 9' >"$before"
lines 'S 6' 'I 8' 'S 9' >"$after"
lines 'S -' 'I -' 'S -' >"$walker"
compare 0 '^3 processes, all equal'

# It ran, and the guest says so.
lines 'R -' 'I -' 'S -' >"$walker"
compare 0 'process 1 ran between the two times'
lines 'S -' 'R -' 'S -' >"$walker"
compare 0 'process 2 ran between the two times'
lines 'S 5' 'I 7' 'R 9' >"$before.ran"
lines 'S -' 'I -' 'S -' >"$walker"
compare 0 '^3 processes, all equal' "$before.ran"
compare 0 'process 3 ran when the guest was asked' "$before.ran" "$before.ran"

# It did not, or something else differs.
lines 'S -' 'I -' 'R -' >"$walker"
compare 1 '^1 of 3 differ'
lines 'D -' 'I -' 'S -' >"$walker"
compare 1 '^1 of 3 differ'
lines 'Z -' 'I -' 'S -' >"$walker"
compare 1 '^1 of 3 differ'
lines 'R -' 'I -' 'S -' | sed '1s/init/inid/' >"$walker"
compare 1 '^1 of 3 differ'
lines 'S -' 'I -' >"$walker"
compare 1 '^1 of 3 differ'
lines 'S -' 'I -' 'S -' | sed p >"$walker"
compare 1 'more than once'

# The guest was asked once only: a thread that asking wakes may run, a program may not.
lines 'S -' 'R -' 'S -' >"$walker"
compare 0 'process 2 runs, being of those' "$before" "$before"
lines 'R -' 'I -' 'S -' >"$walker"
compare 1 '^1 of 3 differ' "$before" "$before"

# More than four never do.
many() { for i in 1 2 3 4 5; do printf '{"pid":%d,"state":"%s","comm":"x","args":[]%s}\n' $i "$1" "$2"; done; }
many S ',"switches":1' >"$before"
many S ',"switches":2' >"$after"
many R '' >"$walker"
compare 1 '^1 of 5 differ'
: >"$after"
compare 3 'is empty'
