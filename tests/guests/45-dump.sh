#!/usr/bin/env bash
# A guest's memory dumped through an adapter, interrupted and killed on the way, is what the guest's memory is; crash and drgn open
# it as it is, and list the guest's tasks. The kernel's debug symbols are theirs: farwalk needs none.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/farwalk-dump.XXXXXX")
# shellcheck source=../lib/live.sh
. tests/lib/live.sh
trap 'adapter_end; rm -rf "$scratch"; stop_guests' EXIT
name=dump dir=build/guests/dump
dump=build/targets/$name/memory.elf

for cpu in max qemu64; do
	guests+=("$name")
	scripts/guest stop "$name" >/dev/null 2>&1 || true
	scripts/guest boot "$name" --cpu $cpu --memory 512M
	scripts/guest truth "$name" --threads >"$dir/threads"
	scripts/guest ask "$name" iomem | ram_lines >"$scratch/ram"
	scripts/guest pause "$name"
	rm -rf "build/targets/$name"
	adapter_start "$dir/ram" 0x20000000 "$scratch/ram"

	# Once ^C, once killed: the second and the third run go on where the one before was.
	for signal in INT KILL; do
		setsid make -s TARGET="$name" MEM="$adapter_uri" dump >"$scratch/said" 2>&1 &
		pid=$!
		for _ in $(seq 200); do
			[ ! -e "$dump.state" ] || break
			sleep 0.1
		done
		sleep 3
		kill -$signal -- -$pid
		wait $pid 2>/dev/null && fail "the dump was over before it could be interrupted"
		[ ! -e "$dump" ] || fail "half a dump is there under its name"
		[ -s "$dump.state" ] || fail "an interrupted dump left no state"
	done
	make -s TARGET="$name" MEM="$adapter_uri" dump 2>"$scratch/said"
	grep 'of it by an earlier run' "$scratch/said" || fail "nothing was gone on with: $(cat "$scratch/said")"
	adapter_stop
	build/bin/memory compare "file:$dump" "file:$dir/ram" >"$scratch/compared" || true
	grep -E ' different=0 unreadable=0 only_a=0 ' "$scratch/compared" || fail "$(cat "$scratch/compared")"

	# The dump alone gives the walker.
	make -s TARGET="$name" MEM="$adapter_uri" DUMP=full
	"build/targets/$name/walker" ps -L --json >"$dir/walker.ps"
	scripts/guest-compare "$dir/walker.ps" "$dir/threads" "$dir/threads"

	vmlinux=$(scripts/debug-vmlinux "$(sed -n 's/^release=\([^ ]*\).*/\1/p' "build/targets/$name/kernel")")
	tasks=$(wc -l <"$dir/threads")
	cat >"$scratch/tasks.py" <<-'END'
		from drgn.helpers.linux.pid import for_each_task
		print(sum(1 for task in for_each_task(prog)))
	END
	drgn -q -c "$dump" -s "$vmlinux" "$scratch/tasks.py" >"$scratch/drgn"
	[ "$(cat "$scratch/drgn")" -eq "$tasks" ] || fail "drgn lists $(cat "$scratch/drgn") tasks, the guest has $tasks"
	printf 'sys\nlist -o task_struct.tasks -s task_struct.pid -h init_task\nquit\n' >"$scratch/commands"
	crash -s -i "$scratch/commands" "$vmlinux" "$dump" >"$scratch/crash" 2>&1 </dev/null
	# the list begins with the first task, which no /proc shows
	processes=$(($(sed 's/.*"tgid":\([0-9]*\).*/\1/' "$dir/threads" | sort -u | wc -l) + 1))
	listed=$(grep -c '^ *pid = ' "$scratch/crash")
	grep -q "RELEASE: $(sed -n 's/^release=\([^ ]*\).*/\1/p' "build/targets/$name/kernel")" "$scratch/crash" || fail "crash: $(cat "$scratch/crash")"
	[ "$listed" -eq $processes ] || fail "crash lists $listed processes, not $processes: $(tail -n 5 "$scratch/crash")"
	echo "$cpu: drgn lists all $tasks tasks of the dump, crash $listed processes"
	scripts/guest stop "$name"
done
