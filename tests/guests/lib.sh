# What the guest tests share. Sourced; the caller's folder is the top of the tree.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=../lib/shared.sh
. tests/lib/shared.sh

fail() {
	echo "$*" >&2
	exit 1
}

# End the guests a test booted, whatever becomes of it.
guests=()
stop_guests() {
	local guest
	for guest in "${guests[@]}"; do
		scripts/guest stop "$guest" >/dev/null 2>&1 || true
		rm -f "build/guests/$guest/memory.raw"
	done
}
trap stop_guests EXIT
trap 'exit 130' INT TERM

# boot_and_capture NAME OPTION...: boots it and takes what it says of itself before and after the capture.
boot_and_capture() {
	local name=$1 dir=build/guests/$1
	shift
	guests+=("$name")
	scripts/guest stop "$name" >/dev/null 2>&1 || true
	scripts/guest boot "$name" "$@"
	capture "$name"
	kernel_truth "$name" >"$dir/kernel.truth"
}

capture() {
	local name=$1 dir=build/guests/$1
	scripts/guest truth "$name" >"$dir/truth.before"
	scripts/guest ask "$name" now >"$dir/now.before"
	rm -f "$dir/memory.raw"
	scripts/guest capture "$name" "$dir/memory.raw"
	scripts/guest truth "$name" >"$dir/truth.after"
	scripts/guest ask "$name" now >"$dir/now.after"
}

# What is asked once the guest has settled: these do not change any more.
truth_programs=(init clockd clockd-pie mappings hugepages threads files sockets sleeper)
capture_truth() {
	local name=$1 dir=build/guests/$1 program pid
	scripts/guest truth "$name" --threads >"$dir/threads.before"
	capture "$name"
	scripts/guest truth "$name" --threads >"$dir/threads.after"
	for program in "${truth_programs[@]}"; do
		pid=$(scripts/guest ask "$name" pid "$program" | sed -n 1p)
		[ -n "$pid" ] || fail "the guest runs no $program"
		scripts/guest ask "$name" maps "$pid" >"$dir/maps.$program"
		echo "$pid" >"$dir/pid.$program"
	done
}

# Where the guest's kernel lies, from its own /proc/kcore and /proc/kallsyms: the program headers of kcore name the
# virtual and the physical address of the kernel's text and of the first RAM.
kernel_truth() {
	local name=$1 header
	header=$(scripts/guest ask "$name" cmd 'dd if=/proc/kcore bs=1 count=4096 2>/dev/null | od -A n -v -t x8' | tr -s ' \n' '  ')
	# shellcheck disable=SC2086 # split into words on purpose
	set -- $header
	local text='' text_pa='' direct=''
	shift 8 # the ELF header
	while [ $# -ge 7 ]; do
		local kind=$1 va=$3 pa=$4
		shift 7
		[ "${kind: -8}" = 00000001 ] || continue
		[ "$pa" != ffffffffffffffff ] || continue
		if [ -z "$text" ] && [ "${va:0:8}" = ffffffff ] && [ $((16#${va:8})) -ge $((16#80000000)) ]; then
			text=$va text_pa=$pa
		elif [ -z "$direct" ] && [ "$pa" = 0000000000001000 ]; then
			direct=$va
		fi
	done
	[ -n "$text" ] && [ -n "$direct" ] || fail "$name: /proc/kcore shows neither text nor RAM"
	printf 'kernel_shift=0x%x\n' $((16#${text:8} - 16#81000000))
	local base=$((16#$text_pa - (16#${text:8} - 16#80000000)))
	if [ $base -lt 0 ]; then printf 'phys_base=-0x%x\n' $((-base)); else printf 'phys_base=0x%x\n' $base; fi
	printf 'page_offset_base=0x%x\n' $((16#$direct - 16#1000))
	# With 5 levels the kernel's half begins at ff00000000000000. A processor's flag does not tell what its kernel uses.
	if [[ $direct == ffff[89a-f]* ]]; then echo levels=4; else echo levels=5; fi
}

# Every line of the guest's truth stands in what recover wrote.
compare_kernel() {
	local name=$1 line
	while IFS= read -r line; do
		grep -q "^$line  #\|^$line\$" "build/targets/$name/boot" ||
			fail "$name: the guest says $line, farwalk says $(grep "^${line%%=*}=" "build/targets/$name/boot" || echo nothing)"
	done <"build/guests/$name/kernel.truth"
	echo "$name: $(tr '\n' ' ' <"build/guests/$name/kernel.truth"): equal"
}

compare_processes() {
	local name=$1 dir=build/guests/$1
	"build/targets/$name/walker" ps --json >"$dir/walker.ps"
	scripts/guest-compare "$dir/walker.ps" "$dir/truth.before" "$dir/truth.after"
}

compare_threads() {
	local name=$1 dir=build/guests/$1
	"build/targets/$name/walker" ps --threads --json >"$dir/walker.threads"
	scripts/guest-compare "$dir/walker.threads" "$dir/threads.before" "$dir/threads.after"
}

compare_maps() {
	local name=$1 dir=build/guests/$1 program
	for program in "${truth_programs[@]}"; do
		"build/targets/$name/walker" maps "$(cat "$dir/pid.$program")" | diff - "$dir/maps.$program" || fail "maps of $program differ"
	done
	echo "${#truth_programs[@]} processes' maps, all equal"
}

# The symbols that recover left in FOLDER, at run-time addresses, against the guest's own words in TRUTH.
compare_symbols() { # FOLDER TRUTH
	local folder=$1 truth=$2 shift
	shift=$(sed -n 's/^kernel_shift=\(0x[0-9a-f]*\).*/\1/p' "$folder/boot")
	[ -n "$shift" ] || fail "$folder: no kernel_shift"
	# The others are offsets in the per-CPU area.
	awk -v shift="$shift" '
		function number(hex,   i, n) { for (i = 1; i <= length(hex); i++) n = n * 16 + index("123456789abcdef", substr(hex, i, 1)); return n }
		BEGIN { shift = number(substr(shift, 3)) }
		/^ffffffff/ { printf "ffffffff%08x%s\n", number(substr($0, 9, 8)) + shift, substr($0, 17); next }
		{ print }' "$folder/System.map" >"$folder/symbols.found"
	grep -v '\[' "$truth" | cmp - "$folder/symbols.found" || fail "$folder: System.map is not the guest's /proc/kallsyms"
	echo "$(wc -l <"$folder/symbols.found") symbols, all equal"
}

# The time variable of both clock programs lies between what the guest read before and after.
compare_time() {
	local name=$1 dir=build/guests/$1 pid value before after
	before=$(sed -n 's/^current_time_ns=//p' "$dir/now.before")
	after=$(sed -n 's/^current_time_ns=//p' "$dir/now.after")
	pid=$(sed -n 's/^pid=//p' "$dir/now.before")
	value=$("build/targets/$name/walker" read "$pid" current_time_ns --u64)
	[ "$value" -ge "$before" ] && [ "$value" -le "$after" ] ||
		fail "$name: current_time_ns is $value in memory, the guest read $before before and $after after"
	echo "$name: current_time_ns $value lies between the guest's own $before and $after"
}
