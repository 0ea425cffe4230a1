// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/vm"
)

// TestExitsOfOthers has 600 processes of a user's, each with a signal that it handles.
// They take no place of root's processes, which were signalled before: their exits have
// the time of the first signal.
func TestExitsOfOthers(t *testing.T) {
	const ours, theirs = 20, 600
	g := boot(t, vm.Config{})
	pids := lines(g.run("crowd %d; killall crowd", ours))
	g.run("su -s /bin/sh nobody -c 'crowd %d >/dev/null; killall crowd 2>/dev/null; :'", theirs)
	g.run("kill -9 %s", strings.Join(pids, " "))
	exits := g.trail().pick(func(e *event.Event) bool {
		return e.Kind == event.KindExit && e.TargetName == "crowd"
	})
	if len(exits) != ours {
		t.Errorf("of %d processes of root's %d have an exit", ours, len(exits))
	}
	for _, e := range exits {
		if e.SinceLast == 0 || e.SinceFirst <= e.SinceLast {
			t.Errorf("the exit of %d is %d ns after the first signal, %d ns after the last", e.TargetPID, e.SinceFirst, e.SinceLast)
		}
	}
	if g.counters().ExitForgotten == 0 {
		t.Errorf("none of the user's processes was forgotten")
	}
}

// TestFailuresOfMany has many processes of root's end well, and then one that fails, without a
// signal: the many do not cost its end the record. It does the same the other way round.
func TestFailuresOfMany(t *testing.T) {
	for name, status := range map[string][2]int64{"one fails": {0, 3}, "one succeeds": {3, 0}} {
		t.Run(name, func(t *testing.T) {
			g := boot(t, vm.Config{})
			pid := number(t, strings.TrimSpace(g.run(`echo all >/proc/sys/kernel/sigtrail/exits
				i=0; while [ $i -lt 300 ]; do sh -c 'exit %d' || :; i=$((i + 1)); done; sh -c 'echo $$; exit %d' || :`, status[0], status[1])))
			if g.counters().ExitForgotten == 0 {
				t.Errorf("none of the ends was forgotten")
			}
			found := g.trail().pick(func(e *event.Event) bool { return e.Kind == event.KindExit && int64(e.TargetPID) == pid })
			if len(found) != 1 || !found[0].ByItself() || int64(found[0].ExitStatus) != status[1]<<8 {
				t.Errorf("the one end: %v", found)
			}
		})
	}
}

// TestHelpersOfMany has a user make the kernel start many processes of root's. Their ends do
// not cost the end of another one the record.
func TestHelpersOfMany(t *testing.T) {
	const many = 300
	g := boot(t, vm.Config{})
	pid := number(t, strings.TrimSpace(g.run(`echo all >/proc/sys/kernel/sigtrail/exits
		su -s /bin/sh nobody -c 'helpers %d'; sh -c 'echo $$; exit 0'; sh -c 'exit 3' || :`, many)))
	if forgotten := g.counters().ExitForgotten; forgotten < many/2 {
		t.Errorf("of %d helpers and their user's shell %d ends were forgotten", many, forgotten)
	}
	ends := g.trail().pick(func(e *event.Event) bool {
		return e.Kind == event.KindExit && e.TargetName == "sh" && int64(e.TargetPID) >= pid
	})
	if len(ends) != 2 || ends[0].ExitStatus != 0 || ends[1].ExitStatus != 3<<8 {
		t.Errorf("root's ends after them: %v", ends)
	}
}

// TestEndsWhileOff has signalled processes end while capture is off: they take no place of
// those that are signalled when it is on again.
func TestEndsWhileOff(t *testing.T) {
	const many = 512 // places
	g := boot(t, vm.Config{})
	g.run("crowd %d >/dev/null; killall crowd; echo 0 >/proc/sys/kernel/sigtrail/enable; killall -9 crowd", many)
	g.run("while pidof crowd; do usleep 10000; done; echo 1 >/proc/sys/kernel/sigtrail/enable; crowd %d >/dev/null; killall crowd; killall -9 crowd", many/2)
	if forgotten := g.counters().ExitForgotten; forgotten != 0 {
		t.Errorf("%d were forgotten", forgotten)
	}
}

// TestOverlay has a user write beyond its limit of a file's size. The file is on overlayfs,
// which writes with the credentials of root, who has mounted it: the signal is the user's.
func TestOverlay(t *testing.T) {
	g := boot(t, vm.Config{})
	g.run(`mkdir -p /tmp/over /mnt/over
		mount -t tmpfs over /tmp/over
		cd /tmp/over; mkdir lower upper work
		mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work over /mnt/over
		touch /mnt/over/file; chmod 666 /mnt/over/file
		su -s /bin/sh nobody -c 'ulimit -f 1; dd if=/dev/zero of=/mnt/over/file bs=4096 count=2' 2>/dev/null || :`)
	sent := g.trail().pick(func(e *event.Event) bool { return e.Kind == event.KindSignal && e.Signal == uint32(syscall.SIGXFSZ) })
	if len(sent) != 1 || sent[0].SenderUID != nobody || sent[0].Flags&event.FlagShare == 0 || sent[0].SenderPID != sent[0].TargetPID {
		t.Errorf("the user's signals: %v", sent)
	}
}

// TestCaused has a user make root's process cause signals to the user's own: by timers on that
// process's time, which on some architectures send in its context, and by its end. They are of
// the user's share.
func TestCaused(t *testing.T) {
	g := boot(t, vm.Config{})
	for _, what := range []string{"clocks", "deaths"} {
		before := g.counters()
		g.run("caused %s 200", what)
		signals, common := uint64(0), 0
		for _, e := range g.since(before) {
			if e.TargetName != "causer" || e.Kind != event.KindSignal && e.Kind != event.KindSummary {
				continue
			}
			if signals += e.Signals(); e.Flags&event.FlagShare == 0 {
				common++
			}
			if e.Kind == event.KindSummary && e.SenderUID == 0 && !e.FromKernel() {
				t.Errorf("%s: root's: %v", what, &e)
			}
		}
		if signals < 200 || common != 0 {
			t.Errorf("%s: of %d signals to the user's process %d records are common", what, signals, common)
		}
	}
}

// TestMemoryOfOthers has a user that sends more to root's processes than its budget, and then
// takes memory until the OOM killer ends root's process: that signal is of the common share.
func TestMemoryOfOthers(t *testing.T) {
	g := boot(t, vm.Config{})
	pid := strings.TrimSpace(g.run(`echo 1 >/proc/sys/vm/overcommit_memory
		sleep 1000 >/dev/null 2>&1 &
		echo 1000 >/proc/$!/oom_score_adj
		su -s /bin/sh nobody -c "while :; do kill -CONT $! $$; done & dd if=/dev/zero of=/dev/null bs=1000M count=1; kill \$!" 2>/dev/null || :
		echo $!`))
	tr := g.trail()
	if cont := tr.pick(func(e *event.Event) bool { return e.Kind == event.KindSummary && e.SenderUID == nobody }); len(cont) == 0 {
		t.Errorf("the user was within its budget")
	}
	killed := tr.pick(func(e *event.Event) bool {
		return e.Kind == event.KindSignal && e.Signal == uint32(syscall.SIGKILL) && fmt.Sprint(e.TargetPID) == pid
	})
	if len(killed) != 1 || killed[0].Flags&event.FlagShare != 0 || !killed[0].FromKernel() {
		t.Errorf("the OOM killer's signals to process %s: %v", pid, killed)
	}
}
