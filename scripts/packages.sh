# shellcheck shell=bash
# Packages, for scripts/fetch, which sources this: the table of kernel-src/sources.def, what apt knows of a package, and one way to
# download a file. Uses: scratch, a folder, and version.
#
# apt does the work: it checks its lists against signatures, and its helper downloads. A download that breaks off leaves FILE.part
# and resumes there, in the same run or in the next. No file gets its own name before something has vouched for it.
export LC_ALL=C # what apt says is read
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
bin=${BIN:-$root/build/bin}
cache=${FARWALK_CACHE:-cache}
packages=$cache/packages
helper=/usr/lib/apt/apt-helper
told=()    # why there is no such package or file, for the one who asked
damaged='' # set when something came that is not what it should be

say() { printf 'fetch: %s\n' "$@" >&2; }
die() { # STATUS LINE...
	say "${@:2}"
	exit "$1"
}
has_apt() { command -v apt-get >/dev/null && [ -x "$helper" ]; }

# --- the table --------------------------------------------------------------------------
lines() { # WORD...: the lines of the table that begin with these words, without them
	awk -v words="$*" 'BEGIN { n = split(words, word) }
		{ for (i = 1; i <= n; i++) if ($i != word[i]) next
		for (i = 1; i <= n; i++) sub(/^[^ \t]+[ \t]+/, ""); print }' "${SOURCES_DEF:-$root/kernel-src/sources.def}"
}
while read -r name address; do
	declare "$name=${!name:-$address}"
done < <(lines set)
fill() { # ADDRESS: with the values of the names in it; status 1 where one has none, or is "none"
	local text=$1 name
	while [[ $text =~ \$\{([A-Za-z0-9_]+)\} ]]; do
		name=${BASH_REMATCH[1]}
		[ -n "${!name:-}" ] && [ "${!name}" != none ] || return 1
		text=${text/"\${$name}"/${!name}}
	done
	echo "$text"
}
suites_of() { # DISTRIBUTION: the suites that may have such a version
	lines suites "$1" | awk -v version="$version" 'version ~ $1 && !n++ { $1 = ""; print }'
}

# --- what apt knows ---------------------------------------------------------------------
# COMMAND stands before apt's programs: scripts/suite with its arguments, or nothing for this machine's own apt.

# dsc|packaging|deb NAME [COMMAND...]: the versions that there are. apt also lists sources that build a package of that name.
versions_of() {
	"${@:3}" apt-cache madison "$2" 2>"$scratch/log" | awk -F ' *[|] *' -v name="$2" -v kind="$1" '
		{ gsub(/ /, "", $1) }
		$1 == name && ($3 ~ /Sources *$/) == (kind != "deb") { print $2 }' | sort -uV
}
# [COMMAND...]: the addresses of archives whose lists somebody signed, or that the operator of this machine trusts without
# (trusted=yes in its sources.list). --print-uris names files of the others, too.
trusted_archives() {
	# shellcheck disable=SC2016 # apt-get expands it
	"$@" apt-get indextargets --format '$(TRUSTED) $(REPO_URI)' 2>"$scratch/log" | awk '
		$1 == "yes" { yes[$2] }
		$1 != "yes" { no[$2] }
		END { for (uri in yes) if (!(uri in no)) print uri }'
}
# dsc|packaging|deb NAME VERSION [COMMAND...]: downloads the files of the package, the .dsc last, so that a .dsc in the cache has
# its files beside it. Sets got, the path of the last, and vouched, "FILE SHA256" of each. Status 1: told has the reason.
vouched=''
take_listed() {
	local ask=(-qq --print-uris -oAcquire::ForceHash=SHA256 -oAPT::Get::Only-Source=true source) url name size hash
	case $1 in
	deb) ask[-1]=download ;;
	packaging) ask+=(--diff-only) ;;
	esac
	"${@:4}" apt-get "${ask[@]}" "$2${3:+=$3}" 2>"$scratch/log" |
		awk -v name="$2_" 'index($2, name) == 1 && sub(/^SHA256:/, "", $4) {
			print ($2 ~ /[.]dsc$/), substr($1, 2, length($1) - 2), $2, $3, $4 }' | sort -s -k 1,1n >"$scratch/listed" || true
	if [ ! -s "$scratch/listed" ]; then
		told+=("$2${3:+ $3}: $(tail -n 1 "$scratch/log")")
		return 1
	fi
	trusted_archives "${@:4}" >"$scratch/trusted"
	if ! awk 'FILENAME == ARGV[1] { trusted[$1]; next }
		{ for (uri in trusted) if (index($2, uri) == 1) next; exit 1 }' "$scratch/trusted" "$scratch/listed"; then
		damaged=yes
		told+=("$2${3:+ $3}: its archive is not signed by a key that is known")
		return 1
	fi
	vouched=$(cut -d ' ' -f 3,5 "$scratch/listed")
	while read -r _ url name size hash; do
		download "$url" "$packages/$name" "$hash" "$size" || return 1
		got=$packages/$name
	done <"$scratch/listed"
}

# --- downloading ------------------------------------------------------------------------
sha256() { sha256sum -- "$1" | cut -d ' ' -f 1; }
size_of() { stat -c %s "$1" 2>/dev/null || echo 0; }

# URL: as the helper understands it. It makes links to files instead of copies, and reads no lists of mirrors: we take the first.
plain_url() {
	local path=${1#mirror+file:}
	case $1 in
	file:*) echo "copy:${1#file:}" ;;
	mirror+file:*/pool/*) echo "$(grep -m 1 -oE '^[a-z]+:[^[:space:]]*[^/[:space:]]' "${path%%/pool/*}")/pool/${path#*/pool/}" ;;
	*) echo "$1" ;;
	esac
}
# URL FILE [SHA256 [SIZE [MAX]]]: FILE is that file then; without SHA256 it is FILE.part, and nothing vouches for it. A file whose
# SIZE is not known has at most MAX bytes. Status 1: it is not to be had there; told has the reason.
download() {
	local part=$2.part hash=${3:-} size=${4:-} max=${4:-${5:-4294967296}} before have try=0 reason expected=()
	if [ -n "$hash" ]; then
		if [ -f "$2" ] && [ "$(sha256 "$2")" = "$hash" ]; then return; fi
		expected=("SHA256:$hash" ${size:+"Checksum-FileSize:$size"})
	fi
	while :; do
		before=$(size_of "$part")
		[ "$before" -le "$max" ] || { rm -f "$part" && before=0; }
		[ "$before" -eq 0 ] || say "going on with ${2##*/} at $before${size:+ of $size} bytes"
		if (
			trap '' XFSZ
			ulimit -f $((max / 1024 + 1))
			if [ -t 2 ]; then exec >&2; else exec >/dev/null; fi
			exec "$helper" -oAPT::Sandbox::User=root -oAcquire::Retries=0 download-file "$(plain_url "$1")" "$part" \
				${expected[@]+"${expected[@]}"} 2>"$scratch/log"
		); then
			[ -z "$hash" ] || mv -- "$part" "$2"
			return
		fi
		have=$(size_of "$part")
		reason=$(sed -n 's/^E: Failed to fetch [^ ]*  //p' "$scratch/log")
		case $reason in
		*"No space left"*) die 4 "$cache: no space left on device" ;;
		*"File too large"*) reason="more than $max bytes" damaged=yes ;;
		*"unexpected size"*) damaged=yes ;;
		*"Hash Sum mismatch"*) reason="its SHA256 is $(sha256 "$part.FAILED"), and should be $hash" damaged=yes ;;
		*"Undetermined Error"* | *"reading from server"* | *"Connection timed out"*) # broken off
			[ "$have" -gt "$before" ] || try=$((try + 1))
			[ $try -eq 5 ] || { sleep 0.$((try * 2)) && continue; }
			reason="broken off at $have${size:+ of $size} bytes, 5 times"
			;;
		esac
		[ -z "$damaged" ] || rm -f "$part" "$part.FAILED"
		told+=("$1: ${reason:-$(tail -n 1 "$scratch/log")}")
		return 1
	done
}
