// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sigtrail/internal/event"
)

// What log daemons take for the time of a datagram, and cut off, once they have cut
// off <PRI>.
var cutTime = map[string]func(string) string{
	// OpenWrt's logd: log_add() in ubox, log/syslog.c.
	"logd": func(s string) string {
		if len(s) > 15 && s[15] == ' ' {
			return s[16:]
		}
		return s
	},
	// BusyBox's syslogd: timestamp_and_log() in sysklogd/syslogd.c.
	"busybox": func(s string) string {
		if len(s) < 16 || s[3] != ' ' || s[6] != ' ' || s[9] != ':' || s[12] != ':' || s[15] != ' ' {
			return s
		}
		return s[16:]
	},
	// rsyslog: a time as RFC 3164 has it.
	"rsyslog": func(s string) string {
		return regexp.MustCompile(`^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d `).ReplaceAllString(s, "")
	},
}

// A line has its name in each of them, whatever the length of the process id, and
// whatever the text.
func TestSyslogKeepsName(t *testing.T) {
	for _, day := range []int{1, 26} {
		now := time.Date(2026, 11, day, 2, 36, 21, 0, time.Local)
		for _, text := range []string{"Signal :: (a 1)", "a b c d", "", "x"} {
			for pid := 1; pid < 1e7; pid *= 10 {
				tag := fmt.Sprintf("sigtrail[%d]: ", pid)
				s := &syslog{pri: "<30>", tag: " " + tag}
				sent, ok := strings.CutPrefix(string(append(s.datagram(now), text...)), "<30>")
				for name, cut := range cutTime {
					if got := cut(sent); !ok || got != tag+text {
						t.Errorf("%s makes %q of %q", name, got, sent)
					}
				}
			}
		}
	}
}

// A record's line that the log daemon takes at once costs no memory, and no other goroutine.
func TestSyslogAllocates(t *testing.T) {
	var sent atomic.Uint64
	log := startLog(t, t.TempDir()+"/log")
	s := newSyslog(log.conn.LocalAddr().String(), 30, 0)
	s.sent = &sent
	if !s.connect() {
		t.Fatal("not connected")
	}
	defer s.disconnect()
	e := event.Event{Seq: 1, Kind: event.KindSignal, Signal: 15, SenderPID: 883, SenderName: "killall", TargetPID: 564, TargetName: "legacyd"}
	b := make([]byte, 256)
	const runs = 100
	n := testing.AllocsPerRun(runs, func() {
		s.record(&e, time.Now())
		if _, err := log.conn.Read(b); err != nil {
			t.Error(err)
		}
	})
	if n != 0 || sent.Load() != runs+1 || len(s.queue) != 0 {
		t.Errorf("%v allocations, %d lines sent, %d queued", n, sent.Load(), len(s.queue))
	}
}

// Nor does one that has to wait cost memory, once the queue was full.
func TestSyslogQueueAllocates(t *testing.T) {
	var dropped atomic.Uint64
	s := newSyslog(t.TempDir()+"/none", 30, 0) // nobody sends what waits
	s.dropped = &dropped
	e := event.Event{Seq: 1, Kind: event.KindSignal, Signal: 15, SenderPID: 883, SenderName: "killall", TargetPID: 564, TargetName: "legacyd"}
	for range queueLines + 1 {
		s.record(&e, time.Now())
	}
	if n := testing.AllocsPerRun(100, func() { s.record(&e, time.Now()) }); n != 0 || dropped.Load() != 102 || len(s.queue) != queueLines {
		t.Errorf("%v allocations, %d lines dropped, %d queued", n, dropped.Load(), len(s.queue))
	}
}

// Lines stay in order where the log daemon is slow: later ones are not sent before those that
// wait.
func TestSyslogOrder(t *testing.T) {
	var sent, dropped, heldBack atomic.Uint64
	log := startLog(t, t.TempDir()+"/log")
	s := openSyslog(log.conn.LocalAddr().String(), 30, 0, &sent, &dropped, &heldBack)
	defer s.close()
	for i := range 200 {
		s.line([]byte(strconv.Itoa(i)))
	}
	for i := range 200 {
		log.expect(strconv.Itoa(i))
		if i%20 == 0 {
			s.line([]byte("more")) // while others wait
		}
	}
	for range 10 {
		log.expect("more")
	}
}

// A log daemon that does not come back is waited for once; lines are dropped then,
// counted, and the next one that comes is told.
func TestSyslogGivesUp(t *testing.T) {
	var sent, dropped atomic.Uint64
	path := t.TempDir() + "/log"
	s := newSyslog(path, 30, 50)
	s.sent, s.dropped, s.patience = &sent, &dropped, 10*time.Millisecond
	go s.sender()
	for range 3 {
		s.line([]byte("early"))
	}
	for dropped.Load() < 3 {
		time.Sleep(time.Millisecond)
	}
	log := startLog(t, path)
	s.line([]byte("late"))
	log.expect("Dropped :: 3 lines: the log daemon was too slow or did not run", "late")
	log.conn.Close()
	s.line([]byte("never"))
	s.close() // does not wait for another one
	if sent.Load() != 1 || dropped.Load() != 4 {
		t.Errorf("%d sent, %d dropped", sent.Load(), dropped.Load())
	}
}
