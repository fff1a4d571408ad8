/* A machine with one config in its page cache, of which any words and bytes are changed.
 *
 * Shape of the input: 11 bytes a change: where (0 objects, 1 struct pages, 2 text), 2 bytes of
 * offset, 8 bytes of value; what is left over is a page of text. Every line that comes out must be
 * a config's. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/view.h"
#include "recover/config/file.h"
#include "recover/config/text.h"
#include "tests/lib/config_image.h"

#define PFN 1024
#define PAGES 5
#define CHANGE 11

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct config_image image;
static struct config_image_file file;
static struct buf config = BUF_INIT;
static uint8_t objects[4096], structs[4096], text[PAGES * 4096];

static void build(void)
{
	config_image_init(&image);
	buf_add_str(&config, "#\n# Linux/x86 6.1.192 Kernel Configuration\n#\n");
	for (int i = 0; config.size < (PAGES - 1) * 4096 + 1000; i++)
		buf_addf(&config,
			 i % 3 ? "CONFIG_X%d=\"%0120d\"\n" : "# CONFIG_Y%d_%050d is not set\n", i, i);
	file = config_image_file(&image, "config-6.1.0-56-amd64", buf_str(&config), PFN, 1);
	memcpy(objects, config_image_at(&image, file.mapping), sizeof(objects));
	memcpy(structs, config_image_at(&image, config_image_struct(PFN)), sizeof(structs));
	memcpy(text, config_image_page(&image, PFN), sizeof(text));
}

static void change(const uint8_t *data)
{
	uint8_t *to[] = { config_image_at(&image, file.mapping),
			  config_image_at(&image, config_image_struct(PFN)),
			  config_image_page(&image, PFN) };
	const size_t sizes[] = { sizeof(objects), sizeof(structs), sizeof(text) };
	unsigned int kind = data[0] % 3;
	size_t offset = load_u16(data + 1) % (sizes[kind] - 8);

	memcpy(to[kind] + offset, data + 3, 8);
}

static void recover(bool symbols, const char *reference)
{
	struct config_text_hints hints = { .vmemmap_base = IMAGE_VMEMMAP,
					   .release = "6.1.0-56-amd64",
					   .banner = "x #1 SMP Debian 6.1.192-2 (d)",
					   .reference = reference };
	CLEANUP(config_file_deinit) struct config_file f = { 0 };
	CLEANUP(buf_deinit) struct buf out = BUF_INIT, report = BUF_INIT;
	struct paddr at[PAGES];
	struct err *e;

	for (uint64_t i = 0; i < PAGES; i++)
		at[i] = PADDR((PFN + i) << PAGE_SHIFT);
	e = config_text_recover(image.memory, symbols ? &image.kernel : NULL, &hints,
				&(struct config_pages){ at, PAGES }, &out, &report);
	if (e ? out.size != 0 : strncmp(buf_str(&out), "# farwalk config text: ", 23) != 0)
		abort();
	err_discard(e);
	e = config_file_parse(buf_str(&out), out.size, &f);
	if (e)
		abort();
	for (size_t i = 0; i < f.problem_count; i++)
		if (f.problems[i].kind == CONFIG_PROBLEM_BAD)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!image.bytes)
		build();
	memcpy(config_image_at(&image, file.mapping), objects, sizeof(objects));
	memcpy(config_image_at(&image, config_image_struct(PFN)), structs, sizeof(structs));
	memcpy(config_image_page(&image, PFN), text, sizeof(text));
	for (int i = 0; size >= CHANGE && i < 8; i++, data += CHANGE, size -= CHANGE)
		change(data);
	if (size)
		memcpy(config_image_page(&image, PFN + size % PAGES), data,
		       size < 4096 ? size : 4096);
	recover(true, NULL);
	recover(false, NULL);
	recover(false, buf_str(&config));
	return 0;
}
