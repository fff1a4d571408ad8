# shellcheck shell=bash disable=SC2154 # its variables are those of scripts/guest
# SPDX-License-Identifier: GPL-2.0-or-later
# What a guest boots from: its initramfs and the disk that becomes its /boot. Uses: top, dir, name, package, suite, kernel_folder, say, die, need.

image_sources=$top/tests/guests/initramfs
image_modules=(virtio_pci virtio_blk ext4 qemu_fw_cfg) # and whatever these need
image_optional=qemu_fw_cfg			      # some kernels have it in a package of its own

# The populace: one program, many names. See rc for who starts them.
image_populace=(sleeper crond-like mailerd 'two words' a-name-that-is-longer-than-fifteen asuser undertaker stopped tracer vforker
	orphanage oddname threads leaderless threadexec nested userns retitle retitle-long retitle-moved longargs mappings hugepages files
	sockets crowd)

image_compile() { # ROOT
	# Some compilers ask for _FORTIFY_SOURCE by themselves, which looks at more results than these programs do.
	local cc=${CC:-gcc} flags=(-std=gnu11 -O2 -g -U_FORTIFY_SOURCE -Wall -Wextra -Werror -I"$image_sources") program link
	need "$cc" gcc
	for program in init agent procfs-report peek; do
		"$cc" "${flags[@]}" -s -static -o "$1/usr/sbin/$program" "$image_sources/$program.c"
	done
	# With symbols, for whoever looks up an address in them.
	"$cc" "${flags[@]}" -static -no-pie -o "$1/usr/sbin/clockd" "$image_sources/clockd.c"
	"$cc" "${flags[@]}" -static-pie -fPIE -o "$1/usr/sbin/clockd-pie" "$image_sources/clockd.c"
	"$cc" "${flags[@]}" -s -static -o "$1/usr/sbin/populace" "$image_sources"/populace*.c
	for link in "${image_populace[@]}"; do
		ln -f "$1/usr/sbin/populace" "$1/usr/sbin/$link"
	done
	mv "$1/usr/sbin/init" "$1/init"
}

image_install_modules() { # ROOT KERNEL RELEASE
	local module line file
	: >"$1/lib/modules/order"
	[ -d "$2/lib/modules/$3" ] || return 0 # a kernel without modules
	for module in "${image_modules[@]}"; do
		! [ "$module" = $image_optional ] || modprobe -d "$2" -S "$3" --show-depends "$module" >/dev/null 2>&1 || continue
		modprobe -d "$2" -S "$3" --show-depends --ignore-install "$module" | while read -r line file; do
			[ "$line" = insmod ] || continue # "builtin": nothing to do
			file=${file%% *}
			line=${file##*/}
			cp "$file" "$1/lib/modules/"
			if [[ $line == *.zst ]]; then # which busybox does not know
				need zstd zstd
				line=${line%.zst}
				zstd -q -d --rm "$1/lib/modules/$line.zst"
			fi
			grep -qxF "$line" "$1/lib/modules/order" || echo "$line" >>"$1/lib/modules/order"
		done
	done
}

image_build() {
	local kernel release root disk
	need cpio cpio
	need busybox busybox-static
	need mke2fs e2fsprogs
	kernel=$(kernel_get "$package")
	release=$(kernel_release "$kernel")
	! machine_running || die 4 "$name is running: scripts/guest stop $name"
	say "building $name with ${kernel##*/}"
	mkdir -p "$dir"
	root=$dir/root disk=$dir/disk
	rm -rf "$root" "$disk" "$dir/kernel"
	mkdir -p "$root"/{bin,boot,dev,etc,lib/modules,proc,root,run,sys,tmp,usr/sbin,var} "$disk"
	cp "$(command -v busybox)" "$root/bin/busybox"
	ln -s busybox "$root/bin/sh"
	! ldd "$root/bin/busybox" >/dev/null 2>&1 || die 4 "busybox needs libraries: apt-get install busybox-static"
	cp "$image_sources"/{rc,now,pid-of} "$root/etc/"
	image_compile "$root"
	image_install_modules "$root" "$kernel" "$release"
	(cd "$root" && find . | LC_ALL=C sort | cpio --quiet -o -H newc --owner 0:0 | gzip -1) >"$dir/initramfs.gz"
	[ ! -e "$kernel/boot/config-$release" ] || cp "$kernel/boot/config-$release" "$disk/"
	printf 'line %05d of a file that lies on the disk and is mapped into memory\n' {1..1000} >"$disk/mapped.txt"
	rm -f "$dir/disk.img"
	mke2fs -q -t ext4 -L boot -E root_owner=0:0 -d "$disk" "$dir/disk.img" 16M >/dev/null
	cp "$kernel/boot/vmlinuz-$release" "$dir/vmlinuz"
	echo "$kernel" >"$dir/kernel" # last: with it the image is complete
}

# Builds unless there is an image of the wanted kernel that is newer than its sources.
image_build_if_needed() {
	local wanted
	if [ -s "$dir/kernel" ]; then
		wanted=$(cat "$dir/kernel")
		[ -z "$package$suite$kernel_folder" ] || wanted=$(kernel_get "$package")
		if [ "$wanted" = "$(cat "$dir/kernel")" ] &&
			[ -z "$(find "$image_sources" "$top/scripts/guest-lib/image.sh" -newer "$dir/kernel" -print -quit)" ]; then
			return
		fi
	fi
	image_build
}
