// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sigtrail/internal/event"
)

func TestBudget(t *testing.T) {
	now := time.Now()
	b := newBudget(50)
	taken := func(n int, share bool) (got int) {
		for range n {
			if b.take(now, share) {
				got++
			}
		}
		return got
	}
	for _, c := range []struct {
		after time.Duration
		share bool
		want  int
	}{
		{0, true, 100}, {0, false, 100}, {0, false, 0}, // a user's own leave half of the burst to others
		{time.Second, false, 50}, {10 * time.Millisecond, false, 0}, {10 * time.Millisecond, false, 1},
		{time.Second, true, 0}, {time.Second, true, 0}, {time.Second, true, 50}, {0, false, 100},
		{time.Hour, false, 200},
	} {
		now = now.Add(c.after)
		if got := taken(1000, c.share); got != c.want {
			t.Errorf("after %v more, share %v: %d lines, want %d", c.after, c.share, got, c.want)
		}
	}
	b.fill()
	if got := taken(1000, false); got != 200 {
		t.Errorf("filled: %d lines", got)
	}
	if b = newBudget(0); taken(1000, true) != 1000 {
		t.Error("no limit is one")
	}
}

// The line names the largest senders, whatever comes before and between, in bounded memory.
func TestHeldBack(t *testing.T) {
	var h heldBack
	now := time.Now()
	if text := h.take(now, 0); text != nil {
		t.Errorf("nothing held back: %s", text)
	}
	exit := event.Event{Kind: event.KindExit, TargetPID: 5, TargetName: "x"}
	if !h.add(&exit, now) || h.add(&exit, now) {
		t.Error("the first record is not the first, or the second is")
	}
	flood := event.Event{Signal: 10, SenderPID: 120, SenderName: "flooder", TargetPID: 120, TargetName: "flooder", Count: 48000}
	killall := event.Event{Signal: 15, SenderPID: 1, SenderName: "procd"}
	other := event.Event{Signal: 15, SenderName: "a) b", TargetPID: 7, TargetName: "y"}
	for i := range 640 {
		killall.TargetPID, killall.TargetName = uint32(50+i), fmt.Sprint("service", i)
		h.add(&killall, now)
		other.SenderPID = uint32(1000 + i)
		h.add(&other, now)
		if i < 2 {
			h.add(&flood, now)
		}
	}
	if text := h.take(now.Add(512*time.Millisecond), time.Second); text != nil {
		t.Errorf("too early: %s", text)
	}
	got := string(h.take(now.Add(512*time.Millisecond), 0))
	want := "Held back :: 1284 lines in 0.512000 s by log.rate; the trail has them: 96000 signals by (flooder 120) to (flooder 120), " +
		"640 signals by (procd 1) to (service0 50) and others, 2 exits of (x 5), 640 more"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if text := h.take(now, 0); text != nil {
		t.Errorf("told twice: %s", text)
	}
	h.add(&event.Event{Kind: event.KindSummary, SenderPID: 9, SenderUID: 65534, Count: 5}, now)
	h.add(&event.Event{Kind: event.KindSurvivor, TargetPID: 9, TargetName: "dd"}, now)
	h.add(&event.Event{Signal: 9, Flags: event.FlagKernel, TargetPID: 9, TargetName: "dd"}, now)
	got = string(h.take(now.Add(1e9), 0))
	want = "Held back :: 3 lines in 1.000000 s by log.rate; the trail has them: 5 signals by uid 65534, 1 survivor of (dd 9), 1 signal by (kernel 0) to (dd 9)"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// budgetedLog is a log with a budget, and what it has sent.
func budgetedLog(t *testing.T, rate int) (s *syslog, log *logDaemon, held *atomic.Uint64) {
	var sent, dropped, heldBack atomic.Uint64
	path := t.TempDir() + "/log"
	log = startLog(t, path)
	s = openSyslog(path, 30, rate, &sent, &dropped, &heldBack)
	t.Cleanup(func() {
		s.close()
		if n := dropped.Load(); n > 0 {
			t.Errorf("%d lines dropped", n)
		}
	})
	return s, log, &heldBack
}

// Lines beyond the budget are held back, and one line says so within a second though no
// other record comes, then at the end. The daemon's own lines are not held back.
func TestSyslogBudget(t *testing.T) {
	s, log, held := budgetedLog(t, 1)
	for i := range 6 {
		e := sample(uint64(i + 1))
		s.record(&e, time.Now())
	}
	s.line([]byte("own"))
	for range 4 {
		log.expect("Signal :: (killall 7)")
	}
	log.expect("own", "Held back :: 2 lines in ")
	e := sample(7)
	for range 5 {
		s.record(&e, time.Now())
	}
	s.close()
	if lines := log.all(); len(lines) == 0 || !strings.HasPrefix(lines[len(lines)-1], "Held back :: ") {
		t.Errorf("at the end: %q", lines)
	}
	if n := held.Load(); n < 5 || n > 6 {
		t.Errorf("%d counted", n)
	}
}

// 0 is no limit.
func TestSyslogNoBudget(t *testing.T) {
	s, log, held := budgetedLog(t, 0)
	for i := range 250 {
		e := sample(uint64(i + 1))
		s.record(&e, time.Now())
		log.expect("Signal :: (killall 7)")
	}
	if n := held.Load(); n > 0 {
		t.Errorf("%d held back", n)
	}
}

// A storm goes on while a shutdown of 500 processes begins, and the log daemon ends before
// it is over. The log has who asked for it, the beginning of the kill-all, and all that is
// not a signal.
func TestSyslogInShutdown(t *testing.T) {
	s, log, _ := budgetedLog(t, 50)
	storm := event.Event{Signal: 10, SenderPID: 120, SenderName: "storm", TargetPID: 120, TargetName: "storm"}
	for range 1000 {
		s.record(&storm, time.Now())
	}
	n := 0
	lines := log.until(func(string) bool { n++; return n == 200 })
	ask := event.Event{Signal: 15, SenderPID: 700, SenderName: "reboot", TargetPID: 1, TargetName: "procd", Flags: event.FlagShutdown}
	s.record(&ask, time.Now())
	lines = append(lines, log.until(func(line string) bool { return strings.HasPrefix(line, "Signal :: (reboot") })...)
	for i := range 500 {
		term := event.Event{Signal: 15, SenderPID: 1, SenderName: "procd", TargetPID: uint32(1000 + i), TargetName: "x", Flags: event.FlagShutdown}
		s.record(&term, time.Now())
		exit := event.Event{Kind: event.KindExit, TargetPID: uint32(1000 + i), TargetName: "x", ExitStatus: 15, Flags: event.FlagShutdown}
		s.record(&exit, time.Now())
	}
	mark := event.Event{Kind: event.KindMark, SenderPID: 701, SenderName: "sigtrail", Text: "x", Flags: event.FlagShutdown}
	s.record(&mark, time.Now())
	lines = append(lines, log.until(func(line string) bool { return strings.HasPrefix(line, "Mark :: ") })...)
	text := strings.Join(lines, "\n")
	for want, least := range map[string]int{"(reboot 700) --[15]--> (procd 1)": 1, "Exit :: ": 99, "Signal :: (procd 1) --[15]": 99, "Mark :: ": 1,
		"Held back :: ": 1} {
		if n := strings.Count(text, want); n < least {
			t.Errorf("%q is logged %d times, want %d", want, n, least)
		}
	}
	started := time.Now()
	log.expect("Held back :: ")
	if waited := time.Since(started); waited > heldTime {
		t.Errorf("it took %v until the log says what was held back", waited)
	}
}

// Processes that end by themselves, as in a crash loop with the exits of all, leave half of the
// burst to signals and to what these end.
func TestSyslogExits(t *testing.T) {
	s, log, _ := budgetedLog(t, 10)
	exit := event.Event{Kind: event.KindExit, TargetPID: 120, TargetName: "loop", RunTime: 1e6, Flags: event.FlagOfInit}
	for range 1000 {
		s.record(&exit, time.Now())
	}
	kill := event.Event{Signal: 15, SenderPID: 1, SenderName: "procd", TargetPID: 90, TargetName: "x"}
	killed := event.Event{Kind: event.KindExit, TargetPID: 90, TargetName: "x", ExitStatus: 15, RunTime: 1e9}
	for range 5 {
		s.record(&kill, time.Now())
		s.record(&killed, time.Now())
	}
	s.line([]byte("own"))
	lines := strings.Join(log.until(func(line string) bool { return line == "own" }), "\n")
	for want, times := range map[string]int{"(loop 120)": 20, "Signal :: (procd 1)": 5, "Exit :: (x 90)": 5} {
		if n := strings.Count(lines, want) - strings.Count(lines, "s of "+want); n != times {
			t.Errorf("%q is logged %d times, want %d", want, n, times)
		}
	}
}
