/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLOOD_H
#define FLOOD_H

#include <stdatomic.h>
#include <sys/types.h>

/* Shared with the flooder. */
extern struct shared {
	atomic_long sent;
	atomic_int stop; /* the flooder */
	atomic_int over; /* for root's processes */
} *shared;

/* One with no name is the last. Root calls begin before, and end after; NULL: nothing. */
extern const struct form {
	const char *name;
	void (*run)(void);
	void (*begin)(void);
	void (*end)(void);
} forms[];

void count(int failed);
void start_children(pid_t *child, int n);
void end_children(const pid_t *child, int n);

#endif /* FLOOD_H */
