// SPDX-License-Identifier: GPL-2.0-or-later
/* init: process 1 of a test guest. Runs /etc/rc, which starts everything, and then adopts and reaps orphans for ever. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	if (fork() == 0) {
		setsid();
		execl("/bin/sh", "sh", "/etc/rc", (char *)0);
		perror("farwalk-guest: failed: /bin/sh /etc/rc");
		_exit(127);
	}
	for (;;)
		if (wait(0) < 0)
			pause();
}
