/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * witness writes what it does to a port of its own, so that the host knows it up to
 * the moment of a reset. It writes a note after what it has done: the kernel may have
 * more than the notes say, by what was done at that moment.
 *
 * Times are ns of CLOCK_BOOTTIME:
 *
 *	begin PID TIME
 *	signal NUMBER PID SIGNAL TIME
 *	exit PID STATUS TIME
 *	ignores PID TIME
 *	ready TIME
 *	flooding UID TIME
 *	flooded SIGNALS TIME
 *
 * A signal's NUMBER is also in its si_code, which is -1000 - NUMBER. A process that
 * ignores SIGTERM is named for its number, so that no two have the same name.
 */
#ifndef WITNESS_H
#define WITNESS_H

#include <sys/types.h>

/* note.c */
void die(const char *what);
void open_port(void);
void close_port(void);
__attribute__((format(printf, 1, 2)))
void note(const char *format, ...);

/* process.c: a child, what is sent to it, and its end */
void handle(int sig);
pid_t start(const char *name, void (*term)(int));
void send_noted(pid_t pid, int sig);
void await_end(pid_t pid);
extern long number;	/* of the last signal */
extern int renames;	/* another name for each signal */

/* storm.c */
void storm(long pause_us);
void crowd(int n);

/* flood.c */
void flood(const char *form, long deeds);
void evict(int n);

#endif
