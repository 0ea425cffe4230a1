// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"bufio"
	"io"
	"os"
	"strings"
	"time"
)

// How long logread may take. It waits for a log daemon that hangs.
const logreadLimit = 5 * time.Second

// readInitLog runs logread, and parses what it prints. Without logread, or without a log,
// nothing is known: it returns "", false.
func readInitLog(logread string) (shutdown string, started bool) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return "", false
	}
	defer null.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return "", false
	}
	defer r.Close()
	p, err := os.StartProcess(logread, []string{"logread"}, &os.ProcAttr{Files: []*os.File{null, w, null}})
	w.Close()
	if err != nil {
		return "", false
	}
	limit := time.AfterFunc(logreadLimit, func() { p.Kill() })
	shutdown, started = parseInitLog(r)
	r.Close() // if more is printed, logread ends
	p.Wait()
	limit.Stop()
	return shutdown, started
}

// parseInitLog returns when procd has logged that it shuts down, as the log has it, "" if
// it has not; and whether it has logged that all start scripts have ended. procd's text is
// in state_enter() of its state.c. From STATE_INIT on it logs by syslog, so that the
// kernel's log does not have it. A log that is kept across boots has those of earlier ones.
func parseInitLog(log io.Reader) (shutdown string, started bool) {
	for lines := bufio.NewReader(log); ; {
		b, _, err := lines.ReadLine()
		if err != nil {
			return shutdown, started
		}
		switch line := string(b); {
		case strings.Contains(line, "Linux version "):
			shutdown, started = "", false
		case strings.HasSuffix(line, " procd: - init complete -"):
			started = true
		case strings.HasSuffix(line, " procd: - shutdown -"):
			shutdown = stampOf(line)
		}
	}
}

// stampOf returns the time at the beginning of a line of the log: of OpenWrt's log daemon,
// or of BusyBox's; "time unknown" for another one.
func stampOf(line string) string {
	for _, layout := range [...]string{time.ANSIC, time.Stamp} {
		if len(line) > len(layout) {
			if _, err := time.Parse(layout, line[:len(layout)]); err == nil {
				return line[:len(layout)]
			}
		}
	}
	return "time unknown"
}
