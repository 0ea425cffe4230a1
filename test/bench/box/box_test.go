// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"testing"
	"time"

	"sigtrail/test/blackbox"
)

func TestInitcalls(t *testing.T) {
	const log = `[    0.010000] calling  sigtrail_box_init+0x0/0x80 @ 1
[    0.010500] initcall sigtrail_box_init+0x0/0x80 returned 0 after 0 usecs
[    0.010600] calling  other_init+0x0/0x80 @ 1
[    0.020000] initcall other_init+0x0/0x80 returned 0 after 0 usecs
[    0.551549] calling  sigtrail_init+0x0/0x10 @ 1
[    0.551570] initcall sigtrail_init+0x0/0x10 returned 0 after 21 usecs
`
	if got, err := initcalls(log); err != nil || got != 521*time.Microsecond {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", log[:60], log[48:]} {
		if got, err := initcalls(bad); err == nil {
			t.Errorf("%v of %q", got, bad)
		}
	}
	if b := (boots{time.Millisecond, 2 * time.Millisecond, 6 * time.Millisecond}); b.check() != nil {
		t.Error(b.check())
	}
	if b := (boots{time.Millisecond, 2 * time.Millisecond, 7 * time.Millisecond}); b.check() == nil {
		t.Error("more than the limit")
	}
}

func TestLeft(t *testing.T) {
	pids := map[string]bool{"154": true, "155": true}
	got := ofTrace(`#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
            init-1       [000] d....    12.345678: signal_generate: sig=15 errno=0 code=0 comm=crowd-1 pid=154 grp=1 res=1
            init-1       [000] d....    13.345678: signal_generate: sig=9 errno=0 code=0 comm=crowd-1 pid=154 grp=1 res=0
            init-1       [000] d....    13.345679: signal_generate: sig=9 errno=0 code=0 comm=other pid=15 grp=1 res=0
         crowd-1-154     [001] .....    13.346000: sched_process_exit: comm=crowd-1 pid=154 prio=120
`, pids)
	box := ofBox(blackbox.Box{Records: []blackbox.Record{
		{Kind: blackbox.Signal, Signal: 15, TargetPID: 154},
		{Kind: blackbox.Signal, Signal: 9, TargetPID: 154},
		{Kind: blackbox.Exit, Value: 9, TargetPID: 154},
		{Kind: blackbox.Exit, Value: 9, TargetPID: 15},
	}}, pids)
	if want := (kept{1, 1, 1}); got != want || box != want {
		t.Errorf("%+v, %+v", got, box)
	}
}
