/* file: an image of memory in a file. The first bytes of the file tell its format.
 *
 *	file:PATH
 *	file:PATH?ram_map=PATH	 which addresses are RAM; without it PATH.ram_map, if that is there
 *	file:PATH?live		 the file changes while we read it; where the kernel tells, we know
 *
 * A format may have options of its own: raw.c.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "memory/image.h"

struct format {
	const char *name;
	const char *magic; /* the file's first bytes */
	size_t magic_size;
	struct err *(*open)(struct memory *m); /* NULL: we refuse it */
};

#define MAGIC(bytes) bytes, sizeof(bytes) - 1

static const struct format formats[] = {
	{ "an ELF file", MAGIC("\177ELF"), elf_open },
	{ "a LiME image", MAGIC("EMiL"), lime_open },
	{ "an AVML image", MAGIC("AVML"), avml_open },
	{ "a compressed kdump", MAGIC("KDUMP   "), kdump_open },
	{ "a diskdump", MAGIC("DISKDUMP"), kdump_open },
	{ "a flattened kdump", MAGIC("makedumpfile\0"), kdump_open },
	{ "a QEMU snapshot", MAGIC("QEVM"), NULL },
	{ "a QEMU disk", MAGIC("QFI\xfb"), NULL },
	{ "gzip-compressed", MAGIC("\x1f\x8b\x08"), NULL },
	{ "bzip2-compressed", MAGIC("BZh"), NULL },
	{ "xz-compressed", MAGIC("\xfd" "7zXZ"), NULL },
	{ "zstd-compressed", MAGIC("\x28\xb5\x2f\xfd"), NULL },
	{ "lz4-compressed", MAGIC("\x04\x22\x4d\x18"), NULL },
	{ "a Zip archive", MAGIC("PK\x03\x04"), NULL },
};

/* *ret is NULL for a raw image, which has no magic. */
static struct err *find_format(const struct image *image, const struct format **ret)
{
	char start[16] = { 0 };
	size_t size = image->size < sizeof(start) ? (size_t)image->size : sizeof(start);
	struct err *e = image_bytes(image, 0, start, size);

	if (e)
		return e;
	*ret = NULL;
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!memcmp(start, formats[i].magic, formats[i].magic_size))
			*ret = &formats[i];
	return NULL;
}

/* The RAM map that the operator gives. Without one *ret stays empty. */
static struct err *find_ram_map(struct image *image, struct ram_map *ret)
{
	const char *given = uri_take(&image->uri, "ram_map");
	CLEANUP(free_ptr) char *beside = NULL;

	if (given)
		return ram_map_read(given, ret);
	beside = xasprintf("%s.ram_map", image->path);
	return file_exists(beside) ? ram_map_read(beside, ret) : NULL;
}

static struct err *file_source_open(const char *rest, struct memory *m)
{
	const struct format *format;
	struct image *image;
	struct err *e = image_new("file", rest, &image);

	m->source = image;
	if (e)
		return e;
	e = image_open(image);
	if (e)
		return e;
	e = find_format(image, &format);
	if (e)
		return e;
	if (format && !format->open)
		return err_new(ERR_DATA, "%s: is %s, expected an image of memory that is not packed",
			       image->path, format->name);
	e = find_ram_map(image, &m->ram_map);
	if (e)
		return e;
	m->limits = (struct memory_limits){ .batch = 1, .live = image->live, .threads_may_read = true };
	e = format ? format->open(m) : raw_open(m);
	if (e)
		return e;
	return uri_all_taken(&image->uri, "?ram_map=PATH, ?live; for a raw image ?lowmem=0x..., "
			     "?concatenated");
}

const struct memory_ops memory_file_ops = {
	.scheme = "file",
	.open = file_source_open,
	.close = image_memory_close,
};
