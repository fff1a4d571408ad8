/* dsc: the description of a Debian source package: which files belong to it, with size and SHA256.
 *
 * Shape: paragraphs of "Field: value" lines; the lines of a list are indented by a blank. Often all of
 * it is PGP clear-signed, from "-----BEGIN PGP SIGNED MESSAGE-----" to "-----END PGP SIGNATURE-----":
 *	Format: 3.0 (quilt)
 *	Source: linux
 *	Version: 6.1.192-2
 *	Checksums-Sha256:
 *	 0123...cdef 137000000 linux_6.1.192.orig.tar.xz
 * Source: dsc(5).
 */
#ifndef KERNEL_SRC_UNPACK_DSC_H
#define KERNEL_SRC_UNPACK_DSC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "kernel-src/unpack/sha256.h"

#define DSC_FILES_MAX 16

enum dsc_kind {
	DSC_ORIGINAL,  /* .orig.tar.*: upstream's tree; or .tar.* of a native package */
	DSC_DIFF,      /* .diff.gz: what the distribution makes of it (format 1.0) */
	DSC_PACKAGING, /* .debian.tar.*: debian/, with patches (format 3.0) */
	DSC_OTHER,     /* a signature of one of them */
};

struct dsc_file {
	enum dsc_kind kind;
	char *name; /* a plain file name that begins with the source's */
	uint64_t size;
	uint8_t sha256[SHA256_SIZE];
};

struct dsc {
	char *source, *version;
	struct dsc_file files[DSC_FILES_MAX];
	size_t count;
};

/* Whether a file whose first bytes are this text is a .dsc. */
bool dsc_begins(const char *text);

/* *ret is owned by the caller. Errors: ERR_SYSTEM; ERR_DATA: not a .dsc, another format than 1.0,
 * 3.0 (quilt) and 3.0 (native), a file name with a folder in it, no SHA256, text outside the signed part. */
struct err *dsc_read(const char *path, struct dsc **ret) MUST_CHECK;

/* The file of this kind; NULL: there is none. */
const struct dsc_file *dsc_file(const struct dsc *d, enum dsc_kind kind);

/* Checks that each file lies in FOLDER, with this size and SHA256.
 * Errors: ERR_ABSENT (a file is not there), ERR_DATA (it is another), naming it; ERR_SYSTEM. */
struct err *dsc_check(const struct dsc *d, const char *folder) MUST_CHECK;

void dsc_free(struct dsc *d);
static inline void dsc_freep(struct dsc **d)
{
	dsc_free(*d);
}

#endif
