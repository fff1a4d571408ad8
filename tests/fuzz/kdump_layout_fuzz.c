/* The input is a compressed kdump, or a flattened one: what is looked at before libkdumpfile
 * opens it is in the file, or missing. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory/flattened.h"
#include "memory/kdump_layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(int fd)
{
	CLEANUP(ram_map_deinit) struct ram_map missing = RAM_MAP_INIT;
	struct kdump_layout layout;
	struct err *e = kdump_layout_read(fd, "input", &layout);

	if (!e)
		e = kdump_layout_missing(fd, "input", &layout, &missing);
	if (!e && missing.count &&
	    ram_map_end(&missing).v > (layout.held_size * 8) << PAGE_SHIFT)
		abort();
	err_discard(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(close_fd) int fd = memfd_create("image", MFD_CLOEXEC);
	struct image image = { .path = "input", .fd = fd, .size = size };
	CLEANUP(close_file) FILE *unfolded = NULL;
	struct err *e;
	bool cut;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return 0;
	if (!flattened_is(&image)) {
		look_at(fd);
		return 0;
	}
	e = flattened_unfold(&image, &unfolded, &cut);
	if (!e)
		look_at(fileno(unfolded));
	err_discard(e);
	return 0;
}
