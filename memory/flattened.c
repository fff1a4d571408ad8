#include "memory/flattened.h"

#include <endian.h>
#include <inttypes.h>
#include <string.h>

#include "base/view.h"

#define HEADER_SIZE 4096
#define PIECE_HEADER_SIZE 16
#define COPY_MAX 65536
/* No piece lies farther than this many times the size of the file. */
#define SPREAD_MAX 64

bool flattened_is(const struct image *image)
{
	static const char name[16] = "makedumpfile";
	char start[16];
	struct err *e = image_bytes(image, 0, start, sizeof(start));
	bool is = !e && !memcmp(start, name, sizeof(name));

	err_discard(e);
	return is;
}

static struct err *check_header(const struct image *image)
{
	uint64_t numbers[2] = { 0 };
	struct err *e = image_bytes(image, 16, numbers, sizeof(numbers));

	if (e)
		return e;
	if (be64toh(numbers[0]) != 1 || be64toh(numbers[1]) != 1)
		return err_new(ERR_DATA, "%s: flattened kdump of type %" PRIu64 ", version %" PRIu64
			       ": expected 1 and 1", image->path, be64toh(numbers[0]),
			       be64toh(numbers[1]));
	return NULL;
}

/* Copies size bytes at `from` in the image to `at` in the file. */
static struct err *copy_piece(const struct image *image, uint64_t from, uint64_t at, uint64_t size,
			      FILE *to)
{
	uint8_t bytes[COPY_MAX];

	if (fseeko(to, (off_t)at, SEEK_SET))
		return err_errno("%s: temporary file", image->path);
	while (size) {
		size_t n = size < sizeof(bytes) ? (size_t)size : sizeof(bytes);
		struct err *e = image_bytes(image, from, bytes, n);

		if (e)
			return e;
		if (fwrite(bytes, 1, n, to) != n)
			return err_errno("%s: temporary file", image->path);
		from += n;
		size -= n;
	}
	return NULL;
}

static struct err *copy_pieces(const struct image *image, FILE *to, bool *cut)
{
	uint64_t at = HEADER_SIZE, far = image->size * SPREAD_MAX;

	*cut = true;
	while (image->size - at >= PIECE_HEADER_SIZE) {
		uint64_t numbers[2], offset, size, left = image->size - at - PIECE_HEADER_SIZE;
		struct err *e = image_bytes(image, at, numbers, sizeof(numbers));

		if (e)
			return e;
		offset = be64toh(numbers[0]);
		size = be64toh(numbers[1]);
		if (offset == UINT64_MAX) {
			*cut = false;
			return NULL;
		}
		if (offset > far || size > far)
			return err_new(ERR_DATA, "%s: at 0x%" PRIx64 ": piece of 0x%" PRIx64
				       " bytes at 0x%" PRIx64 ": expected no such offset",
				       image->path, at, size, offset);
		e = copy_piece(image, at + PIECE_HEADER_SIZE, offset, size < left ? size : left, to);
		if (e || size > left)
			return e;
		at += PIECE_HEADER_SIZE + size;
	}
	return NULL;
}

struct err *flattened_unfold(const struct image *image, FILE **ret, bool *cut)
{
	CLEANUP(close_file) FILE *to = NULL;
	struct err *e = check_header(image);

	if (e)
		return e;
	if (image->size < HEADER_SIZE)
		return err_new(ERR_DATA, "%s: %" PRIu64 " bytes: cut off in its header", image->path,
			       image->size);
	to = tmpfile();
	if (!to)
		return err_errno("%s: temporary file", image->path);
	e = copy_pieces(image, to, cut);
	if (e)
		return e;
	if (fflush(to))
		return err_errno("%s: temporary file", image->path);
	*ret = TAKE(to);
	return NULL;
}
