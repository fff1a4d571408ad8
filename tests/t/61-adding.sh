#!/usr/bin/env bash
# The command that docs/adding.md builds: its code, taken from the page, becomes a command of a walker, in a copy of the tree, and what
# it says is what maps says.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=../lib/live.sh
. tests/lib/live.sh
trap 'adapter_end; rm -rf "$scratch"' EXIT
shared_memory
mkdir "$scratch/hosts" "$scratch/tree"
echo "MEM := file:$memory" >"$scratch/hosts/check.mk"
run() { make --no-print-directory -s HOSTS="$scratch/hosts" "$@"; }
run TARGET=check
key=$(sed -n 's/^KEY_check := //p' build/targets/check/plan.mk)

# A copy of the sources, and of what was built of them for this kernel; the rest of build/ is the same.
tar -c --exclude=./build --exclude=./cache --exclude=./.git . | tar -x -C "$scratch/tree"
mkdir -p "$scratch/tree/build/kernels" "$scratch/tree/build/targets"
cp -a "build/kernels/$key" "$scratch/tree/build/kernels/"
cp -a build/targets/check "$scratch/tree/build/targets/"
cp -a build/walker "$scratch/tree/build/"
for shared in build/obj build/bin build/guests cache; do
	[ ! -e "$shared" ] || ln -s "$PWD/$shared" "$scratch/tree/$shared"
done

awk '/^## / { here = $0 == "## A walker command" } /^```/ { code = here && $0 == "```c"; next } code' docs/adding.md \
	>"$scratch/tree/walker/cmd/areas.c"
grep -q command_areas "$scratch/tree/walker/cmd/areas.c" || fail "docs/adding.md has no command"
sed -i 's/^\(#define COMMANDS(X)\) \\$/\1 X(areas) \\/' "$scratch/tree/walker/cmd/commands.h"
run -C "$scratch/tree" WERROR=1 TARGET=check
# Without a kernel, as lint and the other compiler see it.
run -C "$scratch/tree" WERROR=1 O="$scratch/obj" "$scratch/obj/obj/walker/cmd/areas.o"
walker=$scratch/tree/build/targets/check/walker
build/targets/check/walker areas 2>/dev/null && fail "the walker of this tree has the command too"

expect 0 'count each process.s memory areas' "$walker" --help
expect 0 '-a, --all  .*own, too' "$walker" areas --help
expect 2 'areas takes no -L' "$walker" areas -L
expect 2 'no column "rss"; there are: pid comm areas size' "$walker" areas -o rss

# What maps says: the same processes, and of each as many areas and KiB but for the page that the kernel adds to every one.
"$walker" areas --json --strict | sed 's/.*"pid":\([0-9]*\),.*"areas":\([0-9]*\),"size":\([0-9]*\)}/\1 \2 \3/' >"$scratch/areas"
for pid in $("$walker" ps -o pid --no-header); do
	{ "$walker" maps "$pid" 2>/dev/null || true; } | awk -v pid="$pid" '
		function value(digits,   i, n) { n = 0; for (i = 1; i <= length(digits); i++) n = n * 16 + index("0123456789abcdef", substr(digits, i, 1)) - 1; return n }
		$NF != "[vsyscall]" { split($1, at, "-"); count++; size += value(at[2]) - value(at[1]) }
		END { if (count) print pid, count, size / 1024 }'
done >"$scratch/maps"
[ -s "$scratch/maps" ] || fail "maps lists no area"
diff "$scratch/maps" "$scratch/areas" || fail "areas counts otherwise than maps"

# The others have no memory, which is no gap: no value in the table, no key in JSON.
[ "$("$walker" areas -a --json --strict | wc -l)" = "$("$walker" ps --no-header | wc -l)" ] || fail "areas -a lists other processes than ps"
"$walker" areas -a --strict | grep -qE '^ *2 kthreadd +- +-$' || fail "kthreadd has areas"
[ "$("$walker" areas -a --json | sed -n 2p)" = '{"pid":2,"comm":"kthreadd"}' ] || fail "kthreadd is not so in JSON"
[ "$("$walker" areas --sort -size -o size --no-header)" = "$("$walker" areas -o size --no-header | sort -rn)" ] || fail "--sort does not sort"

# Over an adapter all the processes together cost a round trip more than their names alone, and the answer is the same.
adapter_start "$memory" "$(printf 0x%x "$(stat -c %s "$memory")")" build/targets/check/ram_map
live=("$walker" --boot build/targets/check/boot --mem "$adapter_uri&ram_map=build/targets/check/ram_map" --stats)
trips() { sed -n 's/^walker: .* reads in \([0-9]*\) dependent round trips$/\1/p' "$1"; }
"${live[@]}" ps -o pid,comm >/dev/null 2>"$scratch/names"
"${live[@]}" areas --json >"$scratch/live" 2>"$scratch/all"
adapter_stop
diff "$scratch/live" <("$walker" areas --json) || fail "areas says something else over an adapter"
[ $(($(trips "$scratch/all") - $(trips "$scratch/names"))) -le 1 ] ||
	fail "areas takes $(trips "$scratch/all") round trips, the names alone $(trips "$scratch/names")"
echo "ok: $(wc -l <"$scratch/areas") processes in $(trips "$scratch/all") round trips, the names alone in $(trips "$scratch/names")"

# One whose memory cannot be read is a gap, and the others are still there.
offset() { sed -n "s/^#define OFF_task_struct_$1 \([0-9]*\).*/\1/p" "build/kernels/$key/offsets.h"; }
task=$("$walker" vtop "$("$walker" ps -o addr --no-header | sed -n 1p)" | sed -n 's/^physical \(0x[0-9a-f]*\),.*/\1/p')
cp --sparse=always "$memory" "$scratch/torn.raw"
patch "$scratch/torn.raw" $((task + $(offset mm))) 'ABCDEFGH'
expect 0 'incomplete: pid 1: mm_struct: ' "$walker" areas --mem "file:$scratch/torn.raw"
grep -qE '^ *1 init +- +-$' "$scratch/said" || fail "the row of the process whose memory cannot be read is not there"
expect 3 'the answer is incomplete' "$walker" areas --strict --mem "file:$scratch/torn.raw"
[ "$("$walker" areas --json --mem "file:$scratch/torn.raw" 2>/dev/null | sed 1d)" = "$("$walker" areas --json | sed 1d)" ] ||
	fail "another process differs for it"
exit 0
