// SPDX-License-Identifier: GPL-2.0-only
/*
 * rawlog copies trace_pipe_raw to a file. dd and cat cannot: they take a read of no
 * bytes for its end.
 *
 *	rawlog FILE
 *
 * It ends on SIGTERM, when it has read what is in the ring.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define RAW "/sys/kernel/tracing/per_cpu/cpu0/trace_pipe_raw"

static volatile sig_atomic_t ending;

static void end(int unused)
{
	(void)unused;
	ending = 1;
}

int main(int argc, char **argv)
{
	static char page[4096];
	struct pollfd fd = { .events = POLLIN };
	int out = argc == 2 ? open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0644) : -1;
	ssize_t n = 0;

	fd.fd = open(RAW, O_RDONLY | O_NONBLOCK);
	if (out < 0 || fd.fd < 0) {
		fputs("rawlog: usage: rawlog FILE; it needs " RAW "\n", stderr);
		return 1;
	}
	signal(SIGTERM, end);
	puts("ready");
	fflush(stdout);
	for (;;) {
		n = read(fd.fd, page, sizeof(page));
		if (n > 0 && write(out, page, n) != n)
			return 1;
		if (n <= 0 && ending)
			return 0;
		if (n <= 0)
			poll(&fd, 1, 1000);
	}
}
