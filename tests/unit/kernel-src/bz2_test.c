#include "tests/lib/unit.h"

#include <bzlib.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "kernel-src/unpack/bz2.h"

/* A stream of bytes in memory, in blocks of `most` bytes. */
struct bytes {
	const char *at;
	size_t left, most;
};

static struct err *bytes_read(void *state, const void **block, size_t *size)
{
	struct bytes *b = state;

	*block = b->at;
	*size = b->left < b->most ? b->left : b->most;
	b->at += *size;
	b->left -= *size;
	return NULL;
}

static void bytes_release(void *state)
{
	(void)state;
}

/* Unpacks `packed`, which arrives in blocks of `most` bytes. */
static struct err *unpack(const struct buf *packed, size_t most, struct buf *out)
{
	static const struct stream_kind kind = { bytes_read, bytes_release };
	struct bytes bytes = { packed->data, packed->size, most };
	CLEANUP(stream_freep) struct stream *s = NULL;
	struct err *e = bz2_open(stream_new(&kind, &bytes), &s);

	while (!e) {
		const void *block;
		size_t size;

		e = stream_read(s, &block, &size);
		if (e || !size)
			break;
		buf_add(out, block, size);
	}
	return e;
}

static void pack(struct buf *to, const struct buf *text, int level)
{
	unsigned int size = (unsigned int)(text->size + text->size / 50 + 1000);
	CLEANUP(free_ptr) char *packed = xmalloc(size);

	assert_int_equal(BZ2_bzBuffToBuffCompress(packed, &size, text->size ? text->data : packed,
						  (unsigned int)text->size, level, 0, 0),
			 BZ_OK);
	buf_add(to, packed, size);
}

/* Text that neither repeats nor is random. */
static void add_text(struct buf *text, size_t lines)
{
	uint32_t x = 12345;

	for (size_t i = 0; i < lines; i++) {
		x = x * 1103515245 + 12345;
		buf_addf(text, "static int function_%u(struct thing_%zu *t)\n", x >> 12, i % 97);
	}
}

static void expect(const struct buf *packed, size_t most, const struct buf *text)
{
	CLEANUP(buf_deinit) struct buf out = BUF_INIT;

	assert_ok(unpack(packed, most, &out));
	assert_int_equal(out.size, text->size);
	assert_memory_equal(buf_str(&out), buf_str(text), text->size);
}

static void what_was_packed_comes_out_again(void **state)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT, packed = BUF_INIT;

	(void)state;
	add_text(&text, 60000); /* 27 blocks at level 1, 3 at level 9 */
	pack(&packed, &text, 1);
	expect(&packed, 1 << 20, &text);
	expect(&packed, 4099, &text);
	buf_clear(&packed);
	pack(&packed, &text, 9);
	expect(&packed, 65536, &text);
}

static void runs_of_a_byte_grow_a_block_fifty_times(void **state)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT, packed = BUF_INIT;

	(void)state;
	buf_reserve(&text, 50 << 20);
	memset(text.data, 0, 50 << 20);
	text.size = 50 << 20;
	pack(&packed, &text, 9);
	expect(&packed, 1 << 20, &text);
}

static void short_and_several_streams(void **state)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT, packed = BUF_INIT, twice = BUF_INIT;

	(void)state;
	pack(&packed, &text, 9); /* nothing */
	expect(&packed, 100, &text);
	buf_add_str(&text, "x");
	buf_clear(&packed);
	pack(&packed, &text, 9);
	expect(&packed, 100, &text);
	add_text(&text, 9000);
	buf_clear(&packed);
	pack(&packed, &text, 1);
	pack(&packed, &text, 2);
	buf_add(&twice, text.data, text.size);
	buf_add(&twice, text.data, text.size);
	expect(&packed, 1000, &twice);
	/* Bytes that are not bzip2 pass as they are. */
	expect(&text, 1000, &text);
}

static void damage_is_noticed(void **state)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT, packed = BUF_INIT, out = BUF_INIT;
	size_t whole;

	(void)state;
	add_text(&text, 9000);
	pack(&packed, &text, 1);
	whole = packed.size;
	for (size_t cut = 11; cut < whole; cut += whole / 50) {
		packed.size = cut;
		assert_err(unpack(&packed, 5000, &out), ERR_DATA, "bzip2: cut short");
	}
	packed.size = whole;
	for (size_t at = 20; at < whole - 14; at += whole / 50) {
		packed.data[at] ^= 4;
		buf_clear(&out);
		assert_err(unpack(&packed, 5000, &out), ERR_DATA, "bzip2: damaged");
		packed.data[at] ^= 4;
	}
}

static void hostile_streams_end(void **state)
{
	static const char magic[] = "\x31\x41\x59\x26\x53\x59", end[] = "\x17\x72\x45\x38\x50\x90";
	CLEANUP(buf_deinit) struct buf packed = BUF_INIT, out = BUF_INIT;

	(void)state;
	buf_add_str(&packed, "BZh9");
	for (int i = 0; i < 100; i++)
		buf_add(&packed, magic, 6);
	assert_err(unpack(&packed, 11, &out), ERR_DATA, "an empty block");
	packed.size = 4;
	for (int i = 0; i < 100; i++)
		buf_addf(&packed, "%s----", magic);
	buf_addf(&packed, "%s----", end);
	assert_err(unpack(&packed, 1000, &out), ERR_DATA, "bzip2: damaged");
	packed.size = 10;
	for (int i = 0; i < 400000; i++)
		buf_add_str(&packed, "0123456789");
	assert_err(unpack(&packed, 65536, &out), ERR_DATA, "a block without an end");
	memcpy(packed.data + 4, end, 6); /* what follows the end is ignored */
	assert_ok(unpack(&packed, 65536, &out));
	assert_int_equal(out.size, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_packed_comes_out_again),
		cmocka_unit_test(runs_of_a_byte_grow_a_block_fifty_times),
		cmocka_unit_test(short_and_several_streams),
		cmocka_unit_test(damage_is_noticed),
		cmocka_unit_test(hostile_streams_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
