#!/usr/bin/env bash
# A machine is surveyed: the same is found as by a search, from a fraction of the bytes, and over an adapter nothing is touched
# that is no RAM, whatever the adapter loses or spoils, and even when it goes away.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=../lib/live.sh
. tests/lib/live.sh
trap 'adapter_end; rm -rf "$scratch"' EXIT
shared_memory
recover=build/bin/recover
size=$(stat -c %s "$memory")
ram=$scratch/ram

# same DIR: what was found there is what a search of the file finds; only the URI differs.
same() {
	local file
	for file in kernel System.map btf; do
		cmp "$scratch/search/$file" "$1/$file"
	done
	diff <(sed '/^memory=/d; s/  #.*//' "$scratch/search/boot") <(sed '/^memory=/d; s/  #.*//' "$1/boot")
	diff <(grep -v '^#' "$scratch/search/ram_map") <(grep -v '^#' "$1/ram_map")
}

$recover --out "$scratch/search" "file:$memory"
$recover --survey --stats --out "$scratch/survey" "file:$memory" 2>"$scratch/said"
same "$scratch/survey"
read=$(sed -n 's/^recover: bytes=//p' "$scratch/said")
[ $((read * 100)) -lt "$size" ] || fail "a survey read $read of $size bytes"
grep -q '^# gap: not searched' "$scratch/survey/config.text" || fail "config.text does not say that it was not searched for"
grep -q '^  surveyed, not searched$' "$scratch/survey/report.txt" || fail "the report does not say that it is a survey"
echo "ok: the survey of a file: $read of $size bytes, the same as by a search"

# Nothing known but the adapter.
{
	echo 0x0-0xa0000
	grep -v '^#' "$scratch/search/ram_map" | grep -v '^0x1000-'
} >"$ram"
live() { # NAME ADAPTER-OPTION...
	local name=$1
	shift
	adapter_start "$memory" "$(printf 0x%x "$size")" "$ram" "$@"
	$recover --stats --out "$scratch/live" "$adapter_uri&retries=25" 2>"$scratch/said" || {
		cat "$scratch/said" >&2
		fail "$name: no kernel"
	}
	adapter_stop
	same "$scratch/live"
	echo "ok: $name: $(adapter_count reads) reads, $(adapter_count bytes) bytes, nothing but RAM touched"
	rm -rf "$scratch/live"
}
live 'cold start'
live 'split at 64' --split 64
live 'loss 1 %' --loss 0.01
live 'duplicates, another order' --duplicate 0.05 --reorder 0.1
live 'poison 1 %' --poison 0.01
live 'truncated, wrong tags, late' --truncate 0.01 --wrong-tag 0.01 --late 0.001,20

# It goes away in the middle of it.
adapter_start "$memory" "$(printf 0x%x "$size")" "$ram" --delay-us 400
began=$SECONDS
(sleep 0.5 && kill -9 "$adapter") 2>/dev/null &
expect 4 'does not answer' $recover --out "$scratch/gone" "$adapter_uri"
[ $((SECONDS - began)) -lt 20 ] || fail "it took $((SECONDS - began)) s to see that nobody is there"
[ ! -e "$scratch/gone" ] || fail "something was written"
wait
adapter=

# No trampoline: of a file all is searched then, of a live machine nothing more is read.
cp --sparse=always "$memory" "$scratch/memory"
dd if=/dev/zero of="$scratch/memory" bs=4096 count=160 conv=notrunc status=none
$recover --survey --out "$scratch/fallback" "file:$scratch/memory"
cmp "$scratch/search/System.map" "$scratch/fallback/System.map"
grep -A 1 'The survey failed, so all memory was searched' "$scratch/fallback/report.txt" | grep -q 'no page below 640 KiB is one' ||
	fail "the report does not say why it was searched"
adapter_start "$scratch/memory" "$(printf 0x%x "$size")" "$ram"
expect 1 'no page below 640 KiB is one' $recover --out "$scratch/none" "$adapter_uri"
adapter_stop
[ "$(adapter_count bytes)" -lt 655360 ] || fail "without a trampoline $(adapter_count bytes) bytes were read"

# No text and no package: the kernel itself has to tell, from the source the operator names.
mkdir "$scratch/config"
sed 's/^distribution=.*/distribution=unknown/; /^package_version/d; s/^banner=.*/banner="Linux version 6.1.0 (a@b) (gcc 12.2.0) #1 SMP"/' "$scratch/survey/kernel" >"$scratch/config/kernel"
cp "$scratch/survey/config.text" "$scratch/config/"
expect 4 'it is inferred from the kernel itself' env SOURCE="$scratch/no-tree" scripts/config build/bin "$scratch/config"
expect 4 'no-tree: No such file' env SOURCE="$scratch/no-tree" scripts/config build/bin "$scratch/config"

# Where the kernel does not tell, DUMP=full is named, but not where it would be of no use.
cp "$scratch/survey/System.map" "$scratch/survey/boot" "$scratch/survey/ram_map" "$scratch/config/"
mkdir -p "$scratch/tree/kernel"
printf 'config OTHER\n\tbool\n' >"$scratch/tree/Kconfig"
printf 'int other(void)\n{\n\treturn 0;\n}\n' >"$scratch/tree/kernel/other.c"
# With a cache of its own, since what is read in such a tree is kept.
infer_from() { env FARWALK_CACHE="$scratch/cache" SOURCE="$1" "${@:2}" scripts/config build/bin "$scratch/config"; }
not_advised() { ! grep -q DUMP=full "$scratch/said" || fail "DUMP=full is named though $1"; }
expect 1 'no Makefile in it' infer_from "$scratch/tree"
not_advised 'that is not the source'
echo 'obj-y += kernel/' >"$scratch/tree/Makefile"
echo 'obj-y += other.o' >"$scratch/tree/kernel/Makefile"
expect 3 'DUMP=full dumps all' infer_from "$scratch/tree"
grep -q 'olddefconfig: make failed' "$scratch/said" || fail "what failed is not said"
expect 3 'olddefconfig: make failed' infer_from "$scratch/tree" CONFIG=infer
not_advised 'the configuration is to be inferred'
sed -i 's/^# gap.*/# gap: no page/' "$scratch/config/config.text"
expect 3 'no config: no text found' infer_from "$scratch/tree"
not_advised 'all was searched'
expect 1 'no package' env -u SOURCE scripts/config build/bin "$scratch/config"
not_advised 'there is no source'
