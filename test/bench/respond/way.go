// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sigtrail/internal/event"
)

// way is a way to measure how long a process takes to end, and its results.
type way struct {
	name, what string
	script     string
	daemon     bool // the daemon measures; its trail has the result

	errors []time.Duration // absolute, sorted
	cpu    time.Duration   // for all
}

// compare compares the way's times, in said, with the kernel's records.
func (w *way) compare(said, recorded string, kills int) error {
	kernel, err := kernelTimes(recorded)
	if err != nil {
		return err
	}
	for _, line := range strings.Split(strings.TrimSpace(said), "\n") {
		pid, seen, err := parse(line)
		if err != nil {
			return err
		}
		took, ok := kernel[pid]
		if !ok {
			return fmt.Errorf("the kernel has no record of process %d, of %q", pid, line)
		}
		w.errors = append(w.errors, (seen - took).Abs())
	}
	if len(w.errors) != kills {
		return fmt.Errorf("%d of %d processes have been timed", len(w.errors), kills)
	}
	slices.Sort(w.errors)
	return nil
}

// quantile returns the error that percent per cent of all errors do not exceed.
func (w *way) quantile(percent int) time.Duration {
	return w.errors[(len(w.errors)-1)*percent/100]
}

// kernelTimes returns the time of each process from its SIGTERM to its end, by the
// kernel's records.
func kernelTimes(recorded string) (map[uint32]time.Duration, error) {
	sent := make(map[uint32]uint64)
	took := make(map[uint32]time.Duration)
	for _, line := range strings.Split(strings.TrimSpace(recorded), "\n") {
		e, l, err := event.DecodeJSON([]byte(line))
		if err != nil {
			return nil, fmt.Errorf("%w: %s", err, line)
		}
		switch {
		case l != event.Loss{}:
			return nil, errors.New(l.String())
		case e.Kind == event.KindSignal && event.SignalName(e.Signal) == "SIGTERM":
			sent[e.TargetPID] = e.Time
		case e.Kind == event.KindExit && sent[e.TargetPID] != 0:
			took[e.TargetPID] = time.Duration(e.Time - sent[e.TargetPID])
		}
	}
	return took, nil
}

var (
	asJSON = regexp.MustCompile(`"target_pid":(\d+),.*"seen_first":"(\d+)"`)
	asNote = regexp.MustCompile(`"target_pid":(\d+),.*, (\d+)\.(\d{6}) s .*pidfd`)
)

// parse parses a way's line about a process: its id and ns; its id, and start and end
// in hundredths of a second; a case in JSON; or a note of the trail.
func parse(line string) (pid uint32, seen time.Duration, err error) {
	var n []uint64
	number := func(s string) {
		v, failed := strconv.ParseUint(s, 10, 64)
		n, err = append(n, v), errors.Join(err, failed)
	}
	if m := asJSON.FindStringSubmatch(line); m != nil {
		number(m[1])
		number(m[2])
	} else if m := asNote.FindStringSubmatch(line); m != nil {
		number(m[1])
		number(m[2] + m[3] + "000")
	} else {
		for _, field := range strings.Fields(line) {
			number(field)
		}
	}
	switch {
	case err == nil && len(n) == 2:
		return uint32(n[0]), time.Duration(n[1]), nil
	case err == nil && len(n) == 3:
		return uint32(n[0]), time.Duration(n[2]-n[1]) * 10 * time.Millisecond, nil
	}
	return 0, 0, fmt.Errorf("no time of a process: %q", line)
}

// table returns the result in Markdown.
func table(ways []way) string {
	var b strings.Builder
	b.WriteString("| | median error | p99 | processor time for each |\n| --- | ---: | ---: | ---: |\n")
	for _, w := range ways {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", w.what, round(w.quantile(50)), round(w.quantile(99)),
			round(w.cpu/time.Duration(len(w.errors))))
	}
	return b.String()
}

// round formats a time in µs, with three digits.
func round(d time.Duration) string {
	unit := time.Microsecond
	for d/unit >= 1000 {
		unit *= 10
	}
	return fmt.Sprintf("%d µs", d.Round(unit).Microseconds())
}

// slack is how much larger the service's error may be than those of the programs in
// C: Go's poller takes some thousand more instructions.
const slack = 5 * time.Microsecond

// check returns an error for each limit that the service's error exceeds.
func check(ways []way) error {
	median := make(map[string]time.Duration)
	for _, w := range ways {
		median[w.name] = w.quantile(50)
	}
	var err error
	for _, c := range []struct {
		name  string
		limit time.Duration
	}{
		{"shell", median["shell"] / 10}, {"loop", median["loop"] + slack}, {"poll", median["poll"] + slack},
	} {
		if median["service"] > c.limit {
			err = errors.Join(err, fmt.Errorf("the service's median error is %v; that of %s is %v, which allows %v",
				median["service"], c.name, median[c.name], c.limit))
		}
	}
	return err
}
