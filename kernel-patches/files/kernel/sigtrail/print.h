/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigtrail: printed lines and their rate limit, see print.c and hold_back.c.
 */
#ifndef _SIGTRAIL_PRINT_H
#define _SIGTRAIL_PRINT_H

#include <linux/time64.h>
#include <linux/types.h>

#include "record.h"
#include "ring.h"

/* hold_back.c */

/*
 * So many ns of the rate can be saved up. A kill-all of 500 processes prints 1,500
 * lines within a second or two: TERM, KILL and exit of each. At 200 lines a second
 * this is 1,600 at once. A lower rate, for a slower console, lowers this as well.
 * A console of 115200 baud takes 10 s for it, and 15 s with the bursts of all users:
 * less than the watchdogs of the kernel, and those of routers, wait.
 */
#define SIGTRAIL_PRINT_BURST (8ULL * NSEC_PER_SEC)

/**
 * struct sigtrail_print_budget - the lines of a share
 * @time: ns of local_clock(), up to which @spent is paid back
 * @spent: lines printed and not yet paid back, times NSEC_PER_SEC; 0: the whole
 *	burst can be printed
 */
struct sigtrail_print_budget {
	u64 time;
	u64 spent;
};

/**
 * struct sigtrail_printer - the rate limit of printed lines
 * @budgets: by share
 * @held_back: lines not printed, since boot
 * @unsaid: of these, those that no printed line has reported; also read without the
 *	lock
 * @said: in jiffies, when a line last reported some
 */
struct sigtrail_printer {
	struct sigtrail_print_budget budgets[SIGTRAIL_SHARES];
	u64 held_back;
	u32 unsaid;
	unsigned long said;
};

extern struct sigtrail_printer sigtrail_printer;

bool sigtrail_print_spend(u32 share, u64 now);
void sigtrail_print_settle(bool printed);
bool sigtrail_print_admit(u32 share, u64 now);
void sigtrail_print_held_back(void);
u64 sigtrail_held_back_count(void);

/* print.c */

void sigtrail_print_signal(const struct sigtrail_record *rec);
void sigtrail_print_exit(const struct sigtrail_record *rec);
void sigtrail_print_mark(const struct sigtrail_record *rec);
void sigtrail_print_reboot(const struct sigtrail_record *rec);
void sigtrail_print_survivor(const struct sigtrail_record *rec);

#endif /* _SIGTRAIL_PRINT_H */
