// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigtrail/internal/console"
	"sigtrail/internal/event"
	"sigtrail/test/vm"
)

// ending is the output of "sigtrail last --json".
type ending struct {
	Number     int
	Way        string
	Wall       time.Time
	RebootCode string `json:"reboot_code"`
	AskedBy    *struct {
		SenderName string `json:"sender_name"`
		ParentName string `json:"parent_name"`
	} `json:"asked_by"`
	Phases    []struct{ Name string }
	Scripts   []told
	Processes []struct {
		TargetName    string `json:"target_name"`
		ExitStatus    *int   `json:"exit_status"`
		Took          event.Nanos
		NeededSIGKILL bool `json:"needed_sigkill"`
	}
	Stalls []struct{ Lines []string }
	Ending string
	Reset  string
	Pstore string
	Lines  struct {
		Flash, Pmsg, Console, Lost, Cut int
		HeldBack                        int `json:"held_back"`
	}
}

// awaitVerdict waits until the guest has booted again, and the daemon has logged
// the verdict.
func (g *guest) awaitVerdict() ending {
	g.t.Helper()
	g.expectConsole(vm.Booting)
	g.awaitBoot()
	return g.verdict()
}

func (g *guest) verdict() ending {
	g.t.Helper()
	g.expectLog(`Last shutdown :: details`)
	return g.last()
}

func (g *guest) last() (e ending) {
	g.t.Helper()
	if out := g.run("sigtrail last --json 2>/dev/null || echo '{}'"); json.Unmarshal([]byte(out), &e) != nil {
		g.t.Fatalf("no JSON: %s", out)
	}
	return e
}

// printedLine is a line that the kernel printed, with its time in s.
type printedLine struct {
	stamp float64
	text  string
}

var stamped = regexp.MustCompile(`\[ *(\d+\.\d{6})\] ((?:Signal|Mark|Exit|Reboot) :: [^\r\n]*?)(?:; \d{4}-\d\d-\d\dT[\d:]{8}Z)?\r?\n`)

// shutdownPrinted returns the lines that the kernel printed in the last shutdown,
// from the signal of BusyBox's reboot on.
func (g *guest) shutdownPrinted() (all []printedLine) {
	console := g.Console.Bytes()
	from := bytes.LastIndex(console, []byte("Signal :: (reboot "))
	from = bytes.LastIndexByte(console[:from], '\n') + 1
	if to := bytes.Index(console[from:], []byte(vm.Booting)); to >= 0 {
		console = console[:from+to]
	}
	for _, m := range stamped.FindAllSubmatch(console[from:], -1) {
		stamp, err := strconv.ParseFloat(string(m[1]), 64)
		if err != nil {
			g.t.Fatal(err)
		}
		all = append(all, printedLine{stamp, inTrail(string(m[2]))})
	}
	return all
}

// inTrail returns a printed line as the beginning of its record's line.
func inTrail(printed string) string {
	if !strings.HasPrefix(printed, "Exit ") {
		return printed
	}
	l, _ := console.NewReader([]byte(printed)).Next()
	e := l.Event()
	how, _, _ := strings.Cut(e.String(), ",") // the record has more times
	return how
}

// checkKept fails the test unless the last shutdown's trail has each line once, and
// each number once. The lines of one sender must be in order; two CPUs may print
// in another order than they record.
func (g *guest) checkKept(want []printedLine) {
	g.t.Helper()
	var events []event.Event
	seen := map[uint64]bool{}
	for _, line := range lines(g.run("sigtrail last --trail --json")) {
		e, _, err := event.DecodeJSON([]byte(line))
		if err != nil {
			g.t.Fatalf("%s: %v", line, err)
		}
		if e.Seq != 0 && seen[e.Seq] {
			g.t.Errorf("number %d twice", e.Seq)
		}
		seen[e.Seq] = true
		events = append(events, e)
	}
	next := map[string]int{} // by sender
	for _, p := range want {
		at := -1
		for i := range events {
			if rest, found := strings.CutPrefix(events[i].String()+" ", p.text); found && strings.ContainsAny(rest[:1], " ,") {
				if at >= 0 && events[i].Outcome != event.Ignored {
					g.t.Errorf("twice in the trail: %s", p.text)
				}
				at = i
			}
		}
		sender, _, _ := strings.Cut(p.text, ")")
		if at < next[sender] || at < 0 {
			g.t.Errorf("printed at %f, at place %d of the trail after place %d: %s", p.stamp, at, next[sender], p.text)
		}
		next[sender] = max(next[sender], at)
	}
	if g.t.Failed() {
		g.t.Logf("the trail:\n%s", g.run("sigtrail last --trail"))
	}
}

// TestEndings shuts the guest down in many ways, one after the other.
func TestEndings(t *testing.T) {
	g := boot(t, vm.Config{})

	t.Log("a service that takes three seconds, and one that ignores TERM")
	g.run(`sed 's/usleep 700000/sleep 3/' /usr/sbin/slowexitd >/usr/sbin/threed
		printf '#!/bin/sh\nkillall threed\nwhile pidof threed; do usleep 20000; done\n' >/etc/rc.d/K20threed
		chmod +x /usr/sbin/threed /etc/rc.d/K20threed
		sync; threed >/dev/null 2>&1 </dev/null &`)
	g.run("until [ -p /run/threed ]; do usleep 10000; done")
	g.typed("reboot")
	e := g.awaitVerdict()
	if e.Way != "signal" || e.RebootCode != "restart" || e.Ending != "reboot" || e.Reset != "warm" || e.AskedBy == nil ||
		e.AskedBy.SenderName != "reboot" || e.AskedBy.ParentName != "sh" || len(e.Phases) != 3 {
		t.Errorf("an orderly reboot: %+v", e)
	}
	for name, want := range map[string]struct {
		from, to event.Nanos // ms
		killed   bool
	}{"threed": {3000, 6000, false}, "slowexitd": {700, 3000, false}, "stubbornd": {1000, 6000, true}} {
		found := false
		for _, p := range e.Processes {
			if ms := p.Took / 1e6; p.TargetName == name {
				found = true
				if ms < want.from || ms > want.to || p.NeededSIGKILL != want.killed {
					t.Errorf("%s took %d ms, killed: %t", name, ms, p.NeededSIGKILL)
				}
			}
		}
		if !found {
			t.Errorf("%s is not in the report", name)
		}
	}
	if l := e.Lines; l.Flash == 0 || l.Pmsg == 0 || l.Console == 0 || l.Lost+l.Cut != 0 {
		t.Errorf("lines %+v", l)
	}
	g.checkKept(g.shutdownPrinted())
	g.run("rm /etc/rc.d/K20threed")

	t.Log("reboot -f")
	g.typed("reboot -f")
	// The date is in the kernel's line alone. The guest has this machine's clock.
	if e := g.awaitVerdict(); e.Way != "forced" || e.RebootCode != "restart" || e.AskedBy == nil || e.AskedBy.SenderName != "reboot" ||
		len(e.Processes) != 0 || time.Since(e.Wall).Abs() > bootLimit {
		t.Errorf("reboot -f: %+v", e)
	}

	t.Log("the reset button")
	if err := g.Reset(); err != nil {
		t.Fatal(err)
	}
	if e := g.awaitVerdict(); e.Way != "none" || e.Reset != "warm" {
		t.Errorf("the reset button: %+v", e)
	}

	t.Log("a full disk")
	g.run("dd if=/dev/zero of=/fill bs=64k 2>/dev/null; dd if=/dev/zero of=/fill2 bs=1k 2>/dev/null; sync")
	g.typed("reboot")
	if e := g.awaitVerdict(); e.Way != "signal" || e.Ending != "reboot" || e.Lines.Pmsg == 0 || e.Lines.Console == 0 {
		t.Errorf("a full disk: %+v", e)
	}
	g.checkKept(g.shutdownPrinted())
	g.run("rm /fill /fill2")

	t.Log("a read-only disk")
	g.run("mount -o remount,ro /")
	g.typed("reboot")
	if e := g.awaitVerdict(); e.Way != "signal" || e.Ending != "reboot" || e.Lines.Flash != 0 || e.Lines.Pmsg == 0 {
		t.Errorf("a read-only disk: %+v", e)
	}
	g.checkKept(g.shutdownPrinted())

	if all := lines(g.run("sigtrail last --all")); len(all) < 5 {
		t.Errorf("sigtrail last --all has less than 5 lines:\n%s", strings.Join(all, "\n"))
	}
}

func (g *guest) typed(command string) {
	g.t.Helper()
	if err := g.Type(command + "\n"); err != nil {
		g.t.Fatal(err)
	}
}

// TestPowerOff powers off, and boots the disk with other memory: the trail is from
// flash only, and the verdict says what is missing.
func TestPowerOff(t *testing.T) {
	first := boot(t, vm.Config{Dir: t.TempDir()})
	first.typed("poweroff")
	if err := first.Wait(bootLimit); err != nil {
		t.Fatal(err)
	}
	g := boot(t, vm.Config{Disk: first.Disk()})
	e := g.verdict()
	if e.Way != "signal" || e.RebootCode != "power_off" || e.Reset != "cold" || e.Ending != "missing" || e.Lines.Flash == 0 || e.Lines.Pmsg+e.Lines.Console != 0 {
		t.Errorf("got %+v", e)
	}
}

// TestNoPstore reboots a machine without pstore.
func TestNoPstore(t *testing.T) {
	g := boot(t, vm.Config{NoPstore: true})
	g.typed("reboot")
	e := g.awaitVerdict()
	if e.Way != "signal" || e.Pstore != "none" || e.Reset != "unknown" || e.Ending != "missing" || e.Lines.Flash == 0 {
		t.Errorf("got %+v", e)
	}
	if out := g.run("sigtrail last"); !strings.Contains(out, "docs/pstore.md") {
		t.Errorf("sigtrail last does not name docs/pstore.md:\n%s", out)
	}
}

// moments are lines that the kernel prints in a shutdown, in this order.
var moments = []string{
	`Signal :: \(reboot \d+\) --\[15\]--> \(init 1\)`,
	`Mark :: .*stop scripts begin`,
	`Signal :: \(killall \d+\) --\[15\]--> \(httpd \d+\)`,
	`Signal :: \(killall \d+\) --\[15\]--> \(slowexitd \d+\)`,
	`re-mounted`,
	`Signal :: \(init 1\) --\[15\]--> \(syslogd \d+\)`,
	`Signal :: \(init 1\) --\[15\]--> \(sigtrail \d+\)`,
	`Signal :: \(init 1\) --\[9\]--> \(sigtrail \d+\)`,
	`Signal :: \(init 1\) --\[9\]--> \(stubbornd \d+\)`,
	`Reboot :: \(init \d+\) restart`,
}

// TestSlowReset resets the machine during a shutdown, at each of the moments. RAM
// survives: no line that was printed is missing.
func TestSlowReset(t *testing.T) {
	g := boot(t, vm.Config{})
	for _, moment := range moments {
		t.Log(moment)
		g.typed("reboot")
		g.expectConsole(moment)
		if err := g.Reset(); err != nil {
			t.Fatal(err)
		}
		if e := g.awaitVerdict(); e.Way != "signal" || e.Reset != "warm" || e.Lines.Lost != 0 {
			t.Errorf("got %+v", e)
		}
		// The last line may be on the console, but not in pstore yet.
		all := g.shutdownPrinted()
		g.checkKept(all[:len(all)-1])
	}
}

// lastStamp returns the time of the kernel's last line with a text, in s, 0 if there
// is none.
func (g *guest) lastStamp(text string) (stamp float64) {
	for _, m := range regexp.MustCompile(`\[ *(\d+\.\d{6})\] `+text).FindAllSubmatch(g.Console.Bytes(), -1) {
		var err error
		if stamp, err = strconv.ParseFloat(string(m[1]), 64); err != nil {
			g.t.Fatal(err)
		}
	}
	return stamp
}

// TestSlowPowerCut cuts the power at each of the moments, and boots the disk with
// other memory. Lines printed a second before are on flash, if it was writable.
func TestSlowPowerCut(t *testing.T) {
	disk := ""
	for i, moment := range moments {
		t.Log(moment)
		g := boot(t, vm.Config{Disk: disk, Dir: t.TempDir()})
		disk = g.Disk()
		g.typed("reboot")
		g.expectConsole(moment)
		g.Close()
		until := g.lastStamp(``) - 1
		if readOnly := g.lastStamp(`.*re-mounted`); readOnly > 0 {
			until = min(until, readOnly)
		}
		var synced []printedLine
		for _, p := range g.shutdownPrinted() {
			if p.stamp < until {
				synced = append(synced, p)
			}
		}
		next := boot(t, vm.Config{Disk: disk, Dir: t.TempDir()})
		next.expectLog(`Last shutdown :: (details|no record)`)
		if e := next.last(); i >= 4 && (e.Way != "signal" || e.Reset != "cold" || e.Lines.Flash == 0) {
			t.Errorf("got %+v", e)
		}
		if i >= 4 && len(synced) < 3 {
			t.Errorf("only %d lines to look for: %v", len(synced), synced)
		}
		if len(synced) > 0 {
			next.checkKept(synced)
		}
		next.run("sync")
		next.Close()
	}
}
