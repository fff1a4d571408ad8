#include "memory/nettlp_reader.h"

#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "memory/nettlp_link.h"
#include "memory/nettlp_stamps.h"
#include "memory/read_plan.h"
#include "memory/tlp_fit.h"
#include "memory/tlp_tag.h"

#define NANOSECONDS_PER_MS UINT64_C(1000000)

/* How long we expect the answer to a read that we gave up: longer than anything can hold it back.
 * PCIe lets a completer take 50 ms unless the requester allows more (Completion Timeout Value 0).
 * Ten times that leaves room for the queues of the adapter and of the network, and for a machine
 * that is too busy to look at its own queue. */
#define OWED_MIN (500 * NANOSECONDS_PER_MS)

/* In units of a tag's rest. A tag rests after each read that was given up, so that it is owed fewer
 * answers at a time than it can remember (TLP_OWED_MAX), or has different ends for. */
#define OWED_RESTS 25
#define VECTOR_RESTS 50

/* If nothing at all comes for this long (longer if the retries take longer), the adapter is away,
 * and the rest of a vector fails. */
#define SILENCE_MIN (100 * NANOSECONDS_PER_MS)

#define NEAR 30000 /* ns since the last answer: the next one is about to come */

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

struct nettlp_reader {
	const struct nettlp_options *options;
	struct nettlp_link link;
	struct tlp_tag tags[NETTLP_TAGS_MAX];
	struct read_span spans[NETTLP_TAGS_MAX]; /* what each busy tag reads */
	uint8_t *data;				 /* the buffers of all tags; owned */
	unsigned int next_tag, busy;
	uint32_t inflight; /* bytes */
	uint64_t timeout;  /* ns; of a read */
	uint64_t rest;	   /* ns; of a tag whose read was given up; a timeout or longer */
	uint64_t counters[COUNTER_COUNT];
	struct nettlp_stamps stamps;
	/* the vector that is being read: */
	struct read_plan *plan; /* NULL: none */
	struct read_span held;	/* the next one to send, */
	bool holding;		/* if there is one */
	uint64_t now;		/* ns */
	uint64_t heard;		/* ns; when the last datagram came */
	uint64_t taken;		/* ns; we have looked at all that came before then */
};

static uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 * NANOSECONDS_PER_MS + (uint64_t)t.tv_nsec;
}

/* Finds a tag for the held span, and the request to send with it. First a tag that can ask for the
 * whole span; then one that can ask for something else of use. */
static bool find_tag(struct nettlp_reader *r, struct tlp_fit *fit, unsigned int *ret)
{
	const struct tlp_fit whole = tlp_fit_whole(&r->held, r->plan->ram);

	for (int pass = 0; pass < 2; pass++) {
		for (unsigned int i = 0; i < r->link.tags; i++) {
			unsigned int t = (r->next_tag + i) % r->link.tags;
			struct tlp_tag *tag = &r->tags[t];

			*fit = whole;
			*ret = t;
			tlp_tag_forget(tag, r->taken);
			if (!tlp_tag_ready(tag, r->now))
				continue;
			if (pass ? tlp_fit_move(&r->held, r->plan->ram, r->options->mrrs, tag, fit) :
				   tlp_tag_allows(tag, fit->start, (uint32_t)(fit->end - fit->start)))
				return true;
		}
	}
	return false;
}

/* Cuts the held span at `end`, and puts the rest of it back into the plan. */
static void cut_held(struct nettlp_reader *r, uint64_t end)
{
	struct read_span rest = r->held;

	if (end >= r->held.end)
		return;
	rest.start = end;
	r->held.end = end;
	read_plan_again(r->plan, &rest);
}

/* Sends a read for the held span. False: it has to wait. */
static bool send_held(struct nettlp_reader *r)
{
	struct tlp_read read = { .requester = r->options->requester };
	uint8_t datagram[TLP_READ_MAX];
	enum nettlp_sent sent;
	struct tlp_fit fit;
	unsigned int t;

	if (!find_tag(r, &fit, &t))
		return false;
	read.at = fit.start;
	read.size = (uint32_t)(fit.end - fit.start);
	read.tag = (uint8_t)t;
	if (r->busy && r->inflight + read.size > r->options->inflight)
		return false;
	sent = nettlp_link_send(&r->link, t, datagram, tlp_encode_read(&read, datagram));
	if (sent == NETTLP_FULL)
		return false;
	r->counters[REFUSED] += sent == NETTLP_REFUSED;
	r->counters[READS]++;
	cut_held(r, fit.end);
	r->spans[t] = r->held;
	r->next_tag = (t + 1) % r->link.tags;
	r->busy++;
	r->inflight += read.size;
	tlp_tag_begin(&r->tags[t], read.at, read.size, r->now + r->timeout);
	return true;
}

static void send_all(struct nettlp_reader *r)
{
	for (;;) {
		if (!r->holding)
			r->holding = read_plan_next(r->plan, &r->held);
		if (!r->holding || !send_held(r))
			return;
		r->holding = false;
	}
}

/* The read of tag t no longer counts as outstanding. */
static void leave(struct nettlp_reader *r, unsigned int t)
{
	r->busy--;
	r->inflight -= r->tags[t].size;
}

static void give_up(struct nettlp_reader *r, unsigned int t)
{
	tlp_tag_give_up(&r->tags[t], clock_ns(), r->rest, OWED_RESTS * r->rest);
	leave(r, t);
}

/* The read of tag t got no answer: asks again, or fails its elements. */
static void try_again(struct nettlp_reader *r, unsigned int t)
{
	struct read_span *span = &r->spans[t];

	span->status = r->tags[t].status;
	if (span->tries >= r->options->retries) {
		read_plan_fail(r->plan, span, span->status);
		return;
	}
	span->tries++;
	r->counters[RETRIES]++;
	read_plan_again(r->plan, span);
}

static void settle(struct nettlp_reader *r, unsigned int t)
{
	const struct tlp_tag *tag = &r->tags[t];

	leave(r, t);
	r->counters[UNSUPPORTED] += tag->status == MEMORY_UR;
	r->counters[ABORTED] += tag->status == MEMORY_CA;
	r->counters[POISONED] += tag->status == MEMORY_POISONED;
	if (tag->status == MEMORY_OK)
		read_plan_done(r->plan, &r->spans[t], tag->at, tag->data);
	else
		read_plan_fail(r->plan, &r->spans[t], tag->status);
}

/* A piece is missing, so that the rest of the answer is of no use. */
static void take_gap(struct nettlp_reader *r, unsigned int t)
{
	r->counters[LOST_PIECES]++;
	if (r->tags[t].state == TLP_TAG_BUSY)
		give_up(r, t);
	else
		leave(r, t);
	try_again(r, t);
}

/* A datagram that came to the port of tag t. */
static void take(void *arg, unsigned int t, const void *datagram, size_t size)
{
	struct nettlp_reader *r = arg;
	struct tlp_completion c;
	enum tlp_fault fault;
	uint32_t timestamp;
	uint16_t sequence;

	r->heard = r->now;
	if (tlp_decode_stamp(datagram, size, &sequence, &timestamp) &&
	    !nettlp_stamps_take(&r->stamps, sequence, timestamp)) {
		r->counters[DUPLICATE]++;
		return;
	}
	fault = tlp_decode_completion(datagram, size, &c);
	if (fault == TLP_OTHER) {
		r->counters[FOREIGN]++;
		return;
	}
	if (fault != TLP_FINE || c.requester != r->options->requester || c.tag != t) {
		r->counters[MALFORMED]++;
		r->tags[t].nonsense = true;
		return;
	}
	r->counters[COMPLETIONS]++;
	switch (tlp_tag_take(&r->tags[t], &c)) {
	case TLP_SETTLED:
		r->counters[BYTES] += c.status == TLP_SUCCESS ? c.size : 0;
		settle(r, t);
		break;
	case TLP_TAKEN:
		r->counters[BYTES] += c.size;
		break;
	case TLP_GAP:
		take_gap(r, t);
		break;
	case TLP_LATE:
		r->counters[LATE]++;
		break;
	case TLP_DUPLICATE:
		r->counters[DUPLICATE]++;
		break;
	case TLP_MALFORMED:
		r->counters[MALFORMED]++;
		break;
	}
}

static struct err *receive(struct nettlp_reader *r, int wait)
{
	uint64_t before = r->now;
	struct err *e = nettlp_link_wait(&r->link, wait);

	r->now = clock_ns();
	if (e)
		return e;
	r->counters[REFUSED] += nettlp_link_take(&r->link, take, r);
	if (!r->link.more)
		r->taken = before;
	return NULL;
}

static void give_up_expired(struct nettlp_reader *r)
{
	for (unsigned int t = 0; r->busy && t < r->link.tags; t++) {
		if (r->tags[t].state != TLP_TAG_BUSY || r->now < r->tags[t].until)
			continue;
		r->counters[TIMEOUTS]++;
		give_up(r, t);
		try_again(r, t);
	}
}

/* How long we may sleep: until the next timeout or the end of a rest, unless a datagram comes. */
static int wait_ms(const struct nettlp_reader *r)
{
	uint64_t until = UINT64_MAX;

	for (unsigned int t = 0; t < r->link.tags; t++) {
		const struct tlp_tag *tag = &r->tags[t];

		if (tag->state == TLP_TAG_BUSY ||
		    (r->holding && tag->state == TLP_TAG_RESTING && tag->until > r->now))
			until = tag->until < until ? tag->until : until;
	}
	if (until == UINT64_MAX)
		return 1;
	return until <= r->now ? 0 :
				 (int)((until - r->now + NANOSECONDS_PER_MS - 1) / NANOSECONDS_PER_MS);
}

/* With several reads outstanding the next answer comes sooner than we could go to sleep and be
 * woken. */
static bool is_near(const struct nettlp_reader *r)
{
	return r->busy > 1 && r->now - r->heard < NEAR;
}

/* Fails the rest of the vector. None of its reads is outstanding then. */
static void abandon(struct nettlp_reader *r)
{
	for (unsigned int t = 0; t < r->link.tags; t++) {
		if (r->tags[t].state != TLP_TAG_BUSY)
			continue;
		give_up(r, t);
		read_plan_fail(r->plan, &r->spans[t], MEMORY_TIMEOUT);
	}
	if (r->holding)
		read_plan_again(r->plan, &r->held);
	r->holding = false;
	read_plan_abandon(r->plan, MEMORY_TIMEOUT);
}

/* The longest time that a vector may take, lost packets included. */
static uint64_t budget(const struct nettlp_reader *r, const struct memory_read *reads, size_t n)
{
	uint64_t requests = n, tags = r->link.tags < 20 ? r->link.tags : 20;

	for (size_t i = 0; i < n; i++)
		requests += reads[i].size / r->options->mrrs;
	return (VECTOR_RESTS + 4 * (r->options->retries + 1) + requests / tags) * r->rest;
}

static struct err *read_planned(struct nettlp_reader *r, uint64_t deadline)
{
	uint64_t silence = (r->options->retries + 1) * (r->timeout + r->rest);
	struct err *e = receive(r, 0); /* what came since the last vector */

	if (silence < SILENCE_MIN)
		silence = SILENCE_MIN;
	r->heard = r->now;
	while (!e) {
		send_all(r);
		if (!r->busy && !r->holding)
			return NULL;
		if (r->now - r->heard > silence || r->now > deadline) {
			r->counters[SILENT]++;
			break;
		}
		e = receive(r, is_near(r) ? 0 : wait_ms(r));
		give_up_expired(r);
	}
	abandon(r); /* after an error, and when the adapter is silent */
	return e;
}

struct err *nettlp_reader_read(struct nettlp_reader *r, const struct ram_map *ram,
			       struct memory_read *reads, size_t n)
{
	CLEANUP(read_plan_deinit) struct read_plan plan;
	struct err *e;

	read_plan_init(&plan, reads, n, ram, r->options->mrrs);
	r->plan = &plan;
	r->now = clock_ns();
	e = read_planned(r, r->now + budget(r, reads, n));
	r->plan = NULL;
	return e;
}

struct err *nettlp_reader_new(const struct nettlp_options *options, struct nettlp_reader **ret)
{
	struct nettlp_reader *r = xcalloc(1, sizeof(*r));
	struct err *e;

	r->options = options;
	r->timeout = options->timeout_ms * NANOSECONDS_PER_MS;
	r->rest = r->timeout > OWED_MIN / OWED_RESTS ? r->timeout : OWED_MIN / OWED_RESTS;
	r->data = xcalloc(options->tags, options->mrrs);
	for (size_t t = 0; t < options->tags; t++)
		r->tags[t].data = r->data + t * options->mrrs;
	e = nettlp_link_init(&r->link, options->local, options->adapter, options->tags);
	if (e) {
		nettlp_reader_free(r);
		return e;
	}
	*ret = r;
	return NULL;
}

void nettlp_reader_free(struct nettlp_reader *r)
{
	if (!r)
		return;
	nettlp_link_deinit(&r->link);
	free(r->data);
	free(r);
}

void nettlp_reader_stats(const struct nettlp_reader *r, memory_stats_each *each, void *arg)
{
	for (size_t i = 0; i < COUNTER_COUNT; i++)
		each(counter_names[i], r->counters[i], arg);
	each("nettlp_sequence_gaps", nettlp_stamps_missing(&r->stamps), arg);
}
