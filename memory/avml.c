/* avml: what AVML writes with --compress. (Without it, it writes LiME: lime.c.)
 *
 * Shape: for each block 32 bytes, u32 0x4C4D5641, u32 version 2, u64 first address,
 * u64 last address (inclusive), u64 0; then its bytes as a stream in the snappy
 * framing format; then u64 the size of that stream. A stream is chunks: u8 type,
 * u24 size, then for 0 (compressed) and 1 (as it is) u32 masked CRC-32C of at most
 * 65536 bytes of memory, and those bytes; 0xff begins a stream; 0x80 and above may
 * be passed over. Newer AVML leaves out blocks that are all zero: lime.c.
 * Blocks are found from the end of the file, by the sizes that follow them, or, if
 * it is cut off, from its start. The chunks of a block are looked up when it is
 * first read.
 * Source: AVML src/image.rs, src/io/snappy.rs; snappy framing_format.txt.
 */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
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
	struct chunk *chunks;  /* NULL: not looked up yet */
	size_t count, capacity;
	struct paddr known; /* up to here there are chunks */
	enum memory_status beyond; /* of what lies behind that */
};

struct slot {
	uint64_t offset; /* of the chunk; 0: empty */
	size_t size;
	uint8_t *bytes; /* CHUNK_MAX */
};

struct avml {
	struct image *image;
	struct block *blocks; /* sorted */
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
	uint32_t memory; /* bytes of memory in it; 0: it is passed over */
};

/* The length that begins compressed data: 7 bits a byte, lowest first. */
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

/* Errors: ERR_DATA when it is no chunk, or the file ends in it. */
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

static void block_add(struct block *b, uint64_t offset, uint32_t memory)
{
	if (b->count == b->capacity) {
		b->capacity = b->capacity ? 2 * b->capacity : 16;
		b->chunks = xrealloc(b->chunks, b->capacity, sizeof(*b->chunks));
	}
	b->chunks[b->count++] = (struct chunk){ b->known, offset };
	b->known.v += memory;
}

/* Looks up chunks from the start of the block's stream until its memory is complete, or
 * until `end` in the file. *stop: where it ended.
 * Errors: ERR_DATA; the chunks before stay. */
static struct err *block_index(const struct avml *a, struct block *b, uint64_t end, uint64_t *stop)
{
	uint64_t at = b->offset;
	struct err *e = NULL;

	b->known = b->start;
	while (!e && b->known.v < b->end.v && at < end) {
		struct head h = { 0 };

		e = read_head(a, at, end, &h);
		if (!e && h.memory > b->end.v - b->known.v)
			e = broken(a, at, "more memory than the block has addresses");
		if (!e && h.memory)
			block_add(b, at, h.memory);
		if (!e)
			at += 4 + (uint64_t)h.size;
	}
	*stop = at;
	return e;
}

/* --- blocks ----------------------------------------------------------------------------- */

static struct err *read_header(const struct avml *a, uint64_t at, struct block *ret)
{
	uint8_t bytes[HEADER_SIZE];
	uint64_t first, last;
	struct err *e = image_bytes(a->image, at, bytes, sizeof(bytes));

	if (e)
		return e;
	first = load_u64(bytes + 8);
	last = load_u64(bytes + 16);
	if (load_u32(bytes) != AVML_MAGIC)
		return broken(a, at, "expected a block of AVML");
	if (load_u32(bytes + 4) != 2)
		return err_new(ERR_DATA, "%s: at 0x%" PRIx64 ": AVML version %u, expected 2",
			       a->image->path, at, load_u32(bytes + 4));
	if (last < first || last >= PADDR_END)
		return err_new(ERR_DATA, "%s: at 0x%" PRIx64 ": no range of physical addresses: "
			       "0x%" PRIx64 " to 0x%" PRIx64, a->image->path, at, first, last);
	*ret = (struct block){ .start = PADDR(first), .end = PADDR(last + 1),
			       .offset = at + HEADER_SIZE, .beyond = MEMORY_CORRUPT };
	return NULL;
}

static struct err *add_block(struct avml *a, const struct block *b)
{
	if (a->count == IMAGE_EXTENTS_MAX)
		return err_new(ERR_DATA, "%s: more than %u blocks", a->image->path,
			       IMAGE_EXTENTS_MAX);
	if (a->count == a->capacity) {
		a->capacity = a->capacity ? 2 * a->capacity : 64;
		a->blocks = xrealloc(a->blocks, a->capacity, sizeof(*a->blocks));
	}
	a->blocks[a->count++] = *b;
	return NULL;
}

/* From the end of the file, which each block's size leads through. */
static struct err *find_blocks_backwards(struct avml *a)
{
	uint64_t end = a->image->size;

	while (end) {
		struct block b = { 0 };
		uint64_t size = 0;
		struct err *e = end < HEADER_SIZE + TRAILER_SIZE ?
					broken(a, end, "the file does not begin with a block") :
					image_bytes(a->image, end - TRAILER_SIZE, &size,
						    sizeof(size));

		if (!e && size > end - TRAILER_SIZE - HEADER_SIZE)
			e = broken(a, end - TRAILER_SIZE, "no size of a block");
		if (!e)
			e = read_header(a, end - TRAILER_SIZE - size - HEADER_SIZE, &b);
		b.size = size;
		if (!e)
			e = add_block(a, &b);
		if (e)
			return e;
		end -= TRAILER_SIZE + size + HEADER_SIZE;
	}
	return NULL;
}

/* One block from its start on. *next: where the following starts; UINT64_MAX: cut off. */
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
	if (!e && size != b.size)
		e = err_new(ERR_DATA, "%s: at 0x%" PRIx64 ": block 0x%" PRIx64 "-0x%" PRIx64
			    " has 0x%" PRIx64 " bytes, but says 0x%" PRIx64, a->image->path, stop,
			    b.start.v, b.end.v, b.size, size);
	*next = stop + TRAILER_SIZE;
	return e;
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
	size_t low = 0, high = a->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (a->blocks[middle].end.v <= at.v)
			low = middle + 1;
		else
			high = middle;
	}
	return low < a->count && a->blocks[low].start.v <= at.v ? &a->blocks[low] : NULL;
}

/* at < b->known */
static const struct chunk *chunk_of(const struct block *b, struct paddr at)
{
	size_t low = 0, high = b->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (b->chunks[middle].start.v <= at.v)
			low = middle;
		else
			high = middle;
	}
	return &b->chunks[low];
}

/* Reads the chunk at `offset` into slot. Errors: ERR_DATA, ERR_SYSTEM. */
static struct err *unpack(struct avml *a, uint64_t offset, struct slot *slot)
{
	struct head h = { 0 };
	size_t size = CHUNK_MAX;
	struct err *e = read_head(a, offset, a->image->size, &h);

	if (!e)
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
	enum memory_status status = err_code(e) == ERR_SYSTEM ? MEMORY_IO : MEMORY_CORRUPT;

	err_discard(e);
	return status;
}

/* The part of [at, at + size) that lies in one chunk; *done: its size. */
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

		if (e && err_code(e) == ERR_SYSTEM)
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
	if (!e)
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
