# An adapter in software before the memory of a machine, for tests. Sourced; the caller has $scratch, a folder of its own.
# shellcheck shell=bash
adapter=
# shellcheck source=loopback.sh
. tests/lib/loopback.sh
# shellcheck disable=SC2034 # the tests use it
adapter_uri="nettlp:$loopback_adapter?local=$loopback_client&requester=1b:00.0"

adapter_start() { # IMAGE LOWMEM RAM-MAP [OPTION...]
	local image=$1 lowmem=$2 map=$3
	shift 3
	rm -f "$scratch/ready"
	nice -n 10 build/tests/adapter --image "$image" --lowmem "$lowmem" --ram-map "$map" --address "$loopback_adapter" \
		--client "$loopback_client" --ready "$scratch/ready" --stats "$scratch/adapter" "$@" 2>"$scratch/adapter.log" &
	adapter=$!
	for _ in $(seq 100); do
		[ ! -e "$scratch/ready" ] || return 0
		sleep 0.05
	done
	fail "the adapter does not start: $(cat "$scratch/adapter.log")"
}

# Its status is 3 when it was asked for what is no RAM.
adapter_stop() {
	local status=0
	kill "$adapter"
	wait "$adapter" || status=$?
	adapter=
	[ $status -eq 0 ] || fail "the adapter was asked wrongly: $(cat "$scratch/adapter.log" "$scratch/adapter")"
	[ "$(adapter_count mmio_touched)" = 0 ] || fail "what is no RAM was touched"
}

adapter_end() {
	[ -z "$adapter" ] || kill "$adapter" 2>/dev/null || true
}

adapter_count() { # COUNTER
	sed -n "s/^$1=//p" "$scratch/adapter"
}

# ram_lines: /proc/iomem on stdin; its RAM as a RAM map, and all below 640 KiB: what firmware reserves there is RAM as well.
ram_lines() {
	echo 0x0-0xa0000
	sed -n 's/^\([0-9a-f]*\)-\([0-9a-f]*\) : System RAM$/\1 \2/p' | while read -r start end; do
		[ $((16#$start)) -lt $((16#a0000)) ] || printf '0x%x-0x%x\n' $((16#$start)) $((16#$end + 1))
	done
}
