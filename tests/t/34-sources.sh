#!/usr/bin/env bash
# Sources that apt does not know: from an archive made here, over HTTP on the loopback interface. What is signed or pinned is taken,
# whole; everything else is refused, and it is said why.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
for program in python3 gpg gpgv apt-get xz; do
	command -v $program >/dev/null || { echo "$program is not installed"; exit 77; }
done
make -s build

# --- an archive, with keys ---------------------------------------------------------------
www=$scratch/www state=$scratch/state
mkdir -p "$www" "$state" "$scratch/gnupg" "$scratch/upstream"
chmod 700 "$scratch/gnupg"
export GNUPGHOME=$scratch/gnupg
for who in archive stranger; do
	gpg -q --batch --pinentry-mode loopback --passphrase '' --quick-gen-key "$who <$who@localhost>" ed25519 sign never 2>/dev/null
	gpg -q --export "$who@localhost" >"$scratch/$who.gpg"
done
sign() { gpg -q --batch --yes --local-user "$1@localhost" --clearsign --output "$3" "$2"; } # WHO FILE OUT
sum() { sha256sum "$1" | cut -d ' ' -f 1; }
size() { stat -c %s "$1"; }

# source FOLDER NAME UPSTREAM VERSION: a source package there; its kernel has 400 kB that do not pack.
source_package() {
	local folder=$1 name=$2 upstream=$3 version=$4 tree=$scratch/upstream/linux file
	mkdir -p "$folder" "$tree"/{scripts,arch/x86,include/linux}
	touch "$tree"/{Makefile,Kconfig,scripts/Makefile.build,arch/x86/Makefile}
	printf 'one\ntwo\nthree\n' >"$tree/include/linux/sched.h"
	[ -e "$tree/include/noise.h" ] || head -c 400000 /dev/urandom >"$tree/include/noise.h"
	tar -C "$scratch/upstream" --mtime=@0 -cf - linux | gzip -n >"$folder/${name}_$upstream.orig.tar.gz"
	printf -- '--- linux.orig/include/linux/sched.h\n+++ linux/include/linux/sched.h\n@@ -1,3 +1,3 @@\n one\n-two\n+%s\n three\n' "$version" |
		gzip -n >"$folder/${name}_$version.diff.gz"
	{
		printf 'Format: 1.0\nSource: %s\nVersion: %s\nChecksums-Sha256:\n' "$name" "$version"
		for file in "${name}_$upstream.orig.tar.gz" "${name}_$version.diff.gz"; do
			echo " $(sum "$folder/$file") $(size "$folder/$file") $file"
		done
	} >"$folder/${name}_$version.dsc"
}
# index ARCHIVE SUITE: lists of what lies in its pool, signed by $signer.
signer=archive
index() {
	local archive=$1 suite=$2 main=$1/dists/$2/main folder dsc name version file
	mkdir -p "$main/source" "$main/binary-amd64"
	find "$archive/pool" -name '*.dsc' | sort | while read -r dsc; do
		folder=$(dirname "$dsc")
		name=$(basename "$dsc" .dsc) version=${name#*_} name=${name%%_*}
		printf 'Package: %s\nBinary: a,\n b\nVersion: %s\nDirectory: %s\nChecksums-Sha256:\n' "$name" "$version" "${folder#"$archive/"}"
		for file in "$dsc" $(build/bin/dsc "$dsc" | awk -v folder="$folder" '{ print folder "/" $3 }'); do
			echo " $(sum "$file") $(size "$file") $(basename "$file")"
		done
		echo
	done | xz >"$main/source/Sources.xz"
	find "$archive/pool" -name '*.deb' | sort | while read -r file; do
		name=$(basename "$file") version=${name#*_} name=${name%%_*}
		printf 'Package: %s\nArchitecture: all\nVersion: %s\nFilename: %s\nSize: %s\nSHA256: %s\n\n' "$name" "${version%_*}" "${file#"$archive/"}" "$(size "$file")" "$(sum "$file")"
	done | xz >"$main/binary-amd64/Packages.xz"
	{
		printf 'Suite: %s\nDate: %s\nSHA256:\n' "$suite" "$(LC_ALL=C date -u -R)"
		for file in main/source/Sources main/binary-amd64/Packages; do
			xz -dc "$archive/dists/$suite/$file.xz" >"$scratch/list"
			echo " $(sum "$scratch/list") $(size "$scratch/list") $file"
			echo " $(sum "$archive/dists/$suite/$file.xz") $(size "$archive/dists/$suite/$file.xz") $file.xz"
		done
	} >"$scratch/Release"
	sign "$signer" "$scratch/Release" "$archive/dists/$suite/InRelease"
}

ubuntu=$www/ubuntu
source_package "$ubuntu/pool/main/l/linux-aws" linux-aws 6.8.0 6.8.0-1010.10
source_package "$ubuntu/pool/main/l/linux-aws" linux-aws 6.8.0 6.8.0-1040.42
mkdir -p "$ubuntu/pool/main/l/linux"
head -c 100000 /dev/urandom >"$ubuntu/pool/main/l/linux/linux-source-6.8.0_6.8.0-31.31_all.deb"
index "$ubuntu" noble-updates

tests/lib/archive-server "$www" "$state" &
server=$!
trap 'kill $server 2>/dev/null || true; rm -rf "$scratch"' EXIT
for _ in $(seq 300); do [ -s "$state/port" ] || sleep 0.1; done
[ -s "$state/port" ] || fail "the server did not start"
here=http://127.0.0.1:$(cat "$state/port")
export UBUNTU_MIRROR=$here/ubuntu UBUNTU_OLD_MIRROR=none LAUNCHPAD=$here/lp DEBIAN_SNAPSHOT=$here/snap KEYRING=$scratch/archive.gpg
export FARWALK_CACHE=$scratch/cache SUITES=none PINS=$scratch/pins DEBIAN_MIRROR=none

# An apt of the machine that knows nothing. That of a private root (-c) is the real one.
mkdir "$scratch/bin"
for program in apt-cache apt-get; do
	printf '#!/bin/sh\n[ "$1" != -c ] || exec %s "$@"\n' "$(command -v $program)" >"$scratch/bin/$program"
done
chmod +x "$scratch/bin"/*
export PATH=$scratch/bin:$PATH

packages=$FARWALK_CACHE/packages
get() { scripts/fetch --source "$1" "$2" --distribution "${3:-ubuntu}"; }
facts() { # VERSION
	printf 'distribution=ubuntu\nversion=%s\nsource=linux-aws-6.8\nother_source=linux-aws\ndsc=x\nfile=x\n' "$1" >"$scratch/facts"
}
which() { # VERSION: of lists alone
	facts "$1"
	scripts/fetch --which "$scratch/facts"
}
forget() { rm -rf "$FARWALK_CACHE" "$state"/{log,break,no-ranges} && : >"$state/log"; }
nothing_left() { # but what came and nobody vouched for
	[ -z "$(find "$packages" -type f ! -name .lock ! -name '*.part')" ] || fail "left behind: $(find "$packages" -type f)"
}
asked_from() { # FILE: where downloads of it began
	awk -v name="$1" 'index($1, name) { printf "%s%s", n++ ? "," : "", $2 }' "$state/log"
}
whole() { build/bin/dsc --check "$packages/$1" >/dev/null || fail "$1 is not whole"; }

expect 2 'usage' scripts/fetch --source linux --distribution ubuntu
expect 2 "not a package's name" scripts/fetch --source ../x 1 --distribution ubuntu
expect 2 "not a package's name" scripts/fetch x 1 --distribution ubuntu --of ../x
expect 2 "not a package's version" scripts/fetch --source linux '1;id' --distribution ubuntu
expect 2 "not a distribution" scripts/fetch --source linux 1 --distribution 'a b'

# --- signed indexes ---------------------------------------------------------------------
forget
expect 1 "ubuntu's archives have linux-aws only as 6.8.0-1010.10, 6.8.0-1040.42 .noble-updates.$" which 6.8.0-1020.20
expect 0 'linux-aws_6.8.0-1040.42.dsc$' get linux-aws 6.8.0-1040.42
whole linux-aws_6.8.0-1040.42.dsc
build/bin/unpack "$packages/linux-aws_6.8.0-1040.42.dsc" --out "$scratch/tree"
[ "$(sed -n 2p "$scratch/tree/include/linux/sched.h")" = 6.8.0-1040.42 ] || fail "the tree is not patched"
: >"$state/log"
expect 0 'linux-aws_6.8.0-1040.42.dsc$' get linux-aws 6.8.0-1040.42
[ ! -s "$state/log" ] || fail "what lies in the cache was asked for: $(cat "$state/log")"
expect 0 'linux-source-6.8.0_6.8.0-31.31_all.deb$' scripts/fetch linux-source-6.8.0 6.8.0-31.31 --distribution ubuntu --of linux

# An archive that is a folder.
forget
UBUNTU_MIRROR=file://$ubuntu expect 0 'linux-aws_6.8.0-1040.42.dsc$' get linux-aws 6.8.0-1040.42
whole linux-aws_6.8.0-1040.42.dsc
[ ! -L "$packages/linux-aws_6.8.0-1040.42.dsc" ] && [ ! -s "$state/log" ] || fail "not a copy out of the folder: $(cat "$state/log")"

# Broken off twice, it goes on; so does the next run where one was stopped; an archive that cannot go on is asked for all of it.
orig=linux-aws_6.8.0.orig.tar.gz
left_behind() { # BYTES: what an earlier download has of it, as old as the archive's
	mkdir -p "$packages"
	head -c "$1" "$ubuntu/pool/main/l/linux-aws/$orig" >"$packages/$orig.part"
	touch -r "$ubuntu/pool/main/l/linux-aws/$orig" "$packages/$orig.part"
}
forget
printf '/ubuntu/pool/main/l/linux-aws/%s 100000\n/ubuntu/pool/main/l/linux-aws/%s 50000\n' $orig $orig >"$state/break"
expect 0 'going on with .* at 100000 of' get linux-aws 6.8.0-1040.42
whole linux-aws_6.8.0-1040.42.dsc
[ "$(asked_from $orig)" = 0,100000,150000 ] || fail "downloads of it began at $(asked_from $orig)"
forget
left_behind 70000
expect 0 'linux-aws_6.8.0-1040.42.dsc$' get linux-aws 6.8.0-1040.42
[ "$(asked_from $orig)" = 70000 ] || fail "downloads of it began at $(asked_from $orig)"
forget
touch "$state/no-ranges"
left_behind 70000
expect 0 'linux-aws_6.8.0-1040.42.dsc$' get linux-aws 6.8.0-1040.42
whole linux-aws_6.8.0-1040.42.dsc
# Who is ended in the middle leaves what came, with the time it needs to go on.
forget
echo "/ubuntu/pool/main/l/linux-aws/$orig 120000 60" >"$state/break"
set -m
scripts/fetch --source linux-aws 6.8.0-1040.42 --distribution ubuntu >"$scratch/said" 2>&1 &
job=$!
set +m
for _ in $(seq 300); do [ "$(stat -c %s "$packages/$orig.part" 2>/dev/null || echo 0)" -ne 120000 ] || break; sleep 0.1; done
kill -TERM -- -$job
status=0
wait $job || status=$?
[ $status -eq 130 ] || fail "it ended with $status: $(cat "$scratch/said")"
[ -z "$(find "$packages" -name '*.new')" ] || fail "left behind: $(find "$packages" -name '*.new')"
expect 0 'going on with .* at 120000 of' get linux-aws 6.8.0-1040.42
[ "$(asked_from $orig)" = 0,120000 ] || fail "downloads of it began at $(asked_from $orig)"
forget
printf "/ubuntu/pool/main/l/linux-aws/$orig 0\n%.0s" 1 2 3 4 5 6 7 8 9 10 11 12 >"$state/break"
expect 1 'broken off at 0 of [0-9]+ bytes' env LAUNCHPAD=none scripts/fetch --source linux-aws 6.8.0-1040.42 --distribution ubuntu
[ ! -e "$packages/linux-aws_6.8.0-1040.42.dsc" ] || fail "a .dsc without its files is in the cache"

# Listed, and not there: somebody else who has it will do, unsigned.
forget
mkdir -p "$www/lp/ubuntu/+archive/primary/+sourcefiles/linux-aws"
mv "$ubuntu/pool/main/l/linux-aws" "$www/lp/ubuntu/+archive/primary/+sourcefiles/linux-aws/6.8.0-1040.42"
expect 0 'linux-aws_6.8.0-1040.42.dsc$' get linux-aws 6.8.0-1040.42
whole linux-aws_6.8.0-1040.42.dsc
mv "$www/lp/ubuntu/+archive/primary/+sourcefiles/linux-aws/6.8.0-1040.42" "$ubuntu/pool/main/l/linux-aws"

# Another file than the index says, in the middle of it or behind its end; a part of another one.
forget
cp "$ubuntu/pool/main/l/linux-aws/$orig" "$scratch/orig"
printf x | dd of="$ubuntu/pool/main/l/linux-aws/$orig" bs=1 seek=1000 conv=notrunc status=none
expect 3 'its SHA256 is [0-9a-f]{64}, and should be' get linux-aws 6.8.0-1040.42
[ ! -e "$packages/$orig" ] && [ ! -e "$packages/linux-aws_6.8.0-1040.42.dsc" ] || fail "a damaged file is in the cache"
cp "$scratch/orig" "$ubuntu/pool/main/l/linux-aws/$orig"
head -c 5000 /dev/zero >>"$ubuntu/pool/main/l/linux-aws/$orig"
forget
expect 3 "$orig: (File has unexpected size|its SHA256)" get linux-aws 6.8.0-1040.42
[ ! -e "$packages/$orig" ] || fail "a file that is too long is in the cache"
cp "$scratch/orig" "$ubuntu/pool/main/l/linux-aws/$orig"

# A list that is not the signed one; one that another key signed, or none; no keyring.
cp "$ubuntu/dists/noble-updates/main/source/Sources.xz" "$scratch/Sources.xz"
xz -dc "$scratch/Sources.xz" | sed 's/1040/1041/' | xz >"$ubuntu/dists/noble-updates/main/source/Sources.xz"
forget
expect 1 'Sources.xz: (File has unexpected size|Hash Sum mismatch)' which 6.8.0-1040.42
cp "$scratch/Sources.xz" "$ubuntu/dists/noble-updates/main/source/Sources.xz"
cp "$ubuntu/dists/noble-updates/InRelease" "$scratch/InRelease"
sign stranger "$scratch/Release" "$ubuntu/dists/noble-updates/InRelease"
forget
expect 1 'InRelease: not signed by a key of' which 6.8.0-1040.42
cp "$scratch/Release" "$ubuntu/dists/noble-updates/InRelease"
expect 1 'InRelease: not signed by a key of' which 6.8.0-1040.42
# nor where the machine itself takes what nobody it knows has signed, be it now or later
for setting in AllowInsecureRepositories AllowWeakRepositories AllowDowngradeToInsecureRepositories; do echo "Acquire::$setting \"true\";"; done >"$scratch/careless.conf"
echo 'APT::Get::AllowUnauthenticated "true";' >>"$scratch/careless.conf"
for release in plain stranger; do
	[ $release = plain ] || sign stranger "$scratch/Release" "$ubuntu/dists/noble-updates/InRelease"
	forget
	APT_CONFIG=$scratch/careless.conf expect 1 'InRelease: not signed by a key of' which 6.8.0-1040.42
	APT_CONFIG=$scratch/careless.conf expect 3 'cannot be checked' get linux-aws 6.8.0-1040.42
	[ ! -e "$packages/linux-aws_6.8.0-1040.42.dsc" ] || fail "what nobody signed is in the cache"
done
# nor where the machine's own apt has it from an archive that nobody signed; an archive that is signed still counts
own=$scratch/own
mkdir -p "$own"/{lists,archives}/partial "$own/bin"
rm "$ubuntu/dists/noble-updates/InRelease"
: >"$own/status"
echo "deb-src [allow-insecure=yes] $here/ubuntu noble-updates main" >"$own/sources.list"
for folder in Dir::State::lists:lists Dir::State::status:status Dir::Etc::sourcelist:sources.list Dir::Cache:; do
	echo "${folder%:*} \"$own/${folder##*:}\";"
done >"$own/apt.conf"
echo 'Dir::Etc::sourceparts "/dev/null"; APT::Sandbox::User "root"; Acquire::Languages "none";' >>"$own/apt.conf"
for program in apt-cache apt-get; do
	sed "s:.*exec \(.*\) \"\$@\":[ \"\$1\" != -c ] || exec \1 \"\$@\"\nexec \1 -c $own/apt.conf \"\$@\":" "$scratch/bin/$program" >"$own/bin/$program"
done
chmod +x "$own/bin"/*
PATH=$own/bin:$PATH apt-get -qq update 2>"$own/log" || fail "the machine's apt: $(cat "$own/log")"
forget
REMOTE=none PATH=$own/bin:$PATH expect 3 'its archive is not signed by a key that is known' get linux-aws 6.8.0-1040.42
[ ! -e "$packages/linux-aws_6.8.0-1040.42.dsc" ] || fail "what nobody signed is in the cache"
cp "$scratch/InRelease" "$ubuntu/dists/noble-updates/InRelease"
forget
PATH=$own/bin:$PATH expect 0 '1040.42.dsc$' get linux-aws 6.8.0-1040.42
# a cache whose path has a blank, and what else apt would have to quote
forget
FARWALK_CACHE="$scratch/a b,c:d/cache" expect 0 '1040.42.dsc$' get linux-aws 6.8.0-1040.42
{ cat "$scratch/InRelease"; echo 'SHA256:'; echo " $(printf %064d 0) 10 main/source/Sources.xz"; } >"$ubuntu/dists/noble-updates/InRelease"
status=0
which 6.8.0-1040.42 >"$scratch/said" 2>&1 || status=$?
[ $status -eq 1 ] || grep -qx 'linux-aws_6.8.0-1040.42.dsc linux-aws 6.8.0-1040.42' "$scratch/said" || fail "text behind the signature counts: $(cat "$scratch/said")"
cp "$scratch/InRelease" "$ubuntu/dists/noble-updates/InRelease"
KEYRING=$scratch/none expect 2 'KEYRING=.*cannot be read' which 6.8.0-1040.42
printf 'keyring ubuntu %s/none.gpg ubuntu-keyring trixie\n' "$scratch" | cat - <(grep -v '^keyring' kernel-src/sources.def) >"$scratch/sources.def"
forget
KEYRING='' SOURCES_DEF=$scratch/sources.def expect 1 'no keyring of ubuntu .* say KEYRING=FILE' which 6.8.0-1040.42

# --- in no index ------------------------------------------------------------------------
old=$www/lp/ubuntu/+archive/primary/+sourcefiles/linux-aws/6.8.0-1020.20
source_package "$old" linux-aws 6.8.0 6.8.0-1020.20
forget
hash=$(sum "$old/linux-aws_6.8.0-1020.20.dsc")
expect 3 'have it only as 6.8.0-1010.10, 6.8.0-1040.42' get linux-aws 6.8.0-1020.20
grep -q "SHA256=$hash, or put the line" "$scratch/said" || fail "it does not say how to pin it: $(cat "$scratch/said")"
SHA256=$(printf %064d 0) expect 3 'its SHA256 is' get linux-aws 6.8.0-1020.20
SHA256=x expect 2 'not a SHA256' get linux-aws 6.8.0-1020.20
forget
SHA256="$(printf %064d 0) ${hash^^}" expect 0 '1020.20.dsc$' get linux-aws 6.8.0-1020.20
whole linux-aws_6.8.0-1020.20.dsc
forget
echo "$hash  linux-aws_6.8.0-1020.20.dsc" >"$PINS"
expect 0 '1020.20.dsc$' get linux-aws 6.8.0-1020.20
whole linux-aws_6.8.0-1020.20.dsc
rm "$PINS"
# signed by somebody known, or by somebody
cp "$old/linux-aws_6.8.0-1020.20.dsc" "$scratch/plain.dsc"
sign stranger "$scratch/plain.dsc" "$old/linux-aws_6.8.0-1020.20.dsc"
forget
expect 3 'not signed by a key that is known' get linux-aws 6.8.0-1020.20
sign archive "$scratch/plain.dsc" "$old/linux-aws_6.8.0-1020.20.dsc"
forget
expect 0 '1020.20.dsc$' get linux-aws 6.8.0-1020.20
whole linux-aws_6.8.0-1020.20.dsc
# what belongs to a .dsc is another file
printf x >>"$old/linux-aws_6.8.0-1020.20.diff.gz"
forget
expect 3 'linux-aws_6.8.0-1020.20.diff.gz' get linux-aws 6.8.0-1020.20
[ ! -e "$packages/linux-aws_6.8.0-1020.20.dsc" ] || fail "a .dsc whose files are others is in the cache"
mkdir -p "$www/lp/ubuntu/+archive/primary/+files"
cp "$ubuntu/pool/main/l/linux/linux-source-6.8.0_6.8.0-31.31_all.deb" "$www/lp/ubuntu/+archive/primary/+files/linux-source-6.8.0_6.8.0-40.40_all.deb"
forget
expect 3 'cannot be checked: it is in no signed index' scripts/fetch linux-source-6.8.0 6.8.0-40.40 --distribution ubuntu --of linux
SHA256=$(sum "$ubuntu/pool/main/l/linux/linux-source-6.8.0_6.8.0-31.31_all.deb") expect 0 '40.40_all.deb$' \
	scripts/fetch linux-source-6.8.0 6.8.0-40.40 --distribution ubuntu --of linux
modules=linux-modules-6.8.0-40-generic
cp "$ubuntu/pool/main/l/linux/linux-source-6.8.0_6.8.0-31.31_all.deb" "$www/lp/ubuntu/+archive/primary/+files/${modules}_6.8.0-40.40_amd64.deb"
echo "$(sum "$ubuntu/pool/main/l/linux/linux-source-6.8.0_6.8.0-31.31_all.deb")  ${modules}_6.8.0-40.40_amd64.deb" >"$PINS"
expect 0 '40.40_amd64.deb$' scripts/fetch $modules 6.8.0-40.40 --distribution ubuntu --of linux
rm "$PINS"
expect 1 'linux-nothing_1.dsc: not to be had' get linux-nothing 1

# --- an archive of snapshots -------------------------------------------------------------
snap=$www/snap
source_package "$snap/archive/debian/20240503T120000Z/pool/main/l/linux" linux 6.1.90 6.1.90-1
index "$snap/archive/debian/20240503T120000Z" bookworm
mkdir -p "$snap/mr/package/linux/6.1.90-1"
cat >"$snap/mr/package/linux/6.1.90-1/srcfiles?fileinfo=1" <<'JSON'
{"fileinfo": {
 "1111111111111111111111111111111111111111": [ {"name": "linux_6.1.90.orig.tar.gz", "archive_name": "debian", "first_seen": "20240503T120000Z"} ],
 "2222222222222222222222222222222222222222": [ {"archive_name": "debian", "first_seen": "20240503T120000Z", "name": "linux_6.1.90-1.dsc", "path": "/pool/main/l/linux", "size": 1} ],
 "3333333333333333333333333333333333333333": [ {"name": "linux_6.1.90-1.diff.gz", "archive_name": "debian", "first_seen": "20240503T120000Z"} ]
}, "package": "linux"}
JSON
forget
expect 0 'linux_6.1.90-1.dsc$' get linux 6.1.90-1 debian
whole linux_6.1.90-1.dsc
# with no index there, by the files' digests: the .dsc has to be signed or pinned
rm -r "$snap/archive/debian/20240503T120000Z/dists"
mkdir -p "$snap/file"
cp "$snap/archive/debian/20240503T120000Z/pool/main/l/linux/linux_6.1.90.orig.tar.gz" "$snap/file/1111111111111111111111111111111111111111"
cp "$snap/archive/debian/20240503T120000Z/pool/main/l/linux/linux_6.1.90-1.diff.gz" "$snap/file/3333333333333333333333333333333333333333"
sign archive "$snap/archive/debian/20240503T120000Z/pool/main/l/linux/linux_6.1.90-1.dsc" "$snap/file/2222222222222222222222222222222222222222"
forget
expect 0 'linux_6.1.90-1.dsc$' get linux 6.1.90-1 debian
whole linux_6.1.90-1.dsc

# --- a folder of packages ----------------------------------------------------------------
forget
REMOTE=none expect 0 'linux-aws_6.8.0-1040.42.dsc$' scripts/fetch --source linux-aws 6.8.0-1040.42 --dir "$ubuntu/pool/main/l/linux-aws"
whole linux-aws_6.8.0-1040.42.dsc
[ ! -s "$state/log" ] || fail "the network was asked for what lies in a folder"
forget
mkdir "$scratch/folder"
cp "$ubuntu/pool/main/l/linux-aws/"*1040.42* "$scratch/folder/"
REMOTE=none expect 1 'not in .* nor in' scripts/fetch --source linux-aws 6.8.0-1040.42 --dir "$scratch/folder"
head -c 100 /dev/urandom >"$scratch/folder/$orig"
REMOTE=none expect 3 'the .dsc says' scripts/fetch --source linux-aws 6.8.0-1040.42 --dir "$scratch/folder"
nothing_left

# A machine without apt has its cache and that folder.
mkdir "$scratch/no-apt"
for program in /usr/bin/* /bin/*; do [[ $program == */apt* ]] || ln -sf "$program" "$scratch/no-apt/"; done
forget
PATH=$scratch/no-apt expect 1 'there is no apt on this machine' get linux-aws 6.8.0-1040.42
nothing_left
cp "$ubuntu/pool/main/l/linux-aws/$orig" "$scratch/folder/"
PATH=$scratch/no-apt expect 0 'linux-aws_6.8.0-1040.42.dsc$' scripts/fetch --source linux-aws 6.8.0-1040.42 --dir "$scratch/folder"

# --- which one, and its neighbours ----------------------------------------------------------
forget
facts 6.8.0-1040.42
expect 0 '^linux-aws_6.8.0-1040.42.dsc linux-aws 6.8.0-1040.42$' scripts/fetch --which "$scratch/facts"
nothing_left
facts 6.8.0-1020.20
expect 1 'SOURCE_NEAREST=1 would take the nearest version of the series: linux-aws 6.8.0-1010.10$' scripts/fetch --which "$scratch/facts"
grep -q "ubuntu's archives have linux-aws only as 6.8.0-1010.10, 6.8.0-1040.42" "$scratch/said" || fail "it does not say what was tried: $(cat "$scratch/said")"
SOURCE_NEAREST=1 expect 0 'SOURCE_NEAREST: taking linux-aws 6.8.0-1010.10 for it' scripts/fetch --which "$scratch/facts"
cp "$old/linux-aws_6.8.0-1020.20.diff.gz" "$scratch/longer.diff.gz"
truncate -s -1 "$old/linux-aws_6.8.0-1020.20.diff.gz"
SOURCE_NEAREST=1 expect 0 '^linux-aws_6.8.0-1020.20.dsc linux-aws 6.8.0-1020.20$' scripts/fetch --which "$scratch/facts"
cp "$scratch/longer.diff.gz" "$old/linux-aws_6.8.0-1020.20.diff.gz"
forget
facts 6.8.0-1039.1
SOURCE_NEAREST=1 expect 0 '^linux-aws_6.8.0-1040.42.dsc linux-aws 6.8.0-1040.42$' scripts/fetch --which "$scratch/facts"
facts 6.5.0-1039.1
SOURCE_NEAREST=1 expect 1 'is not signed|neither in .* nor in a list' scripts/fetch --which "$scratch/facts"

# config says it, and keeps what the banner tells when the operator names the source.
dir=$scratch/target
mkdir "$dir"
cat >"$dir/kernel" <<'KERNEL'
release=6.8.0-1020-aws
banner="Linux version 6.8.0-1020-aws (buildd@lcy02-amd64-062) (gcc (Ubuntu 13.2.0) 13.2.0) #20-Ubuntu SMP Wed Sep 6 17:29:11 UTC 2024"
KERNEL
printf '#\n# Automatically generated file; DO NOT EDIT.\n# Linux/x86 6.8.12 Kernel Configuration\n#\nCONFIG_SMP=y\n' >"$scratch/config"
: >"$dir/config.text"
SOURCE_NEAREST=1 CONFIG=$scratch/config expect 0 'THE SOURCE IS NOT THAT OF THIS KERNEL: 6.8.0-1020.20 .* 6.8.0-1010.10' scripts/config build/bin "$dir"
grep -qx 'neighbour=6.8.0-1010.10  # SOURCE_NEAREST' "$dir/source" || fail "source does not name the neighbour: $(cat "$dir/source")"
mkdir "$scratch/b"
B=$scratch/b CACHE=$FARWALK_CACHE scripts/plan host "$dir"
grep -q '^NEIGHBOUR_.* := 6.8.0-1010.10$' "$dir/plan.mk" && grep -q '^PACKAGE_.* := --source linux-aws 6.8.0-1010.10 ' "$dir/plan.mk" || fail "$(cat "$dir/plan.mk")"
# What BTF and memory confirm of a neighbour's layout, and what they do not.
cat >"$scratch/offsets.h" <<'HEADER'
#define HAVE_struct_mm_struct 1 /* dwarf compiler */
#define HAVE_mm_struct_mm_users 1 /* dwarf compiler */
#define HAVE_mm_struct_mm_count 1 /* dwarf compiler */
#define HAVE_mm_struct_map_count 1 /* dwarf compiler */
#define HAVE_mm_struct_pinned_vm 0
#define HAVE_struct_task_struct 1 /* dwarf compiler */
#define HAVE_task_struct_comm 1 /* dwarf compiler btf */
#define HAVE_task_struct_mm 1 /* dwarf compiler btf: mm */
#define HAVE_task_struct_files 1 /* dwarf compiler */
#define HAVE_task_struct_se_sum 1 /* dwarf compiler: se.sum */
#define HAVE_task_struct_files_links 1 /* dwarf compiler */
#define HAVE_task_struct_rt 1 /* dwarf compiler */
HEADER
printf '%s\t%s\n' 'mm_struct.mm_users, mm_count: at least 1' '3 of 3' 'mm_struct.map_count: as the list' '0 of 0' 'init_task.files' '1 of 1' \
	'task_struct.se.sum[0]: less' '2 of 2' >"$dir/fit.txt"
cp "$dir/fit.txt" "$scratch/fit.txt"
echo 'found it' >"$dir/report.txt"
printf 'version=6.8.0-1020.20\ntaken=linux-aws\nneighbour=6.8.0-1010.10  # SOURCE_NEAREST\n' >"$scratch/neighbour"
mv "$dir/source" "$scratch/source.kept"
cp "$scratch/neighbour" "$dir/source"
for _ in 1 2; do
	expect 0 'host: 9 members: BTF confirms 2, the memory 4 more; 3 are not confirmed' scripts/neighbour host "$dir" "$scratch/offsets.h"
done
diff - <(tail -n 5 "$dir/fit.txt") <<'SAID'
neighbour: the source is that of linux-aws 6.8.0-1010.10, not of this kernel's 6.8.0-1020.20
neighbour: 9 members: BTF confirms 2, the memory 4 more; 3 are not confirmed
neighbour: not confirmed: mm_struct.map_count
neighbour: not confirmed: task_struct.files_links
neighbour: not confirmed: task_struct.rt
SAID
head -n 4 "$dir/fit.txt" | diff "$scratch/fit.txt" -
grep -c '^neighbour: not confirmed' "$dir/report.txt" | grep -qx 3 || fail "$(cat "$dir/report.txt")"
mv "$scratch/source.kept" "$dir/source"
CONFIG=$scratch/config SOURCE=$scratch/tree scripts/config build/bin "$dir"
grep -qx 'config_package=linux-modules-6.8.0-1020-aws' "$dir/source" && ! grep -q neighbour "$dir/source" || fail "$(cat "$dir/source")"
sed -i 's/buildd@/me@/' "$dir/kernel"
CONFIG=$scratch/config SOURCE=$scratch/tree scripts/config build/bin "$dir"
[ ! -s "$dir/source" ] || fail "of a kernel of nobody it knows: $(cat "$dir/source")"

kill $server
forget
expect 1 'Failed to connect|Could not connect|Connection refused' get linux-aws 6.8.0-1040.42
nothing_left
