// SPDX-License-Identifier: GPL-2.0-only
#include "witness.h"

#include <fcntl.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int port;

void die(const char *what)
{
	fprintf(stderr, "witness: %s: %m\n", what);
	exit(1);
}

void open_port(void)
{
	glob_t found;

	if (glob("/dev/vport*p3", 0, NULL, &found) || found.gl_pathc != 1) {
		fputs("witness: no port\n", stderr);
		exit(1);
	}
	port = open(found.gl_pathv[0], O_WRONLY | O_CLOEXEC);
	if (port < 0)
		die(found.gl_pathv[0]);
	globfree(&found);
}

void close_port(void)
{
	close(port);
}

/* A note is one write, so that none is in a buffer of this process. */
void note(const char *format, ...)
{
	struct timespec t;
	char line[100];
	va_list args;
	int n;

	clock_gettime(CLOCK_BOOTTIME, &t);
	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	n += snprintf(line + n, sizeof(line) - n, " %lld\n",
		      (long long)t.tv_sec * 1000000000 + t.tv_nsec);
	if (write(port, line, n) != n)
		die("port");
}
