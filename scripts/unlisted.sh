# shellcheck shell=bash
# Files that no list of apt has, or that are no longer where the list says; for scripts/fetch, which sources this.
#
# Such a file has an address of its own in kernel-src/sources.def, and something has to vouch for it: a list that had it, its own
# signature if it is a .dsc, or the operator. Uses: what packages.sh does, distribution, kind, and missing(), which ends the run.

# What look_up() finds; addresses in the table may need it, and nobody's environment has it.
sha1='' archive='' seen=''

keyring_of() { # WHOSE: the file with the keys whose signatures count; status 1: there is none
	local file package suite kept
	if [ -n "${KEYRING:-}" ]; then
		realpath -- "$KEYRING"
		return
	fi
	read -r file package suite < <(lines keyring "$1") || return 1
	kept=$cache/keyrings/${file##*/}
	# Debian's own packages hold other distributions' keys, signed by Debian.
	if [ ! -s "$file" ] && [ ! -s "$kept" ]; then
		take_listed deb "$package" '' "$root/scripts/suite" "$suite" || return 1
		"$bin/unpack" --member "${file##*/}" "$got" >"$scratch/keyring" 2>"$scratch/log" || return 1
		mkdir -p "$cache/keyrings"
		mv -- "$scratch/keyring" "$kept"
	fi
	[ -s "$file" ] || file=$kept
	realpath -- "$file"
}
look_up() { # FILE: what an archive of snapshots says of it; sets sha1, archive and seen
	local address entry
	while read -r address; do
		address=$(fill "$address") || continue
		rm -f "$scratch/lookup.part"
		download "$address" "$scratch/lookup" '' '' 50000000 || continue
		entry=$(tr -d '\n' <"$scratch/lookup.part" | grep -oE '"[0-9a-f]{40}": *\[ *\{[^]]*\]' | grep -F "\"$1\"" | head -n 1) || continue
		sha1=${entry:1:40}
		archive=$(sed -n 's/.*"archive_name": *"\([a-z-]*\)".*/\1/p' <<<"$entry")
		seen=$(sed -n 's/.*"first_seen": *"\([0-9TZ]*\)".*/\1/p' <<<"$entry")
		return
	done < <(lines lookup "$distribution" "$kind")
	return 1
}
# FILE [SHA256 [SIZE [MAX]]]: as download(), from the first address that has it.
from_addresses() {
	local address url file=$1
	while read -r address; do
		url=$(fill "$address") || continue
		! download "$url" "$packages/$file" "${@:2}" || return 0
	done < <(lines file "$distribution" "$kind")
	missing "$file: not to be had:"
}
# FILE: what came as FILE.part becomes $scratch/FILE, if the operator or its own signature vouches for it.
check_part() {
	local part=$packages/$1.part hash keyring
	hash=$(sha256 "$part")
	[ -n "$hash" ] || die 4 "$part: cannot be read"
	if [[ " ${SHA256,,} " == *" $hash "* ]]; then
		mv -- "$part" "$scratch/$1"
		return
	fi
	[ -z "$SHA256" ] || die 3 "$1: its SHA256 is $hash, which SHA256= does not name; $part is what came"
	command -v gpgv >/dev/null || die 4 "gpgv is missing: scripts/bootstrap probe"
	if [ "$kind" = dsc ] && keyring=$(keyring_of "$distribution-dsc") &&
		gpgv -q --keyring "$keyring" --output "$scratch/$1" "$part" >"$scratch/log" 2>&1 && [ -s "$scratch/$1" ]; then
		rm -f "$part"
		return
	fi
	die 3 "$1: cannot be checked: it is in no signed index$([ "$kind" = deb ] || echo ', and not signed by a key that is known')" \
		"${told[@]}" "what came has the SHA256 $hash; if you know from elsewhere that this is right, say" \
		"  SHA256=$hash, or put the line \"$hash  $1\" into ${PINS:-targets/pins}"
}
# FILE: into the cache; a .dsc when all that belongs to it is there. Sets got.
take_unlisted() {
	local hash size name pins=${PINS:-targets/pins}
	[ -r "$pins" ] || pins=/dev/null
	hash=$(awk -v name="$1" '$2 == name || $2 == "*" name { print tolower($1); exit }' "$pins")
	[ -n "$hash" ] || hash=$(awk -v name="$1" '$1 == name { print $2 }' <<<"$vouched")
	if [ -n "$hash" ]; then
		[[ $hash =~ ^[0-9a-f]{64}$ ]] || die 2 "$hash: not a SHA256"
		from_addresses "$1" "$hash"
		mv -- "$packages/$1" "$scratch/$1"
	else
		from_addresses "$1" '' '' "$([ "$kind" = deb ] || echo 1048576)"
		check_part "$1"
	fi
	if [ "$kind" = dsc ]; then
		"$bin/dsc" "$scratch/$1" >"$scratch/belongs" || exit
		while read -r hash size name; do
			sha1=''
			[ -z "$archive" ] || look_up "$name" || true
			from_addresses "$name" "$hash" "$size"
		done <"$scratch/belongs"
	fi
	mv -- "$scratch/$1" "$packages/$1"
	got=$packages/$1
}
