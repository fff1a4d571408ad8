#include "kernel-src/unpack/bz2.h"

#include <bzlib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"

#define BLOCK_MAGIC UINT64_C(0x314159265359)
#define END_MAGIC UINT64_C(0x177245385090)
#define MAGIC_BITS 48
#define HEADER_BYTES 4	  /* "BZh9" */
#define PIECE_BITS_MIN 80 /* its magic and its CRC */

#define PACKED_MAX (2u << 20)	 /* one block, packed: 900,000 bytes hardly grow */
#define UNPACKED_MAX (64u << 20) /* ... unpacked: a run of up to 259 equal bytes counts as 5 of those */
#define THREADS_MAX 8
#define PIECES_MAX (4 * THREADS_MAX)

/* One block: bits [start, end) of bz2.in, and what is in it. */
struct piece {
	uint64_t start, end;
	struct buf out;
	int status; /* BZ_OK or a negative code of libbz2 */
};

struct bz2 {
	struct stream *below;
	bool below_ended;
	struct buf in;	   /* packed bytes from the first block on that was not handed out */
	size_t scanned;	   /* so many bytes of it were searched for a magic */
	bool open, closed; /* a block began at bit `start`; the end of the stream came */
	uint64_t start;
	int threads;
	size_t count, given; /* pieces; how many of them were handed out */
	atomic_size_t next;  /* the next one to unpack */
	struct piece pieces[PIECES_MAX];
};

static void bz2_release(void *state)
{
	struct bz2 *b = state;

	for (size_t i = 0; i < PIECES_MAX; i++)
		buf_deinit(&b->pieces[i].out);
	buf_deinit(&b->in);
	stream_free(b->below);
	free(b);
}

/* --- finding blocks ----------------------------------------------------------- */

/* 64 bits from bit `shift` (0 to 7) of p on; 9 bytes are there. */
static uint64_t load_bits(const uint8_t *p, unsigned int shift)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	v = __builtin_bswap64(v);
	return shift ? v << shift | (uint64_t)p[8] >> (8 - shift) : v;
}

/* Looks for the next magic from byte b->scanned on: its bit, and which it is. A magic may begin at any bit
 * of a byte, and the two bytes behind that one are all its own. So we look at those two first. */
static bool find_magic(struct bz2 *b, uint64_t *bit, uint64_t *magic)
{
	const uint8_t *in = (const uint8_t *)b->in.data;
	static const uint64_t magics[] = { BLOCK_MAGIC, END_MAGIC };
	uint8_t second[256] = { 0 }, third[256] = { 0 }; /* bit k: fits at shift k */

	for (unsigned int shift = 0; shift < 8; shift++) {
		for (int i = 0; i < 2; i++) {
			second[magics[i] >> (32 + shift) & 0xff] |= (uint8_t)(1u << shift);
			third[magics[i] >> (24 + shift) & 0xff] |= (uint8_t)(1u << shift);
		}
	}
	for (; b->scanned + 9 <= b->in.size; b->scanned++) {
		const uint8_t *p = in + b->scanned;
		unsigned int shifts = second[p[1]] & third[p[2]];

		for (; shifts; shifts &= shifts - 1) {
			unsigned int shift = (unsigned int)__builtin_ctz(shifts);

			*magic = load_bits(p, shift) >> (64 - MAGIC_BITS);
			if (*magic != BLOCK_MAGIC && *magic != END_MAGIC)
				continue;
			*bit = 8 * (uint64_t)b->scanned++ + shift;
			return true;
		}
	}
	return false;
}

static struct err *read_more(struct bz2 *b)
{
	const void *block;
	size_t size;
	struct err *e;

	if (b->open && 8 * (uint64_t)b->in.size - b->start > 8 * (uint64_t)PACKED_MAX)
		return err_new(ERR_DATA, "bzip2: damaged: a block without an end");
	e = stream_read(b->below, &block, &size);
	if (e)
		return e;
	b->below_ended = !size;
	if (size)
		buf_add(&b->in, block, size);
	return NULL;
}

/* Forgets the bytes in front of the open block, or all that were searched. */
static void drop_done(struct bz2 *b)
{
	size_t done = b->open ? (size_t)(b->start / 8) : b->scanned;

	if (!done)
		return;
	memmove(b->in.data, b->in.data + done, b->in.size - done);
	b->in.size -= done;
	b->scanned -= done;
	b->start -= 8 * (uint64_t)done;
}

/* A magic: the block that was open ends here, and the next one may begin. */
static struct err *take_magic(struct bz2 *b, uint64_t bit, uint64_t magic)
{
	if (b->open && bit - b->start < PIECE_BITS_MIN)
		return err_new(ERR_DATA, "bzip2: damaged: an empty block");
	if (b->open) {
		b->pieces[b->count].start = b->start;
		b->pieces[b->count++].end = bit;
	}
	b->open = magic == BLOCK_MAGIC;
	b->closed = !b->open;
	b->start = bit;
	return NULL;
}

/* Finds the next pieces. */
static struct err *find_pieces(struct bz2 *b)
{
	size_t most = 4 * (size_t)b->threads;

	b->count = b->given = 0;
	drop_done(b);
	while (b->count < most) {
		uint64_t bit, magic;
		struct err *e;

		if (find_magic(b, &bit, &magic)) {
			e = take_magic(b, bit, magic);
		} else if (b->below_ended) {
			return b->closed ? NULL : err_new(ERR_DATA, "bzip2: cut short");
		} else if (b->open || !b->count) {
			if (!b->count) /* what lies between streams is not kept */
				drop_done(b);
			e = read_more(b);
		} else {
			return NULL;
		}
		if (e)
			return e;
	}
	return NULL;
}

/* --- unpacking them ------------------------------------------------------------- */

static void put_bits(uint8_t *to, uint64_t *at, uint64_t value, unsigned int count)
{
	while (count--) {
		if (value >> count & 1)
			to[*at / 8] |= (uint8_t)(0x80 >> *at % 8);
		++*at;
	}
}

/* The piece as a stream of its own; *size: its bytes. Owned by the caller. */
static uint8_t *piece_stream(const struct bz2 *b, const struct piece *piece, size_t *size)
{
	const uint8_t *in = (const uint8_t *)b->in.data + piece->start / 8;
	unsigned int shift = piece->start % 8;
	uint64_t bits = piece->end - piece->start, at = 8 * HEADER_BYTES + bits;
	size_t bytes = (size_t)(bits / 8), room = HEADER_BYTES + bytes + 1 + 10 + 1;
	uint8_t *to = xcalloc(room, 1);

	memcpy(to, "BZh9", HEADER_BYTES);
	for (size_t i = 0; i <= bytes; i++)
		to[HEADER_BYTES + i] = (uint8_t)((unsigned int)in[i] << shift |
						 (unsigned int)in[i + 1] >> (8 - shift));
	to[HEADER_BYTES + bytes] &= (uint8_t)(0xff00 >> bits % 8);
	put_bits(to, &at, END_MAGIC, MAGIC_BITS);
	/* the CRC of a stream of one block is the block's, which stands behind its magic */
	put_bits(to, &at, load_bits(in + 6, shift) >> 32, 32);
	*size = (size_t)(at + 7) / 8;
	return to;
}

static void piece_unpack(const struct bz2 *b, struct piece *piece)
{
	size_t size, most = 1u << 20;
	CLEANUP(free_ptr) uint8_t *from = piece_stream(b, piece, &size);
	bz_stream bz = { .next_in = (char *)from, .avail_in = (unsigned int)size };
	int status = BZ2_bzDecompressInit(&bz, 0, 0);

	buf_clear(&piece->out);
	while (status == BZ_OK && piece->out.size < UNPACKED_MAX) {
		buf_reserve(&piece->out, most);
		bz.next_out = piece->out.data + piece->out.size;
		bz.avail_out = (unsigned int)most;
		status = BZ2_bzDecompress(&bz);
		piece->out.size += most - bz.avail_out;
		if (status == BZ_OK && bz.avail_out)
			status = BZ_UNEXPECTED_EOF;
	}
	BZ2_bzDecompressEnd(&bz);
	piece->status = status == BZ_STREAM_END ? BZ_OK : status == BZ_OK ? BZ_DATA_ERROR : status;
}

static void *unpack_pieces(void *state)
{
	struct bz2 *b = state;
	size_t i;

	while ((i = atomic_fetch_add(&b->next, 1)) < b->count)
		piece_unpack(b, &b->pieces[i]);
	return NULL;
}

/* With fewer threads, or this one alone, when the system has no more. */
static void unpack_all(struct bz2 *b)
{
	pthread_t threads[THREADS_MAX];
	int started = 0;

	atomic_store(&b->next, 0);
	while (started < b->threads - 1 && (size_t)started + 1 < b->count &&
	       !pthread_create(&threads[started], NULL, unpack_pieces, b))
		started++;
	unpack_pieces(b);
	while (started)
		pthread_join(threads[--started], NULL);
}

static struct err *bz2_block(void *state, const void **block, size_t *size)
{
	struct bz2 *b = state;
	struct piece *piece;

	if (b->given == b->count) {
		struct err *e = find_pieces(b);

		if (e)
			return e;
		unpack_all(b);
	}
	*size = 0;
	if (!b->count)
		return NULL;
	piece = &b->pieces[b->given++];
	if (piece->status == BZ_MEM_ERROR)
		return err_new(ERR_SYSTEM, "bzip2: out of memory");
	if (piece->status != BZ_OK)
		return err_new(ERR_DATA, "bzip2: damaged");
	*block = piece->out.data;
	*size = piece->out.size;
	return NULL;
}

struct err *bz2_open(struct stream *s, struct stream **ret)
{
	static const struct stream_kind kind = { bz2_block, bz2_release };
	CLEANUP(stream_freep) struct stream *below = s;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	const uint8_t *magic;
	const void *block;
	size_t size;
	struct err *e = stream_peek(s, &block, &size);
	struct bz2 *b;

	if (e)
		return e;
	magic = block;
	if (size < 10 || memcmp(magic, "BZh", 3) != 0 || magic[3] < '1' || magic[3] > '9') {
		*ret = TAKE(below);
		return NULL;
	}
	b = xcalloc(1, sizeof(*b));
	b->below = TAKE(below);
	b->threads = cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (int)cores;
	*ret = stream_new(&kind, b);
	return NULL;
}
