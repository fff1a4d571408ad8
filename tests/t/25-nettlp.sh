#!/usr/bin/env bash
# Memory through an adapter that loses, doubles, delays and spoils what it sends: every byte is right or not there.
# READS: how many reads in all, over the faults (default 60000; `READS=10000000 tests/t/25-nettlp.sh` is the long run).
. "$(dirname "$0")/lib.sh"
# shellcheck source=../lib/live.sh
. tests/lib/live.sh
bin=build/tests
reads=${READS:-60000}
total=0
trap 'adapter_end; rm -rf "$scratch"' EXIT
image=$scratch/memory
lowmem=0x1000000

value() { sed -n "s/^$2=//p" "$1"; }

# run PERCENT NAME THERE HERE 'ADAPTER OPTIONS' 'URI OPTIONS' STRESS...: reads PERCENT of all reads. Counter THERE of the
# adapter and HERE of the source must not be 0; "-" asks for nothing.
run() {
	local percent=$1 name=$2 there=$3 here=$4 count
	# shellcheck disable=SC2086
	adapter_start "$image" $lowmem "$scratch/ram_map" $5 --seed "$((percent + ${SEED:-1}))"
	count=$((reads * percent / 100))
	nice -n 10 "$bin/stress" --lowmem $lowmem --reads $count --seed "${SEED:-1}" "${@:7}" "$adapter_uri$6" "$image" \
		>"$scratch/out" 2>"$scratch/said" || {
		cat "$scratch/said" "$scratch/out" "$scratch/adapter.log" >&2
		fail "$name: $(tail -n 1 "$scratch/said")"
	}
	adapter_stop
	[ "$(value "$scratch/out" wrong_bytes)" = 0 ] || fail "$name: wrong bytes"
	[ "$there" = - ] || [ "$(adapter_count "$there")" -gt 0 ] || fail "$name: the adapter counts no $there"
	[ "$here" = - ] || [ "$(value "$scratch/out" "$here")" -gt 0 ] || fail "$name: no $here is counted"
	total=$((total + $(value "$scratch/out" reads)))
	echo "ok: $name: $(value "$scratch/out" reads) reads, $(value "$scratch/out" reads_per_second) a second," \
		"0 wrong bytes; $there=$([ "$there" = - ] || adapter_count "$there")" \
		"$here=$([ "$here" = - ] || value "$scratch/out" "$here")" \
		"$(sed -n '/^status ok/d; s/^status //p' "$scratch/out" | tr '\n' ' ')"
}

"$bin/stress" --make "$image" --size 32
printf '0x0-0xa0000\n0x100000-0x1000000\n0x100000000-0x101000000\n' >"$scratch/ram_map"
# Tries enough that a busy machine is not taken for an adapter that is away.
slow='&retries=25'
quick='&timeout_ms=5&retries=100'
many="$quick&tags=64"

run 10 'split at 64' - - '--split 64' "$slow" --largest 512
run 10 'split at 128' - - '--split 128' "$slow" --largest 512
run 10 'split at 256' - - '--split 256' "$slow" --largest 512
run 6 'split at 512, pages' - - '--split 512' "$slow" --pages
run 4 'a page at a time' - - '--mrrs 4096' "$slow&mrrs=4096&inflight=65536"
run 5 'old ports' - - '--ports old --delay-us 20' "$slow&ports=old"
run 5 '256 tags' - - '--delay-us 50' "$slow&tags=256"
run 2 'loss 1 %' lost_completions nettlp_sequence_gaps '--loss 0.01 --split 64' "$many" --largest 512
run 2 'loss 1 %, pages' lost_requests nettlp_timeouts '--loss 0.01' "$quick" --pages
run 1 'loss 10 %' lost_completions nettlp_sequence_gaps '--loss 0.1' "$many" --largest 512
run 10 duplicates duplicated nettlp_duplicate '--duplicate 0.1' "$slow"
run 10 'order between tags' reordered - '--reorder 0.1' "$slow"
run 4 'late, in the rest' late nettlp_late '--late 0.01,7' "$many"
run 4 'late, in the next read' late nettlp_late '--late 0.01,30' "$quick" --largest 512
run 2 'late, pages' late nettlp_late '--late 0.01,60' "$quick" --pages
run 3 poison poisoned nettlp_poisoned '--poison 0.01' "$slow" --expect poisoned
run 3 truncated truncated nettlp_malformed '--truncate 0.01' "$many" --largest 512
run 3 'wrong tags' wrong_tags nettlp_malformed '--wrong-tag 0.01' "$many" --largest 512
run 3 'sequence gaps' sequence_gaps nettlp_sequence_gaps '--seq-gap 0.01' "$slow"
run 3 'ranges that fail' completer_aborts nettlp_completer_aborts \
	'--ur 0x200000-0x300000 --ca 0x100000000-0x100100000' "$slow" --expect 'unsupported request,completer abort'
run 1 everything duplicated nettlp_late \
	'--loss 0.01 --duplicate 0.05 --reorder 0.1 --late 0.01,40 --truncate 0.01 --wrong-tag 0.01 --seq-gap 0.01 --split 64' \
	"$quick" --largest 512
echo "ok: $total reads in all, 0 wrong bytes"
