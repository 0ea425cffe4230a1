/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sigplay sends signals of every kind and notes what the trail has to say of
 * each, as a test in the guest reads it afterwards.
 */
#ifndef SIGPLAY_H
#define SIGPLAY_H

#define _GNU_SOURCE /* hence this header comes first */

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#define NAME_LEN 16 /* of a task's name, the NUL included */

#define RT_SIGNAL 40 /* a real-time signal that libc leaves alone */

/* note.c: the notes */

/* What one record in the trail has to look like. */
struct note {
	const char *deed;
	pid_t sender_pid, sender_tid;
	const char *sender_name;
	pid_t context_pid, context_tid; /* 0: an interrupt, or it varies */
	pid_t target_pid, target_tid;
	const char *target_name;
	int sig, code;
	const char *scope, *outcome;
	bool kernel;
	const char *left_out; /* the switch that leaves it out; NULL: none */
};

void notes_open(const char *path);
void note_write(const struct note *note);

/* player.c: processes that signals are sent to, a fresh one for each deed */

struct player {
	pid_t pid, tid; /* tid: the thread to send to */
	char name[NAME_LEN];
	int up, down; /* what it tells us, and what we tell it */
};

struct role {
	const char *name;
	pid_t (*prepare)(void); /* in the player; returns the thread to send to */
	void (*act)(void); /* in the player, when it is told to */
	int end; /* how it ends: -signal, or the number of signals it catches */
};

/* In a player: how many signals it caught. */
extern volatile sig_atomic_t caught;

void player_catch(int sig);
void player_wait_caught(int count);
void player_start(struct player *p, const struct role *role);
void player_act(struct player *p);
void player_await(pid_t pid, const struct role *role);
void player_end(struct player *p, const struct role *role);

/* ways.c: the ways to send a signal; they return what the system call does */

typedef long way(const struct player *to, int sig, int code);

way by_kill, by_kill_group, by_tkill, by_tgkill, by_pidfd;
way by_sigqueue, by_tgsigqueue; /* they claim that init is the sender */
way by_thread; /* not from the main thread */

extern pid_t sender_tid; /* the thread that sends, kept by who calls and by_thread */

/* Every thing that fails here makes the test worthless, so it ends it. */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
pid_t fork_or_die(void);
void sleep_ms(int ms);
long long now_us(void);

/* The modes, each in a file of its own; deeds come in two. */
void deeds_by_users(void);
void deeds_by_kernel(void);
void names(void);
void killall(void);
void oom(void);
void storm(long count, int receivers);
void mixed(long count);

#endif
