/* bare MEMORY: removes from a raw image of a machine what tells its kernel's layout by itself: the pages of the page
 * cache that hold configurations, and all BTF. What is left looks like a machine that was installed without either.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/view.h"

#define PAGE 4096u
#define OPTIONS_MIN 10 /* a page with so many is taken for one of a configuration */

static const char needle[] = "\x9f\xeb\x01\x00\x18\x00\x00\x00"; /* BTF: magic, version, size of header */

static bool holds_options(const uint8_t *page)
{
	const uint8_t *at = page, *end = page + PAGE;
	unsigned int count = 0;

	while ((at = memmem(at, (size_t)(end - at), "CONFIG_", 7)) && ++count < OPTIONS_MIN)
		at += 7;
	return count >= OPTIONS_MIN;
}

/* Zeroes the page in which BTF begins; the rest says nothing without it. The rest stays, for of a copy that the
 * kernel's decompressor left behind it may have become other memory. end: of the image. */
static bool take_btf(uint8_t *at, const uint8_t *page_end, const uint8_t *end)
{
	uint64_t size;

	if (end - at < 24 || load_u32(at + 8) || load_u32(at + 12) != load_u32(at + 16))
		return false;
	size = 24 + (uint64_t)load_u32(at + 16) + load_u32(at + 20);
	if (size < 1024 || size > (uint64_t)(end - at))
		return false;
	memset(at, 0, (size_t)(page_end - at));
	return true;
}

static void take_page(uint8_t *page, const uint8_t *end, unsigned int *pages, unsigned int *btf)
{
	const uint8_t *page_end = page + PAGE;

	if (holds_options(page)) {
		memset(page, 0, PAGE);
		++*pages;
	}
	for (uint8_t *at = page; (at = memmem(at, (size_t)(page_end - at), needle, 8)); at++)
		*btf += take_btf(at, page_end, end);
}

static struct err *run(const char *path)
{
	CLEANUP(close_fd) int fd = open(path, O_RDWR | O_CLOEXEC);
	unsigned int pages = 0, btf = 0;
	struct stat st;
	uint8_t *image;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno("%s", path);
	image = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (image == MAP_FAILED)
		return err_errno("%s", path);
	for (off_t at = lseek(fd, 0, SEEK_DATA); at >= 0; at = lseek(fd, at, SEEK_DATA)) {
		off_t hole = lseek(fd, at, SEEK_HOLE);

		for (at &= ~(off_t)(PAGE - 1); at < hole && at + PAGE <= st.st_size; at += PAGE)
			take_page(image + at, image + st.st_size, &pages, &btf);
	}
	munmap(image, (size_t)st.st_size);
	printf("%s: %u pages of configurations and %u BTF taken out\n", path, pages, btf);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: bare MEMORY\n", stderr);
		return ERR_USAGE;
	}
	return err_report(run(argv[1]), "bare");
}
