// SPDX-License-Identifier: GPL-2.0-only

package console

import "testing"

// kernelLines are how kernels report failures, by class.
var kernelLines = map[string]Class{
	"Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b": Panic,
	"[1][swapper/0] Kernel panic - not syncing: Fatal exception":              Panic, // a vendor's prefix
	"(0)[1:init]Kernel panic - not syncing: Oops: panic_on_oops set":          Panic,
	"c1   137 Kernel panic - not syncing: sysrq triggered crash":              Panic,
	"sysrq: Resetting": Sysrq, "SysRq : Trigger a crash": Sysrq, "sysrq: Trigger a crash": Sysrq,

	// arm
	"Unable to handle kernel NULL pointer dereference at virtual address 00000000 when write": Oops,
	"Internal error: Oops: 5 [#1] SMP ARM":                                                    Oops,
	"Internal error: Oops - undefined instruction: 0 [#1] THUMB2":                             Oops,
	"kernel BUG at mm/slub.c:440!":                                                            Oops,
	// arm64
	"Internal error: Oops: 0000000096000004 [#1] PREEMPT SMP":     Oops,
	"Bad mode in Error handler detected on CPU1, code 0xbf000002": Oops,
	"SError Interrupt on CPU0, code 0x00000000bf000002 -- SError": Oops,
	"Unhandled 64-bit el1h sync exception on CPU0, ESR 0x2000000": Oops,
	"Insufficient stack space to handle exception!":               Oops,
	// mips
	"Kernel bug detected[#1]:":                 Oops,
	"Unhandled kernel unaligned access[#1]:":   Oops,
	"Oops[#2]:":                                Oops,
	"Break instruction in kernel code[#1]:":    Oops,
	"Reserved instruction in kernel code[#1]:": Oops,
	"CPU 0 Unable to handle kernel paging request at virtual address 00000004, epc == 80178114, ra == 80179194": Oops,
	// x86
	"BUG: kernel NULL pointer dereference, address: 0000000000000010":                                Oops,
	"BUG: unable to handle page fault for address: ffffffffc0a01000":                                 Oops,
	"Oops: 0000 [#1] PREEMPT SMP NOPTI":                                                              Oops,
	"general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1] SMP": Oops,
	"invalid opcode: 0000 [#1] PREEMPT SMP":                                                          Oops,
	"divide error: 0000 [#1] SMP":                                                                    Oops,
	"int3: 0000 [#1] SMP":                                                                            Oops,
	// riscv, powerpc, loongarch
	"Oops - load access fault [#1]":                           Oops,
	"Kernel BUG [#1]":                                         Oops,
	"Oops: Kernel access of bad area, sig: 11 [#1]":           Oops,
	"Oops: Exception in kernel mode, sig: 5 [#1]":             Oops,
	"Kernel ade access[#1]:":                                  Oops,
	"BUG: scheduling while atomic: kworker/0:1/17/0x00000002": Oops,
	"BUG: KASAN: slab-out-of-bounds in foo+0x10/0x20":         Oops,

	"watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [foo:12]":                                                    Lockup,
	"NMI watchdog: BUG: soft lockup - CPU#0 stuck for 23s! [ksoftirqd/0:3]":                                         Lockup,
	"NMI watchdog: Watchdog detected hard LOCKUP on cpu 2":                                                          Lockup,
	"watchdog: Watchdog detected hard LOCKUP on cpu 2":                                                              Lockup,
	"BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 35s!":                                    Lockup,
	"rcu: INFO: rcu_sched self-detected stall on CPU":                                                               Lockup,
	"INFO: rcu_preempt detected stalls on CPUs/tasks: { 1} (detected by 0, t=2102 jiffies)":                         Lockup,
	"rcu: INFO: rcu_sched detected expedited stalls on CPUs/tasks: { 0-... 2-... } 6368 jiffies s: 149 root: 0xd/.": Lockup,
	"INFO: rcu_tasks detected stalls on tasks:":                                                                     Lockup,
	"rcu: rcu_preempt kthread starved for 2500 jiffies! g9 f0x0":                                                    Lockup,
	"INFO: task jffs2_gcd_mtd5:312 blocked for more than 120 seconds.":                                              Lockup,

	"Out of memory: Killed process 577 (hog) total-vm:200000kB":          Memory,
	"Out of memory: Kill process 577 (hog) score 900 or sacrifice child": Memory,
	"Memory cgroup out of memory: Killed process 577 (hog)":              Memory,
	"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null)":                Memory,

	// no failures
	"watchdog: watchdog0: watchdog did not stop!": NoFailure,
	"quectel_qmi: DEBUG: rx urb 3 resubmitted":    NoFailure,
	"DEBUG: all fine": NoFailure,
	"traps: haproxy[4242] general protection fault ip:7f00 sp:7ffc error:0 in libc.so": NoFailure,
	"haproxy[4242]: segfault at 0 ip 00400000 sp bef00000 error 4 in haproxy":          NoFailure,
	"chattyd: Kernel panic - not syncing: I have seen it":                              NoFailure,
	"chattyd: Kernel bug detected[#1]:":                                                NoFailure,
	"chattyd[12]: BUG: mine":                                                           NoFailure,
	"myapp: rcu: INFO: rcu_sched self-detected stall on CPU":                           NoFailure,
	"br-lan: port 3(phy0-ap0) entered forwarding state":                                NoFailure,
	"reboot: Restarting system":                                                        NoFailure,
	"Freeing unused kernel image (initmem) memory: 1024K":                              NoFailure,
	"issue [#12] is closed, says chattyd":                                              NoFailure,
}

func TestClassify(t *testing.T) {
	for text, want := range kernelLines {
		if got := Classify(text); got != want {
			t.Errorf("%q: class %d, want %d", text, got, want)
		}
	}
}
