// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/blackbox"
	"sigtrail/test/vm"
)

// nobody is the user that floods, in test/guest/witness.
const nobody = 65534

// deeds is the number of processes that root ends meanwhile.
const deeds = 20

// floods are its forms.
var floods = []string{"one", "two", "targets", "forks", "threads", "timers", "answers", "daemon", session}

// session is the form in which the user's signals go to root's processes. Of these 32 at once
// are not of its share, and then one a second.
const session = "session"

// flooded is what the guest program has noted of a flood.
type flooded struct {
	acts
	sent   uint64 // by the user
	across bool   // to root's processes
}

// flood runs the guest program to its end.
func (g *guest) flood(arguments string) (f flooded) {
	g.t.Helper()
	from := len(g.Notes.Bytes())
	g.run("witness %s", arguments)
	m, err := g.Notes.Expect(commandLimit, `(?m)^flooded (\d+) \d+\n`)
	if err != nil {
		g.t.Fatal(err)
	}
	f.acts, f.sent = parseActs(g.t, g.Notes.Bytes()[from:]), uint64(number(g.t, m[1]))
	f.across = strings.Contains(arguments, session)
	ends, terms := 0, 0
	for _, one := range f.all {
		switch one.what {
		case "exit":
			ends++
		case "signal":
			terms++
		}
	}
	if ends != deeds || terms != deeds {
		g.t.Fatalf("root sent %d signals, and %d of its processes ended", terms, ends)
	}
	return f
}

// counters are the kernel part's, in sigtrail info.
type counters struct {
	SeqLast        uint64 `json:"seq_last"`
	Signals        uint64 `json:"signals"`
	SignalsSkipped uint64 `json:"signals_skipped"`
	RelaySkipped   uint64 `json:"relay_skipped"`
	ExitForgotten  uint64 `json:"exit_forgotten"`
}

func (g *guest) counters() (c counters) {
	g.t.Helper()
	if out := g.run("sigtrail info --json"); json.Unmarshal([]byte(out), &c) != nil {
		g.t.Fatalf("no JSON: %s", out)
	}
	return c
}

// checkTrail fails the test unless the trail has each of root's signals and exits, and
// all of the user's signals, in records and in their counts.
func (f flooded) checkTrail(t *testing.T, events []event.Event, skipped uint64) {
	t.Helper()
	type sent struct {
		code           int32
		target, signal uint32
	}
	signals, exits := map[sent]int{}, map[[2]uint32]event.Event{}
	records, counted, common := 0, uint64(0), []event.Event{}
	for _, e := range events {
		switch {
		case e.Kind == event.KindExit:
			exits[[2]uint32{e.TargetPID, e.ExitStatus}] = e
		case e.Kind == event.KindSignal && int64(e.SenderPID) == f.pid:
			signals[sent{e.Code, e.TargetPID, e.Signal}]++
		case e.SenderUID == nobody || e.FromKernel() && (e.TargetName == "flooder" || e.TargetName == "evictor"):
			records++
			counted += e.Signals()
			if e.Flags&event.FlagShare == 0 && e.Kind == event.KindSignal {
				common = append(common, e)
			}
		}
	}
	asked := map[uint32]bool{} // to end
	for _, one := range f.all {
		switch one.what {
		case "signal":
			n, pid, sig := one.args[0], uint32(one.args[1]), uint32(one.args[2])
			asked[pid] = sig == 15
			if signals[sent{int32(-1000 - n), pid, sig}] != 1 {
				t.Errorf("not in the trail: %+v", one)
			}
		case "exit":
			pid := uint32(one.args[0])
			if e, ok := exits[[2]uint32{pid, uint32(one.args[1])}]; !ok {
				t.Errorf("not in the trail: %+v", one)
			} else if e.SinceLast == 0 || asked[pid] != (e.SinceFirst != 0) {
				t.Errorf("asked to end %t: %v", asked[pid], &e)
			}
		}
	}
	fmt.Printf("flood of %d signals: %d in %d records, %d skipped\n", f.sent, counted, records, skipped)
	if most := f.mayCross(common); len(common) > most {
		t.Errorf("%d in the common share, of %d: %v", len(common), most, &common[0])
	}
	if counted+skipped != f.sent {
		t.Errorf("the user sent %d signals, %d are in the trail, %d were skipped", f.sent, counted, skipped)
	}
}

// mayCross returns how many of the user's signals there may be in the common share.
func (f flooded) mayCross(common []event.Event) int {
	if !f.across || len(common) == 0 {
		return 0
	}
	return 32 + int((common[len(common)-1].Time-common[0].Time)/1e9+1)
}

// checkText fails the test unless each of root's signals has a line, and each exit, if they
// have lines. The kernel prints the number of a signal, the service its name.
func (f flooded) checkText(t *testing.T, text string, exits bool) {
	t.Helper()
	missing := 0
	for _, one := range f.all {
		line := ""
		switch {
		case one.what == "signal":
			line = fmt.Sprintf(`Signal :: (witness %d) --[%d]--> (victim %d)`, f.pid, one.args[2], one.args[1])
		case one.what == "exit" && exits:
			line = fmt.Sprintf(`Exit :: (victim %d) killed by `, one.args[0])
		}
		if !strings.Contains(text, line) {
			if missing++; missing <= 3 {
				t.Errorf("no line %q", line)
			}
		}
	}
	if missing > 3 {
		t.Errorf("%d lines are missing", missing)
	}
}

// namedInLog matches the flooder's line in the log, with a number of signals.
var namedInLog = regexp.MustCompile(`\(flooder \d+\).* \d+ times in |uid 65534: \d+ more signals of its processes in .*\(flooder \d+\)` +
	`|uid unknown: \d+ more signals of users' processes in .*\(flooder \d+\)`)

// TestFlood has a user that sends signals as fast as it can, mostly among its own processes. Each
// of root's signals and exits is in the trail and in the log, and the user's signals are
// all counted.
func TestFlood(t *testing.T) {
	g := boot(t, vm.Config{})
	for _, form := range floods {
		t.Run(form, func(t *testing.T) {
			g := &guest{VM: g.VM, t: t, marks: g.marks}
			g.settle()
			before, log := g.counters(), len(g.Log.Bytes())
			f := g.flood(fmt.Sprintf("flood %s %d", form, deeds))
			events := g.since(before)
			after := g.counters()
			f.checkTrail(t, events, after.SignalsSkipped-before.SignalsSkipped)
			text := string(g.Log.Bytes()[log:])
			f.checkText(t, text, true)
			if !namedInLog.MatchString(text) {
				t.Errorf("the log does not have the flooder with a number of signals")
			}
		})
	}
	g.checkSignals(g.t)
	checkMemory(t, g)

	// The kernel tracks at most 512 processes that were signalled.
	t.Run("evict", func(t *testing.T) {
		g := &guest{VM: g.VM, t: t, marks: g.marks}
		g.settle()
		before := g.counters()
		f := g.flood("evict 600")
		f.checkTrail(t, g.since(before), g.counters().SignalsSkipped-before.SignalsSkipped)
	})
}

// since returns the trail's events after a moment.
func (g *guest) since(c counters) []event.Event {
	g.t.Helper()
	tr := g.trail()
	tr.checkUnbroken(g.t)
	for _, l := range tr.losses {
		g.t.Errorf("%v", l)
	}
	return tr.pick(func(e *event.Event) bool { return e.Seq > c.SeqLast })
}

// checkSignals fails the test unless the trail has all signals since boot, in records and
// in their counts, but those that the kernel part counts as skipped.
func (g *guest) checkSignals(t *testing.T) {
	t.Helper()
	g.settle()
	c, sum := g.counters(), uint64(0)
	tr := g.trail()
	for _, e := range tr.events {
		if e.Seq <= c.SeqLast {
			sum += e.Signals()
		}
	}
	if tr.events[0].Seq != 1 {
		t.Fatalf("the trail begins with number %d", tr.events[0].Seq)
	}
	if sum+c.SignalsSkipped != c.Signals {
		t.Errorf("of %d signals since boot, the trail has %d, and %d were skipped", c.Signals, sum, c.SignalsSkipped)
	}
}

// flooderPrinted matches a line with the flooder. In the other forms it is the target.
var flooderPrinted = regexp.MustCompile(`--> \(flooder |Signal :: \(flooder \d+\) --\[18\]--> \(resumed `)

// TestPrintedFlood has the same floods without the daemon: the kernel prints each of
// root's signals, and in a shutdown each exit.
func TestPrintedFlood(t *testing.T) {
	g := boot(t, vm.Config{})
	g.run(withoutDaemon)
	check := func(t *testing.T, form string, exits bool) {
		g := &guest{VM: g.VM, t: t}
		from := len(g.Console.Bytes())
		f := g.flood(fmt.Sprintf("flood %s %d", form, deeds))
		g.run("echo over-%s >/dev/kmsg", form)
		g.expectConsole("over-" + form)
		text := string(g.Console.Bytes()[from:])
		f.checkText(t, text, exits)
		checkHeldBack(t, text)
		if !flooderPrinted.MatchString(text) {
			t.Error("the flooder is not printed")
		}
	}
	for _, form := range floods {
		t.Run(form, func(t *testing.T) { check(t, form, false) })
	}
	g.run("/tmp/sigtrail.away mark --shutdown 'going down'")
	for _, form := range []string{"two", "forks"} {
		t.Run("shutdown/"+form, func(t *testing.T) { check(t, form, true) })
	}
}

// heldBackLine matches the kernel's line with the number of those that it did not print.
var heldBackLine = regexp.MustCompile(`\[ *(\d+)\.(\d{6})\] sigtrail: held back \d+ lines`)

// checkHeldBack fails the test if there is more than one of these lines a second. The kernel
// counts in ticks.
func checkHeldBack(t *testing.T, text string) {
	t.Helper()
	said := heldBackLine.FindAllStringSubmatch(text, -1)
	for i, m := range said {
		if i == 0 {
			continue
		}
		at, before := number(t, m[1]+m[2]), number(t, said[i-1][1]+said[i-1][2])
		if at-before < 9e5 {
			t.Errorf("%d us after one before: %s", at-before, m[0])
		}
	}
}

// TestBlackBoxFlood presses the reset button during floods, without a daemon: all that
// root did is in the memory, since boot.
func TestBlackBoxFlood(t *testing.T) {
	b := bootBoxed(t, vm.Config{})
	for _, form := range floods {
		t.Log(form)
		id := b.bootID()
		before := b.trail()
		b.run(withoutDaemon)
		b.witness(fmt.Sprintf("flood %s 0", form))
		for range deeds {
			b.expectNote(`exit \d+ \d+`)
		}
		ev := b.endNow(id)
		numbers := map[uint64]bool{}
		root := 0
		for _, r := range ev.box.Records {
			numbers[r.Seq] = true
			if r.Kind == blackbox.Signal && int64(r.SenderPID) == ev.notes.pid {
				root++
			}
		}
		noted := 0
		for _, one := range ev.notes.all {
			if one.what == "signal" {
				noted++
			}
		}
		if noted < deeds || root < noted || root > noted+1 {
			t.Errorf("%s: root noted %d signals, the memory has %d", form, noted, root)
		}
		for _, e := range before.events {
			if e.SenderUID == 0 && !numbers[e.Seq] {
				t.Errorf("%s: not in memory: %v", form, &e)
				break
			}
		}
		b.check(ev, 1)
	}
}
