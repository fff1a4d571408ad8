#include "tests/lib/fake_qemu.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/json.h"
#include "tests/lib/dump.h"

struct fake_qemu {
	pthread_t thread;
	int listening;
	int client; /* -1: none; only the thread uses it, except for shutdown() */
	const char *greeting;
	const struct fake_qemu_answer *script;
};

static const char qemu_greeting[] = "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n"
				    "{\"event\": \"RTC_CHANGE\", \"data\": {}}\r\n";

static void pmemsave(struct json arguments)
{
	CLEANUP(buf_deinit) struct buf name = BUF_INIT;
	CLEANUP(close_file) FILE *out = NULL;
	uint64_t at = 0, size = 0;
	char *bytes;

	json_u64(json_member(arguments, "val"), &at);
	json_u64(json_member(arguments, "size"), &size);
	json_string(json_member(arguments, "filename"), &name);
	bytes = malloc(size);
	dump_pattern(NULL, PADDR(at), bytes, size);
	out = fopen(buf_str(&name), "w");
	if (out)
		fwrite(bytes, 1, size, out);
	free(bytes);
}

static const char *answer_to(const struct fake_qemu *q, struct json command, struct json arguments)
{
	for (const struct fake_qemu_answer *a = q->script; a->command; a++)
		if (json_equals(command, a->command))
			return a->text;
	if (json_equals(command, "qmp_capabilities"))
		return "\"return\": {}}";
	if (json_equals(command, "pmemsave")) {
		pmemsave(arguments);
		return "\"return\": {}}";
	}
	return "\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"not \\u001b known\"}}";
}

/* False: close the connection. */
static bool serve_line(const struct fake_qemu *q, FILE *client, const char *line)
{
	struct json v = { NULL, 0 }, id;
	const char *text;

	if (err_report(json_parse(line, strlen(line), &v), "fake_qemu"))
		return false;
	id = json_member(v, "id");
	text = answer_to(q, json_member(v, "execute"), json_member(v, "arguments"));
	if (!*text)
		return false;
	fprintf(client, "{\"event\": \"STOP\"}\r\n");
	if (*text == '!')
		fprintf(client, "%s\r\n", text + 1);
	else
		fprintf(client, "{\"id\": %.*s, %s\r\n", (int)id.size, id.text, text);
	return fflush(client) == 0;
}

static void *serve(void *arg)
{
	struct fake_qemu *q = arg;
	int fd;

	while ((fd = accept(q->listening, NULL, NULL)) >= 0) {
		FILE *client = fdopen(fd, "r+");
		char line[4096];

		__atomic_store_n(&q->client, fd, __ATOMIC_SEQ_CST);
		setvbuf(client, NULL, _IOFBF, 1 << 16);
		fputs(q->greeting ? q->greeting : qemu_greeting, client);
		fflush(client);
		while (fgets(line, sizeof(line), client))
			if (!serve_line(q, client, line))
				break;
		__atomic_store_n(&q->client, -1, __ATOMIC_SEQ_CST);
		fclose(client);
	}
	return NULL;
}

struct fake_qemu *fake_qemu_start(const char *path, const char *greeting,
				  const struct fake_qemu_answer *script)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct fake_qemu *q = xcalloc(1, sizeof(*q));

	q->greeting = greeting;
	q->script = script;
	q->client = -1;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	unlink(path);
	q->listening = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(q->listening, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(q->listening, 4) || pthread_create(&q->thread, NULL, serve, q)) {
		perror("fake_qemu");
		exit(4);
	}
	return q;
}

void fake_qemu_stop(struct fake_qemu *q)
{
	int client = __atomic_load_n(&q->client, __ATOMIC_SEQ_CST);

	shutdown(q->listening, SHUT_RDWR);
	if (client >= 0)
		shutdown(client, SHUT_RDWR);
	pthread_join(q->thread, NULL);
	close(q->listening);
	free(q);
}
