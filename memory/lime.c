/* lime: LiME version 1, as LiME (format=lime) and AVML without --compress write it.
 *
 * Shape: for each range of RAM a header of 32 bytes (u32 0x4C694D45, u32 version 1, u64 first
 * address, u64 last address (inclusive), 8 bytes reserved), then its bytes.
 * AVML leaves out blocks that are all zero, so that a gap between two ranges need not be a hole of
 * the machine. We cannot tell which, so a gap counts as a hole, and reads of it fail.
 * LiME's other formats do not come here. format=padded is a raw image from address 0 on, with zeros
 * for the holes; format=raw has lost its addresses: raw.c, ?concatenated.
 * Source: LiME src/main.c, doc/README; AVML src/image.rs.
 */
#include <inttypes.h>

#include "base/view.h"
#include "memory/image.h"

#define LIME_MAGIC 0x4C694D45
#define LIME_HEADER_SIZE 32

static struct err *read_header(const struct image *image, uint64_t at, struct ram_range *ret)
{
	uint8_t bytes[LIME_HEADER_SIZE];
	struct err *e = image_bytes(image, at, bytes, sizeof(bytes));

	if (e)
		return e;
	if (load_u32(bytes) != LIME_MAGIC)
		return err_new(ERR_DATA, "%s: at 0x%" PRIx64 ": 0x%08x: expected LiME's 0x%08x",
			       image->path, at, load_u32(bytes), LIME_MAGIC);
	if (load_u32(bytes + 4) != 1)
		return err_new(ERR_DATA, "%s: at 0x%" PRIx64 ": LiME version %u, expected 1",
			       image->path, at, load_u32(bytes + 4));
	return image_range(image, at, load_u64(bytes + 8), load_u64(bytes + 16), ret);
}

/* All ranges up to the end of the file. The last one may be cut off. */
static struct err *read_ranges(struct memory *m)
{
	struct image *image = m->source;
	uint64_t at = 0;

	while (at < image->size) {
		struct ram_range r = { 0 };
		uint64_t size;
		struct err *e;

		if (at && image->size - at < LIME_HEADER_SIZE) {
			memory_note(m, "cut off: ends with %" PRIu64 " bytes of a header",
				    image->size - at);
			return NULL;
		}
		e = read_header(image, at, &r);
		if (e)
			return e;
		at += LIME_HEADER_SIZE;
		size = r.end.v - r.start.v;
		e = image_add(image, r.start, r.end, at, size);
		if (e)
			return e;
		if (size > image->size - at) {
			memory_note(m, "cut off: of range 0x%" PRIx64 "-0x%" PRIx64
				    " it has 0x%" PRIx64 " bytes; later ranges are missing",
				    r.start.v, r.end.v, image->size - at);
			return NULL;
		}
		at += size;
	}
	return NULL;
}

static const struct memory_ops lime_ops = {
	.scheme = "file",
	.close = image_memory_close,
	.read = image_read,
	.next_data = image_next_data,
	.why_absent = "the LiME image does not hold it",
};

struct err *lime_open(struct memory *m)
{
	struct image *image = m->source;
	struct image_extent first, second;
	struct err *e;

	m->ops = &lime_ops;
	e = read_ranges(m);
	if (e)
		return e;
	if (image_arrange(image, &first, &second))
		return err_new(ERR_DATA, "%s: ranges 0x%" PRIx64 "-0x%" PRIx64 " and 0x%" PRIx64
			       "-0x%" PRIx64 " overlap", image->path, first.start.v, first.end.v,
			       second.start.v, second.end.v);
	if (!m->ram_map.count)
		image_ram_map(image, &m->ram_map);
	return NULL;
}
