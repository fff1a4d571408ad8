/* facts get FILE KEY [KEY...]: prints values of a facts file, for scripts. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/escape.h"
#include "base/facts.h"

static const char usage[] =
	"usage: facts get FILE KEY [KEY...]\n"
	"Prints the value of each KEY on a line of its own, escaped (\\xHH), and an empty line for a KEY that is not in FILE.\n"
	"Status: 0 all are there, 1 one is not, 2 usage, 3 FILE holds something else than facts, 4 FILE cannot be read.\n";

static struct err *print_values(const char *path, char *const keys[], int *status)
{
	CLEANUP(facts_freep) struct facts *f = NULL;
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	struct err *e = facts_read(path, &f);

	if (e)
		return e;
	for (; *keys; keys++) {
		const char *value = facts_get(f, *keys);

		if (value)
			escape_text(&b, value, strlen(value));
		else
			*status = ERR_ABSENT;
		buf_add_char(&b, '\n');
	}
	if (fwrite(buf_str(&b), 1, b.size, stdout) != b.size || fflush(stdout))
		return err_errno("stdout");
	return NULL;
}

int main(int argc, char **argv)
{
	int status = 0;
	struct err *e;

	if (argc == 2 && !strcmp(argv[1], "--help"))
		return fputs(usage, stdout), 0;
	if (argc < 4 || strcmp(argv[1], "get"))
		return fputs(usage, stderr), ERR_USAGE;
	e = print_values(argv[2], argv + 3, &status);
	return e ? err_report(e, "facts") : status;
}
