// SPDX-License-Identifier: GPL-2.0-only
/*
 * faulty NOTES: reads where nothing is mapped. Its handler notes the address, the program
 * counter and the code there, and waits for a signal that ends it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>

static const char *notes;

static unsigned long counter(const ucontext_t *context)
{
#if defined(__x86_64__)
	return context->uc_mcontext.gregs[REG_RIP];
#elif defined(__arm__)
	return context->uc_mcontext.arm_pc;
#else
	return context->uc_mcontext.pc;
#endif
}

static void handle(int sig, siginfo_t *info, void *context)
{
	unsigned long pc = counter(context);
	int fd = open(notes, O_WRONLY | O_CREAT | O_EXCL, 0644);

	(void)sig;
	if (fd < 0)
		_exit(1);
	dprintf(fd, "%d %lu %lu ", getpid(), (unsigned long)info->si_addr, pc);
	for (int i = 0; i < 8; i++)
		dprintf(fd, "%02x", ((const unsigned char *)pc)[i]);
	dprintf(fd, "\n");
	close(fd);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_sigaction = handle, .sa_flags = SA_SIGINFO };
	const volatile int *volatile nowhere = (const volatile int *)0x40;

	if (argc != 2)
		return 2;
	notes = argv[1];
	if (sigaction(SIGSEGV, &action, NULL))
		return 1;
	return *nowhere;
}
