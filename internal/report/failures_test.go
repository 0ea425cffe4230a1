// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"testing"

	"sigtrail/internal/event"
)

// kernelLines are how kernels report failures, by class.
var kernelLines = map[string]int{
	"Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b": classPanic,
	"[1][swapper/0] Kernel panic - not syncing: Fatal exception":              classPanic, // a vendor's prefix
	"(0)[1:init]Kernel panic - not syncing: Oops: panic_on_oops set":          classPanic,
	"c1   137 Kernel panic - not syncing: sysrq triggered crash":              classPanic,
	"sysrq: Resetting": classSysrq, "SysRq : Trigger a crash": classSysrq, "sysrq: Trigger a crash": classSysrq,

	// arm
	"Unable to handle kernel NULL pointer dereference at virtual address 00000000 when write": classOops,
	"Internal error: Oops: 5 [#1] SMP ARM":                                                    classOops,
	"Internal error: Oops - undefined instruction: 0 [#1] THUMB2":                             classOops,
	"kernel BUG at mm/slub.c:440!":                                                            classOops,
	// arm64
	"Internal error: Oops: 0000000096000004 [#1] PREEMPT SMP":     classOops,
	"Bad mode in Error handler detected on CPU1, code 0xbf000002": classOops,
	"SError Interrupt on CPU0, code 0x00000000bf000002 -- SError": classOops,
	"Unhandled 64-bit el1h sync exception on CPU0, ESR 0x2000000": classOops,
	"Insufficient stack space to handle exception!":               classOops,
	// mips
	"Kernel bug detected[#1]:":                 classOops,
	"Unhandled kernel unaligned access[#1]:":   classOops,
	"Oops[#2]:":                                classOops,
	"Break instruction in kernel code[#1]:":    classOops,
	"Reserved instruction in kernel code[#1]:": classOops,
	"CPU 0 Unable to handle kernel paging request at virtual address 00000004, epc == 80178114, ra == 80179194": classOops,
	// x86
	"BUG: kernel NULL pointer dereference, address: 0000000000000010":                                classOops,
	"BUG: unable to handle page fault for address: ffffffffc0a01000":                                 classOops,
	"Oops: 0000 [#1] PREEMPT SMP NOPTI":                                                              classOops,
	"general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1] SMP": classOops,
	"invalid opcode: 0000 [#1] PREEMPT SMP":                                                          classOops,
	"divide error: 0000 [#1] SMP":                                                                    classOops,
	"int3: 0000 [#1] SMP":                                                                            classOops,
	// riscv, powerpc, loongarch
	"Oops - load access fault [#1]":                           classOops,
	"Kernel BUG [#1]":                                         classOops,
	"Oops: Kernel access of bad area, sig: 11 [#1]":           classOops,
	"Oops: Exception in kernel mode, sig: 5 [#1]":             classOops,
	"Kernel ade access[#1]:":                                  classOops,
	"BUG: scheduling while atomic: kworker/0:1/17/0x00000002": classOops,
	"BUG: KASAN: slab-out-of-bounds in foo+0x10/0x20":         classOops,

	"watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [foo:12]":                                                    classLockup,
	"NMI watchdog: BUG: soft lockup - CPU#0 stuck for 23s! [ksoftirqd/0:3]":                                         classLockup,
	"NMI watchdog: Watchdog detected hard LOCKUP on cpu 2":                                                          classLockup,
	"watchdog: Watchdog detected hard LOCKUP on cpu 2":                                                              classLockup,
	"BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 35s!":                                    classLockup,
	"rcu: INFO: rcu_sched self-detected stall on CPU":                                                               classLockup,
	"INFO: rcu_preempt detected stalls on CPUs/tasks: { 1} (detected by 0, t=2102 jiffies)":                         classLockup,
	"rcu: INFO: rcu_sched detected expedited stalls on CPUs/tasks: { 0-... 2-... } 6368 jiffies s: 149 root: 0xd/.": classLockup,
	"INFO: rcu_tasks detected stalls on tasks:":                                                                     classLockup,
	"rcu: rcu_preempt kthread starved for 2500 jiffies! g9 f0x0":                                                    classLockup,
	"INFO: task jffs2_gcd_mtd5:312 blocked for more than 120 seconds.":                                              classLockup,

	"Out of memory: Killed process 577 (hog) total-vm:200000kB":          classMemory,
	"Out of memory: Kill process 577 (hog) score 900 or sacrifice child": classMemory,
	"Memory cgroup out of memory: Killed process 577 (hog)":              classMemory,
	"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null)":                classMemory,

	// no failures
	"watchdog: watchdog0: watchdog did not stop!": classes,
	"quectel_qmi: DEBUG: rx urb 3 resubmitted":    classes,
	"DEBUG: all fine": classes,
	"traps: haproxy[4242] general protection fault ip:7f00 sp:7ffc error:0 in libc.so": classes,
	"haproxy[4242]: segfault at 0 ip 00400000 sp bef00000 error 4 in haproxy":          classes,
	"chattyd: Kernel panic - not syncing: I have seen it":                              classes,
	"chattyd: Kernel bug detected[#1]:":                                                classes,
	"chattyd[12]: BUG: mine":                                                           classes,
	"myapp: rcu: INFO: rcu_sched self-detected stall on CPU":                           classes,
	"br-lan: port 3(phy0-ap0) entered forwarding state":                                classes,
	"reboot: Restarting system":                                                        classes,
	"Freeing unused kernel image (initmem) memory: 1024K":                              classes,
	"issue [#12] is closed, says chattyd":                                              classes,
}

func TestClassify(t *testing.T) {
	for text, want := range kernelLines {
		if got := classify(&event.Event{Kind: event.KindNote, Text: text}); got != want {
			t.Errorf("%q: class %d, want %d", text, got, want)
		}
		if got := classify(&event.Event{Kind: event.KindMark, Text: text}); got != classes {
			t.Errorf("a mark, %q: class %d", text, got)
		}
	}
}

// The first line of each class counts, the worst class first.
func TestFailures(t *testing.T) {
	var events []event.Event
	for _, text := range []string{
		"oom-kill:constraint=CONSTRAINT_NONE", "Out of memory: Killed process 577 (hog)", "Oops[#1]:", "Oops[#2]:",
		"Kernel panic - not syncing: Fatal exception",
	} {
		events = append(events, event.Event{Kind: event.KindNote, Text: text})
	}
	got := failures(events)
	if len(got) != 3 || got[0].Note != &events[4] || !got[0].Fatal || got[1].Note != &events[2] || got[1].Fatal ||
		got[2].Note != &events[1] || got[2].Fatal {
		t.Errorf("got %+v", got)
	}
}
