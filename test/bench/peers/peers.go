// SPDX-License-Identifier: GPL-2.0-only

package main

import "fmt"

// job is what peers are compared in: each with sigtrail's first row of it.
type job int

const (
	ring  job = iota // signals stay in the kernel's memory
	file             // they go to a file
	other            // no comparison
)

// peer is something that shows signals, and the shell scripts for it. What it writes is
// on tmpfs.
type peer struct {
	key, name string
	job       job
	patched   bool   // needs the patched kernel
	daemon    bool   // needs sigtrail's daemon; else it is ended
	start     string // returns when each signal is recorded, and nothing that was before
	prefix    string // runs killcost
	stop      string // returns when all is written; then it can be started again
	kept      string // prints how many of killcost's signals it has; "": it is not asked
	packages  string // Debian packages that it needs beside libc; or ours
	own       string // instead, in the table
}

const (
	// A background program; it says when it is ready.
	behind = ` </dev/null >/tmp/peer.said 2>&1 & echo $! >/tmp/peer.pid
		`
	// The same, if it writes to standard output what it reads.
	toFile = ` </dev/null >/tmp/peer.out 2>/tmp/peer.said & echo $! >/tmp/peer.pid
		`
	awaitReady = `until grep -qE 'ready|listens' /tmp/peer.said; do
			kill -0 $(cat /tmp/peer.pid) || { cat /tmp/peer.said; exit 1; }
			usleep 10000
		done`
	end = `pid=$(cat /tmp/peer.pid); kill $pid; while [ -d /proc/$pid ]; do usleep 10000; done
		`

	traceOn = `cd /sys/kernel/tracing && echo >trace && echo 1 >events/signal/signal_generate/enable
		`
	traceOff = `echo 0 >/sys/kernel/tracing/events/signal/signal_generate/enable
		`
	// The ring counts what has been read.
	traceStats = `/sys/kernel/tracing/per_cpu/cpu0/stats`
	traceRead  = `until grep -q '^entries: 0$' ` + traceStats + `; do sleep 1; done
		`
	traceKept = `awk '/^(entries|read events):/ { n += $NF } END { print n }' ` + traceStats

	calls = `kill,tkill,tgkill,rt_sigqueueinfo,rt_tgsigqueueinfo`

	auditOff = `auditctl -D >/dev/null && auditctl -e 0 >/dev/null
		until auditctl -s | grep -q '^backlog 0$'; do sleep 1; done
		`

	// Marks around a row, and the count between them. If the first one is lost, so is
	// all that was before it. A summary's signals are counted, but not recorded.
	begins = `sigtrail mark "row begins"
		`
	// The first one may be sent before it listens.
	heard = `until grep -q 'row begins' /tmp/peer.out; do sigtrail mark "row begins"; usleep 100000; done
		`
	ends = `sigtrail mark "row ends"
		`
	count = ` | awk '/"kind":"mark"/ && /row begins/ { n = 0 }
		/"kind":"signal"/ && /"sender_name":"killcost"/ {
			n += match($0, /"count":[0-9]+/) ? substr($0, RSTART + 8, RLENGTH - 8) : 1
		}
		END { print n + 0 }'`
)

// withDaemon lets the daemon start again with a configuration.
func withDaemon(ini string) string {
	return "cat >/etc/sigtrail.ini <<'EOF'\n" + ini + "EOF\n" +
		"old=$(pidof sigtrail); kill $old; while [ -d /proc/$old ]; do usleep 10000; done\n" +
		"until sigtrail info | grep -q 'claimed by sigtrail'; do sleep 1; done\n" + begins
}

// withRaw reads ftrace's ring when so much of it is full.
func withRaw(key, name string, percent int) peer {
	return peer{
		key: key, name: name, job: file, own: "a program for it", kept: traceKept,
		start: traceOn + fmt.Sprintf("echo %d >buffer_percent\n", percent) + "rawlog /tmp/peer.out" + behind + awaitReady,
		stop:  end + traceOff,
	}
}

func withBPF(key, name, ms string) peer {
	return peer{
		key: key, name: name, job: file, own: "a program for it", stop: end,
		start: "echo 1 >/proc/sys/net/core/bpf_jit_enable; bpfring /tmp/peer.out " + ms + behind + awaitReady,
		kept:  "sed -n 's/^kept=\\([0-9]*\\) .*/\\1/p' /tmp/peer.said",
	}
}

const (
	awaitTrail = ends + `until sigtrail info | awk '/^ring/ { last = $NF } /trail up to/ { seq = $NF }
			END { exit last != seq }'; do sleep 1; done
		`
	inTrail = `sigtrail boot --for 86400 --trail --json` + count
)

// nothing records signals.
var nothing = peer{key: "nothing", name: "nothing", job: other, start: "true", stop: "true"}

// allPeers are in the order of the tables.
var allPeers = []peer{
	{
		key: "off", name: "sigtrail, switched off", job: other, patched: true,
		start: "echo 0 >/proc/sys/kernel/sigtrail/enable", stop: "true", packages: "sigtrail",
	},
	{
		key: "captured", name: "**sigtrail's ring**, nobody reads", job: ring, patched: true,
		start: "echo off >/proc/sys/kernel/sigtrail/printk\n" + begins, stop: "true",
		kept: "sigtrail watch --once --json" + count, packages: "sigtrail",
	},
	{
		key: "ftrace", name: "ftrace's ring, nobody reads", job: ring,
		start: traceOn, stop: traceOff, kept: traceKept, own: "in the kernel",
	},
	{
		key: "trail", name: "**sigtrail with the daemon**, into its trail", job: file, patched: true, daemon: true,
		start: withDaemon("[log]\nsyslog = none\n"), stop: awaitTrail, kept: inTrail, packages: "sigtrail",
	},
	{
		key: "log", name: "sigtrail with the daemon, into trail and log", job: file, patched: true, daemon: true,
		start: withDaemon("[log]\nrate = 0\n"), stop: awaitTrail, kept: inTrail, packages: "sigtrail",
	},
	{
		key: "columns", name: "`sigtrail watch`, to a file", job: file, patched: true,
		start: "sigtrail watch" + toFile + heard, stop: end, packages: "sigtrail",
	},
	{
		key: "json", name: "`sigtrail watch --json`, to a file", job: file, patched: true,
		start: "sigtrail watch --json" + toFile + heard,
		stop:  ends + "until grep -q 'row ends' /tmp/peer.out; do sleep 1; done\n" + end,
		kept:  "cat /tmp/peer.out" + count, packages: "sigtrail",
	},
	{
		key: "bare", name: "sigtrail's records, read by a small program and dropped", job: other, patched: true,
		start: "listener" + behind + awaitReady, stop: end, own: "a program for it",
	},
	{
		key: "pipe", name: "ftrace, `trace_pipe` to a file", job: file,
		start: traceOn + "cat trace_pipe" + toFile, stop: traceRead + end + traceOff,
		kept: traceKept, own: "in the kernel",
	},
	withRaw("raw50", "ftrace, `trace_pipe_raw` to a file, woken when half of the ring is full", 50),
	withRaw("raw", "the same, woken by each signal", 0),
	withBPF("bpf", "BPF, raw tracepoint and ring buffer, to a file", ""),
	withBPF("bpf10", "the same, its reader waits 10 ms for more", "10"),
	{
		key: "audit", name: "audit, a small reader, to a file", job: file,
		start: "auditlog /tmp/peer.out" + behind + awaitReady, stop: auditOff + end,
		kept: `grep -c '^type=1300 .*comm="killcost"' /tmp/peer.out`, own: "a program for it",
	},
	{
		key: "auditd", name: "audit, with `auditd`", job: file,
		start: `rm -rf /tmp/audit && mkdir -p /tmp/audit && cd /etc/audit
			sed -i 's|^log_file =.*|log_file = /tmp/audit/audit.log|; s/^log_group =.*/log_group = root/' auditd.conf
			auditd || exit 1
			pidof auditd >/tmp/peer.pid
			auditctl -R rules.d/audit.rules >/dev/null && auditctl -e 1 >/dev/null &&
			auditctl -a always,exit -F arch=b32 -S ` + calls + `,pidfd_send_signal`,
		stop: auditOff + end, kept: `cat /tmp/audit/* | grep -c 'type=SYSCALL .*comm="killcost"'`,
		packages: "auditd libaudit1 libauparse0 libcap-ng0 libgssapi-krb5-2 libkrb5-3 libk5crypto3 " +
			"libkrb5support0 libcom-err2 libkeyutils1 libwrap0 libnsl2 libtirpc3",
	},
	{
		key: "strace", name: "`strace -f` on the sender, to a file", job: file,
		start: "rm -f /tmp/peer.out", prefix: "strace -A -f --seccomp-bpf -e trace=" + calls + " -o /tmp/peer.out", stop: "true",
		kept: `grep -c 'kill[( ].* = 0$' /tmp/peer.out`, packages: "strace",
	},
	{
		key: "proc", name: "cn_proc: exits, no signals", job: other,
		start: "exitlog /tmp/peer.out" + behind + awaitReady, stop: end,
		kept: "echo 0", own: "a program for it",
	},
}
