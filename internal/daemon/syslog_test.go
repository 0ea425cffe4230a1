// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
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
