# shellcheck shell=bash disable=SC2154 # its variables are those of scripts/guest
# SPDX-License-Identifier: GPL-2.0-or-later
# Questions to the guest (agent.c on its second serial port) and commands to QEMU (QMP), both through pairs of FIFOs: X.in towards
# the machine, X.out from it. QEMU keeps both ends open, so nothing here waits for a partner. Uses: dir, name, say, die.

channel_patience=120 # seconds for one answer

# One conversation at a time: two askers would eat each other's answers.
channel_lock() {
	machine_running || die 1 "$name is not running: scripts/guest boot $name"
	exec {channel_lock_fd}>"$dir/lock"
	flock -w "$channel_patience" "$channel_lock_fd" || die 4 "$name: somebody else is asking it since $channel_patience seconds"
}

channel_unlock() { exec {channel_lock_fd}>&-; }

channel_id() { echo "$$.$RANDOM$RANDOM"; }

# The answer's bytes on stdout, or on stderr when the command failed. Its status is that of this function.
channel_ask() { # COMMAND
	local id size status word answer_id out=1
	channel_lock
	! machine_panicked || die 1 "$name has panicked: it does not answer, but can be captured"
	id=$(channel_id)
	exec {answers}<>"$dir/agent.out"
	printf '%s %s\n' "$id" "$1" >"$dir/agent.in"
	# Answers of askers that were interrupted may still be there. They are skipped line by line.
	while IFS=' ' read -r -t "$channel_patience" -u "$answers" word answer_id size status; do
		[ "$word $answer_id" = "ANSWER $id" ] && break
	done || die 4 "$name does not answer (see $dir/console.log)"
	[ "$status" -eq 0 ] || out=2
	timeout "$channel_patience" head -c "$size" <&"$answers" >&"$out" || die 4 "$name stopped in the middle of an answer"
	exec {answers}>&-
	channel_unlock
	return "$status"
}

channel_quote() { # WORD: for a shell
	printf "'%s'" "${1//\'/\'\\\'\'}"
}

channel_question() { # WHAT [ARGUMENT...]
	local what=${1-}
	shift || die 2 "ask what? (see scripts/guest help)"
	# shellcheck disable=SC2016 # the guest expands it
	case $what in
	kallsyms) channel_ask 'gzip -1 -c /proc/kallsyms' | gunzip ;;
	config) channel_ask 'cat "/boot/config-$(uname -r)"' ;;
	iomem | version | cmdline | modules) channel_ask "cat /proc/$what" ;;
	dmesg) channel_ask dmesg ;;
	# /proc/kcore carries the note.
	vmcoreinfo) channel_ask "head -c 16384 /proc/kcore | strings -n 3 | sed -n '/^OSRELEASE=/,\$p' | grep '[=]'" ;;
	maps | smaps)
		[[ ${1-} =~ ^[0-9]+$ ]] || die 2 "usage: scripts/guest ask NAME $what PID"
		channel_ask "cat /proc/$1/$what"
		;;
	pid) channel_ask "sh /etc/pid-of $(channel_quote "${1-}")" ;;
	now)
		[[ ${1-clockd} =~ ^clockd(-pie)?$ ]] || die 2 "usage: scripts/guest ask NAME now [clockd|clockd-pie]"
		channel_ask "sh /etc/now ${1-clockd}"
		;;
	cmd) channel_ask "$*" ;;
	*) die 2 "no such question: $what (see scripts/guest help)" ;;
	esac
}

# The line with the result of one QMP command. Events and older results are skipped.
qmp_result() { # ID
	local line
	while IFS= read -r -t "$channel_patience" -u "$qmp" line; do
		case $line in
		*"\"id\": \"$1\""*)
			case $line in *'"error"'*) die 4 "$name: QEMU refuses: $line" ;; esac
			return
			;;
		esac
	done
	die 4 "$name: QEMU does not answer (see $dir/qemu.log)"
}

qmp() { # COMMAND [ARGUMENTS as JSON]
	local id
	id=$(channel_id)
	exec {qmp}<>"$dir/qmp.out"
	printf '{"execute":"%s","arguments":%s,"id":"%s"}\n' "$1" "${2-{\}}" "$id" >"$dir/qmp.in"
	qmp_result "$id"
	exec {qmp}>&-
}
