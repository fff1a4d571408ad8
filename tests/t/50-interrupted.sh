#!/usr/bin/env bash
# Stopped in the middle of any stage, and on a full disk, nothing half-made is left, and the next run carries on.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
shared_memory
b=$scratch/build cache=$scratch/cache
mkdir -p "$cache"
cp -r cache/packages "$cache/" # the download itself is not what is tested
run() { FARWALK_CACHE=$cache make --no-print-directory TARGET=stop MEM="file:$memory" B="$b"; }
whole() {
	local file
	while IFS= read -r file; do
		case $file in
		*/probe.o | */offsets.h | */walker) [ -s "$file" ] || fail "$file is empty" ;;
		*.new) [[ $file == *.new && ! -e ${file%.new} ]] || true ;;
		esac
	done < <(find "$b" "$cache" 2>/dev/null)
	[ ! -e "$b/kernels" ] || ! find "$b/kernels" -name 'probe.o' -size 0 | grep -q . || fail "an empty probe.o"
}

# ^C goes to the whole group, as from a terminal.
for seconds in 0.3 2 5 9 14; do
	set -m
	run >"$scratch/log" 2>&1 &
	job=$!
	set +m
	sleep "$seconds"
	kill -INT -- "-$job" 2>/dev/null || true
	status=0
	wait "$job" || status=$?
	stage=$(grep -oE '^  [A-Z]+' "$scratch/log" | tail -n 1 | tr -d ' ' || true)
	echo "stopped after $seconds s in ${stage:-nothing}: status $status"
	whole
	for _ in 1 2 3 4 5 6; do
		pgrep -g "$job" >/dev/null || break
		sleep 0.5
	done
	if pgrep -a -g "$job"; then fail "processes of the stopped run live on"; fi
	[ $status -ne 0 ] || break
done
run
"$b/targets/stop/walker" ps --json >"$scratch/ps"
scripts/guest-compare "$scratch/ps" build/guests/check/truth.before build/guests/check/truth.after

# A full disk.
[ "$(id -u)" -eq 0 ] || { echo "a small disk can only be mounted by root" && exit 77; }
trap 'umount "$scratch"/small.* 2>/dev/null; rm -rf "$scratch"' EXIT
small() { # MEGABYTES: prints the folder
	mkdir "$scratch/small.$1"
	mount -t tmpfs -o "size=$1m" none "$scratch/small.$1"
	echo "$scratch/small.$1"
}
b=$(small 4)/build
expect 2 'No space left' run # what recover found
[ -z "$(find "$b" -name '*.new')" ] || fail "left behind: $(find "$b" -name '*.new')"
b=$(small 12)/build
expect 2 'No space left' run # the probe
[ -z "$(find "$b" -name probe.o -o -name walker)" ] || fail "left behind: $(find "$b" -name probe.o -o -name walker)"
b=$scratch/build2 cache=$(small 25)/cache
mkdir "$cache" && ln -s "$PWD/cache/packages" "$cache/packages"
expect 2 'No space left' run # the source
[ -z "$(find "$cache" -name .complete)" ] || fail "half a source tree counts as complete"
