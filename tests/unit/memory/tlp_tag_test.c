#include "tests/lib/unit.h"

#include "memory/tlp_tag.h"
#include "tests/lib/adapter_tlp.h"
#include "tests/lib/random.h"

#define REST 10
#define OWED 1000

static uint8_t buffer[4096], memory[1 << 16];

static struct tlp_tag tag_of(void)
{
	return (struct tlp_tag){ .data = buffer };
}

/* A piece of the answer to a read of `size` bytes at `at`, `done` bytes into it, by the other implementation. */
static enum tlp_verdict give(struct tlp_tag *tag, uint64_t at, uint32_t size, uint32_t done, uint32_t piece)
{
	const struct adapter_request r = { at, size, 0x1b00, 1 };
	uint8_t datagram[TLP_COMPLETION_MAX] = { 0 };
	struct tlp_completion c;
	size_t n = adapter_encode_data(&r, done, memory + at % 32768 + done, piece, false, datagram);

	assert_int_equal(tlp_decode_completion(datagram, n, &c), TLP_FINE);
	return tlp_tag_take(tag, &c);
}

static enum tlp_verdict give_failure(struct tlp_tag *tag, uint32_t size, unsigned int lower, enum tlp_status status)
{
	struct tlp_completion c = { .status = status, .byte_count = size, .lower = (uint8_t)lower };

	return tlp_tag_take(tag, &c);
}

static int fill(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(memory); i++)
		memory[i] = (uint8_t)(i ^ i >> 8 ^ i * 31);
	return 0;
}

static void pieces_are_put_together(void **state)
{
	struct tlp_tag tag = tag_of();

	(void)state;
	assert_true(tlp_tag_ready(&tag, 0));
	tlp_tag_begin(&tag, 0x1010, 512, 100);
	assert_false(tlp_tag_ready(&tag, 0));
	assert_int_equal(give(&tag, 0x1010, 512, 0, 240), TLP_TAKEN);
	assert_int_equal(give(&tag, 0x1010, 512, 0, 240), TLP_DUPLICATE);
	assert_int_equal(give(&tag, 0x1010, 512, 240, 256), TLP_TAKEN);
	assert_int_equal(give(&tag, 0x1010, 512, 496, 16), TLP_SETTLED);
	assert_int_equal(tag.status, MEMORY_OK);
	assert_memory_equal(buffer, memory + 0x1010, 512);
	assert_true(tlp_tag_ready(&tag, 0));
	assert_int_equal(give(&tag, 0x1010, 512, 496, 16), TLP_LATE);
}

static void other_answers_are_refused(void **state)
{
	struct tlp_tag tag = tag_of();

	(void)state;
	tlp_tag_begin(&tag, 0x1000, 128, 100);
	assert_int_equal(give(&tag, 0x1000, 256, 0, 64), TLP_MALFORMED);
	assert_int_equal(give(&tag, 0x1040, 128, 0, 64), TLP_MALFORMED);
	assert_int_equal(give(&tag, 0x1004, 128, 0, 60), TLP_MALFORMED);
	assert_int_equal(give(&tag, 0x1004, 124, 0, 60), TLP_MALFORMED);
	tlp_tag_give_up(&tag, 100, REST, OWED);
	assert_int_equal(tag.status, MEMORY_PROTOCOL);
}

static void a_missing_piece_is_noticed(void **state)
{
	struct tlp_tag tag = tag_of();

	(void)state;
	tlp_tag_begin(&tag, 0x1000, 192, 100);
	assert_int_equal(give(&tag, 0x1000, 192, 64, 64), TLP_GAP);
	assert_int_equal(tag.state, TLP_TAG_BUSY);
	tlp_tag_give_up(&tag, 50, REST, OWED);
	assert_int_equal(tag.status, MEMORY_TIMEOUT);
	assert_false(tlp_tag_ready(&tag, 59));
	/* its last piece ends the rest: nothing more can come */
	assert_int_equal(give(&tag, 0x1000, 192, 128, 64), TLP_LATE);
	assert_true(tlp_tag_ready(&tag, 59));
	assert_true(tlp_tag_allows(&tag, 0x1000, 192));

	tlp_tag_begin(&tag, 0x1000, 192, 100);
	assert_int_equal(give(&tag, 0x1000, 192, 128, 64), TLP_GAP);
	assert_int_equal(tag.state, TLP_TAG_FREE);
}

static void a_tag_rests_and_remembers(void **state)
{
	struct tlp_tag tag = tag_of();

	(void)state;
	tlp_tag_begin(&tag, 0x1000, 512, 100);
	tlp_tag_give_up(&tag, 100, REST, OWED);
	assert_false(tlp_tag_ready(&tag, 109));
	assert_true(tlp_tag_ready(&tag, 110));
	/* nothing that ends there, modulo 128 */
	assert_false(tlp_tag_allows(&tag, 0x1000, 512));
	assert_false(tlp_tag_allows(&tag, 0x5000, 256));
	assert_false(tlp_tag_allows(&tag, 0x5040, 64));
	assert_true(tlp_tag_allows(&tag, 0x1000, 508));
	assert_true(tlp_tag_allows(&tag, 0x1000, 64));
	/* but a short one not from the start of a line */
	assert_true(tlp_tag_allows(&tag, 0x50fc, 4));
	assert_true(tlp_tag_allows(&tag, 0x5044, 60));
	assert_false(tlp_tag_allows(&tag, 0x503c, 68));
	tlp_tag_forget(&tag, 1099);
	assert_false(tlp_tag_allows(&tag, 0x1000, 512));
	tlp_tag_forget(&tag, 1100);
	assert_true(tlp_tag_allows(&tag, 0x1000, 512));
}

static void a_tag_that_is_owed_too_much_waits(void **state)
{
	struct tlp_tag tag = tag_of();
	uint64_t time = 0;

	(void)state;
	for (unsigned int i = 0; i < TLP_OWED_MAX; i++, time += REST) {
		assert_true(tlp_tag_ready(&tag, time));
		assert_true(tlp_tag_allows(&tag, 0x1000, 4 * (i + 1)));
		tlp_tag_begin(&tag, 0x1000, 4 * (i + 1), time);
		tlp_tag_give_up(&tag, time, REST, OWED);
	}
	assert_false(tlp_tag_ready(&tag, time));
	tlp_tag_forget(&tag, OWED);
	assert_true(tlp_tag_ready(&tag, time));
	assert_true(tlp_tag_allows(&tag, 0x1000, 4));
	assert_false(tlp_tag_allows(&tag, 0x1000, 8));
}

static void a_late_answer_is_not_that_of_the_next_read(void **state)
{
	struct tlp_tag tag = tag_of();

	(void)state;
	tlp_tag_begin(&tag, 0x1000, 512, 100);
	tlp_tag_give_up(&tag, 100, REST, OWED);
	assert_true(tlp_tag_ready(&tag, 120));
	tlp_tag_begin(&tag, 0x2000, 508, 220);
	assert_int_equal(give(&tag, 0x1000, 512, 0, 256), TLP_LATE);
	assert_int_equal(give(&tag, 0x2000, 508, 0, 256), TLP_TAKEN);
	assert_int_equal(give(&tag, 0x1000, 512, 256, 256), TLP_LATE);
	assert_int_equal(give(&tag, 0x2000, 508, 256, 252), TLP_SETTLED);
	assert_memory_equal(buffer, memory + 0x2000, 508);
	assert_true(tlp_tag_allows(&tag, 0x1000, 512));
}

static void failures_are_told_apart(void **state)
{
	struct tlp_tag tag = tag_of();

	(void)state;
	tlp_tag_begin(&tag, 0x1000, 512, 100);
	assert_int_equal(give_failure(&tag, 512, 0, TLP_UNSUPPORTED_REQUEST), TLP_SETTLED);
	assert_int_equal(tag.status, MEMORY_UR);
	tlp_tag_begin(&tag, 0x1000, 512, 100);
	assert_int_equal(give(&tag, 0x1000, 512, 0, 256), TLP_TAKEN);
	assert_int_equal(give_failure(&tag, 4, 0, TLP_COMPLETER_ABORT), TLP_SETTLED);
	assert_int_equal(tag.status, MEMORY_CA);

	/* one that may be that of a read given up is not believed, unless it fits */
	tlp_tag_begin(&tag, 0x1000, 512, 100);
	tlp_tag_give_up(&tag, 100, REST, OWED);
	tlp_tag_begin(&tag, 0x2000, 256, 100);
	assert_int_equal(give_failure(&tag, 512, 0, TLP_UNSUPPORTED_REQUEST), TLP_GAP);
	assert_int_equal(tag.state, TLP_TAG_BUSY);
	assert_int_equal(give_failure(&tag, 256, 0, TLP_UNSUPPORTED_REQUEST), TLP_SETTLED);

	/* the answer to what is owed, while the tag is free */
	assert_int_equal(give_failure(&tag, 512, 0, TLP_UNSUPPORTED_REQUEST), TLP_LATE);
	assert_int_equal(tag.owed_count, 0);
}

static void poison_is_passed_on_with_the_last_piece(void **state)
{
	struct tlp_completion c = { .byte_count = 128, .size = 64, .data = memory, .poisoned = true };
	struct tlp_tag tag = tag_of();

	(void)state;
	tlp_tag_begin(&tag, 0x1000, 128, 100);
	assert_int_equal(tlp_tag_take(&tag, &c), TLP_TAKEN);
	assert_int_equal(give(&tag, 0x1000, 128, 64, 64), TLP_SETTLED);
	assert_int_equal(tag.status, MEMORY_POISONED);
}

struct request {
	uint64_t at;
	uint32_t size, done, split;
};

static struct request choose(void)
{
	struct request r = { next_random() % 4096, 1 + next_random() % 520, 0, 64u << next_random() % 3 };

	if (next_random() % 2)
		r.at &= ~UINT64_C(63);
	if (next_random() % 2)
		r.size = r.size < 64 ? 64 : r.size & ~63u;
	return r;
}

/* Gives the next piece of it; true when that was the last. */
static bool give_next(struct tlp_tag *tag, struct request *r, enum tlp_verdict *verdict)
{
	const struct adapter_request whole = { r->at, r->size, 0, 1 };
	uint32_t piece = adapter_piece(&whole, r->done, r->split);

	*verdict = give(tag, r->at, r->size, r->done, piece);
	r->done += piece;
	return r->done == r->size;
}

/* Reads are given up at random, their answers come in between later ones' in any order: no byte is ever wrong. */
static void no_order_of_late_answers_gives_wrong_bytes(void **state)
{
	struct tlp_tag tag = tag_of();
	struct request late[8], now;
	unsigned int late_count = 0, settled = 0;
	enum tlp_verdict verdict;

	(void)state;
	for (uint64_t time = 0; time < 200000; time += 11) {
		assert_true(tlp_tag_ready(&tag, time));
		do
			now = choose();
		while (!tlp_tag_allows(&tag, now.at, now.size));
		tlp_tag_begin(&tag, now.at, now.size, time);
		for (;;) {
			if (late_count && next_random() % 3) {
				unsigned int i = next_random() % late_count;

				if (give_next(&tag, &late[i], &verdict))
					late[i] = late[--late_count];
				assert_int_equal(verdict, TLP_LATE);
			} else if (late_count < 8 && next_random() % 8 == 0) {
				tlp_tag_give_up(&tag, time, REST, UINT64_MAX / 2);
				late[late_count++] = now;
				break;
			} else if (give_next(&tag, &now, &verdict)) {
				assert_int_equal(verdict, TLP_SETTLED);
				assert_memory_equal(buffer, memory + now.at, now.size);
				settled++;
				break;
			} else {
				assert_int_equal(verdict, TLP_TAKEN);
			}
		}
	}
	assert_true(settled > 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_put_together),
		cmocka_unit_test(other_answers_are_refused),
		cmocka_unit_test(a_missing_piece_is_noticed),
		cmocka_unit_test(a_tag_rests_and_remembers),
		cmocka_unit_test(a_tag_that_is_owed_too_much_waits),
		cmocka_unit_test(a_late_answer_is_not_that_of_the_next_read),
		cmocka_unit_test(failures_are_told_apart),
		cmocka_unit_test(poison_is_passed_on_with_the_last_piece),
		cmocka_unit_test(no_order_of_late_answers_gives_wrong_bytes),
	};

	return cmocka_run_group_tests_name("tlp_tag", tests, fill, NULL);
}
