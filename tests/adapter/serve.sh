# A NetTLP adapter in software, started and ended by a script. Sourced; the caller's folder is the top of the tree, and it calls
# adapter_init DIRECTORY first and adapter_stop at its end.
# shellcheck shell=bash disable=SC2034 # the caller uses what it sets

# shellcheck source=../lib/loopback.sh
. tests/lib/loopback.sh

# Sets adapter_uri: its address, without a RAM map.
adapter_init() { # DIRECTORY
	adapter_dir=$1
	adapter_uri="nettlp:$loopback_adapter?local=$loopback_client&requester=1b:00.0"
	adapter_pid=
	mkdir -p "$adapter_dir"
	make -s build/tests/adapter
}

# With adapter_before=(chrt -f 50) before it, if the caller sets that.
adapter_start() { # IMAGE OPTION...
	rm -f "$adapter_dir/ready" "$adapter_dir/stats"
	${adapter_before[@]+"${adapter_before[@]}"} build/tests/adapter --image "$1" --address "$loopback_adapter" --client "$loopback_client" \
		--ready "$adapter_dir/ready" --stats "$adapter_dir/stats" "${@:2}" 2>"$adapter_dir/log" &
	adapter_pid=$!
	for _ in $(seq 100); do
		[ ! -e "$adapter_dir/ready" ] || return 0
		sleep 0.05
	done
	echo "the adapter does not start: $(cat "$adapter_dir/log")" >&2
	return 1
}

# Status 3: a read touched what is no RAM, or was no read a bus takes.
adapter_stop() {
	local status=0 pid=${adapter_pid-}
	adapter_pid=
	[ -n "$pid" ] || return 0
	kill "$pid" 2>/dev/null || true
	wait "$pid" || status=$?
	return $status
}

adapter_count() { sed -n "s/^$1=//p" "$adapter_dir/stats"; }
