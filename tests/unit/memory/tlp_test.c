#include "tests/lib/unit.h"

#include "memory/tlp.h"
#include "tests/lib/adapter_tlp.h"

static const uint8_t stamp[6] = { 0 };

/* The header of a read, as text describes it. */
static void assert_read(uint64_t at, uint32_t size, const char *expected)
{
	const struct tlp_read read = { at, size, 0x1b00, 0xa5 };
	uint8_t datagram[TLP_READ_MAX];
	size_t n = tlp_encode_read(&read, datagram);
	char text[3 * TLP_READ_MAX] = "";

	assert_memory_equal(datagram, stamp, 6);
	for (size_t i = 6; i < n; i++)
		sprintf(text + strlen(text), "%s%02x", i > 6 && i % 4 == 2 ? " " : "", datagram[i]);
	assert_string_equal(text, expected);
}

static void reads_are_encoded(void **state)
{
	(void)state;
	/* whole words; the first of them alone has no last one */
	assert_read(0x1000, 512, "00000080 1b00a5ff 00001000");
	assert_read(0x1000, 4, "00000001 1b00a50f 00001000");
	assert_read(0x2000, 8, "00000002 1b00a5ff 00002000");
	/* as captured on a bus: 98 bytes, 25 words, the last with two */
	assert_read(0x1000, 98, "00000019 1b00a53f 00001000");
	/* bytes of one word */
	assert_read(0x1001, 1, "00000001 1b00a502 00001000");
	assert_read(0x1001, 2, "00000001 1b00a506 00001000");
	assert_read(0x1003, 1, "00000001 1b00a508 00001000");
	/* over words */
	assert_read(0x1003, 2, "00000002 1b00a518 00001000");
	assert_read(0x1001, 600, "00000097 1b00a51e 00001000");
	/* a page: 1024 words are written 0, and touch nothing beside */
	assert_read(0x3000, 4096, "00000000 1b00a5ff 00003000");
	assert_read(0x3000, 4092, "000003ff 1b00a5ff 00003000");
	/* 4 words of header from 4 GiB on only */
	assert_read(0xffffff00, 256, "00000040 1b00a5ff ffffff00");
	assert_read(0x100000000, 4, "20000001 1b00a50f 00000001 00000000");
	assert_read(0xfedcba9876543210, 8, "20000002 1b00a5ff fedcba98 76543210");
}

/* What another implementation, strict about it, makes of it. */
static void the_other_side_understands_every_read(void **state)
{
	static const uint64_t bases[] = { 0, 0x7000, 0xfffff000, 0x100000000, 0x123456789000 };
	uint8_t datagram[TLP_READ_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(bases) / sizeof(*bases); i++) {
		for (uint32_t offset = 0; offset < 4096; offset += 1 + offset / 8) {
			for (uint32_t size = 1; offset + size <= 4096; size += 1 + size / 8) {
				const struct tlp_read read = { bases[i] + offset, size, 0xfffe, (uint8_t)size };
				struct adapter_request r;
				const char *wrong =
					adapter_decode_request(datagram, tlp_encode_read(&read, datagram), &r);

				if (wrong)
					fail_msg("%u bytes at 0x%lx: %s", size, (unsigned long)read.at, wrong);
				assert_int_equal(r.at, read.at);
				assert_int_equal(r.size, size);
				assert_int_equal(r.requester, 0xfffe);
				assert_int_equal(r.tag, read.tag);
			}
		}
	}
}

struct bytes {
	uint8_t data[TLP_COMPLETION_MAX + 8];
	size_t size;
};

/* Hexadecimal digits, then `more` bytes that count up. */
static struct bytes bytes_of(const char *text, size_t more)
{
	struct bytes b = { { 0 }, 0 };
	unsigned int value;
	int used;

	while (sscanf(text, " %2x%n", &value, &used) == 1) {
		b.data[b.size++] = (uint8_t)value;
		text += used;
	}
	for (size_t i = 0; i < more; i++)
		b.data[b.size++] = (uint8_t)i;
	return b;
}

static void assert_fault(const char *text, size_t more, enum tlp_fault expected)
{
	struct bytes b = bytes_of(text, more);
	struct tlp_completion c;
	enum tlp_fault fault = tlp_decode_completion(b.data, b.size, &c);

	if (fault != expected)
		fail_msg("%s + %zu: %d, expected %d", text, more, fault, expected);
}

static void completions_are_decoded(void **state)
{
	/* as captured: 512 bytes in two pieces */
	struct bytes b = bytes_of("0102 00000003 4a000040 00000200 1b00a500", 256);
	struct tlp_completion c;

	(void)state;
	assert_int_equal(tlp_decode_completion(b.data, b.size, &c), TLP_FINE);
	assert_int_equal(c.sequence, 0x102);
	assert_int_equal(c.timestamp, 3);
	assert_int_equal(c.requester, 0x1b00);
	assert_int_equal(c.tag, 0xa5);
	assert_int_equal(c.byte_count, 512);
	assert_int_equal(c.size, 256);
	assert_false(c.last || c.poisoned);
	assert_ptr_equal(c.data, b.data + 18);

	/* 3 bytes at 0x..41 */
	b = bytes_of("0000 00000000 4a004001 00000003 1b00a541", 4);
	assert_int_equal(tlp_decode_completion(b.data, b.size, &c), TLP_FINE);
	assert_true(c.last && c.poisoned);
	assert_int_equal(c.size, 3);
	assert_ptr_equal(c.data, b.data + 19);

	/* a page: 0 stands for 1024 words and for 4096 bytes */
	b = bytes_of("0000 00000000 4a000000 00000000 1b00a500", 4096);
	assert_int_equal(tlp_decode_completion(b.data, b.size, &c), TLP_FINE);
	assert_int_equal(c.size, 4096);
	assert_true(c.last);

	b = bytes_of("0000 00000000 0a000000 00002200 1b00a500", 0);
	assert_int_equal(tlp_decode_completion(b.data, b.size, &c), TLP_FINE);
	assert_int_equal(c.status, TLP_UNSUPPORTED_REQUEST);
	b = bytes_of("0000 00000000 0a000000 00008200 1b00a500", 0);
	assert_int_equal(tlp_decode_completion(b.data, b.size, &c), TLP_FINE);
	assert_int_equal(c.status, TLP_COMPLETER_ABORT);
}

static void what_is_no_completion_is_refused(void **state)
{
	const char *good = "0000 00000000 4a000010 00000040 1b00a500";

	(void)state;
	assert_fault(good, 64, TLP_FINE);
	/* every length but the right one */
	for (size_t n = 0; n < 200; n++)
		assert_fault(good, n, n == 64 ? TLP_FINE : TLP_SIZE);
	for (size_t n = 0; n < 18; n++) {
		struct bytes b = bytes_of(good, 0);
		struct tlp_completion c;

		assert_int_equal(tlp_decode_completion(b.data, n, &c), TLP_SHORT);
	}
	/* every other kind of packet */
	for (unsigned int type = 0; type < 256; type++) {
		char text[64];

		snprintf(text, sizeof(text), "0000 00000000 %02x000010 00000040 1b00a500", type);
		assert_fault(text, 64, type == 0x4a ? TLP_FINE : type == 0x0a ? TLP_FIELDS : TLP_OTHER);
	}
	assert_fault("0000 00000000 4a008010 00000040 1b00a500", 64, TLP_FIELDS); /* digest */
	assert_fault("0000 00000000 4a000010 00001040 1b00a500", 64, TLP_FIELDS); /* modified count */
	assert_fault("0000 00000000 4a000010 00000040 1b00a580", 64, TLP_FIELDS); /* reserved bit */
	assert_fault("0000 00000000 4a000010 00002040 1b00a500", 64, TLP_FIELDS); /* failure with data */
	assert_fault("0000 00000000 0a000000 00000040 1b00a500", 0, TLP_FIELDS);  /* success without */
	assert_fault("0000 00000000 0a000010 00002040 1b00a500", 64, TLP_FIELDS);
	for (unsigned int status = 0; status < 8; status++) {
		char text[64];
		bool fine = status == 1 || status == 4;

		snprintf(text, sizeof(text), "0000 00000000 0a000000 0000%02x40 1b00a500", status << 5);
		assert_fault(text, 0, fine ? TLP_FINE : TLP_FIELDS);
	}
	/* more words than bytes are owed */
	assert_fault("0000 00000000 4a000010 0000003c 1b00a500", 64, TLP_FIELDS);
	assert_fault("0000 00000000 4a000002 00000004 1b00a500", 8, TLP_FIELDS);
	/* cut where nothing may be cut: not the last piece, and it ends within a line */
	assert_fault("0000 00000000 4a00000f 00000080 1b00a500", 60, TLP_FIELDS);
	assert_fault("0000 00000000 4a000010 00000080 1b00a504", 64, TLP_FIELDS);
	assert_fault("0000 00000000 4a00000f 00000080 1b00a504", 60, TLP_FINE);
}

static void stamps_are_read_off_anything(void **state)
{
	struct bytes b = bytes_of("fffe 01020304 ff", 0);
	uint32_t timestamp;
	uint16_t sequence;

	(void)state;
	assert_true(tlp_decode_stamp(b.data, 6, &sequence, &timestamp));
	assert_int_equal(sequence, 0xfffe);
	assert_int_equal(timestamp, 0x01020304);
	assert_false(tlp_decode_stamp(b.data, 5, &sequence, &timestamp));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_are_encoded),
		cmocka_unit_test(the_other_side_understands_every_read),
		cmocka_unit_test(completions_are_decoded),
		cmocka_unit_test(what_is_no_completion_is_refused),
		cmocka_unit_test(stamps_are_read_off_anything),
	};

	return cmocka_run_group_tests_name("tlp", tests, NULL, NULL);
}
