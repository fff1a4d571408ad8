/* find_text FILE TEXT: prints where the text stands in the file, in bytes, a line each. Does not read the holes of a
 * sparse file. Status: 1 when the text is nowhere.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"

static int find(const char *bytes, size_t start, size_t end, const char *text)
{
	const char *at = bytes + start;
	int found = 0;

	while ((at = memmem(at, (size_t)(bytes + end - at), text, strlen(text)))) {
		printf("%zu\n", (size_t)(at - bytes));
		found = 1;
		at++;
	}
	return found;
}

int main(int argc, char **argv)
{
	CLEANUP(close_fd) int fd = argc == 3 && *argv[2] ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	const char *bytes;
	struct stat st;
	int found = 0;

	if (argc != 3 || !*argv[2]) {
		fprintf(stderr, "usage: find_text FILE TEXT\n");
		return ERR_USAGE;
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		return perror(argv[1]), ERR_SYSTEM;
	bytes = st.st_size ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : "";
	if (bytes == MAP_FAILED)
		return perror(argv[1]), ERR_SYSTEM;
	for (off_t start = 0, end; (start = lseek(fd, start, SEEK_DATA)) >= 0; start = end) {
		end = lseek(fd, start, SEEK_HOLE);
		if (end < 0)
			return perror(argv[1]), ERR_SYSTEM;
		found |= find(bytes, (size_t)start, (size_t)end, argv[2]);
	}
	return fflush(stdout) ? ERR_SYSTEM : found ? 0 : ERR_ABSENT;
}
