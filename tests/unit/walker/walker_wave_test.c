/* Reads that are noted, fetched together and held; and a memory that stops answering. */
#include "tests/unit/walker/image.h"

#include "walker/read/kread.c"
#include "walker/read/notes.c"
#include "walker/read/rehearse.c"

/* Answers from an image, badly if asked to. */
struct moody {
	struct image im;
	struct memory *m;
	size_t vectors, elements;
	enum memory_status status; /* of all reads, for so many vectors: */
	size_t bad;
	bool gone;
};

static struct err *moody_read(struct memory *m, struct memory_read *reads, size_t n)
{
	struct moody *x = m->source;

	x->vectors++;
	x->elements += n;
	if (x->gone)
		return err_new(ERR_SYSTEM, "unplugged");
	for (size_t i = 0; i < n; i++) {
		reads[i].status = x->bad ? x->status : MEMORY_OK;
		memcpy(reads[i].to, x->im.ram + reads[i].at.v, reads[i].size);
	}
	x->bad -= x->bad > 0;
	return NULL;
}

static void moody_close(struct memory *m)
{
	(void)m;
}

static const struct memory_ops moody_ops = { .scheme = "moody", .close = moody_close,
					     .read = moody_read };

static void setup(struct moody *x)
{
	struct target *t = &x->im.t;

	*x = (struct moody){ .bad = 0 };
	image_init(&x->im);
	x->m = memory_new(&moody_ops, "moody:", x);
	ram_map_add(&x->m->ram_map, PADDR(0), PADDR(IMAGE_SIZE));
	t->wave = wave_new(x->m);
	t->kernel.memory = t->kernel.tables.memory = t->wave;
}

static void teardown(struct moody *x)
{
	image_deinit(&x->im);
	memory_close(x->m);
}

/* A chain of pointers, and what each of them points to beside it. */
static uint64_t make_chain(struct moody *x, size_t links)
{
	uint64_t first = 0;

	for (size_t i = 0; i < links; i++) {
		uint64_t link = image_alloc(&x->im, 16);

		image_put64(&x->im, link, first);
		image_put64(&x->im, link + 8, i);
		first = link;
	}
	return first;
}

struct chains {
	uint64_t first[16];
	size_t calls;
	uint64_t sum; /* of what the last call could read */
};

static void follow(struct target *t, size_t i, void *arg)
{
	struct chains *c = arg;

	c->calls++;
	for (struct kaddr at = KADDR(c->first[i]), next; at.v; at = next) {
		uint64_t value = 0;

		next = KADDR(0); /* where the next cannot be read there is none */
		err_discard(kread_u64(&t->kernel, kaddr_add(at, 8), &value));
		c->sum += value;
		err_discard(kread_pointer(&t->kernel, at, &next));
	}
}

static void round_trips_are_those_of_the_longest_chain(void **state)
{
	struct chains c = { .calls = 0 };
	struct moody x;

	(void)state;
	setup(&x);
	for (size_t i = 0; i < 16; i++)
		c.first[i] = make_chain(&x, 1 + i % 4);
	rehearse_each(&x.im.t, 16, follow, &c);
	assert_int_equal(x.vectors, 4);
	assert_int_equal(x.elements, 2 * 4 * (1 + 2 + 3 + 4));
	/* a chain of n links is called n times, and once more to see that it lacks nothing */
	assert_int_equal(c.calls, 4 * (2 + 3 + 4 + 5));
	c.sum = 0;
	for (size_t i = 0; i < 16; i++)
		follow(&x.im.t, i, &c);
	assert_int_equal(c.sum, 4 * (0 + 1 + 3 + 6));
	assert_int_equal(x.vectors, 4);
	teardown(&x);
}

static void nothing_is_rehearsed_without_a_wave(void **state)
{
	struct chains c = { .calls = 0 };
	struct moody x;

	(void)state;
	setup(&x);
	memory_close(x.im.t.wave);
	x.im.t.wave = NULL;
	rehearse_each(&x.im.t, 16, follow, &c);
	assert_int_equal(c.calls, 0);
	teardown(&x);
}

static void note(struct target *t, void *arg)
{
	uint32_t value;

	notes_gap(&t->notes, "rehearsed");
	err_discard(kread_u32(&t->kernel, KADDR(DIRECT_MAP + OBJECTS_AT), &value));
	*(size_t *)arg += 1;
}

static void notes_of_a_rehearsal_are_dropped(void **state)
{
	size_t calls = 0;
	struct moody x;

	(void)state;
	setup(&x);
	notes_gap(&x.im.t.notes, "before");
	rehearse(&x.im.t, note, &calls);
	assert_int_equal(calls, 2);
	assert_int_equal(x.im.t.notes.gaps, 1);
	assert_string_equal(buf_str(&x.im.t.notes.lines), "incomplete: before\n");
	teardown(&x);
}

static enum memory_status read_at(struct memory *m, uint64_t at, void *to, size_t size)
{
	struct memory_read r = { PADDR(at), (uint32_t)size, to, MEMORY_OK };

	assert_ok(memory_read_vector(m, &r, 1));
	return r.status;
}

static void what_it_holds_is_not_read_again_until_it_forgets(void **state)
{
	uint8_t bytes[8], more[16];
	struct memory *w;
	struct moody x;

	(void)state;
	setup(&x);
	w = x.im.t.wave;
	x.im.ram[0x5000] = 7;
	wave_begin(w);
	assert_int_equal(read_at(w, 0x5000, bytes, 8), MEMORY_ABSENT);
	assert_int_equal(read_at(w, 0x5000, bytes, 8), MEMORY_ABSENT);
	assert_int_equal(wave_lacked(w), 2);
	assert_true(wave_is_rehearsing(w));
	assert_true(wave_fetch(w));
	assert_false(wave_fetch(w));
	wave_end(w);
	assert_false(wave_is_rehearsing(w));
	assert_int_equal(x.elements, 1);
	x.im.ram[0x5000] = 8;
	assert_int_equal(read_at(w, 0x5000, bytes, 8), MEMORY_OK);
	assert_int_equal(bytes[0], 7);
	/* another size is another read */
	assert_int_equal(read_at(w, 0x5000, more, 16), MEMORY_OK);
	assert_int_equal(more[0], 8);
	wave_forget(w);
	assert_int_equal(read_at(w, 0x5000, bytes, 8), MEMORY_OK);
	assert_int_equal(bytes[0], 8);
	teardown(&x);
}

static void long_reads_are_not_held(void **state)
{
	static uint8_t bytes[ENTRY_SIZE_MAX + 1];
	struct moody x;

	(void)state;
	setup(&x);
	wave_begin(x.im.t.wave);
	assert_int_equal(read_at(x.im.t.wave, 0x5000, bytes, sizeof(bytes)), MEMORY_ABSENT);
	assert_false(wave_fetch(x.im.t.wave));
	assert_int_equal(read_at(x.im.t.wave, 0x5000, bytes, ENTRY_SIZE_MAX), MEMORY_ABSENT);
	assert_true(wave_fetch(x.im.t.wave));
	wave_end(x.im.t.wave);
	assert_int_equal(read_at(x.im.t.wave, 0x5000, bytes, sizeof(bytes)), MEMORY_OK);
	assert_int_equal(x.vectors, 2);
	teardown(&x);
}

static void a_failure_that_may_pass_is_asked_for_again(void **state)
{
	const enum memory_status passing[] = { MEMORY_TIMEOUT, MEMORY_PROTOCOL, MEMORY_POISONED };
	uint8_t bytes[8];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct moody x;

		setup(&x);
		x.status = passing[i];
		x.bad = WAVE_TRIES - 1;
		assert_int_equal(read_at(x.im.t.wave, 0x5000, bytes, 8), MEMORY_OK);
		assert_int_equal(x.vectors, WAVE_TRIES);
		x.bad = WAVE_TRIES;
		assert_int_equal(read_at(x.im.t.wave, 0x5000, bytes, 8), passing[i]);
		x.status = MEMORY_UR;
		x.bad = 1;
		x.vectors = 0;
		assert_int_equal(read_at(x.im.t.wave, 0x5000, bytes, 8), MEMORY_UR);
		assert_int_equal(x.vectors, 1);
		teardown(&x);
	}
}

static void a_silent_memory_is_gone_until_a_restart(void **state)
{
	uint8_t bytes[8];
	struct moody x;
	size_t asked;

	(void)state;
	setup(&x);
	x.m->silence_unchecked = true; /* or it would notice by itself, after 8 vectors */
	x.status = MEMORY_TIMEOUT;
	x.bad = 1000;
	for (int i = 0; i < WAVE_SILENT_READS; i++) {
		assert_null(wave_gone(x.im.t.wave));
		assert_int_equal(read_at(x.im.t.wave, 0x5000, bytes, 8), MEMORY_TIMEOUT);
	}
	assert_non_null(wave_gone(x.im.t.wave));
	asked = x.vectors;
	assert_int_equal(read_at(x.im.t.wave, 0x6000, bytes, 8), MEMORY_TIMEOUT);
	assert_int_equal(x.vectors, asked);
	x.bad = 0;
	wave_restart(x.im.t.wave);
	assert_null(wave_gone(x.im.t.wave));
	assert_int_equal(read_at(x.im.t.wave, 0x5000, bytes, 8), MEMORY_OK);
	teardown(&x);
}

static void a_memory_that_fails_is_gone(void **state)
{
	uint8_t bytes[8];
	struct moody x;

	(void)state;
	setup(&x);
	x.gone = true;
	assert_int_equal(read_at(x.im.t.wave, 0x5000, bytes, 8), MEMORY_TIMEOUT);
	assert_string_equal(wave_gone(x.im.t.wave), "does not answer any more");
	teardown(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trips_are_those_of_the_longest_chain),
		cmocka_unit_test(nothing_is_rehearsed_without_a_wave),
		cmocka_unit_test(notes_of_a_rehearsal_are_dropped),
		cmocka_unit_test(what_it_holds_is_not_read_again_until_it_forgets),
		cmocka_unit_test(long_reads_are_not_held),
		cmocka_unit_test(a_failure_that_may_pass_is_asked_for_again),
		cmocka_unit_test(a_silent_memory_is_gone_until_a_restart),
		cmocka_unit_test(a_memory_that_fails_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
