// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: what the ring's memory has beside records: the boot's id, when the
 * kernel was last alive, and a fault that could not become a record.
 */
#include <linux/atomic.h>
#include <linux/cpuhotplug.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/sched/clock.h>
#include <linux/string.h>
#include <linux/timer.h>

#include "compat.h"
#include "internal.h"

/*
 * A moment is not noted sooner. On a busy system it is never older than 10 s: a timer
 * that was too early by a little fires once more, and late by an eighth, at most.
 */
#define SIGTRAIL_ALIVE_PERIOD (4 * HZ)

/**
 * sigtrail_alive_boot - note the boot's id
 * @id: a string of less than SIGTRAIL_BOOT_ID_LEN bytes
 *
 * Context: any but NMI.
 */
void sigtrail_alive_boot(const char *id)
{
	struct sigtrail_box_boot boot = { };
	struct sigtrail_ring *ring = &sigtrail_ring;
	unsigned long flags;

	strscpy(boot.id, id, SIGTRAIL_BOOT_ID_LEN);
	raw_spin_lock_irqsave(&ring->lock, flags);
	if (ring->box)
		sigtrail_box_store(ring->salt, &ring->box->boot, &boot,
				   sizeof(boot));
	raw_spin_unlock_irqrestore(&ring->lock, flags);
}

/**
 * sigtrail_alive_now - note that the kernel is alive, and its clocks
 *
 * Context: any but NMI.
 */
void sigtrail_alive_now(void)
{
	/* Protected by the ring's lock. */
	static u32 count;
	struct sigtrail_box_alive alive = { };
	struct sigtrail_ring *ring = &sigtrail_ring;
	unsigned long flags;

	raw_spin_lock_irqsave(&ring->lock, flags);
	if (ring->box) {
		alive.count = ++count;
		alive.seq = ring->next - 1;
		alive.local = local_clock();
		alive.boottime = ktime_get_boot_fast_ns();
		alive.realtime = ktime_get_real_fast_ns();
		sigtrail_box_store(ring->salt,
				   &ring->box->alive[count % 2], &alive,
				   sizeof(alive));
		sigtrail_ring_age(ring);
	}
	raw_spin_unlock_irqrestore(&ring->lock, flags);
}

/*
 * One timer on each CPU, deferrable: it does not wake an idle CPU. While a single
 * one is awake, the moment is not old.
 */
static DEFINE_PER_CPU(struct timer_list, sigtrail_alive_timer);
/* In jiffies; no lock: two CPUs may both note the moment. */
static unsigned long sigtrail_alive_last;

static void sigtrail_alive_tick(struct timer_list *timer)
{
	if (time_after_eq(jiffies, READ_ONCE(sigtrail_alive_last) +
				   SIGTRAIL_ALIVE_PERIOD)) {
		WRITE_ONCE(sigtrail_alive_last, jiffies);
		sigtrail_alive_now();
	}
	mod_timer(timer, jiffies + SIGTRAIL_ALIVE_PERIOD);
}

static int sigtrail_alive_online(unsigned int cpu)
{
	struct timer_list *timer = per_cpu_ptr(&sigtrail_alive_timer, cpu);

	timer_setup(timer, sigtrail_alive_tick,
		    TIMER_DEFERRABLE | TIMER_PINNED);
	timer->expires = jiffies + SIGTRAIL_ALIVE_PERIOD;
	add_timer_on(timer, cpu);
	return 0;
}

/* Or it would be moved to another CPU. */
static int sigtrail_alive_offline(unsigned int cpu)
{
	timer_delete_sync(per_cpu_ptr(&sigtrail_alive_timer, cpu));
	return 0;
}

/**
 * sigtrail_alive_start - note from now on that the kernel is alive
 */
void __init sigtrail_alive_start(void)
{
	int err;

	sigtrail_alive_last = jiffies;
	sigtrail_alive_now();
	err = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "sigtrail/alive:online",
				sigtrail_alive_online, sigtrail_alive_offline);
	if (err < 0)
		pr_err("sigtrail: when the kernel was last alive is not noted: error %d\n",
		       err);
}

/**
 * sigtrail_alive_fault - note an oops or a panic that could not become a record
 * @rec: it, as a record
 *
 * No lock: a holder could be what was interrupted. The first of two at the same
 * time counts.
 *
 * Context: any.
 */
void sigtrail_alive_fault(const struct sigtrail_record *rec)
{
	static atomic_t busy;
	struct sigtrail_box *box = READ_ONCE(sigtrail_ring.box);
	struct sigtrail_box_fault fault = {
		.kind = rec->kind,
		.time = rec->time,
		.pid = rec->sender.pid,
		.tid = rec->sender.tid,
	};

	if (!box || atomic_cmpxchg(&busy, 0, 1))
		return;
	memcpy(fault.name, rec->sender.name, sizeof(fault.name));
	memcpy(fault.text, rec->text, sizeof(fault.text));
	sigtrail_box_store(sigtrail_ring.salt, &box->fault, &fault,
			   sizeof(fault));
	atomic_set(&busy, 0);
}
