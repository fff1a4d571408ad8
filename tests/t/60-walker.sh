#!/usr/bin/env bash
# What the walker is asked wrongly, what it is asked rightly of a memory that is wrong, and answers that must agree.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
shared_memory
truth=build/guests/check/truth.before
mkdir "$scratch/hosts"
echo "MEM := file:$memory" >"$scratch/hosts/check.mk"
make -s HOSTS="$scratch/hosts" TARGET=check
walker=build/targets/check/walker
pid_of() { sed -n "s/^{\"pid\":\([0-9]*\),.*\"comm\":\"$1\".*/\1/p" "$truth" | head -n 1; }

# Usage.
expect 2 'expected a command' $walker
expect 2 'there is no command "pss"' $walker pss
expect 2 'ps takes no -x' $walker ps -x
expect 2 'no column "nope"' $walker ps -o pid,nope
expect 2 'usage: walker maps PID' $walker maps
expect 2 '"1x": expected a pid' $walker maps 1x
expect 2 '"-1": expected a pid|invalid option' $walker maps -- -1
expect 2 'expected an address' $walker vtop 1 stack
expect 2 'say how many bytes' $walker read 1 0x400000
expect 2 'no kind of memory|nosuch' $walker ps --mem nosuch:x
expect 2 'expected a command' $walker --json -L
expect 2 'there is no command "pss"' $walker -o pid pss
expect 2 'maps takes no -L' $walker -L maps 1
expect 2 'walker takes no --nope' $walker --nope pss
expect 2 'ps takes no --every' $walker ps --every 1
expect 2 '--every "x": expected seconds' $walker top --every x
expect 2 '-o: a value is missing' $walker ps -o
expect 2 '--mem: a value is missing' $walker info --mem
expect 2 '--json takes no value' $walker ps --json=1
expect 2 '--s: 3 options begin so' $walker --s ps
expect 2 '--sort: there is no column "nope"; there are: pid ' $walker ps --sort nope
expect 2 'tree takes no --sort' $walker tree --sort pid
expect 0 'Linux version' $walker --version
expect 0 'Status: 0 done' $walker --help
expect 0 'Status: 0 done' $walker --help pss
expect 0 '^walker .OPTIONS. maps PID: list' $walker maps --help
expect 0 '^walker .OPTIONS. ps: list' $walker --json -L --help ps

# Options stand before a command or behind it, together or not, abbreviated or not; what follows -- is no option.
ps=$($walker ps -L --json)
for line in '--json ps -L' '-L --json ps' '-L ps --json' '--threads --js ps' 'ps --thr --json --' '-L --json -- ps'; do
	# shellcheck disable=SC2086 # a line of words
	[ "$($walker $line)" = "$ps" ] || fail "walker $line is not walker ps -L --json"
done
[ "$($walker -Lo pid,comm ps)" = "$($walker ps --threads -opid,comm)" ] || fail "letters together are other options"

# Each command has its own help, and it and the manual page name the same commands, options and columns.
page=docs/man/farwalk-walker.1
commands=$($walker --help | sed -n '/^Commands/,/^$/s/^  \([a-z]*\) .*/\1/p')
[ "$(wc -w <<<"$commands")" -ge 7 ] || fail "--help lists no commands"
for command in $commands; do
	grep -q "^\.It Cm $command\$" $page || fail "$page does not describe $command"
	for option in $({ $walker --help; $walker "$command" --help; } | grep -oE '^  -[^ ,]+(, --[^ ]+)?' | tr -d ,); do
		grep -qE "^\.It (Fl [^ ]+ , )?Fl ${option#-}( |\$)" $page || fail "$page does not have $option of $command"
	done
	for column in $($walker "$command" --help | sed -n '/^Columns:/,/^$/s/^\(Columns:\)\{0,1\}//p'); do
		grep -qw -- "$column" $page || fail "$page does not have the column $column of $command"
	done
done

# Tables in another order, with other columns, without their headings.
[ "$($walker ps --no-header)" = "$($walker ps | tail -n +2)" ] || fail "--no-header takes away more than the headings"
[ "$($walker ps -o pid --sort -pid --no-header)" = "$($walker ps -o pid --no-header | sort -rn)" ] || fail "ps --sort -pid is not sorted"
[ "$($walker ps --json --sort comm | sort)" = "$($walker ps --json | sort)" ] || fail "ps --sort has other rows"
$walker ps -o start --no-header --sort start | LC_ALL=C sort -nc || fail "ps --sort start is not sorted"
[ "$($walker maps 1 --sort -start)" = "$($walker maps 1 | tac)" ] || fail "maps --sort -start is not sorted"
[ "$($walker maps 1 -o perms --no-header)" = "$($walker maps 1 | cut -d ' ' -f 2)" ] || fail "maps -o perms are others"
[ "$($walker top --count 1 --no-header -o pid --sort pid | tail -n +3)" = "$($walker ps -o pid --no-header)" ] ||
	fail "top has other rows than ps"

# Not there.
expect 1 'no process 999999' $walker maps 999999
expect 1 'kernel thread has no memory' $walker maps 2
expect 1 'not mapped' $walker read 1 0x10 8
expect 1 'not mapped' $walker vtop 1 0x10
expect 1 'not canonical' $walker vtop 1 0x1000000000000000
expect 1 'no symbol "nothing_of_that_name"' $walker read "$(pid_of clockd)" nothing_of_that_name

# A memory without a kernel, one with another kernel, one that is cut off, a `boot` that is stale.
truncate -s 64M "$scratch/zero.raw"
expect 1 'does not run here' $walker ps --mem "file:$scratch/zero.raw"
expect 4 'No such file' $walker ps --mem "file:$scratch/none.raw"
sed 's/^phys_base=.*/phys_base=0x200000/' build/targets/check/boot >"$scratch/boot"
expect 0 'boot. is stale' $walker info --boot "$scratch/boot"
$walker ps --json --boot "$scratch/boot" | cmp - <($walker ps --json)
$walker ps --json --mem "file:$memory" | cmp - <($walker ps --json)
cp --sparse=always "$memory" "$scratch/other.raw"
while read -r at; do
	patch "$scratch/other.raw" "$at" "Linux version 9.9.9-other"
done < <(offsets_of "$memory" "Linux version $(sed -n 's/^release=\([^ ]*\).*/\1/p' build/targets/check/kernel) (")
expect 3 'another kernel is in this memory: "Linux version 9.9.9-other' $walker ps --mem "file:$scratch/other.raw"

# A list that is torn is an incomplete answer, and the other tasks are there still.
$walker ps -o pid,addr --json | sed -n "s/^{\"pid\":$(pid_of clockd),\"addr\":\"\(.*\)\"}/\1/p" >"$scratch/addr"
[ -s "$scratch/addr" ] || fail "clockd has no address"
task=$($walker vtop "$(cat "$scratch/addr")" | sed -n 's/^physical \(0x[0-9a-f]*\),.*/\1/p')
key=$(sed -n 's/^KEY_check := //p' build/targets/check/plan.mk)
tasks=$(sed -n 's/^#define OFF_task_struct_tasks \([0-9]*\).*/\1/p' "build/kernels/$key/offsets.h")
cp --sparse=always "$memory" "$scratch/torn.raw"
patch "$scratch/torn.raw" $((task + tasks)) 'ABCDEFGH'
expect 0 'incomplete: list of all tasks' $walker ps --mem "file:$scratch/torn.raw"
expect 3 'the answer is incomplete' $walker ps --strict --mem "file:$scratch/torn.raw"
$walker ps --json --mem "file:$scratch/torn.raw" 2>/dev/null | cmp - <($walker ps --json)

# One address, several roads: the symbol, the number, the page tables and the file itself.
pid=$(pid_of clockd)
at=$($walker read "$pid" time_text --json --string | sed -n 's/.*"address":"\(0x[0-9a-f]*\)".*/\1/p')
text=$($walker read "$pid" time_text --string)
[[ $text =~ ^20[0-9][0-9]-..-..T..:..:..Z$ ]] || fail "time_text is \"$text\""
[ "$($walker read "$pid" "$at" 20)" = "$text" ] || fail "time_text by its address is something else"
pa=$($walker vtop "$pid" "$at" --json | sed -n 's/.*"physical":"\(0x[0-9a-f]*\)".*/\1/p')
[ "$(dd if="$memory" bs=1 skip=$((pa)) count=20 status=none)" = "$text" ] || fail "time_text is not at $pa of the file"
[ "$($walker read "$pid" "$at" 20 -x | wc -l)" = 2 ] || fail "20 bytes are not two lines of hexadecimal"

# Rows agree with each other.
processes=$($walker ps --json | wc -l)
[ "$($walker ps | tail -n +2 | wc -l)" = "$processes" ] || fail "ps for people has other rows than ps --json"
[ "$($walker tree | wc -l)" = "$processes" ] || fail "tree has other processes than ps"
[ "$($walker ps -L --json | sed 's/.*"tgid":\([0-9]*\),.*/\1/' | sort -u | wc -l)" = "$processes" ] ||
	fail "the threads belong to other processes"
$walker info --json | grep -q "\"processes\":$processes," || fail "info counts otherwise"

# No control character reaches a terminal, whatever a process is called.
$walker ps | LC_ALL=C tr -d '\n' | LC_ALL=C grep -q '[[:cntrl:]]' && fail "ps prints control characters"
$walker tree | LC_ALL=C tr -d '\n' | LC_ALL=C grep -q '[[:cntrl:]]' && fail "tree prints control characters"
exit 0
