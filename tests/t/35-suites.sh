#!/usr/bin/env bash
# Packages of other suites: what apt is asked, what is said when it has no answer. With an apt made for it, without network.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
[ -x /usr/lib/apt/apt-helper ] || { echo "apt is not installed"; exit 77; }

# The machine's apt knows a mirror of Debian and no kernel's source; that of a suite knows those of "known". What it is asked it notes in
# "asked". It fails where "broken" is.
mkdir "$scratch/bin" "$scratch/empty"
cat >"$scratch/bin/apt" <<END
#!/bin/bash
state=$scratch
END
cat >>"$scratch/bin/apt" <<'END'
suite=
while [[ ${1-} == -* ]]; do
	case $1 in
	-c) suite=$(sed -n 's/^deb \[.*\] \([^ ]*\) \([^ ]*\) main$/\2/p' "${2%apt.conf}sources.list") && shift 2 ;;
	*) shift ;;
	esac
done
echo "${suite:-machine} $*" >>"$state/asked"
case "$*" in
*TRUSTED*) echo "yes file:$state/" && exit ;;
esac
case $1 in
indextargets) [ -e "$state/no-mirror" ] || printf 'Debian bookworm mirror:/main\nDebian bookworm-security mirror:/security\n' ;;
update) [ ! -e "$state/broken" ] || { echo 'E: Failed to fetch'; exit 100; } ;;
madison) [ -z "$suite" ] || grep "^$suite " "$state/known" | while read -r _ package version; do
	[ "$package" != "$2" ] || echo "$package | $version | mirror"
done ;;
download)
	name=${2%%=*}_${2#*=}_all.deb
	echo whole >"$state/$name"
	echo "'file:$state/$name' $name 6 SHA256:$(sha256sum "$state/$name" | cut -d ' ' -f 1)"
	;;
esac
END
chmod +x "$scratch/bin/apt"
ln -s apt "$scratch/bin/apt-get"
ln -s apt "$scratch/bin/apt-cache"
cat >"$scratch/known" <<'END'
sid linux-source-7.2 7.2.13-1
experimental linux-source-7.3 7.3~rc7-1~exp1
bullseye linux-source-5.10 5.10.218-1
bullseye linux-source-5.10 5.10.223-1
bullseye-security linux-source-5.10 5.10.251-1
trixie-backports linux-source-7.2 7.2.12-1~bpo13+1
END
export FARWALK_CACHE=$scratch/cache PATH=$scratch/bin:$PATH
asked() { grep -qxE -- "$1" "$scratch/asked" || fail "apt was not asked '$1': $(cat "$scratch/asked")"; }
not_asked() { ! grep -qE -- "$1" "$scratch/asked" || fail "apt was asked '$1'"; }
forget() { rm -rf "$scratch/cache" && : >"$scratch/asked"; }
forget

expect 2 "'': not the name of a suite" scripts/suite
expect 2 "'Sid': not the name" scripts/suite Sid apt-cache show x
expect 2 "'../../etc': not the name" scripts/suite ../../etc apt-cache show x
expect 2 "usage: suite" scripts/suite sid
expect 2 "usage: suite" scripts/suite sid rm -rf x
[ ! -e "$FARWALK_CACHE" ] || fail "what was refused left $FARWALK_CACHE"
[ -r /usr/share/keyrings/debian-archive-keyring.gpg ] || { echo "debian-archive-keyring is not installed"; exit 77; }

# Of the machine only the mirror's name is taken; everything else lies in the cache.
expect 0 '7.2.13-1' scripts/suite sid apt-cache madison linux-source-7.2
grep -q 'mirror:/main sid main$' "$FARWALK_CACHE/apt/sid/sources.list" || fail "another mirror: $(cat "$FARWALK_CACHE/apt/sid/sources.list")"
! grep '^Dir' "$FARWALK_CACHE/apt/sid/apt.conf" | grep -v "\"$FARWALK_CACHE/apt/sid\|\"/dev/null\"" || fail "apt would use the machine's own folders"
expect 0 '5.10.251-1' scripts/suite bullseye-security apt-cache madison linux-source-5.10
grep -q 'mirror:/security bullseye-security main$' "$FARWALK_CACHE/apt/bullseye-security/sources.list" || fail "a -security suite of another mirror"
: >"$scratch/asked"
expect 0 '7.2.13-1' scripts/suite sid apt-cache madison linux-source-7.2
not_asked '^sid update'
touch -d '2 days ago' "$FARWALK_CACHE/apt/sid/updated"
expect 0 '7.2.13-1' scripts/suite sid apt-cache madison linux-source-7.2
asked 'sid update'

# Lists that cannot be fetched: old ones serve, none do not.
touch "$scratch/broken"
touch -d '2 days ago' "$FARWALK_CACHE/apt/sid/updated"
expect 0 'sid: its lists cannot be fetched; going on with those of' scripts/suite sid apt-cache madison linux-source-7.2
expect 4 'experimental: its lists cannot be fetched' scripts/suite experimental apt-cache madison linux-source-7.3
rm "$scratch/broken"
touch "$scratch/no-mirror"
DEBIAN_MIRROR=none expect 4 'knows no mirror of Debian that has experimental; say DEBIAN_MIRROR=URI' scripts/suite experimental apt-cache show x
expect 0 '7.3~rc7' scripts/suite experimental apt-cache madison linux-source-7.3
grep -q '] http://deb.debian.org/debian experimental main$' "$FARWALK_CACHE/apt/experimental/sources.list" || fail "not the mirror of sources.def"
rm -r "$FARWALK_CACHE/apt/experimental"
DEBIAN_MIRROR=mirror:/other expect 0 '7.3~rc7' scripts/suite experimental apt-cache madison linux-source-7.3
rm "$scratch/no-mirror"

# fetch asks the suites that the version tells, and no others.
forget
expect 0 'linux-source-7.3_7.3~rc7-1~exp1_all.deb$' scripts/fetch linux-source-7.3 7.3~rc7-1~exp1
asked 'experimental download linux-source-7.3=7.3~rc7-1~exp1'
not_asked '^(sid|trixie)'
expect 0 'linux-source-5.10_5.10.251-1_all.deb$' scripts/fetch linux-source-5.10 5.10.251-1
asked 'bullseye-security download .*'
: >"$scratch/asked"
expect 0 'linux-source-5.10_5.10.251-1_all.deb$' scripts/fetch linux-source-5.10 5.10.251-1
[ ! -s "$scratch/asked" ] || fail "apt was asked for what lies in the cache"
expect 1 'sid has it only as 7.2.13-1$' scripts/fetch linux-source-7.2 7.2.12-1
grep -q 'trixie-backports has it only as 7.2.12-1~bpo13+1$' "$scratch/said" || fail "it does not say what trixie-backports has"
expect 1 'bullseye has it only as 5.10.218-1, 5.10.223-1$' scripts/fetch linux-source-5.10 5.10.1-1
SUITES="trixie-backports" expect 0 '_all.deb$' scripts/fetch linux-source-7.2 '7.2.12-1~bpo13+1'
forget
SUITES=none expect 1 "this machine's apt has no such package" scripts/fetch linux-source-7.2 7.2.13-1
not_asked '^sid'
SUITES='sid;id' expect 2 "SUITES: sid;id: not the name of a suite" scripts/fetch linux-source-7.2 7.2.13-1
expect 1 'no such package' scripts/fetch linux-image-6.2.0-1-generic 6.2.0-1
not_asked '^[a-z]* update'
expect 2 "not a package's name" scripts/fetch '../x' 1
expect 2 "not a package's version" scripts/fetch linux-source-7.2 '7.2;id'
[ -z "$(find "$FARWALK_CACHE" -name '*.new' 2>/dev/null)" ] || fail "left behind: $(find "$FARWALK_CACHE" -name '*.new')"
