// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

// Package e2e has the tests that need the kernel. They run in the guest, and compare
// the trail with independent sources.
package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sigtrail/internal/event"
	"sigtrail/test/vm"
)

// Emulation on a busy machine is slow. A test reaches these limits only if
// something is wrong.
const (
	bootLimit    = 5 * time.Minute
	commandLimit = 5 * time.Minute
	guestLimit   = 10 * time.Minute
)

// guest is a running guest. Its methods fail the test on errors.
type guest struct {
	*vm.VM
	t     *testing.T
	marks int
}

// complaint matches a line by which the kernel reports an error of its own, or the
// guest's program that runs the scripts of /etc/rc.d.
var complaint = regexp.MustCompile(`.*(rc-queue:|WARNING:|BUG:|UBSAN:|KASAN:|INFO: task|INFO: rcu|INFO: possible|Unable to handle|Internal error|list_(add|del) corruption|kmemleak: \d+ new).*`)

var booted atomic.Bool

// TestMain fails if no test has run, as with a wrong regexp.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && !booted.Load() {
		fmt.Fprintln(os.Stderr, "no test has run: does RUN match a test? (make needs $$ for $)")
		code = 1
	}
	os.Exit(code)
}

// boot starts a guest and waits until the daemon has claimed the log.
func boot(t *testing.T, cfg vm.Config) *guest {
	t.Helper()
	return bootFor(t, guestLimit, cfg)
}

// bootFor is boot for a guest that may run longer than others.
func bootFor(t *testing.T, limit time.Duration, cfg vm.Config) *guest {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	v, err := vm.Start(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	booted.Store(true)
	t.Cleanup(v.Close)
	g := &guest{VM: v, t: t}
	t.Cleanup(func() {
		for _, line := range complaint.FindAllString(string(v.Console.Bytes()), -1) {
			if !strings.Contains(line, "BUG: KCSAN:") { // TestKCSAN reads those
				t.Errorf("error of the guest: %s", line)
			}
		}
		if t.Failed() {
			t.Logf("end of the console:\n%s", tail(v.Console.Bytes(), 40))
			t.Logf("end of the system log:\n%s", tail(v.Log.Bytes(), 40))
		}
	})
	g.awaitBoot()
	return g
}

// logAll has the daemon log each record, as many as there are.
func (g *guest) logAll() {
	g.t.Helper()
	g.run(`printf '[log]\nrate = 0\n' >>/etc/sigtrail.ini; kill -HUP $(pidof sigtrail)`)
	g.expectLog("configuration reloaded")
}

func (g *guest) awaitBoot() {
	g.t.Helper()
	if err := g.AwaitReady(bootLimit); err != nil {
		g.t.Fatal(err)
	}
	g.expectLog(`sigtrail\[\d+\]: .*started`)
}

// run runs a script that must succeed, and returns its output.
func (g *guest) run(format string, args ...any) string {
	g.t.Helper()
	out, err := g.Output(commandLimit, fmt.Sprintf(format, args...))
	if err != nil {
		g.t.Fatal(err)
	}
	return out
}

// expectLog waits for a line of the system log.
func (g *guest) expectLog(pattern string) {
	g.t.Helper()
	if _, err := g.Log.Expect(commandLimit, pattern); err != nil {
		g.t.Fatal(err)
	}
}

// expectConsole waits for a line on the console.
func (g *guest) expectConsole(pattern string) {
	g.t.Helper()
	if _, err := g.Console.Expect(commandLimit, pattern); err != nil {
		g.t.Fatal(err)
	}
}

// settle waits until all earlier records are in the trail and in the log, by a mark
// that comes after them.
func (g *guest) settle() {
	g.t.Helper()
	g.marks++
	g.run("sigtrail mark settled-%d", g.marks)
	g.expectLog(fmt.Sprintf(`Mark :: .* settled-%d\n`, g.marks))
}

// trail is the daemon's trail of this boot.
type trail struct {
	events []event.Event
	notes  []event.Event
	losses []event.Loss
}

// trailLines prints the trail of this boot.
const trailLines = "sigtrail boot --trail --json --for 86400"

// trail waits until all records are written, and reads the trail.
func (g *guest) trail() trail {
	g.t.Helper()
	g.settle()
	return parseTrail(g.t, g.run(trailLines))
}

func parseTrail(t *testing.T, text string) trail {
	t.Helper()
	var tr trail
	for _, line := range lines(text) {
		if strings.HasPrefix(line, `{"boot_id"`) {
			continue
		}
		e, l, err := event.DecodeJSON([]byte(line))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if l != (event.Loss{}) {
			tr.losses = append(tr.losses, l)
			continue
		}
		if e.Kind == event.KindNote {
			tr.notes = append(tr.notes, e)
			continue
		}
		tr.events = append(tr.events, e)
	}
	return tr
}

// pick returns the events for which f is true.
func (tr trail) pick(f func(*event.Event) bool) []event.Event {
	var found []event.Event
	for _, e := range tr.events {
		if f(&e) {
			found = append(found, e)
		}
	}
	return found
}

// checkUnbroken fails the test unless the trail has every number from the first to
// the last once, in order, as an event or in a loss.
func (tr trail) checkUnbroken(t *testing.T) {
	t.Helper()
	lost := map[uint64]uint64{}
	for _, l := range tr.losses {
		lost[l.From] = l.To
	}
	if len(tr.events) == 0 {
		t.Fatal("the trail is empty")
	}
	next := tr.events[0].Seq
	for _, e := range tr.events {
		if to, ok := lost[next]; ok && e.Seq == to+1 {
			next = e.Seq
		}
		if e.Seq != next {
			t.Fatalf("the trail has number %d, want %d: %v", e.Seq, next, &e)
		}
		next++
	}
}

var ansi = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)

// tail returns the last lines of b, without escape sequences.
func tail(b []byte, lines int) []byte {
	b = ansi.ReplaceAll(b, nil)
	for i := len(b); i > 0; {
		i = bytes.LastIndexByte(b[:i], '\n')
		if lines--; lines < 0 && i >= 0 {
			return b[i+1:]
		}
	}
	return b
}

// lines splits a text; its last line may lack a newline.
func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// number parses a number that a program in the guest has printed.
func number(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// numbers parses the numbers that the groups of a regexp have matched.
func numbers(t *testing.T, groups []string) []int64 {
	t.Helper()
	list := make([]int64, len(groups))
	for i, group := range groups {
		list[i] = number(t, group)
	}
	return list
}
