#!/usr/bin/env bash
# A tree with a featureset's patches: of those only what concerns files that are there, all of it or nothing.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
command -v dpkg-deb >/dev/null || { echo "dpkg-deb is not installed"; exit 77; }
make -s build
export FARWALK_CACHE=$scratch/cache SUITES=none
packages=$FARWALK_CACHE/packages
mkdir -p "$packages" "$scratch"/{tree/include,deb/DEBIAN,deb/usr/src,debian/patches-rt}
printf 'one\ntwo\nthree\nfour\nfive\nsix\nseven\n' | tee "$scratch/tree/include/a.h" "$scratch/tree/include/gone.h" >"$scratch/tree/include/moved.h"
touch "$scratch/tree/.complete"

deb() { # of the source: with what lies in deb/
	printf 'Package: linux-source-1.2\nVersion: 1.2.3-1\nArchitecture: all\nMaintainer: none <none@localhost>\nDescription: test\n' >"$scratch/deb/DEBIAN/control"
	dpkg-deb -Znone -b "$scratch/deb" "$scratch/source.deb" >/dev/null
}
packaging() { tar -C "$scratch" -cJf "$packages/linux_1.2.3-1.debian.tar.xz" debian; }
patched() {
	kernel-src/build/patched --tree "$scratch/tree" --archive "$scratch/source.deb" --facts "$scratch/facts" --out "$scratch/out"
}
nothing_left() {
	[ -z "$(find "$scratch" -maxdepth 1 -name 'out*')" ] || fail "left behind: $(find "$scratch" -maxdepth 1 -name 'out*')"
	[ "$(find "$scratch/tree" -type f | wc -l)" -eq 4 ] || fail "the tree was changed"
}
cat >"$scratch/facts" <<'END'
source=linux
version=1.2.3-1  # banner
config_package=linux-config-1.2
config_version=1.2.3-1
featureset=rt
END
deb

expect 2 'are needed' kernel-src/build/patched --tree "$scratch/tree"
expect 2 'not an option' kernel-src/build/patched --patch x
expect 2 'no such tree' kernel-src/build/patched --tree "$scratch/none" --archive x --facts "$scratch/facts" --out "$scratch/out"
expect 2 'names no featureset' kernel-src/build/patched --tree "$scratch/tree" --archive x --facts /dev/null --out "$scratch/out"
expect 1 'patches \(rt\) that are not to be had' patched
nothing_left

# As git writes them, one with words around it; and what is to be left out.
cat >"$scratch/debian/patches-rt/0001-change.patch" <<'END'
From: somebody
--- a is how a line may begin
@@ and so
---
 include/a.h | 2 +-

diff --git a/include/a.h b/include/a.h
index 1111111..2222222 100644
--- a/include/a.h
+++ b/include/a.h
@@ -1,5 +1,5 @@
 one
 two
-three
+drei
 four
 five
diff --git a/drivers/not_there.c b/drivers/not_there.c
index 1111111..2222222 100644
--- a/drivers/not_there.c
+++ b/drivers/not_there.c
@@ -1 +1,3 @@
-x
+y
+--- a/include/a.h
+++ b/include/a.h
--
2.39
END
cat >"$scratch/debian/patches-rt/0002-new.patch" <<'END'
diff --git a/include/new.h b/include/new.h
new file mode 100644
index 0000000..2222222
--- /dev/null
+++ b/include/new.h
@@ -0,0 +1,2 @@
+new
+lines
diff --git a/include/gone.h b/include/gone.h
deleted file mode 100644
--- a/include/gone.h
+++ /dev/null
@@ -1,7 +0,0 @@
-one
-two
-three
-four
-five
-six
-seven
diff --git a/include/moved.h b/include/there.h
similarity index 100%
rename from include/moved.h
rename to include/there.h
END
cat >"$scratch/debian/patches-rt/0003-again.patch" <<'END'
--- a/include/new.h
+++ b/include/new.h
@@ -1,2 +1,2 @@
 new
-lines
+words
END
cat >"$scratch/debian/patches-rt/0004-elsewhere.patch" <<'END'
--- /dev/null
+++ b/../../escaped
@@ -0,0 +1 @@
+x
--- a/drivers/not_there.c
+++ b/drivers/not_there.c
@@ -1 +1 @@
-x
+y
END
printf '# words\n0001-change.patch\n\n0002-new.patch # why\n0003-again.patch\n0004-elsewhere.patch\n' >"$scratch/debian/patches-rt/series"
packaging
patched
[ "$(cat "$scratch/out/.patches")" = "3 of 4 patches of linux_1.2.3-1.debian.tar.xz" ] || fail "$(cat "$scratch/out/.patches")"
sed -n 3p "$scratch/out/include/a.h" | grep -qx drei || fail "a.h is not changed"
[ "$(cat "$scratch/out/include/new.h")" = "$(printf 'new\nwords')" ] || fail "new.h is not made, or not changed"
cmp "$scratch/out/include/there.h" "$scratch/tree/include/moved.h"
[ "$(cd "$scratch/out" && find . -type f | sort | tr '\n' ' ')" = "./.patches ./include/a.h ./include/new.h ./include/there.h " ] ||
	fail "other files: $(find "$scratch/out" -type f)"
[ -z "$(find "$scratch" -name escaped)" ] || fail "a patch wrote outside"
rm -r "$scratch/out"
nothing_left

# patch_tree by itself: how many files it changed, their modes, what lies behind a link.
expect 2 'usage: patch_tree' build/bin/patch_tree "$scratch/tree"
expect 4 'none: No such file' build/bin/patch_tree "$scratch/none" "$scratch/debian/patches-rt/0002-new.patch"
expect 4 'none: No such file' build/bin/patch_tree "$scratch/tree" "$scratch/none"
mkdir "$scratch/part"
printf 'one\n' >"$scratch/part/tool"
chmod 755 "$scratch/part/tool"
ln -s . "$scratch/part/link"
printf -- '--- a/tool\n+++ b/tool\n@@ -1 +1 @@\n-one\n+eins\n--- a/none\n+++ b/none\n@@ -1 +1 @@\n-one\n+eins\n' >"$scratch/tool.patch"
[ "$(build/bin/patch_tree "$scratch/part" "$scratch/tool.patch")" = 1 ] && [ -x "$scratch/part/tool" ] && grep -qx eins "$scratch/part/tool" ||
	fail "the tool is not patched, or cannot be run: $(ls -l "$scratch/part")"
expect 3 'tool.patch: tool: the piece for line 1 does not fit' build/bin/patch_tree "$scratch/part" "$scratch/tool.patch"
printf -- '--- a/link/new\n+++ b/link/new\n@@ -0,0 +1 @@\n+new\n' >"$scratch/link.patch"
expect 3 'below something that is not a folder' build/bin/patch_tree "$scratch/part" "$scratch/link.patch"
[ "$(find "$scratch/part" -type f)" = "$scratch/part/tool" ] || fail "a patch wrote behind a link"
rm -r "$scratch/part"

# A piece that only fits with fuzz, or not at all; a series that names what is not there.
sed -i 's/^ five$/ fuenf/' "$scratch/debian/patches-rt/0001-change.patch"
packaging
expect 3 '0001-change.patch of linux_1.2.3-1.debian.tar.xz does not fit' patched
nothing_left
for name in ../x none.patch '-x' 'a b'; do
	echo "$name" >"$scratch/debian/patches-rt/series"
	packaging
	expect 3 'not the name of a patch|none.patch|series: a' patched
	nothing_left
done
rm -r "$scratch/debian/patches-rt"
packaging
expect 3 'no debian/patches-rt in it' patched
echo 'no archive' >"$packages/linux_1.2.3-1.debian.tar.xz"
expect 3 'no debian/patches-rt in it' patched
nothing_left

# A source package has them itself.
mkdir -p "$scratch"/{debian/patches-rt,dsc}
printf -- '--- a/include/a.h\n+++ b/include/a.h\n@@ -1 +1 @@\n-one\n+eins\n' >"$scratch/debian/patches-rt/one.patch"
echo one.patch >"$scratch/debian/patches-rt/series"
tar -C "$scratch" -cJf "$scratch/dsc/linux_1.2.3-1.debian.tar.xz" debian
tar -C "$scratch" -czf "$scratch/dsc/linux_1.2.3.orig.tar.gz" tree
{
	printf 'Format: 3.0 (quilt)\nSource: linux\nVersion: 1.2.3-1\nChecksums-Sha256:\n'
	(cd "$scratch/dsc" && for file in linux*.tar.*; do echo " $(sha256sum "$file" | cut -d ' ' -f 1) $(stat -c %s "$file") $file"; done)
} >"$scratch/dsc/linux_1.2.3-1.dsc"
kernel-src/build/patched --tree "$scratch/tree" --archive "$scratch/dsc/linux_1.2.3-1.dsc" --facts "$scratch/facts" --out "$scratch/out"
[ "$(cat "$scratch/out/.patches")" = "1 of 1 patches of linux_1.2.3-1.debian.tar.xz" ] || fail "$(cat "$scratch/out/.patches")"
sed -n 1p "$scratch/out/include/a.h" | grep -qx eins || fail "a.h is not changed"
rm -r "$scratch/out"
sed -i 's/featureset=rt/featureset=none/' "$scratch/facts"
kernel-src/build/patched --tree "$scratch/tree" --archive "$scratch/dsc/linux_1.2.3-1.dsc" --facts "$scratch/facts" --out "$scratch/out"
[ "$(cat "$scratch/out/.patches")" = "0 of 0 patches of linux_1.2.3-1.debian.tar.xz" ] || fail "$(cat "$scratch/out/.patches")"
rm -r "$scratch/out"
sed -i 's/featureset=none/featureset=rt/' "$scratch/facts"
printf x >>"$scratch/dsc/linux_1.2.3.orig.tar.gz"
expect 3 'the .dsc says' kernel-src/build/patched --tree "$scratch/tree" --archive "$scratch/dsc/linux_1.2.3-1.dsc" --facts "$scratch/facts" --out "$scratch/out"
nothing_left

# The source package's own patch comes first, as plain diff writes it.
cat >"$scratch/patch" <<'END'
diff -urN -x .git include/gone.h include/gone.h
--- a/include/gone.h
+++ b/include/gone.h
@@ -1,7 +0,0 @@
-one
-two
-three
-four
-five
-six
-seven
diff -urN -x .git include/new.h include/new.h
--- a/include/new.h
+++ b/include/new.h
@@ -0,0 +1 @@
+new
END
xz -c "$scratch/patch" >"$scratch/deb/usr/src/linux-patch-1.2-rt.patch.xz"
deb
patched
[ "$(cd "$scratch/out" && find . -type f | sort | tr '\n' ' ')" = "./.patches ./include/a.h ./include/moved.h ./include/new.h " ] ||
	fail "other files: $(find "$scratch/out" -type f)"
[ "$(cat "$scratch/out/.patches")" = "1 of 1 patches of source.deb" ] || fail "$(cat "$scratch/out/.patches")"
rm -r "$scratch/out"
nothing_left
