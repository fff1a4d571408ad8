# shellcheck shell=bash disable=SC2154 # its variables are those of scripts/guest
# SPDX-License-Identifier: GPL-2.0-or-later
# The machine itself: one QEMU process per name. Uses: top, dir, name, the options, say, die, need.

# A pid file may outlive its process, and the number may come back as somebody else: so the command line must be ours.
machine_running() {
	local pid
	[ -s "$dir/pid" ] || return 1
	pid=$(cat "$dir/pid")
	tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF "guest=farwalk-$name,debug-threads=on"
}

machine_panicked() { grep -qaF 'Kernel panic' "$dir/console.log" 2>/dev/null; }

machine_kill() { # PID
	kill "$1" 2>/dev/null || return 0
	for _ in {1..50}; do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.1
	done
	kill -9 "$1" 2>/dev/null || true
}

machine_clean() {
	rm -f "$dir"/{pid,ram,agent.in,agent.out,qmp.in,qmp.out,qmp.sock}
}

machine_stop() {
	if machine_running; then
		machine_kill "$(cat "$dir/pid")"
		say "$name stopped"
	else
		say "$name was not running"
	fi
	[ ! -d "$dir" ] || machine_clean
}

machine_list() {
	local folder
	for folder in "$top"/build/guests/*/; do
		[ -d "$folder" ] || continue
		dir=${folder%/} name=$(basename "$folder")
		if machine_running; then
			echo "$name	running	$(cat "$dir/pid")"
		else
			echo "$name	stopped"
		fi
	done
}

# Starts QEMU in a session of its own, which ^C does not reach, and leaves its pid. noirqdebug: a real-time kernel, which handles
# interrupts in threads, takes those of a busy serial port for nobody's and turns them off.
machine_start() {
	local socket=()
	mkfifo "$dir"/{agent,qmp}.{in,out}
	# A second monitor, for those who look at the machine from outside. A longer path is none for a socket.
	[ ${#dir} -ge 95 ] || socket=(-qmp "unix:${dir//,/,,}/qmp.sock,server=on,wait=off")
	setsid qemu-system-x86_64 \
		-name "guest=farwalk-$name,debug-threads=on" \
		-machine q35,memory-backend=ram -accel tcg -cpu "$cpu" -smp "$smp" -m "$memory" \
		-object "memory-backend-file,id=ram,size=$memory,mem-path=$dir/ram,share=on" \
		-nodefaults -no-user-config -no-reboot -display none -nic none \
		-device vmcoreinfo \
		-drive "file=$dir/disk.img,format=raw,if=none,id=boot,readonly=on" -device virtio-blk-pci,drive=boot \
		-serial "file:$dir/console.log" \
		-chardev "pipe,id=agent,path=$dir/agent" -serial chardev:agent \
		-chardev "pipe,id=qmp,path=$dir/qmp" -mon chardev=qmp,mode=control \
		"${socket[@]}" \
		-kernel "$dir/vmlinuz" -initrd "$dir/initramfs.gz" \
		-append "console=ttyS0,115200 panic=0 noirqdebug $append" \
		</dev/null >"$dir/qemu.log" 2>&1 {boot_lock}>&- &
	machine_pid=$!
	echo "$machine_pid" >"$dir/pid"
}

machine_abort() { # at exit, until the boot is complete
	[ -z "${machine_pid-}" ] || machine_kill "$machine_pid"
	machine_clean
}

machine_boot_failed() { # WHY
	say "$name $1. The end of $dir/console.log and qemu.log:"
	tail -n 25 "$dir/console.log" "$dir/qemu.log" >&2 2>/dev/null || true
	exit 4
}

# Waits until the console shows a line with TEXT.
machine_wait() { # TEXT SECONDS
	local started=$SECONDS said=$SECONDS
	until grep -qaF "$1" "$dir/console.log" 2>/dev/null; do
		kill -0 "$(cat "$dir/pid")" 2>/dev/null || machine_boot_failed "ended by itself"
		[ "$1" = 'end Kernel panic' ] || ! machine_panicked || machine_boot_failed "panicked"
		[ $((SECONDS - started)) -lt "$2" ] || machine_boot_failed "did not say '$1' within $2 seconds"
		if [ $((SECONDS - said)) -ge 10 ]; then
			said=$SECONDS
			say "$name: $((SECONDS - started)) s: $(tail -n 1 "$dir/console.log" | tr -cd '[:print:]')"
		fi
		sleep 0.2
	done
}

machine_boot() {
	local started=$SECONDS
	need qemu-system-x86_64 qemu-system-x86
	mkdir -p "$dir"
	exec {boot_lock}>"$dir/boot.lock"
	flock -n "$boot_lock" || die 4 "$name is being booted by somebody else"
	! machine_running || die 4 "$name is running already: scripts/guest reboot $name, or stop $name"
	image_build_if_needed
	machine_clean
	rm -f "$dir/console.log"
	trap machine_abort EXIT
	trap 'exit 130' INT TERM HUP
	say "booting $name: $cpu, $memory, $smp processor(s)"
	machine_start
	machine_wait 'farwalk-guest: settled' "$timeout"
	qmp qmp_capabilities
	trap - EXIT INT TERM HUP
	[ "$crowd" -eq 0 ] || machine_crowd
	if grep -a 'farwalk-guest: failed' "$dir/console.log" >&2; then
		say "$name runs, but not everything in it (above)"
	fi
	say "$name has settled after $((SECONDS - started)) s"
}

# More processes, and waits until all of them sleep.
machine_crowd() {
	# shellcheck disable=SC2016 # the guest expands it
	channel_ask "setsid crowd $crowd </dev/null >/dev/null 2>&1 & "'until [ $(ls -d /proc/[0-9]* | wc -l) -gt '"$crowd"' ]; do sleep 1; done; sleep 1'
}

machine_panic() {
	channel_lock
	! machine_panicked || die 1 "$name has panicked already"
	# The agent does not live to answer.
	printf '0 echo c >/proc/sysrq-trigger\n' >"$dir/agent.in"
	machine_wait 'end Kernel panic' 30
	say "$name has panicked, and stays for capture"
}

# A file that appears only when it is complete.
machine_capture() { # FILE ['--pause']
	channel_lock
	capture_part=$1.part.$$ capture_resume=:
	trap 'rm -f -- "$capture_part"; $capture_resume' EXIT
	if [ "$2" = --pause ]; then
		capture_resume='qmp cont'
		qmp stop
	fi
	say "copying the RAM of $name"
	cp --sparse=always -- "$dir/ram" "$capture_part"
	$capture_resume
	trap - EXIT
	mv -- "$capture_part" "$1"
	say "$1: $(stat -c %s "$1") bytes, $(($(stat -c %b "$1") / 2048)) MiB on disk"
}

machine_dump() { # FILE FORMAT
	local file
	channel_lock
	file=$(realpath -- "$1")
	[[ $file != *[\"\\]* ]] || die 2 "QEMU cannot be told that name: $file"
	rm -f "$file"
	say "QEMU writes a dump of $name ($2)"
	qmp dump-guest-memory "{\"paging\":false,\"protocol\":\"file:$file\",\"format\":\"$2\"}"
	chmod u+w "$file"
	fallocate --dig-holes "$file" 2>/dev/null || true # only saves space
	say "$1: $(stat -c %s "$1") bytes, $(($(stat -c %b "$1") / 2048)) MiB on disk"
}

# Until `resume`, or for good.
machine_pause() {
	channel_lock
	qmp stop
	say "$name is paused: it answers no questions, but can be captured and dumped"
}

machine_resume() {
	channel_lock
	qmp cont
}
