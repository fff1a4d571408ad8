# shellcheck shell=bash disable=SC2154 # its variables are those of scripts/guest
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernel packages: found, downloaded and unpacked once. Uses: cache, say, die, need.

kernel_advice() { # PACKAGE
	local host=''
	# shellcheck source=/dev/null
	[ ! -r /etc/os-release ] || host=$(. /etc/os-release && echo "${PRETTY_NAME-}")
	cat >&2 <<END
guest: apt on this machine (${host:-unknown}) offers no package ${1:-linux-image-amd64}.
  On Debian: apt-get update, and name an image that is offered: apt-cache search --names-only '^linux-image-[0-9].*-amd64$'
  Elsewhere (Ubuntu's images come without modules and under other names): fetch a Debian kernel image of your choice,
  linux-image-VERSION-amd64_..._amd64.deb, from a Debian mirror's pool/main/l/linux-signed-amd64/ (or snapshot archive), put it
  into $cache/, and name it: --package linux-image-VERSION-amd64
END
	exit 1
}

# The package that linux-image-amd64 depends on, or the newest that lies ready in the cache when apt knows of none.
kernel_default_package() {
	local package
	package=$(LC_ALL=C apt-cache depends linux-image-amd64 2>/dev/null |
		sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1) || true
	if [ -z "$package" ]; then
		package=$(find "$cache" -maxdepth 1 -regex '.*/linux-image-[0-9.-]+-amd64_[^_]*_amd64\.deb' -printf '%f\n' 2>/dev/null |
			sort -V | sed -n '$s/_.*//p')
	fi
	[ -n "$package" ] || kernel_advice ''
	echo "$package"
}

# The newest .deb of PACKAGE in the cache, downloaded if there is none.
kernel_deb() { # PACKAGE
	local package=$1 partial
	kernel_deb_cached() {
		find "$cache" -maxdepth 1 -name "${package}_*_amd64.deb" | sort -V | tail -n 1
	}
	if [ -z "$(kernel_deb_cached)" ]; then
		need apt-get apt
		[ -n "$(apt-cache show --no-all-versions "$package" 2>/dev/null)" ] || kernel_advice "$package"
		say "downloading $package"
		partial=$(mktemp -d "$cache/.download.XXXXXX")
		if ! (cd "$partial" && apt-get -qq -o APT::Sandbox::User=root download "$package" >&2); then
			rm -rf "$partial"
			die 4 "apt-get download $package failed: is the network there, is apt-get update recent?"
		fi
		mv -- "$partial"/*.deb "$cache/"
		rmdir "$partial"
	fi
	kernel_deb_cached
}

# Prints a folder with boot/vmlinuz-RELEASE, boot/config-RELEASE and lib/modules/RELEASE, reused whenever it is there.
kernel_get() { # [PACKAGE]
	local package=$1 deb unpacked partial
	mkdir -p "$cache"
	[ -n "$package" ] || package=$(kernel_default_package)
	[[ $package =~ ^linux-image-[a-z0-9.+-]+$ ]] || die 2 "not the name of a kernel image package: $package"
	deb=$(kernel_deb "$package")
	[ -n "$deb" ] || die 4 "$package was downloaded, but is not in $cache"
	unpacked=${deb%_amd64.deb}
	if [ ! -d "$unpacked" ]; then
		need dpkg-deb dpkg
		need depmod kmod
		say "unpacking ${deb##*/}"
		partial=$(mktemp -d "$cache/.unpack.XXXXXX")
		if ! dpkg-deb -x "$deb" "$partial" || ! depmod -b "$partial" "$(kernel_release "$partial")"; then
			rm -rf "$partial"
			die 4 "cannot unpack $deb"
		fi
		chmod 755 "$partial"
		# Another run may have been faster: then its folder is as good.
		mv -T -- "$partial" "$unpacked" 2>/dev/null || rm -rf "$partial"
	fi
	echo "$unpacked"
}

kernel_release() { # FOLDER
	local kernels=("$1"/boot/vmlinuz-*)
	[ -e "${kernels[0]}" ] || die 3 "$1 has no boot/vmlinuz-*: not a kernel image package with its kernel"
	echo "${kernels[0]##*/vmlinuz-}"
}
