// SPDX-License-Identifier: GPL-2.0-only

package left

import (
	"testing"

	"sigtrail/test/blackbox"
)

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
	if want := (Kept{1, 1, 1}); got != want || box != want {
		t.Errorf("%+v, %+v", got, box)
	}
}
