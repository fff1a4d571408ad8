# Which of Debian's packages holds a kernel such as 6.12-cloud. Sourced, behind lib.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034 # suite is the caller's

# The newest first. Of real-time kernels the release's own: their patches are in the source package, which mirrors soon forget
# where it is one of many updates.
suites=(bullseye-security bullseye '' bookworm-security bookworm trixie-security trixie sid experimental) # '': this machine's
releases=(bullseye bookworm trixie sid experimental)

# Of a suite (or of the machine itself: ''): the image that linux-image-FLAVOUR depends on.
newest_image() { # SUITE FLAVOUR
	local ask=(apt-cache)
	[ -z "$1" ] || ask=(scripts/suite "$1" apt-cache)
	LC_ALL=C "${ask[@]}" depends "linux-image-$2" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1
}

# Sets package and suite.
find_package() { # NAME
	local wanted=${1%-*} flavour=${1##*-} where offers=() ask=("${suites[@]}")
	[ "$flavour" != rt ] || ask=("${releases[@]}")
	[[ $wanted =~ ^[0-9] ]] || ask=("$wanted")
	[ "$flavour" = amd64 ] || flavour=$flavour-amd64
	for where in "${ask[@]}"; do
		package=$(newest_image "$where" "$flavour") || package=''
		suite=$where
		[[ ! $wanted =~ ^[0-9] && -n $package || $package =~ ^linux-image-${wanted//./\\.}[.-] ]] && return
		offers+=("${where:-this machine}: ${package:-none}")
	done
	fail "no suite offers a kernel $1 (any more): $(IFS=';' && echo "${offers[*]}")"
}
