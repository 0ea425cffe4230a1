// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/blackbox"
	"sigtrail/test/vm"
)

// TestBlackBox ends boots in each way. QEMU's dump of the memory, the notes of a guest
// program, what the next boot has set aside, and the report agree.
func TestBlackBox(t *testing.T) {
	b := bootBoxed(t, vm.Config{Append: "panic=1"})
	if b.info.Found != "nothing" {
		t.Errorf("found at the first boot: %+v", b.info)
	}

	t.Log("an orderly reboot, in a storm that the report has room for")
	b.witness("storm 3000")
	b.expectNote(`exit \d+ \d+`)
	ev := b.endBy("reboot")
	b.check(ev, 0)
	checkEnd(t, ev, blackbox.Reboot, "init", "")
	b.checkLast(ev)

	t.Log("reboot -f")
	b.witness("storm 1000")
	b.expectNote(`exit \d+ \d+`)
	ev = b.endBy("reboot -f")
	b.check(ev, 0)
	checkEnd(t, ev, blackbox.Reboot, "reboot", "")
	b.checkLast(ev)

	t.Log("a panic")
	b.witness("storm 1000")
	b.expectNote(`exit \d+ \d+`)
	ev = b.endBy("echo c >/proc/sysrq-trigger")
	b.check(ev, 1)
	checkEnd(t, ev, blackbox.Panic, "sh", "sysrq triggered crash")
	b.checkEnding("failure", "sysrq triggered crash")

	t.Log("the reset button, after a storm of more than 10 s that has filled the ring")
	id := b.bootID()
	b.witness("storm")
	began := b.expectNote(`signal 1 \d+ \d+`)[0]
	// Each note is of a signal or an exit, so of a record.
	for at := began; at < began+lastAlive+2e9 || bytes.Count(b.Notes.Bytes()[b.from:], []byte("\n")) < int(ev.box.Slots); {
		at = b.expectNote(`exit \d+ \d+`)[0]
	}
	ev = b.endNow(id)
	if n := len(ev.box.Records); n < int(ev.box.Slots)-1 {
		t.Errorf("%d records, and %d slots", n, ev.box.Slots)
	}
	b.check(ev, 1)
	b.checkEnding("silent", "reset without a word, last alive")
}

// checkEnd fails the test unless the last record of a kind is by this program, and
// says this.
func checkEnd(t *testing.T, ev evidence, kind blackbox.Kind, name, text string) {
	t.Helper()
	for _, r := range slices.Backward(ev.box.Records) {
		if r.Kind == kind {
			if r.SenderName != name || r.Text != text {
				t.Errorf("the end is %+v", r)
			}
			return
		}
	}
	t.Errorf("no record of kind %d; the memory's fault: %+v", kind, ev.box.Fault)
}

// checkLast fails the test unless the report's trail has every record of the shutdown
// once, as it was in memory.
func (b *boxed) checkLast(ev evidence) {
	b.t.Helper()
	b.verdict()
	b.checkFreed()
	kept := map[uint64]blackbox.Record{}
	for _, e := range parseTrail(b.t, b.run("sigtrail last --trail --json")).events {
		if e.Seq == 0 {
			continue // a printed line
		}
		if _, twice := kept[e.Seq]; twice {
			b.t.Errorf("number %d twice", e.Seq)
		}
		kept[e.Seq] = recordOf(&e)
	}
	missing, of := 0, 0
	for _, r := range ev.box.Records {
		if r.Flags&uint16(event.FlagShutdown) == 0 {
			continue
		}
		of++
		if kept[r.Seq] != onWire(r) {
			if missing++; missing <= 3 {
				b.t.Errorf("in memory: %+v\nin the trail: %+v", r, kept[r.Seq])
			}
		}
	}
	if of == 0 || missing > 0 {
		b.t.Errorf("%d of %d records of the shutdown differ", missing, of)
	}
}

// checkFreed fails the test unless the kernel has freed what it had set aside, since the
// daemon has stored it.
func (b *boxed) checkFreed() {
	b.t.Helper()
	out := b.run("echo $(cat /tmp/kernel.memory) $(grep -c sigtrail_ /proc/vmallocinfo); sigtrail info --json | grep previous_; :")
	var before, after int
	if n, _ := fmt.Sscan(out, &before, &after); n != 2 || after != before-1 || len(lines(out)) != 1 {
		b.t.Errorf("not freed: %s", out)
	}
}

// checkEnding compares what the report says of a boot whose end nothing had asked for.
func (b *boxed) checkEnding(want, text string) {
	b.t.Helper()
	e := b.verdict()
	if out := b.run("sigtrail last"); e.Way != "none" || e.Ending != want || !strings.Contains(out, text) {
		b.t.Errorf("%q is expected: %+v\n%s", text, e, out)
	}
}

// resets are moments at which the reset button is pressed: what the guest program does,
// and its note; or the line that the kernel prints in a shutdown.
var resets = []struct{ witness, note, line string }{
	{witness: "storm 1000", note: `signal 1 \d+ \d+`},
	{witness: "storm", note: `signal 1000 \d+ \d+`},
	{witness: "storm", note: `signal 9000 \d+ \d+`},
	{witness: "names", note: `signal 9000 \d+ \d+`},
	{witness: "crowd 100", note: `ready`},
	{witness: "storm 1000", line: `Signal :: \(reboot \d+\) --\[15\]--> \(init 1\)`},
	{witness: "storm 500", line: `Signal :: \(init 1\) --\[15\]--> \(sigtrail \d+\)`},
	// Slower: of a storm of root's, the kernel prints 200 signals a second.
	{witness: "storm 10000", line: `Signal :: \(init 1\) --\[9\]--> \(stubbornd \d+\)`},
	{witness: "crowd 100", line: `Reboot :: \(init \d+\) restart`},
}

// TestSlowBlackBoxResets presses the reset button twice in a boot, and at each of the
// moments.
func TestSlowBlackBoxResets(t *testing.T) {
	b := box(bootFor(t, 3*guestLimit, vm.Config{BlackBox: placeOfBox(t)}))
	if err := b.Reset(); err != nil {
		t.Fatal(err)
	}
	b.expectConsole(vm.Booting)
	b.check(b.endNow(""), 1)

	if err := b.Reset(); err != nil {
		t.Fatal(err)
	}
	b.expectConsole(vm.Booting)
	b.guest.awaitBoot() // the daemon has just started
	b.check(b.endNow(""), 1)

	for _, moment := range resets {
		t.Logf("%+v", moment)
		id := b.bootID()
		b.witness(moment.witness)
		if moment.note != "" {
			b.expectNote(moment.note)
		} else {
			b.typed("reboot")
			b.expectConsole(moment.line)
		}
		ev := b.endNow(id)
		b.check(ev, 1)
		// Each of these records has a name that no other one has.
		if n := len(ev.box.Records); moment.witness == "names" && (n < int(ev.box.Names)*9/10 || n > 2*int(ev.box.Names)) {
			t.Errorf("%d records with names of their own, of %d names", n, ev.box.Names)
		}
	}
}

// TestBlackBoxCrowd reboots with many processes that ignore SIGTERM: each one's TERM, KILL
// and exit is in the memory.
func TestBlackBoxCrowd(t *testing.T) {
	b := box(bootFor(t, 3*guestLimit, vm.Config{BlackBox: placeOfBox(t)}))
	for _, n := range []int{300, 500} {
		b.witness(fmt.Sprintf("crowd %d", n))
		b.expectNote("ready")
		ev := b.endBy("reboot")
		b.check(ev, 0)
		checkCrowd(t, ev, n)
		b.checkLast(ev)
	}
}

// checkCrowd counts what the processes of a crowd were sent, and their exits. On a slow
// machine some have not ended a second after SIGKILL, when init calls reboot(2): their
// last record says so.
func checkCrowd(t *testing.T, ev evidence, n int) {
	t.Helper()
	type count struct{ term, kill, end int }
	counts := map[int64]*count{}
	for _, one := range ev.notes.all {
		if one.what == "ignores" {
			counts[one.args[0]] = &count{}
		}
	}
	if len(counts) != n {
		t.Fatalf("the guest program started %d processes, not %d", len(counts), n)
	}
	survivors := map[uint32]bool{}
	for _, r := range ev.box.Records {
		c := counts[int64(r.TargetPID)]
		switch {
		case c == nil:
		case r.Kind == blackbox.Survivor && r.Flags&uint16(event.FlagKillPending) != 0:
			survivors[r.TargetPID] = true
			c.end++
		case r.Kind == blackbox.Exit && r.Value == 9:
			if !survivors[r.TargetPID] {
				c.end++
			}
		case r.Kind == blackbox.Signal && r.Signal == 15 && r.Outcome == uint8(event.Ignored) && r.SenderPID == 1:
			c.term++
		case r.Kind == blackbox.Signal && r.Signal == 9 && r.Outcome == uint8(event.Delivered) && r.SenderPID == 1:
			c.kill++
		default:
			t.Errorf("unexpected: %+v", r)
		}
	}
	wrong := 0
	for pid, c := range counts {
		if *c != (count{1, 1, 1}) {
			if wrong++; wrong <= 3 {
				t.Errorf("process %d: %+v", pid, *c)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d processes lack a record", wrong, n)
	}
	t.Logf("of %d processes %d had not ended at the call of reboot(2)", n, len(survivors))
}
