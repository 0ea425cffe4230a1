// SPDX-License-Identifier: GPL-2.0-only
/*
 * helpers N: has the kernel start modprobe N times, one after the other, as any user can:
 * for a protocol that it does not have.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	int n = argc == 2 ? atoi(argv[1]) : 0;

	if (n < 1 || n > 10000) {
		fputs("usage: helpers N\n", stderr);
		return 2;
	}
	while (n--)
		if (socket(AF_X25, SOCK_SEQPACKET, 0) >= 0 ||
		    errno != EAFNOSUPPORT) {
			perror("helpers: AF_X25");
			return 1;
		}
	return 0;
}
