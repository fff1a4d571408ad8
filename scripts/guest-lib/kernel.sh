# shellcheck shell=bash disable=SC2154 # its variables are those of scripts/guest
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernel packages: found, downloaded and unpacked once. Uses: top, cache, suite, kernel_folder, say, die, need.

kernel_mirror_suite=bookworm

kernel_advice() { # PACKAGE
	local host=''
	# shellcheck source=/dev/null
	[ ! -r /etc/os-release ] || host=$(. /etc/os-release && echo "${PRETTY_NAME-}")
	cat >&2 <<END
guest: ${suite:-apt on this machine (${host:-unknown})} offers no package ${1:-linux-image-amd64}.
  --suite SUITE asks another suite of Debian (bullseye, trixie, sid, ...).
  On Debian: apt-get update, and name an image that is offered: apt-cache search --names-only '^linux-image-[0-9].*-amd64$'
  Elsewhere (Ubuntu's images come without modules and under other names) that of Debian's $kernel_mirror_suite is taken, from the
  mirror of kernel-src/sources.def or from DEBIAN_MIRROR=URI; or fetch a Debian kernel image of your choice,
  linux-image-VERSION-amd64_..._amd64.deb, from a Debian mirror's pool/main/l/linux-signed-amd64/ (or snapshot archive), put it
  into $cache/, and name it: --package linux-image-VERSION-amd64
END
	exit 1
}

# apt-get and apt-cache of the machine, or of the suite that was asked for.
kernel_apt() { # PROGRAM ARGUMENT...
	if [ -n "$suite" ]; then
		FARWALK_CACHE=${cache%/guest} "$top/scripts/suite" "$suite" "$@"
	else
		"$@"
	fi
}

# The image that META, such as linux-image-amd64, depends on.
kernel_newest_package() { # META
	[ -z "$suite" ] || kernel_apt apt-cache policy >/dev/null || exit 4 # it says why
	LC_ALL=C kernel_apt apt-cache depends "$1" 2>/dev/null |
		sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1 || true
}

# The newest of them that lies ready in the cache.
kernel_ready_package() { # META
	find "$cache" -maxdepth 1 -regex ".*/linux-image-[0-9.-]+-${1#linux-image-}_[^_]*_amd64\.deb" -printf '%f\n' |
		sort -V | sed -n '$s/_.*//p'
}

# The newest .deb of PACKAGE in the cache, downloaded if there is none.
kernel_deb() { # PACKAGE
	local package=$1 partial
	kernel_deb_cached() {
		find "$cache" -maxdepth 1 -name "${package}_*_amd64.deb" | sort -V | tail -n 1
	}
	if [ -z "$(kernel_deb_cached)" ]; then
		need apt-get apt
		[ -n "$(kernel_apt apt-cache show --no-all-versions "$package" 2>/dev/null)" ] || kernel_advice "$package"
		say "downloading $package"
		partial=$(mktemp -d "$cache/.download.XXXXXX")
		if ! (cd "$partial" && kernel_apt apt-get -qq -o APT::Sandbox::User=root download "$package" >&2); then
			rm -rf "$partial"
			die 4 "apt-get download $package failed: is the network there, is apt-get update recent?"
		fi
		mv -- "$partial"/*.deb "$cache/"
		rmdir "$partial"
	fi
	kernel_deb_cached
}

# From 6.19 on a linux-image package is empty: it depends on packages with the kernel, the modules, and the configuration.
kernel_parts() { # DEB: the packages that belong to it, one a line
	dpkg-deb -f "$1" Depends | grep -oE 'linux-(binary|modules|base)-[0-9][a-z0-9.+-]*' | sort -u || true
}

# Prints a folder with boot/vmlinuz-RELEASE, boot/config-RELEASE and lib/modules/RELEASE, reused whenever it is there.
kernel_get() { # [PACKAGE]
	local package=$1 meta='' deb debs=() part unpacked partial
	mkdir -p "$cache"
	if [ -n "$kernel_folder" ]; then
		(cd "$kernel_folder" && pwd)
		return
	fi
	if [[ $package != *[0-9].* ]]; then
		meta=${package:-linux-image-amd64}
		package=$(kernel_newest_package "$meta")
		[ -n "$package$suite" ] || package=$(kernel_ready_package "$meta")
	fi
	# A machine that is no Debian: its apt knows none of Debian's kernels.
	if [ -z "$suite" ] && [ -z "$(apt-cache show linux-image-amd64 2>/dev/null)" ]; then
		suite=$kernel_mirror_suite
		[ -n "$package" ] || package=$(kernel_newest_package "$meta")
	fi
	[ -n "$package" ] || kernel_advice "$meta"
	[[ $package =~ ^linux-image-[a-z0-9.+-]+$ ]] || die 2 "not the name of a kernel image package: $package"
	deb=$(kernel_deb "$package")
	[ -n "$deb" ] || die 4 "$package was downloaded, but is not in $cache"
	unpacked=${deb%_amd64.deb}
	if [ ! -d "$unpacked" ]; then
		need dpkg-deb dpkg
		need depmod kmod
		debs=("$deb")
		for part in $(kernel_parts "$deb"); do
			debs+=("$(kernel_deb "$part")")
		done
		say "unpacking ${deb##*/}"
		partial=$(mktemp -d "$cache/.unpack.XXXXXX")
		if ! kernel_unpack "$partial" "${debs[@]}"; then
			rm -rf "$partial"
			die 4 "cannot unpack ${debs[*]}"
		fi
		chmod 755 "$partial"
		# Another run may have been faster: then its folder is as good.
		mv -T -- "$partial" "$unpacked" 2>/dev/null || rm -rf "$partial"
	fi
	echo "$unpacked"
}

# Into FOLDER, and there to where it was up to 6.18: packages of merged systems have everything in usr/lib/modules/RELEASE.
kernel_unpack() { # FOLDER DEB...
	local folder=$1 deb modules file
	shift
	for deb; do
		dpkg-deb -x "$deb" "$folder" || return
	done
	[ -e "$folder/lib" ] || ln -s usr/lib "$folder/lib" || return
	mkdir -p "$folder/boot"
	for modules in "$folder"/lib/modules/*; do
		for file in vmlinuz config; do
			[ ! -e "$modules/$file" ] || ln "$modules/$file" "$folder/boot/$file-${modules##*/}" || return
		done
	done
	depmod -b "$folder" "$(kernel_release "$folder")"
}

kernel_release() { # FOLDER
	local kernels=("$1"/boot/vmlinuz-*)
	[ -e "${kernels[0]}" ] || die 3 "$1 has no boot/vmlinuz-*: not a kernel image package with its kernel"
	echo "${kernels[0]##*/vmlinuz-}"
}
