#include "tests/lib/unit.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "kernel-src/unpack/dsc.h"
#include "tests/lib/scratch.h"

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

#define HEAD "Format: 1.0\nSource: linux-aws-6.5\nBinary: a, b\nVersion: 6.5.0-1024.24~22.04.1\n"
#define LIST "Checksums-Sha256:\n " ABC " 3 linux-aws-6.5_6.5.0.orig.tar.gz\n " ABC \
	     " 3 linux-aws-6.5_6.5.0-1024.24~22.04.1.diff.gz\n"
#define MD5 "Files:\n 0123 3 linux-aws-6.5_6.5.0.orig.tar.gz\n"
#define SIGNED(text) "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n" text \
	"\n-----BEGIN PGP SIGNATURE-----\n\niQHN\n-----END PGP SIGNATURE-----\n"

/* The examples of FIPS 180-4. */
static void a_digest_is_what_the_standard_says(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *million = xmalloc(1000000);
	const struct {
		const char *text;
		size_t size;
		const char *digest;
	} examples[] = {
		{ "", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", 3, ABC },
		{ million, 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
	};

	(void)state;
	memset(million, 'a', 1000000);
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		CLEANUP(free_ptr)
		char *path = scratch_bytes(&dir, "text", examples[i].text, examples[i].size);
		uint8_t digest[SHA256_SIZE];
		char hex[2 * SHA256_SIZE + 1];

		assert_ok(sha256_file(path, digest));
		sha256_text(digest, hex);
		assert_string_equal(hex, examples[i].digest);
	}
}

static void what_it_says_is_read(void **state)
{
	static const char *const forms[] = { HEAD LIST MD5, LIST HEAD MD5, SIGNED(HEAD LIST MD5),
					     SIGNED(HEAD MD5 LIST) };

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
		CLEANUP(free_ptr) char *path = scratch_file(&dir, "a.dsc", forms[i]);
		CLEANUP(dsc_freep) struct dsc *d = NULL;

		assert_true(dsc_begins(forms[i]) || i == 1);
		if (i == 1)
			continue; /* only a file that begins like a .dsc is one */
		assert_ok(dsc_read(path, &d));
		assert_string_equal(d->source, "linux-aws-6.5");
		assert_string_equal(d->version, "6.5.0-1024.24~22.04.1");
		assert_int_equal(d->count, 2);
		assert_string_equal(dsc_file(d, DSC_ORIGINAL)->name, "linux-aws-6.5_6.5.0.orig.tar.gz");
		assert_int_equal(dsc_file(d, DSC_DIFF)->size, 3);
		assert_null(dsc_file(d, DSC_PACKAGING));
	}
}

static void its_files_have_to_be_those(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = scratch_file(&dir, "a.dsc", HEAD LIST);
	CLEANUP(dsc_freep) struct dsc *d = NULL;

	(void)state;
	assert_ok(dsc_read(path, &d));
	assert_err(dsc_check(d, dir.path), ERR_ABSENT, "linux-aws-6.5_6.5.0.orig.tar.gz: not there");
	free(scratch_file(&dir, "linux-aws-6.5_6.5.0.orig.tar.gz", "abc"));
	assert_err(dsc_check(d, dir.path), ERR_ABSENT, "diff.gz: not there");
	free(scratch_file(&dir, "linux-aws-6.5_6.5.0-1024.24~22.04.1.diff.gz", "abcd"));
	assert_err(dsc_check(d, dir.path), ERR_DATA, "has 4 bytes, the .dsc says 3");
	free(scratch_file(&dir, "linux-aws-6.5_6.5.0-1024.24~22.04.1.diff.gz", "abd"));
	assert_err(dsc_check(d, dir.path), ERR_DATA, "the .dsc says " ABC);
	free(scratch_file(&dir, "linux-aws-6.5_6.5.0-1024.24~22.04.1.diff.gz", "abc"));
	assert_ok(dsc_check(d, dir.path));
}

static void refuse(const char *text, const char *words)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = scratch_file(&dir, "a.dsc", text);
	CLEANUP(dsc_freep) struct dsc *d = NULL;

	assert_err(dsc_read(path, &d), ERR_DATA, words);
	assert_null(d);
}

#define ONE(name) HEAD "Checksums-Sha256:\n " ABC " 3 " name "\n"

static void others_are_refused(void **state)
{
	(void)state;
	refuse("", "not the description");
	refuse("Source: linux\n", "not the description");
	refuse("Format: 1.0\n", "not the description");
	refuse("Format: 2.0\nSource: linux\nVersion: 1\n" LIST, "a format other");
	refuse("Format: 3.0 (git)\n" LIST, "a format other");
	refuse(HEAD, "no SHA256");
	refuse(HEAD MD5, "no SHA256");
	refuse(HEAD "Source: b\n" LIST, "a second one");
	refuse(HEAD LIST LIST, "two lists");
	refuse("Format: 1.0\nSource: ../x\nVersion: 1\n" LIST, "name or the version");
	refuse("Format: 1.0\nSource: a b\nVersion: 1\n" LIST, "name or the version");
	/* names */
	refuse(ONE("../linux-aws-6.5_1.orig.tar.gz"), "not the name of a file");
	refuse(ONE("linux-aws-6.5_/../x.orig.tar.gz"), "not the name of a file");
	refuse(ONE("linux-aws-6.5_\033[2J.orig.tar.gz"), "\\x1b[2J");
	refuse(ONE("/etc/passwd"), "not the name of a file");
	refuse(ONE("other_6.5.0.orig.tar.gz"), "not the name of a file");
	refuse(ONE("linux-aws-6.5_6.5.0.sh"), "not the name of a file");
	refuse(ONE("linux-aws-6.5_6.5.0.diff.gz"), "no archive of the source");
	refuse(HEAD "Checksums-Sha256:\n " ABC " 3 linux-aws-6.5_1.orig.tar.gz\n " ABC
		    " 3 linux-aws-6.5_2.orig.tar.gz\n", "a second file of its kind");
	/* numbers */
	refuse(HEAD "Checksums-Sha256:\n abcd 3 linux-aws-6.5_6.5.0.orig.tar.gz\n", "expected SHA256");
	refuse(HEAD "Checksums-Sha256:\n " ABC " linux-aws-6.5_6.5.0.orig.tar.gz\n", "expected SHA256");
	refuse(HEAD "Checksums-Sha256:\n " ABC " 99999999999 linux-aws-6.5_6.5.0.orig.tar.gz\n", "expected SHA256");
	refuse(HEAD "Checksums-Sha256:\n " ABC "00 3 linux-aws-6.5_6.5.0.orig.tar.gz\n", "expected SHA256");
	refuse(HEAD "Checksums-Sha256:\n " ABC " 3 linux-aws-6.5_6.5.0.orig.tar.gz more\n", "expected SHA256");
	/* nothing but what is signed counts */
	refuse("-----BEGIN PGP SIGNED MESSAGE-----\n\n" HEAD LIST, "cut short");
	refuse("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n", "cut short");
	refuse(SIGNED(HEAD) LIST, "behind its PGP signature");
	refuse(SIGNED(HEAD), "no SHA256");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_digest_is_what_the_standard_says),
		cmocka_unit_test(what_it_says_is_read),
		cmocka_unit_test(its_files_have_to_be_those),
		cmocka_unit_test(others_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
