// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"strings"
	"testing"
	"time"
)

func TestWorked(t *testing.T) {
	const timers = "Timer List Version: v0.10\nnow at 3190079600 nsecs\n\ncpu: 0\n" +
		"  .idle_sleeptime : 2873731600 nsecs\n  .iowait_sleeptime: 1000 nsecs\n"
	if got, err := worked(timers); err != nil || got != 316347000 {
		t.Errorf("%v, %v", got, err)
	}
	// Of two processors there would be two idle times.
	for _, bad := range []string{"", timers + timers[strings.Index(timers, "cpu:"):]} {
		if got, err := worked(bad); err == nil {
			t.Errorf("%v in %q", got, bad)
		}
	}
}

func TestUsed(t *testing.T) {
	const meminfo = "MemTotal:  1000 kB\nMemFree:   500 kB\nMemAvailable:  700 kB\nBuffers:  10 kB\nCached:  100 kB\n" +
		"SwapCached:  7 kB\nSReclaimable:  20 kB\n"
	const zoneinfo = "  pagesets\n    cpu: 0\n              count:    3\n              high:     1113\n" +
		"    cpu: 1\n              count:    2\n"
	if got, err := used(meminfo, zoneinfo); err != nil || got != 350 {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := used(meminfo, ""); err == nil {
		t.Errorf("%v without zoneinfo", got)
	}
	if got, err := used(strings.Replace(meminfo, "Buffers", "Bluffers", 1), zoneinfo); err == nil {
		t.Errorf("%v without buffers", got)
	}
}

func TestReadTrace(t *testing.T) {
	const trace = `# tracer: nop
        sigtrail-53      [000] .....     0.171263: sock_send_length: sk address = dc890324, family = 0x1 protocol = 0x0, length = 147, error = 0, flags = 0x0
    command-port-61      [000] .....     0.175098: sched_process_exec: filename=/usr/libexec/command-port pid=61 old_pid=61
        sigtrail-53      [000] .....     0.185605: sched_process_exec: filename=/usr/sbin/sigtrail pid=53 old_pid=53
           klogd-51      [000] .....     0.186000: sock_send_length: sk address = 43b626c5, family = 0x1 protocol = 0x0, length = 88, error = 0, flags = 0x0
        sigtrail-74      [000] .....     0.191172: sock_send_length: sk address = 2c451079, family = 0x10 protocol = 0x10, length = 36, error = 0, flags = 0x0
        sigtrail-74      [000] .....     0.193605: sock_send_length: sk address = 14836317, family = 0x1 protocol = 0x0, length = 0, error = -11, flags = 0x0
`
	var b boot
	if err := b.readTrace(trace, true); err != nil || b.ready != 175098*time.Microsecond || b.started != 8*time.Millisecond {
		t.Errorf("%+v, %v", b, err)
	}
	none := strings.ReplaceAll(trace, "/usr/sbin/sigtrail", "/usr/sbin/other")
	if err := b.readTrace(none, true); err == nil {
		t.Errorf("%+v without the service", b)
	}
	if err := b.readTrace(none, false); err != nil {
		t.Error(err)
	}
}

func TestBootTable(t *testing.T) {
	of := func(ready, started, worked time.Duration) []boot {
		const ms = time.Millisecond / 10
		return []boot{
			{ready: (ready + 50) * ms, started: (started + 50) * ms, worked: worked * ms},
			{ready: ready * ms, started: started * ms, worked: (worked - 50) * ms},
			{ready: (ready + 10) * ms, started: (started + 10) * ms, worked: (worked + 50) * ms},
		}
	}
	got := bootTable(kinds{plain: of(1632, 0, 2988), patched: of(1635, 0, 2987), service: of(1648, 54, 3123)})
	want := "| 10 boots, in ms of guest time | ready after, shortest | processor time, median | adds |\n| --- | ---: | ---: | ---: |\n" +
		"| unpatched kernel | 163 | 299 | |\n" +
		"| patched, without the service | 164 | 299 | +0 |\n" +
		"| with the service | 165 | 312 | +14 |\n" +
		"| the service, from exec to \"started\" | 5 | | |\n"
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
