/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigplay sends signals of every kind, and notes what the trail must have of each.
 * A test reads the notes afterwards.
 */
#ifndef SIGPLAY_H
#define SIGPLAY_H

#define _GNU_SOURCE /* so include this header first */

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#define NAME_LEN 16 /* of a task's name, the NUL included */

#define RT_SIGNAL 40 /* a real-time signal that libc leaves alone */

/* note.c: the notes */

/* What a record in the trail must have. */
struct note {
	const char *scenario;
	pid_t sender_pid, sender_tid;
	const char *sender_name;
	pid_t context_pid, context_tid; /* 0: interrupt, or varies */
	pid_t target_pid, target_tid;
	const char *target_name;
	int sig, code;
	const char *scope, *outcome;
	bool kernel;
	const char *left_out; /* the switch that leaves it out; NULL: none */
};

void notes_open(const char *path);
void note_write(const struct note *note);

/* player.c: processes that signals are sent to, a new one for each scenario */

struct player {
	pid_t pid, tid; /* tid: the thread to send to */
	char name[NAME_LEN];
	int up, down; /* pipes from it and to it */
};

struct role {
	const char *name;
	pid_t (*prepare)(void); /* in the player; returns the thread to send to */
	void (*act)(void); /* in the player, on request */
	int end; /* how it ends: -signal, or the number of signals it catches */
};

/* In a player: number of signals that it has caught. */
extern volatile sig_atomic_t caught;

void player_catch(int sig);
void player_wait_caught(int count);
void player_start(struct player *p, const struct role *role);
void player_act(struct player *p);
void player_await(pid_t pid, const struct role *role);
void player_end(struct player *p, const struct role *role);

/* ways.c: the ways to send a signal; they return the system call's result */

typedef long way(const struct player *to, int sig, int code);

way by_kill, by_kill_group, by_tkill, by_tgkill, by_pidfd;
way by_sigqueue, by_tgsigqueue; /* with init as a forged sender */
way by_thread; /* not from the main thread */

extern pid_t sender_tid; /* the thread that sends; set by the caller, or by_thread */

/* Every failure ends the program: the test would be useless. */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
pid_t fork_or_die(void);
void sleep_ms(int ms);
long long now_us(void);

/* The modes, one file each; two for signals. */
void signals_by_users(void);
void signals_by_kernel(void);
void names(void);
void killall(void);
void oom(void);
void storm(long count, int receivers, int senders, int numbers);
void mixed(long count);

#endif
