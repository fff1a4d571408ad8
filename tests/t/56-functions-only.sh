#!/usr/bin/env bash
# A kernel whose symbol table names functions only (CONFIG_KALLSYMS_ALL off): the rest is found by the table of exported symbols and
# by shape, and is what the whole table says. Its memory is made from a guest's, whose data symbols are taken out.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=../lib/live.sh
. tests/lib/live.sh
trap 'adapter_end; rm -rf "$scratch"' EXIT
shared_memory
make -s build build/tests/functions_only build/tests/adapter
recover=build/bin/recover

values() { sed '/^memory=/d; s/  #.*//' "$1"; }
# same WHAT DIR NAME...: found there is what the whole table says, the named ones all, of the others none that it does not say.
same() {
	local what=$1 dir=$2 name
	shift 2
	diff <(values "$scratch/whole/boot") <(values "$dir/boot") || fail "$what: boot differs"
	diff <(grep -v '^#' "$scratch/whole/ram_map") <(grep -v '^#' "$dir/ram_map") || fail "$what: the RAM map differs"
	values "$dir/kernel" | grep -v '^symbol._end=' | comm -13 <(values "$scratch/whole/kernel" | sort) <(sort) >"$scratch/wrong"
	[ ! -s "$scratch/wrong" ] || fail "$what: $(cat "$scratch/wrong")"
	for name in _end linux_banner init_task init_top_pgt page_offset_base vmalloc_base vmemmap_base e820_table vmcoreinfo_data "$@"; do
		grep -qE "^symbol.$name=0x[0-9a-f]+  # " "$dir/kernel" || fail "$what: $name is not found, or does not say how"
	done
	[[ $what == *adapter* ]] || cmp "$scratch/whole/modules.map" "$dir/modules.map"
	echo "ok: $what: $(grep -c '^symbol.*  # ' "$dir/kernel") symbols found without a name of theirs, all where they are"
}

$recover --out "$scratch/whole" "file:$memory"
for exports in '' --no-exports; do
	cp --sparse=always "$memory" "$scratch/memory"
	# shellcheck disable=SC2086
	build/tests/functions_only $exports "$scratch/memory"
	for how in --search --survey; do
		$recover $how --out "$scratch/found" "file:$scratch/memory"
		grep -q 'they name functions only; found otherwise:' "$scratch/found/report.txt" || fail "the report does not say so"
		! grep -q ' init_task$' "$scratch/found/System.map" || fail "System.map has what the table has not"
		if [ "$exports" ]; then
			same "$how without exports" "$scratch/found"
		else
			same "$how" "$scratch/found" init_pid_ns init_user_ns jiffies phys_base pgdir_shift
		fi
		values "$scratch/found/kernel" >"$scratch/kernel.$how"
		rm -r "$scratch/found"
	done
	# Else one kernel would have two walkers.
	cmp "$scratch/kernel.--search" "$scratch/kernel.--survey"
done

# A live machine: nothing is touched but RAM.
size=$(stat -c %s "$memory")
{
	echo 0x0-0xa0000
	grep -v '^#' "$scratch/whole/ram_map" | grep -v '^0x1000-'
} >"$scratch/ram"
adapter_start "$scratch/memory" "$(printf 0x%x "$size")" "$scratch/ram"
$recover --out "$scratch/found" "$adapter_uri"
adapter_stop
same 'over an adapter, without exports' "$scratch/found"
echo "ok: $(adapter_count bytes) bytes were read"

# Nothing tells where the first task is: a clear end, no walker without it.
for at in $(offsets_of "$scratch/memory" swapper/0); do
	patch "$scratch/memory" "$at" sw@pper/0
done
expect 1 'init_task: no symbol: the table names functions only, it is not exported' $recover --out "$scratch/none" "file:$scratch/memory"
[ ! -e "$scratch/none" ] || fail "something was written"
expect 2 usage build/tests/functions_only
expect 4 'No such file' build/tests/functions_only "$scratch/none"
