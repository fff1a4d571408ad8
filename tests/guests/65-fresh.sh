#!/usr/bin/env bash
# 65-fresh.sh [SUITE]: what README promises on a fresh machine. debootstrap makes the smallest Debian there is (trixie; or bookworm,
# sid, ... or Ubuntu's noble), README's `make` and `git` are added, and in it runs `make demo`: it installs what it needs, builds, boots a
# guest, and compares what is found in its memory with what it says. Then the unit tests. That system's compiler may be newer than
# this machine's: it may have nothing to say of the source.
#
# Packages are kept in cache/fresh/SUITE/. Everything is mounted in a name space that ends with the test.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
suite=${1:-trixie}
root=$PWD/build/fresh/$suite
FARWALK_CACHE=$(realpath -m -- "${FARWALK_CACHE:-cache}")
export FARWALK_CACHE
kept=$FARWALK_CACHE/fresh/$suite
skip() {
	echo "$*"
	exit 77
}
[[ $suite =~ ^[a-z]+$ ]] || fail "usage: 65-fresh.sh [SUITE]"
[ "$(id -u)" -eq 0 ] || skip "only root can make a system of its own"
for program in debootstrap bwrap; do
	command -v $program >/dev/null || skip "$program is not installed"
done
# isolated COMMAND...: its processes end with it, and its mounts; it does not see this machine's.
isolated() {
	unshare --mount --pid --fork --kill-child --mount-proc "$@" &
	job=$!
	local status=0
	wait $job || status=$?
	job=''
	return $status
}
job=''
finish() {
	[ -z "$job" ] || kill -KILL "$job" 2>/dev/null || true
	rm -rf --one-file-system "$root"
}
trap finish EXIT
isolated bwrap --bind / / true || skip "this machine lets nobody make name spaces"

keyring=/usr/share/keyrings/debian-archive-keyring.gpg script=sid components=main
case $suite in
noble)
	keyring=$kept/usr/share/keyrings/ubuntu-archive-keyring.gpg script=gutsy components=main,universe
	mkdir -p "$kept"
	as_debian=$PWD/scripts/suite
	(cd "$kept" && "$as_debian" trixie apt-get -qq -o APT::Sandbox::User=root download ubuntu-keyring && dpkg-deb -x ubuntu-keyring_*.deb .) ||
		skip "no way to Debian's package of Ubuntu's keyring"
	mirror=${UBUNTU_MIRROR:-$(sed -n 's/^set UBUNTU_MIRROR[[:space:]]*//p' kernel-src/sources.def)}
	;;
*)
	# shellcheck disable=SC2016 # apt-get expands it
	mirror=$(scripts/suite "$suite" apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages') ||
		skip "no way to a mirror of Debian with $suite"
	;;
esac
[ ! -e "/usr/share/debootstrap/scripts/$suite" ] || script=$suite

rm -rf --one-file-system "$root"
mkdir -p "$root" "$kept"/{base,archives,cache}
isolated debootstrap --variant=minbase --cache-dir="$kept/base" --keyring="$keyring" --components=$components \
	"$suite" "$root" "$mirror" "/usr/share/debootstrap/scripts/$script" >"$kept/log" 2>&1 ||
	fail "debootstrap: $(tail -n 20 "$kept/log")"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
# as this machine's apt gets to a mirror, so does that one's
apt-config dump | grep -E '^Acquire::(https?::(Proxy|Timeout)|Check-|Retries)' >"$root/etc/apt/apt.conf.d/99test" || true
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/test" # nothing of it is kept
mkdir "$root/root/farwalk"
git ls-files -z --cached --others --exclude-standard | tar --null --ignore-failed-read -T - -c | tar -x -C "$root/root/farwalk"
echo "$suite: a bare system after $SECONDS s"

cat >"$root/root/run" <<'END_RUN'
set -euo pipefail
cd /root/farwalk
export DEBIAN_FRONTEND=noninteractive
apt-get -q update >/root/log 2>&1 && apt-get -q install -y --no-install-recommends make git >/root/log 2>&1 || {
	cat /root/log
	exit 1
}
make demo 2>&1
scripts/bootstrap test
echo "packages: $SECONDS s"
make -j"$(nproc)" unit-build 2>&1
tests/run --jobs "$(nproc)" build/tests/*_test
apt-get -q autoclean >/dev/null
END_RUN
isolated bwrap --bind "$root" / --dev-bind /dev /dev --bind /proc /proc --bind /sys /sys --bind "$kept/archives" /var/cache/apt/archives \
	--bind "$kept/cache" /root/farwalk/cache env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
	${http_proxy:+http_proxy="$http_proxy"} bash /root/run >"$kept/log" 2>&1 || fail "$suite: $(tail -n 60 "$kept/log")"
cat "$kept/log"
if grep -i 'warning' "$kept/log"; then fail "$suite: a warning"; fi
grep -q 'all equal to the guest' "$kept/log" || fail "$suite: make demo compared nothing"
echo "$suite: make demo and the unit tests, in $SECONDS s"
