#!/usr/bin/env bash
# A guest that runs, read through the adapter in software over UDP while the adapter, the wire and the guest itself misbehave: the
# walker's table is the guest's own each time, or says what is missing, and ends in time. No read may touch what is no RAM.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
. tests/adapter/serve.sh
name=live
dir=build/guests/$name
target=build/targets/$name
work=build/live
scratch_columns=addr,pid,ppid,state,comm

finish() {
	adapter_stop || true
	stop_guests
}
trap finish EXIT
adapter_init $work
guests+=("$name")
scripts/guest stop "$name" >/dev/null 2>&1 || true
scripts/guest boot "$name" --cpu max --crowd 200
make -s TARGET=$name MEM="file:$dir/ram"
uri="$adapter_uri&ram_map=$target/ram_map"
walker=("$target/walker" --boot "$target/boot" --mem "$uri")
lossy=("$target/walker" --boot "$target/boot" --mem "$uri&retries=10")

# walk SECONDS FILE COMMAND...: the command ends in time; its status is in $status.
walk() {
	local limit=$1 file=$2 began=${EPOCHREALTIME/./}
	status=0
	timeout $((2 * limit + 30)) "${@:3}" >"$file" 2>"$file.said" || status=$?
	took=$((${EPOCHREALTIME/./} - began))
	[ $took -le $((limit * 1000000)) ] || fail "${*:3}: took $took us, may take $limit s"
}

stopped() { # WHAT
	adapter_stop || fail "$1: a read was wrong: $(cat "$adapter_dir/log" "$adapter_dir/stats")"
	[ "$(adapter_count mmio_touched)" = 0 ] || fail "$1: reads outside the RAM map"
}

# fault NAME COUNTER OPTION...: the adapter does that, and counts it under that name; every answer is right and complete.
fault() {
	local what=$1 counter=$2
	adapter_start "$dir/ram" --ram-map $target/ram_map --delay-us 12 "${@:3}"
	scripts/guest truth "$name" >"$work/before"
	walk 30 "$work/ps" "${lossy[@]}" ps --json --strict
	[ $status -eq 0 ] || fail "$what: status $status: $(cat "$work/ps.said")"
	scripts/guest truth "$name" >"$work/after"
	scripts/guest-compare "$work/ps" "$work/before" "$work/after" >"$work/compared" || fail "$what: $(cat "$work/compared")"
	stopped "$what"
	[ "$counter" = - ] || [ "$(adapter_count "$counter")" -gt 0 ] || fail "$what: the adapter counts no $counter"
	echo "ok: $what: $(tail -n 1 "$work/compared"), $((took / 1000)) ms, $(adapter_count reads) reads," \
		"$counter=$([ "$counter" = - ] || adapter_count "$counter")"
}

outside=$(sed -n 's/.*-\(0x[0-9a-f]*\)$/\1/p' $target/ram_map | tail -n 1)
fault 'no fault' -
fault 'loss 1 %' lost_requests --loss 0.01
fault 'loss 10 %' lost_requests --loss 0.1
fault duplicates duplicated --duplicate 0.1
fault 'order between tags' reordered --reorder 0.2
fault 'late completions' late --late 0.005,30
fault 'split at 64' - --split 64
fault 'split at 128' - --split 128
fault 'split at 256' - --split 256
fault 'unsupported requests outside RAM' - --ur 0xa0000-0x100000 --ur "$outside-0x100000000"
fault poison poisoned --poison 0.01
fault truncated truncated --truncate 0.01
fault 'wrong tags' wrong_tags --wrong-tag 0.01
fault everything duplicated --loss 0.01 --duplicate 0.05 --reorder 0.1 --late 0.002,30 --truncate 0.005 --wrong-tag 0.005 --seq-gap 0.01 --split 64

# A page of RAM that cannot be read: all others are there, and the answer says that it is incomplete.
adapter_start "$dir/ram" --ram-map $target/ram_map
walk 30 "$work/ps" "${walker[@]}" ps --json -o $scratch_columns
stopped 'addresses'
addr=$(sed -n 's/.*"addr":"\(0x[0-9a-f]*\)".*"comm":"crond-like".*/\1/p' "$work/ps")
all=$(wc -l <"$work/ps")
page=$("$target/walker" vtop "$addr" | sed -n 's/^physical \(0x[0-9a-f]*\)[0-9a-f]\{3\},.*/\1/p')000
adapter_start "$dir/ram" --ram-map $target/ram_map --ur "$page-$(printf '0x%x' $((page + 4096)))"
walk 30 "$work/ps" "${walker[@]}" ps --json -o $scratch_columns --strict
stopped 'a page that cannot be read'
[ $status -eq 3 ] || fail "a page cannot be read, and ps --strict ends with $status"
grep -q 'incomplete: ' "$work/ps.said" || fail "a page cannot be read, and that is not said: $(cat "$work/ps.said")"
[ "$(wc -l <"$work/ps")" -ge $((all - 3)) ] || fail "a page cannot be read, and $(wc -l <"$work/ps") of $all processes are left"
echo "ok: a page that cannot be read: $(wc -l <"$work/ps") of $all processes, $(head -n 1 "$work/ps.said")"

# An adapter that is away from the start, and one that goes and comes back while it is read.
walk 5 "$work/ps" "${walker[@]}" ps
[ $status -eq 4 ] || fail "an adapter that is away: status $status: $(cat "$work/ps.said")"
echo "ok: an adapter that is away: after $((took / 1000)) ms: $(tail -n 1 "$work/ps.said")"
adapter_start "$dir/ram" --ram-map $target/ram_map
timeout 60 "${walker[@]}" top --json -o $scratch_columns --every 0.2 --count 25 >"$work/top" 2>"$work/top.said" &
top=$!
sleep 1.3
stopped 'an adapter that goes'
sleep 1
adapter_start "$dir/ram" --ram-map $target/ram_map
wait $top || fail "top with an adapter that comes back: status $?: $(tail -n 3 "$work/top.said")"
stopped 'an adapter that comes back'
grep '^{"table"' "$work/top" >"$work/tables"
[ "$(wc -l <"$work/tables")" = 25 ] || fail "top shows $(wc -l <"$work/tables") tables of 25"
grep -q '"gaps":[1-9]' "$work/tables" || fail "top has no gap while there is no adapter"
tail -n 1 "$work/tables" | grep -q "\"rows\":[1-9][0-9]*,.*\"gaps\":0}" || fail "top does not recover: $(tail -n 1 "$work/tables")"
slowest=$(sed 's/.*"milliseconds":\([0-9]*\).*/\1/' "$work/tables" | sort -n | tail -n 1)
[ "$slowest" -le 5000 ] || fail "a table took $slowest ms"
echo "ok: an adapter that goes and comes back: 25 tables, $(grep -c '"gaps":[1-9]' "$work/tables") of them incomplete, the slowest after $slowest ms"

# A guest in which processes start and end all the time: every table has all those that stay.
# shellcheck disable=SC2016 # the guest expands it
scripts/guest ask "$name" cmd 'for i in 1 2 3; do setsid sh -c "until [ -e /run/stop ]; do sh -c :; ls / >/dev/null; done" </dev/null >/dev/null 2>&1 & done'
adapter_start "$dir/ram" --ram-map $target/ram_map --delay-us 12
for columns in $scratch_columns pid,ppid,uid,state,threads,start,comm,args; do
	timeout 60 "${walker[@]}" top --json -o $columns --every 0.05 --count 40 >"$work/top" 2>"$work/top.said" || fail "top of a busy guest: status $?"
	incomplete=$(grep -c '^{"table".*"gaps":[1-9]' "$work/top" || true)
	[ "$(grep -c '^{"table"' "$work/top")" = 40 ] && [ "$incomplete" -le 4 ] || fail "$incomplete of 40 tables are incomplete: $(cat "$work/top.said")"
	[ "$(grep -c '"comm":"crond-like"' "$work/top")" = 40 ] || fail "crond-like is not in all of 40 tables"
	[ "$(grep -c '"comm":"member' "$work/top")" = 8000 ] || fail "a member of the crowd is missing"
	echo "ok: a busy guest, $columns: 40 tables, $incomplete incomplete"
done
stopped 'a busy guest'
scripts/guest ask "$name" cmd 'touch /run/stop; sleep 2'

# A panic while it is read. The shell that wrote to sysrq-trigger came after the guest's own table.
adapter_start "$dir/ram" --ram-map $target/ram_map --delay-us 12
timeout 60 "${walker[@]}" top --json -o $scratch_columns --every 0.1 --count 30 >"$work/top" 2>"$work/top.said" &
top=$!
sleep 0.5
scripts/guest truth "$name" >"$work/before"
scripts/guest panic "$name"
wait $top || fail "top of a guest that panics: status $?: $(tail -n 3 "$work/top.said")"
slowest=$(sed -n 's/^{"table".*"milliseconds":\([0-9]*\).*/\1/p' "$work/top" | sort -n | tail -n 1)
[ "$slowest" -le 5000 ] || fail "a table of a guest that panics took $slowest ms"
walk 30 "$work/ps.all" "${walker[@]}" ps --json --strict
[ $status -eq 0 ] || fail "after the panic: status $status: $(cat "$work/ps.all.said")"
grep -v '"state":"R".*"comm":"sh"' "$work/ps.all" >"$work/ps" || true
scripts/guest-compare "$work/ps" "$work/before" "$work/before"
stopped 'a panic'
echo "ok: a guest that panics while it is read: 30 tables, the slowest after $slowest ms"
