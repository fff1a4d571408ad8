/* avml: what AVML writes with --compress. (Without it, it writes LiME: lime.c.)
 *
 * Shape: for each block of memory a header of 32 bytes (u32 0x4C4D5641, u32 version 2, u64 first
 * address, u64 last address (inclusive), u64 0), then its bytes as a stream in the snappy framing
 * format, then u64 the size of that stream. A stream consists of chunks, u8 type and u24 size each.
 * Types 0 (compressed) and 1 (plain) hold u32 masked CRC-32C of at most 65536 bytes of memory, and
 * those bytes; 0xff begins a stream; a reader skips 0x80 and above. Newer AVML leaves out blocks
 * that are all zero: lime.c. The size of a stream stands behind it, so we find the blocks from the
 * end of the file. If the file is cut off, we find them from its start. We look up the chunks of a
 * block when it is first read.
 * Source: AVML src/image.rs, src/io/snappy.rs; snappy framing_format.txt.
 */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/search.h"
#include "base/vec.h"
#include "base/view.h"
#include "memory/crc32c.h"
#include "memory/image.h"

#ifdef MEMORY_WITH_SNAPPY
#include <snappy-c.h>

#define AVML_MAGIC 0x4C4D5641
#define HEADER_SIZE 32
#define TRAILER_SIZE 8
#define CHUNK_MAX 65536	      /* bytes of memory in one */
#define PACKED_MAX (2 * CHUNK_MAX) /* bytes of a chunk in the file; snappy needs less */
#define CACHE_SLOTS 256	      /* 16 MiB */

enum chunk_type { CHUNK_COMPRESSED = 0, CHUNK_PLAIN = 1, CHUNK_SKIPPED = 0x80, CHUNK_STREAM = 0xff };

struct chunk {
	struct paddr start; /* of its memory */
	uint64_t offset;    /* of its header in the file */
};

struct block {
	struct paddr start, end;
	uint64_t offset, size; /* of its stream in the file */
	struct chunk *chunks;  /* owned; NULL: not looked up yet */
	size_t count, capacity;
	struct paddr known; /* the end of what the chunks hold */
	enum memory_status beyond; /* of a read from there on */
};

struct slot {
	uint64_t offset; /* of the chunk; 0: empty */
	size_t size;
	uint8_t *bytes; /* CHUNK_MAX */
};

struct avml {
	struct image *image;
	struct block *blocks; /* owned; sorted */
	size_t count, capacity;
	struct crc32c crc;
	struct slot cache[CACHE_SLOTS];
	char packed[PACKED_MAX];
};

static void avml_close(struct memory *m)
{
	struct avml *a = m->source;

	for (size_t i = 0; i < a->count; i++)
		free(a->blocks[i].chunks);
	for (size_t i = 0; i < CACHE_SLOTS; i++)
		free(a->cache[i].bytes);
	free(a->blocks);
	image_close(a->image);
	free(a);
}

/* --- the chunks of a block ------------------------------------------------------------ */

/* A chunk's header. */
struct head {
	uint8_t type;
	uint32_t size;	 /* of what follows the first 4 bytes */
	uint32_t memory; /* bytes of memory in it; 0: the chunk is skipped */
};

/* The length with which compressed data begins: 7 bits a byte, the lowest first. */
static bool parse_length(const uint8_t *p, size_t size, uint32_t *ret)
{
	uint64_t value = 0;

	for (size_t i = 0; i < 5 && i < size; i++) {
		value |= (uint64_t)(p[i] & 0x7f) << 7 * i;
		if (p[i] & 0x80)
			continue;
		*ret = (uint32_t)value;
		return value <= UINT32_MAX;
	}
	return false;
}

static struct err *broken(const struct avml *a, uint64_t offset, const char *what)
{
	return err_new(ERR_DATA, "%s: at 0x%" PRIx64 ": %s", a->image->path, offset, what);
}

/* Errors: ERR_DATA: it is not a chunk, or the file ends in it. */
static struct err *read_head(const struct avml *a, uint64_t offset, uint64_t end, struct head *ret)
{
	uint8_t bytes[16] = { 0 };
	size_t want = end - offset < sizeof(bytes) ? (size_t)(end - offset) : sizeof(bytes);
	struct err *e = image_bytes(a->image, offset, bytes, want);
	struct head h = { bytes[0], load_u32(bytes) >> 8, 0 };

	if (e)
		return e;
	if (want < 4 || h.size > end - offset - 4)
		return broken(a, offset, "the file ends in a chunk");
	if (h.type == CHUNK_STREAM && (h.size != 6 || memcmp(bytes + 4, "sNaPpY", 6)))
		return broken(a, offset, "begins a stream, but not of snappy");
	*ret = h;
	if (h.type >= CHUNK_SKIPPED)
		return NULL;
	if (h.type > CHUNK_PLAIN)
		return broken(a, offset, "a chunk of a type that is not known");
	if (h.size < 5 || h.size > PACKED_MAX)
		return broken(a, offset, "a chunk of no possible size");
	ret->memory = h.size - 4;
	if (h.type == CHUNK_COMPRESSED && !parse_length(bytes + 8, want - 8, &ret->memory))
		return broken(a, offset, "compressed data without its length");
	if (!ret->memory || ret->memory > CHUNK_MAX)
		return broken(a, offset, "a chunk with no or too much memory");
	return NULL;
}

/* Looks up chunks from the start of the block's stream until its memory is complete, or up to `end`
 * in the file. *stop: where that was, also after an error.
 * Errors: ERR_DATA; the block keeps the chunks before. */
static struct err *block_index(const struct avml *a, struct block *b, uint64_t end, uint64_t *stop)
{
	b->known = b->start;
	*stop = b->offset;
	while (b->known.v < b->end.v && *stop < end) {
		struct head h = { 0 };
		struct err *e = read_head(a, *stop, end, &h);

		if (e)
			return e;
		if (h.memory > b->end.v - b->known.v)
			return broken(a, *stop, "more memory than the block has addresses");
		if (h.memory)
			*vec_add(b->chunks, b->count, b->capacity) =
				(struct chunk){ b->known, *stop };
		b->known.v += h.memory;
		*stop += 4 + (uint64_t)h.size;
	}
	return NULL;
}

/* --- blocks ----------------------------------------------------------------------------- */

static struct err *read_header(const struct avml *a, uint64_t at, struct block *ret)
{
	uint8_t bytes[HEADER_SIZE];
	struct ram_range r;
	struct err *e = image_bytes(a->image, at, bytes, sizeof(bytes));

	if (e)
		return e;
	if (load_u32(bytes) != AVML_MAGIC)
		return broken(a, at, "expected a block of AVML");
	if (load_u32(bytes + 4) != 2)
		return err_new(ERR_DATA, "%s: at 0x%" PRIx64 ": AVML version %u, expected 2",
			       a->image->path, at, load_u32(bytes + 4));
	e = image_range(a->image, at, load_u64(bytes + 8), load_u64(bytes + 16), &r);
	if (e)
		return e;
	*ret = (struct block){ .start = r.start, .end = r.end, .offset = at + HEADER_SIZE,
			       .beyond = MEMORY_CORRUPT };
	return NULL;
}

static struct err *add_block(struct avml *a, const struct block *b)
{
	if (a->count == IMAGE_EXTENTS_MAX)
		return err_new(ERR_DATA, "%s: more than %u blocks", a->image->path,
			       IMAGE_EXTENTS_MAX);
	*vec_add(a->blocks, a->count, a->capacity) = *b;
	return NULL;
}

/* The block that ends at `end` in the file. */
static struct err *read_block_before(const struct avml *a, uint64_t end, struct block *ret)
{
	uint64_t size = 0;
	struct err *e;

	if (end < HEADER_SIZE + TRAILER_SIZE)
		return broken(a, end, "the file does not begin with a block");
	e = image_bytes(a->image, end - TRAILER_SIZE, &size, sizeof(size));
	if (e)
		return e;
	if (size > end - TRAILER_SIZE - HEADER_SIZE)
		return broken(a, end - TRAILER_SIZE, "no size of a block");
	e = read_header(a, end - TRAILER_SIZE - size - HEADER_SIZE, ret);
	if (e)
		return e;
	ret->size = size;
	return NULL;
}

/* From the end of the file: the size behind each block leads to its start. */
static struct err *find_blocks_backwards(struct avml *a)
{
	uint64_t end = a->image->size;

	while (end) {
		struct block b = { 0 };
		struct err *e = read_block_before(a, end, &b);

		if (e)
			return e;
		e = add_block(a, &b);
		if (e)
			return e;
		end = b.offset - HEADER_SIZE;
	}
	return NULL;
}

/* The block that starts at `at` in the file. *next: where the following one starts; UINT64_MAX: the
 * file is cut off in this one. */
static struct err *find_block(struct memory *m, struct avml *a, uint64_t at, uint64_t *next)
{
	uint64_t file_end = a->image->size, stop = 0, size = 0;
	struct block b = { 0 };
	struct err *e = read_header(a, at, &b), *why;

	if (e)
		return e;
	why = block_index(a, &b, file_end, &stop);
	b.size = stop - b.offset;
	b.beyond = MEMORY_ABSENT;
	e = add_block(a, &b);
	if (e || why || b.known.v < b.end.v || file_end - stop < TRAILER_SIZE) {
		memory_note(m, "cut off or damaged: %s; of 0x%" PRIx64 "-0x%" PRIx64
			    " it has 0x%" PRIx64 " bytes, and nothing behind that",
			    why ? err_text(why) : "the file ends in a block", b.start.v, b.end.v,
			    b.known.v - b.start.v);
		err_discard(why);
		*next = UINT64_MAX;
		return e;
	}
	e = image_bytes(a->image, stop, &size, sizeof(size));
	if (e)
		return e;
	if (size != b.size)
		return err_new(ERR_DATA, "%s: at 0x%" PRIx64 ": block 0x%" PRIx64 "-0x%" PRIx64
			       " has 0x%" PRIx64 " bytes, but says 0x%" PRIx64, a->image->path,
			       stop, b.start.v, b.end.v, b.size, size);
	*next = stop + TRAILER_SIZE;
	return NULL;
}

static struct err *find_blocks_forwards(struct memory *m, struct avml *a)
{
	uint64_t at = 0;

	while (at < a->image->size) {
		struct err *e;

		if (at && a->image->size - at < HEADER_SIZE) {
			memory_note(m, "cut off: ends with %" PRIu64 " bytes of a header",
				    a->image->size - at);
			return NULL;
		}
		e = find_block(m, a, at, &at);
		if (e)
			return e;
	}
	return NULL;
}

static int compare_blocks(const void *x, const void *y)
{
	const struct block *a = x, *b = y;

	return a->start.v < b->start.v ? -1 : a->start.v > b->start.v;
}

static struct err *arrange_blocks(struct avml *a)
{
	qsort(a->blocks, a->count, sizeof(*a->blocks), compare_blocks);
	for (size_t i = 1; i < a->count; i++) {
		const struct block *b = &a->blocks[i];

		if (b[-1].end.v > b->start.v)
			return err_new(ERR_DATA, "%s: blocks 0x%" PRIx64 "-0x%" PRIx64 " and "
				       "0x%" PRIx64 "-0x%" PRIx64 " overlap", a->image->path,
				       b[-1].start.v, b[-1].end.v, b->start.v, b->end.v);
	}
	return NULL;
}

/* --- reading ------------------------------------------------------------------------------ */

static struct block *block_of(struct avml *a, struct paddr at)
{
	size_t i = search_first(k, a->count, a->blocks[k].end.v > at.v);

	return i < a->count && a->blocks[i].start.v <= at.v ? &a->blocks[i] : NULL;
}

/* The chunk with `at` in it; at < b->known. */
static const struct chunk *chunk_of(const struct block *b, struct paddr at)
{
	return &b->chunks[search_first(i, b->count, b->chunks[i].start.v > at.v) - 1];
}

/* Reads the chunk at `offset` into slot. Errors: ERR_DATA, ERR_SYSTEM. */
static struct err *unpack(struct avml *a, uint64_t offset, struct slot *slot)
{
	struct head h = { 0 };
	size_t size = CHUNK_MAX;
	struct err *e = read_head(a, offset, a->image->size, &h);

	if (e)
		return e;
	e = image_bytes(a->image, offset + 4, a->packed, h.size);
	if (e)
		return e;
	if (!slot->bytes)
		slot->bytes = xmalloc(CHUNK_MAX);
	slot->offset = 0;
	if (h.type == CHUNK_PLAIN)
		memcpy(slot->bytes, a->packed + 4, size = h.memory);
	else if (snappy_uncompress(a->packed + 4, h.size - 4, (char *)slot->bytes, &size) !=
			 SNAPPY_OK || size != h.memory)
		return broken(a, offset, "cannot be uncompressed");
	if (load_u32(a->packed) != crc32c_masked(&a->crc, slot->bytes, size))
		return broken(a, offset, "its checksum is wrong");
	slot->offset = offset;
	slot->size = size;
	return NULL;
}

static enum memory_status status_of(struct err *e)
{
	enum memory_status status = err_is_fatal(e) ? MEMORY_IO : MEMORY_CORRUPT;

	err_discard(e);
	return status;
}

/* Reads the part of [at, at + size) that lies in the chunk of `at`; *done: the size of that part. */
static enum memory_status read_part(struct avml *a, struct paddr at, void *to, size_t size,
				    size_t *done)
{
	struct block *b = block_of(a, at);
	const struct chunk *c;
	struct slot *slot;
	uint64_t stop;

	if (!b)
		return MEMORY_ABSENT;
	if (!b->chunks) {
		struct err *e = block_index(a, b, b->offset + b->size, &stop);

		if (err_is_fatal(e))
			return status_of(e);
		err_discard(e);
	}
	if (at.v >= b->known.v)
		return b->beyond;
	c = chunk_of(b, at);
	slot = &a->cache[(c->start.v / CHUNK_MAX) % CACHE_SLOTS];
	if (slot->offset != c->offset) {
		struct err *e = unpack(a, c->offset, slot);

		if (e)
			return status_of(e);
	}
	*done = slot->size - (size_t)(at.v - c->start.v);
	*done = size < *done ? size : *done;
	memcpy(to, slot->bytes + (at.v - c->start.v), *done);
	return MEMORY_OK;
}

static enum memory_status read_one(struct avml *a, struct paddr at, void *to, size_t size)
{
	while (size) {
		size_t done = 0;
		enum memory_status status = read_part(a, at, to, size, &done);

		if (status != MEMORY_OK)
			return status;
		at.v += done;
		to = (char *)to + done;
		size -= done;
	}
	return MEMORY_OK;
}

static struct err *avml_read(struct memory *m, struct memory_read *reads, size_t n)
{
	for (size_t i = 0; i < n; i++)
		reads[i].status = read_one(m->source, reads[i].at, reads[i].to, reads[i].size);
	return NULL;
}

static const struct memory_ops avml_ops = {
	.scheme = "file",
	.close = avml_close,
	.read = avml_read,
	.why_absent = "the AVML image does not hold it",
};

static void forget_blocks(struct avml *a)
{
	for (size_t i = 0; i < a->count; i++)
		free(a->blocks[i].chunks);
	a->count = 0;
}

struct err *avml_open(struct memory *m)
{
	struct avml *a = xcalloc(1, sizeof(*a));
	struct err *e;

	a->image = m->source;
	m->source = a;
	m->ops = &avml_ops;
	m->limits.threads_may_read = false;
	crc32c_init(&a->crc);
	e = find_blocks_backwards(a);
	if (e && err_code(e) == ERR_DATA) {
		err_discard(e);
		forget_blocks(a);
		e = find_blocks_forwards(m, a);
	}
	if (e)
		return e;
	e = arrange_blocks(a);
	if (e || m->ram_map.count)
		return e;
	for (size_t i = 0; i < a->count; i++)
		ram_map_add(&m->ram_map, a->blocks[i].start, a->blocks[i].end);
	return NULL;
}

#else

struct err *avml_open(struct memory *m)
{
	const struct image *image = m->source;

	return err_new(ERR_SYSTEM, "%s: is an AVML image that is compressed; this program was built "
		       "without libsnappy: build it with MEMORY_WITH=snappy, a walker with "
		       "WALKER_WITH=snappy, or let `avml-convert` uncompress the image", image->path);
}

#endif
