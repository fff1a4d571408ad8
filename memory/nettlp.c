/* nettlp: the memory of a live machine, read by a NetTLP adapter on its PCIe bus.
 *
 *	nettlp:ADAPTER?requester=BB:DD.F	(options: memory/nettlp_options.h)
 *
 * Each read request has a tag; up to `tags` are under way at a time. A tag whose
 * read was given up rests, and takes no read that a late answer could be
 * mistaken for (memory/tlp_tag.h). docs/nettlp.md tells how to set up the card.
 */
#include "memory/source.h"

#include <time.h>

#include "memory/nettlp_link.h"
#include "memory/nettlp_options.h"
#include "memory/nettlp_stamps.h"
#include "memory/read_plan.h"
#include "memory/tlp_tag.h"

#define BOOT_RAM_END 0xa0000 /* what is RAM in every PC */
#define NANOSECONDS_PER_MS UINT64_C(1000000)

/* In units of the timeout. An answer is owed for longer than any queue on the way
 * holds a packet, and fewer are owed than a tag remembers, or has ends for: after
 * each it rests for one timeout. */
#define OWED_TIMEOUTS 25
#define VECTOR_TIMEOUTS 50

/* When nothing at all comes for this long (or longer, as the retries say), the
 * adapter is away, and the rest of a vector fails. */
#define SILENCE_MIN (100 * NANOSECONDS_PER_MS)

enum counter {
	READS,
	COMPLETIONS,
	BYTES,
	RETRIES,
	TIMEOUTS,
	UNSUPPORTED,
	ABORTED,
	POISONED,
	LOST_PIECES,
	LATE,
	DUPLICATE,
	MALFORMED,
	FOREIGN,
	REFUSED,
	SILENT,
	COUNTER_COUNT
};

static const char *const counter_names[COUNTER_COUNT] = {
	[READS] = "nettlp_reads",
	[COMPLETIONS] = "nettlp_completions",
	[BYTES] = "nettlp_bytes",
	[RETRIES] = "nettlp_retries",
	[TIMEOUTS] = "nettlp_timeouts",
	[UNSUPPORTED] = "nettlp_unsupported_requests",
	[ABORTED] = "nettlp_completer_aborts",
	[POISONED] = "nettlp_poisoned",
	[LOST_PIECES] = "nettlp_lost_pieces",
	[LATE] = "nettlp_late",
	[DUPLICATE] = "nettlp_duplicate",
	[MALFORMED] = "nettlp_malformed",
	[FOREIGN] = "nettlp_foreign",
	[REFUSED] = "nettlp_refused",
	[SILENT] = "nettlp_silent_vectors",
};

struct nettlp {
	struct nettlp_options options;
	struct nettlp_link link;
	struct tlp_tag tags[NETTLP_TAGS_MAX];
	struct read_span spans[NETTLP_TAGS_MAX]; /* what each busy tag reads */
	uint8_t *data;			    /* of all tags */
	unsigned int next_tag, busy;
	uint32_t inflight; /* bytes */
	uint64_t timeout;  /* ns */
	uint64_t counters[COUNTER_COUNT];
	struct nettlp_stamps stamps;
	/* of the vector being read: */
	struct read_plan *plan; /* NULL: none */
	struct read_span held;	/* next to be sent */
	bool holding;
	uint64_t now, heard; /* ns; when anything came last */
};

static uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 * NANOSECONDS_PER_MS + (uint64_t)t.tv_nsec;
}

/* The words that hold the span; only its bytes where the words are not all RAM. */
static void widen(const struct ram_map *ram, const struct read_span *span, uint64_t *start,
		  uint64_t *end)
{
	*start = span->start & ~UINT64_C(3);
	*end = (span->end + 3) & ~UINT64_C(3);
	if (ram_map_contains(ram, PADDR(*start), *end - *start))
		return;
	*start = span->start;
	*end = span->end;
}

/* A read of [start, end) that the tag allows and that is all RAM. */
static bool is_fine(const struct nettlp *s, const struct tlp_tag *tag, uint64_t start, uint64_t end)
{
	return tlp_tag_allows(tag, start, (uint32_t)(end - start)) &&
	       ram_map_contains(s->plan->ram, PADDR(start), end - start);
}

/* Moves *end, or *start, to make a read that the tag allows: to a later end, or an
 * earlier one that leaves a rest of the span, or to an earlier start in its line. */
static bool move(const struct nettlp *s, const struct tlp_tag *tag, uint64_t *start, uint64_t *end)
{
	const struct read_span *span = &s->held;
	uint64_t words = *start & ~UINT64_C(3), page = (*start & PAGE_MASK) + PAGE_SIZE;
	uint64_t limit = words + s->options.mrrs < page ? words + s->options.mrrs : page;
	uint64_t line = *start - *start % TLP_LINE;

	for (uint64_t e = (*end & ~UINT64_C(3)) + 4; e <= limit; e += 4)
		if (is_fine(s, tag, *start, e))
			return *end = e, true;
	for (uint64_t e = (*end - 1) & ~UINT64_C(3); e > span->start; e -= 4)
		if (is_fine(s, tag, *start, e))
			return *end = e, true;
	if (*end > line + TLP_LINE)
		return false;
	for (uint64_t from = words; from > line; from -= 4)
		if (is_fine(s, tag, from, *end))
			return *start = from, true;
	return false;
}

/* Finds a tag for the held span, and which bytes to ask for. */
static bool find_tag(struct nettlp *s, uint64_t *start, uint64_t *end, unsigned int *ret)
{
	for (int pass = 0; pass < 2; pass++) {
		for (unsigned int i = 0; i < s->link.tags; i++) {
			unsigned int t = (s->next_tag + i) % s->link.tags;
			struct tlp_tag *tag = &s->tags[t];

			if (!tlp_tag_ready(tag, s->now))
				continue;
			if (pass ? !move(s, tag, start, end) :
				   !tlp_tag_allows(tag, *start, (uint32_t)(*end - *start)))
				continue;
			*ret = t;
			return true;
		}
	}
	return false;
}

/* Leaves [end, ...) of the held span for later. */
static void cut_held(struct nettlp *s, uint64_t end)
{
	struct read_span rest = s->held;

	if (end >= s->held.end)
		return;
	rest.start = end;
	s->held.end = end;
	read_plan_again(s->plan, &rest);
}

/* Sends a read for the held span; false when it has to wait. */
static bool send_held(struct nettlp *s)
{
	uint8_t datagram[TLP_READ_MAX];
	struct tlp_read read = { .requester = s->options.requester };
	enum nettlp_sent sent;
	uint64_t start, end;
	unsigned int t;

	widen(s->plan->ram, &s->held, &start, &end);
	if (s->busy && s->inflight + (end - start) > s->options.inflight)
		return false;
	if (!find_tag(s, &start, &end, &t))
		return false;
	read.at = start;
	read.size = (uint32_t)(end - start);
	read.tag = (uint8_t)t;
	sent = nettlp_link_send(&s->link, t, datagram, tlp_encode_read(&read, datagram));
	if (sent == NETTLP_FULL)
		return false;
	s->counters[REFUSED] += sent == NETTLP_REFUSED;
	s->counters[READS]++;
	cut_held(s, end);
	s->spans[t] = s->held;
	s->next_tag = (t + 1) % s->link.tags;
	s->busy++;
	s->inflight += read.size;
	tlp_tag_begin(&s->tags[t], read.at, read.size, s->now + s->timeout);
	return true;
}

static void send_all(struct nettlp *s)
{
	for (;;) {
		if (!s->holding)
			s->holding = read_plan_next(s->plan, &s->held);
		if (!s->holding || !send_held(s))
			return;
		s->holding = false;
	}
}

/* The read of tag t is over, as far as the count of what is under way goes. */
static void leave(struct nettlp *s, unsigned int t)
{
	s->busy--;
	s->inflight -= s->tags[t].size;
}

static void give_up(struct nettlp *s, unsigned int t)
{
	tlp_tag_give_up(&s->tags[t], s->now, s->timeout, OWED_TIMEOUTS * s->timeout);
	leave(s, t);
}

/* The read of tag t has no answer: asks again, or fails its elements. */
static void try_again(struct nettlp *s, unsigned int t)
{
	struct read_span *span = &s->spans[t];

	span->status = s->tags[t].status;
	if (span->tries >= s->options.retries) {
		read_plan_fail(s->plan, span, span->status);
		return;
	}
	span->tries++;
	s->counters[RETRIES]++;
	read_plan_again(s->plan, span);
}

static void settle(struct nettlp *s, unsigned int t)
{
	const struct tlp_tag *tag = &s->tags[t];

	leave(s, t);
	s->counters[UNSUPPORTED] += tag->status == MEMORY_UR;
	s->counters[ABORTED] += tag->status == MEMORY_CA;
	s->counters[POISONED] += tag->status == MEMORY_POISONED;
	if (tag->status == MEMORY_OK)
		read_plan_done(s->plan, &s->spans[t], tag->at, tag->data);
	else
		read_plan_fail(s->plan, &s->spans[t], tag->status);
}

/* A piece is missing: the rest of the answer is of no use. */
static void take_gap(struct nettlp *s, unsigned int t)
{
	s->counters[LOST_PIECES]++;
	if (s->tags[t].state == TLP_TAG_BUSY)
		give_up(s, t);
	else
		leave(s, t);
	try_again(s, t);
}

/* A datagram that came to the port of tag t. */
static void take(void *arg, unsigned int t, const void *datagram, size_t size)
{
	struct nettlp *s = arg;
	struct tlp_completion c;
	enum tlp_fault fault;
	uint32_t timestamp;
	uint16_t sequence;

	s->heard = s->now;
	if (tlp_decode_stamp(datagram, size, &sequence, &timestamp) &&
	    !nettlp_stamps_take(&s->stamps, sequence, timestamp)) {
		s->counters[DUPLICATE]++;
		return;
	}
	fault = tlp_decode_completion(datagram, size, &c);
	if (fault == TLP_OTHER) {
		s->counters[FOREIGN]++;
		return;
	}
	if (fault != TLP_FINE || c.requester != s->options.requester || c.tag != t) {
		s->counters[MALFORMED]++;
		s->tags[t].nonsense = true;
		return;
	}
	s->counters[COMPLETIONS]++;
	switch (tlp_tag_take(&s->tags[t], &c)) {
	case TLP_SETTLED:
		s->counters[BYTES] += c.status == TLP_SUCCESS ? c.size : 0;
		settle(s, t);
		break;
	case TLP_TAKEN:
		s->counters[BYTES] += c.size;
		break;
	case TLP_GAP:
		take_gap(s, t);
		break;
	case TLP_LATE:
		s->counters[LATE]++;
		break;
	case TLP_DUPLICATE:
		s->counters[DUPLICATE]++;
		break;
	case TLP_MALFORMED:
		s->counters[MALFORMED]++;
		break;
	}
}

static struct err *receive(struct nettlp *s, int wait)
{
	struct err *e = nettlp_link_wait(&s->link, wait);

	s->now = clock_ns();
	if (!e)
		s->counters[REFUSED] += nettlp_link_take(&s->link, take, s);
	return e;
}

static void give_up_expired(struct nettlp *s)
{
	for (unsigned int t = 0; s->busy && t < s->link.tags; t++) {
		if (s->tags[t].state != TLP_TAG_BUSY || s->now < s->tags[t].until)
			continue;
		s->counters[TIMEOUTS]++;
		give_up(s, t);
		try_again(s, t);
	}
}

/* How long nothing can happen but that something comes. */
static int wait_ms(const struct nettlp *s)
{
	uint64_t until = UINT64_MAX;

	for (unsigned int t = 0; t < s->link.tags; t++) {
		const struct tlp_tag *tag = &s->tags[t];

		if (tag->state == TLP_TAG_BUSY || (s->holding && tag->state == TLP_TAG_RESTING))
			until = tag->until < until ? tag->until : until;
	}
	if (until == UINT64_MAX)
		return 1;
	return until <= s->now ? 0 :
				 (int)((until - s->now + NANOSECONDS_PER_MS - 1) / NANOSECONDS_PER_MS);
}

/* The rest of the vector fails; nothing of it is under way any more. */
static void abandon(struct nettlp *s)
{
	for (unsigned int t = 0; t < s->link.tags; t++) {
		if (s->tags[t].state != TLP_TAG_BUSY)
			continue;
		give_up(s, t);
		read_plan_fail(s->plan, &s->spans[t], MEMORY_TIMEOUT);
	}
	if (s->holding)
		read_plan_again(s->plan, &s->held);
	s->holding = false;
	read_plan_abandon(s->plan, MEMORY_TIMEOUT);
}

/* The longest a vector may take, lost packets and all. */
static uint64_t budget(const struct nettlp *s, const struct memory_read *reads, size_t n)
{
	uint64_t requests = n, tags = s->link.tags < 20 ? s->link.tags : 20;

	for (size_t i = 0; i < n; i++)
		requests += reads[i].size / s->options.mrrs;
	return (VECTOR_TIMEOUTS + 4 * (s->options.retries + 1) + requests / tags) * s->timeout;
}

static struct err *read_planned(struct nettlp *s, uint64_t deadline)
{
	uint64_t silence = 2 * (s->options.retries + 1) * s->timeout;
	struct err *e = receive(s, 0); /* what came since the last vector */

	if (silence < SILENCE_MIN)
		silence = SILENCE_MIN;
	s->heard = s->now;
	while (!e) {
		send_all(s);
		if (!s->busy && !s->holding)
			return NULL;
		if (s->now - s->heard > silence || s->now > deadline) {
			s->counters[SILENT]++;
			break;
		}
		e = receive(s, wait_ms(s));
		give_up_expired(s);
	}
	abandon(s);
	return e;
}

static struct err *nettlp_read(struct memory *m, struct memory_read *reads, size_t n)
{
	CLEANUP(read_plan_deinit) struct read_plan plan;
	struct nettlp *s = m->source;
	struct err *e;

	read_plan_init(&plan, reads, n, &m->ram_map, s->options.mrrs);
	s->plan = &plan;
	s->now = clock_ns();
	e = read_planned(s, s->now + budget(s, reads, n));
	s->plan = NULL;
	return e;
}

static struct err *set_first_ram_map(const struct nettlp *s, struct memory *m)
{
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT;
	struct err *e = NULL;

	if (s->options.ram_map)
		e = ram_map_read(s->options.ram_map, &map);
	else
		ram_map_add(&map, PADDR(0), PADDR(BOOT_RAM_END));
	if (!e)
		memory_set_ram_map(m, &map);
	return e;
}

static struct err *nettlp_open(const char *rest, struct memory *m)
{
	struct nettlp *s = m->source = xcalloc(1, sizeof(*s));
	struct err *e;

	s->link.epoll = -1;
	e = nettlp_options_parse(rest, &s->options);
	if (e)
		return e;
	s->timeout = s->options.timeout_ms * NANOSECONDS_PER_MS;
	s->data = xcalloc(s->options.tags, s->options.mrrs);
	for (size_t t = 0; t < s->options.tags; t++)
		s->tags[t].data = s->data + t * s->options.mrrs;
	m->limits = (struct memory_limits){
		.batch = 4 * s->options.tags, .live = true, .parallel = false
	};
	e = set_first_ram_map(s, m);
	if (!e && !s->options.has_requester)
		e = nettlp_ask_requester(s->options.message, &s->options.requester);
	if (!e)
		e = nettlp_link_init(&s->link, s->options.local, s->options.adapter,
				     s->options.tags);
	return err_in(e, "%s", m->uri);
}

static void nettlp_close(struct memory *m)
{
	struct nettlp *s = m->source;

	if (!s)
		return;
	nettlp_link_deinit(&s->link);
	nettlp_options_deinit(&s->options);
	free(s->data);
	free(s);
}

static void nettlp_stats(const struct memory *m, memory_stats_each *each, void *arg)
{
	const struct nettlp *s = m->source;

	for (size_t i = 0; i < COUNTER_COUNT; i++)
		each(counter_names[i], s->counters[i], arg);
	each("nettlp_sequence_gaps", nettlp_stamps_missing(&s->stamps), arg);
}

const struct memory_ops memory_nettlp_ops = {
	.scheme = "nettlp",
	.open = nettlp_open,
	.close = nettlp_close,
	.read = nettlp_read,
	.stats = nettlp_stats,
};
