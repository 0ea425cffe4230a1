/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exits ends processes in every way that the kernel records, and notes what the
 * trail must have of each. A test reads the notes afterwards.
 */
#ifndef EXITS_H
#define EXITS_H

#define _GNU_SOURCE /* so include this header first */

#include <signal.h>
#include <sys/types.h>

/* note.c: the notes */

void notes_open(const char *path);

/* As max_us. */
#define UNKNOWN (-1) /* nothing is known of a signal to end it */
#define ANY (-2) /* depends on the kernel's version */

/*
 * The record of an exit: the status from wait(), the number of records, and the
 * bounds of the time since the first signal to end it, by our own clock.
 */
void note_exit(const char *scenario, pid_t pid, int status, int records,
	       long long min_us, long long max_us);

/*
 * The records of one signal that was delivered, of one sender, 0 for the kernel:
 * how many are flagged as fatal, and how many are not.
 */
void note_signal(const char *scenario, pid_t pid, int sig, pid_t sender,
		 int fatal, int others);

/* player.c: processes that end, a new one for each scenario */

void players_open(void);
void players_inherit(int fd);
void say_ready(void);
void await_ready(void);
int ready_fd(void);
void rest(void) __attribute__((noreturn));
void wait_for_end(void) __attribute__((noreturn));
void block(int sig);
void unblock(int sig);
pid_t start(void (*play)(void));
void await_end(const char *scenario, pid_t pid, int status);

/* Every failure ends the program: the test would be useless. */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
long long now_us(void);
void pause_us(long us);

/* The scenarios, one file for each kind. */
void play_signalled(void);
void play_traced(void);
void play_unsignalled(void);

#endif
