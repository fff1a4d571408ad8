// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * agent: answers the host's questions over the second serial port.
 *
 * A question is a line "ID COMMAND", COMMAND for /bin/sh. The answer is a line "ANSWER ID SIZE STATUS" and SIZE bytes: what the
 * command wrote to stdout and stderr, sent after it ended, so that only the agent itself is left while it sends.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* Runs the command with its output in a memory file, which the caller closes. -1: no such file can be had. */
static int run(const char *command, int *ret_status)
{
	int output = memfd_create("answer", MFD_CLOEXEC);
	if (output < 0)
		return -1;
	pid_t child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_RDONLY);
		dup2(null, 0);
		dup2(output, 1);
		dup2(output, 2);
		execl("/bin/sh", "sh", "-c", command, (char *)0);
		_exit(127);
	}
	int status = 0;
	if (child < 0 || waitpid(child, &status, 0) < 0)
		status = 127 << 8;
	*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return output;
}

static void answer(FILE *port, const char *id, const char *command)
{
	int status = 0, output = run(command, &status);
	off_t size = output < 0 ? 0 : lseek(output, 0, SEEK_END);
	fprintf(port, "ANSWER %s %lld %d\n", id, (long long)size, status);
	char buffer[4096];
	ssize_t n;
	for (off_t at = 0; at < size && (n = pread(output, buffer, sizeof buffer, at)) > 0; at += n)
		fwrite(buffer, 1, (size_t)n, port);
	fflush(port);
	if (output >= 0)
		close(output);
}

int main(int argc, char **argv)
{
	int fd = argc == 2 ? open(argv[1], O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
	struct termios raw;
	if (fd < 0 || tcgetattr(fd, &raw)) {
		perror("agent: usage: agent TTY");
		return 4;
	}
	cfmakeraw(&raw);
	cfsetspeed(&raw, B115200);
	raw.c_cflag |= CLOCAL | CREAD;
	tcsetattr(fd, TCSANOW, &raw);
	FILE *in = fdopen(fd, "r"), *out = fdopen(fcntl(fd, F_DUPFD_CLOEXEC, 3), "w");
	static char line[8192];
	while (in && out && fgets(line, sizeof line, in)) {
		line[strcspn(line, "\n")] = 0;
		char *space = strchr(line, ' ');
		if (!space)
			continue;
		*space = 0;
		answer(out, line, space + 1);
	}
	return 4;
}
