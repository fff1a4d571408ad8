#include "tests/lib/unit.h"

#include <zlib.h>

#include "base/alloc.h"
#include "recover/parse/ikconfig.h"

static const char config[] = "#\n# Automatically generated file; DO NOT EDIT.\n#\nCONFIG_X86_64=y\n"
			     "# CONFIG_IKCONFIG_PROC is not set\n";

/* IKCFG_ST, TEXT as a gzip file, END. */
static struct buf blob_of(const void *text, size_t size, const char *end)
{
	struct buf b = BUF_INIT;
	z_stream z = { .next_in = (Bytef *)(uintptr_t)text, .avail_in = (uInt)size };
	uLong room;

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
	room = deflateBound(&z, (uLong)size) + 64;
	buf_add_str(&b, "IKCFG_ST");
	buf_reserve(&b, room);
	z.next_out = (Bytef *)b.data + b.size;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	b.size += z.total_out;
	deflateEnd(&z);
	buf_add_str(&b, end);
	return b;
}

static struct err *unpack(const struct buf *blob, struct buf *text)
{
	return ikconfig_unpack((const uint8_t *)blob->data, blob->size, text);
}

static struct err *find(const struct buf *image, size_t *offset, struct buf *text)
{
	return ikconfig_find((const uint8_t *)image->data, image->size, offset, text);
}

static void a_config_comes_out_as_it_went_in(void **state)
{
	CLEANUP(buf_deinit) struct buf blob = blob_of(config, sizeof(config) - 1, "IKCFG_EDmore");
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;

	(void)state;
	buf_add_str(&text, "before\n");
	assert_ok(unpack(&blob, &text));
	assert_memory_equal(text.data, "before\n", 7);
	assert_string_equal(text.data + 7, config);
}

static void cut_off_anywhere_it_is_an_error(void **state)
{
	CLEANUP(buf_deinit) struct buf blob = blob_of(config, sizeof(config) - 1, "IKCFG_ED");
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	size_t whole = blob.size;

	(void)state;
	for (blob.size = 0; blob.size < 8; blob.size++)
		assert_err(unpack(&blob, &text), ERR_ABSENT, "no IKCFG_ST");
	for (; blob.size < whole - 8; blob.size++)
		assert_err(unpack(&blob, &text), ERR_DATA, "cut off");
	for (; blob.size < whole; blob.size++)
		assert_err(unpack(&blob, &text), ERR_DATA, "no IKCFG_ED behind");
	assert_ok(unpack(&blob, &text));
	assert_string_equal(text.data, config);
}

static void a_flipped_bit_is_an_error(void **state)
{
	CLEANUP(buf_deinit) struct buf blob = blob_of(config, sizeof(config) - 1, "IKCFG_ED");

	(void)state;
	for (size_t at = 0; at < blob.size; at++) {
		CLEANUP(buf_deinit) struct buf text = BUF_INIT;
		struct err *e;

		/* the time, extra flags and system in gzip's header mean nothing */
		if (at >= 12 && at < 18)
			continue;
		blob.data[at] ^= 0x10;
		e = unpack(&blob, &text);
		if (!e)
			fail_msg("byte %zu", at);
		assert_int_equal(err_code(e), at < 8 ? ERR_ABSENT : ERR_DATA);
		assert_int_equal(text.size, 0);
		err_discard(e);
		blob.data[at] ^= 0x10;
	}
}

static void a_bomb_does_not_go_off(void **state)
{
	size_t size = (size_t)64 << 20;
	char *zeros = memset(xmalloc(size), '#', size);
	CLEANUP(buf_deinit) struct buf blob = blob_of(zeros, size, "IKCFG_ED");
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;

	(void)state;
	free(zeros);
	assert_err(unpack(&blob, &text), ERR_DATA, "more than 4194304 bytes");
	assert_int_equal(text.size, 0);
}

static void other_text_is_no_config(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		const char *words;
	} bad[] = {
		{ "", 0, "no configuration" },
		{ "# only a comment\n", 17, "no configuration" },
		{ "hello CONFIG_X=y\n", 17, "no configuration" },
		{ "CONFIG_X=y\n\0CONFIG_Y=y\n", 23, "a NUL" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CLEANUP(buf_deinit) struct buf blob = blob_of(bad[i].text, bad[i].size, "IKCFG_ED");
		CLEANUP(buf_deinit) struct buf text = BUF_INIT;

		assert_err(unpack(&blob, &text), ERR_DATA, bad[i].words);
	}
}

static void it_is_found_in_an_image(void **state)
{
	CLEANUP(buf_deinit) struct buf blob = blob_of(config, sizeof(config) - 1, "IKCFG_ED");
	CLEANUP(buf_deinit) struct buf other = blob_of("CONFIG_Y=y\n", 11, "IKCFG_ED");
	CLEANUP(buf_deinit) struct buf image = BUF_INIT;
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	size_t offset = 77;

	(void)state;
	assert_err(find(&image, &offset, &text), ERR_ABSENT, "no ikconfig in 0 bytes");
	buf_add_str(&image, "something IKCFG_ST that a program searches for ");
	assert_err(find(&image, &offset, &text), ERR_DATA, "at 0xa: ikconfig: broken gzip data");
	assert_int_equal(offset, 77);
	buf_add(&image, blob.data, blob.size);
	assert_ok(find(&image, &offset, &text));
	assert_int_equal(offset, 47);
	assert_string_equal(text.data, config);
	buf_add(&image, blob.data, blob.size);
	assert_ok(find(&image, &offset, &text));
	assert_int_equal(offset, 47);
	buf_add(&image, other.data, other.size);
	assert_err(find(&image, &offset, &text), ERR_DATA, "and they differ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_config_comes_out_as_it_went_in),
		cmocka_unit_test(cut_off_anywhere_it_is_an_error),
		cmocka_unit_test(a_flipped_bit_is_an_error),
		cmocka_unit_test(a_bomb_does_not_go_off),
		cmocka_unit_test(other_text_is_no_config),
		cmocka_unit_test(it_is_found_in_an_image),
	};

	return cmocka_run_group_tests_name("ikconfig", tests, NULL, NULL);
}
