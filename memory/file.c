/* file: an image of memory in a file, its format known by its content.
 *
 *	file:PATH
 *	file:PATH?ram_map=PATH	 what of it is RAM; else PATH.ram_map if there is one
 *	file:PATH?live		 it changes while we read; known by itself where the kernel tells
 *
 * More options belong to the formats: raw.c.
 */
#include "base/alloc.h"
#include "memory/source.h"

#include <string.h>

#include "base/file.h"
#include "memory/image.h"

struct format {
	const char *name;
	const char *magic; /* the file's first bytes */
	size_t magic_size;
	struct err *(*open)(struct memory *m); /* NULL: refused */
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

/* NULL: none of them, so it is raw. */
static struct err *find_format(const struct image *image, const struct format **ret)
{
	char start[16] = { 0 };
	size_t size = image->size < sizeof(start) ? (size_t)image->size : sizeof(start);
	struct err *e = image_bytes(image, 0, start, size);

	*ret = NULL;
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats) && !e; i++)
		if (!memcmp(start, formats[i].magic, formats[i].magic_size))
			*ret = &formats[i];
	return e;
}

/* The RAM map that the operator gives; none: *ret stays empty. */
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
	const struct format *format = NULL;
	struct image *image = NULL;
	struct uri uri;
	struct err *e = uri_parse(rest, &uri);

	if (!e && !*uri.rest)
		e = err_new(ERR_USAGE, "file: expected a path after it");
	if (e) {
		uri_deinit(&uri);
		return e;
	}
	e = image_open(uri, &image);
	m->source = image;
	if (!e)
		e = find_format(image, &format);
	if (!e && format && !format->open)
		e = err_new(ERR_DATA, "%s: is %s, expected an image of memory that is not packed",
			    image->path, format->name);
	if (!e)
		e = find_ram_map(image, &m->ram_map);
	m->limits = (struct memory_limits){ .batch = 1, .live = image->live, .threads_may_read = true };
	if (!e)
		e = format ? format->open(m) : raw_open(m);
	return e ? e : uri_all_taken(&image->uri,
				     "?ram_map=PATH, ?live; for a raw image ?lowmem=0x..., "
				     "?concatenated");
}

const struct memory_ops memory_file_ops = {
	.scheme = "file",
	.open = file_source_open,
	.close = image_memory_close,
};
