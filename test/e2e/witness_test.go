// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"bytes"
	"regexp"
	"testing"

	"sigtrail/test/blackbox"
)

// act is what test/guest/witness has done.
type act struct {
	what string  // begin, signal, exit, ignores, ready, flooding, sent, flooded
	args []int64 // as the guest program has them
	time int64   // ns of CLOCK_BOOTTIME
}

// acts are those of one boot.
type acts struct {
	pid int64 // of the guest program; 0: it did not run
	all []act
}

var actLine = regexp.MustCompile(`(?m)^(begin|signal|exit|ignores|ready|flooding|sent|flooded)((?: \d+)*) (\d+)\n`)

// parseActs returns the notes after the last beginning. The last line may not be whole.
func parseActs(t *testing.T, text []byte) (n acts) {
	t.Helper()
	for _, m := range actLine.FindAllSubmatch(text, -1) {
		one := act{what: string(m[1]), time: number(t, string(m[3]))}
		for _, word := range bytes.Fields(m[2]) {
			one.args = append(one.args, number(t, string(word)))
		}
		if one.what == "begin" {
			n = acts{pid: one.args[0]}
			continue
		}
		n.all = append(n.all, one)
	}
	return n
}

// lastAlive is the limit of the time from the last sign of life to the reset, in ns.
const lastAlive = 10e9

// check compares the notes with the records: what was noted is there, and nothing
// else of that program.
func (n acts) check(t *testing.T, box blackbox.Box) {
	t.Helper()
	if n.pid == 0 {
		return
	}
	type sent struct{ pid, signal int64 }
	type exit struct{ pid, status int64 }
	signals := map[int64]sent{}
	exits := map[exit]bool{}
	first, last := int64(0), int64(0)
	for _, r := range box.Records {
		switch {
		case r.Kind == blackbox.Exit:
			exits[exit{int64(r.TargetPID), int64(r.Value)}] = true
		case r.Kind == blackbox.Signal && int64(r.SenderPID) == n.pid && int32(r.Value) < -1000:
			number := -1000 - int64(int32(r.Value))
			if first == 0 {
				first = number
			} else if number != last+1 {
				t.Errorf("the program's signal %d follows %d", number, last)
			}
			last = number
			signals[number] = sent{int64(r.TargetPID), int64(r.Signal)}
		}
	}
	noted, missing := int64(0), 0
	for _, one := range n.all {
		ok := true
		switch one.what {
		case "signal":
			noted = one.args[0]
			ok = noted < first || signals[noted] == sent{one.args[1], one.args[2]}
		case "exit":
			ok = noted < first || exits[exit{one.args[0], one.args[1]}]
		}
		if !ok {
			if missing++; missing <= 5 {
				t.Errorf("noted, but not in memory: %+v", one)
			}
		}
	}
	// A program without records has numbers from 0 to 0.
	if noted > last {
		t.Errorf("the notes go up to signal %d, the memory to %d", noted, last)
	}
	if a := box.Alive; a != nil && len(n.all) > 0 {
		if late := n.all[len(n.all)-1].time - int64(a.Boottime); late > lastAlive {
			t.Errorf("the last note is %d ms after the last sign of life", late/1e6)
		}
	}
}

// witness starts the guest program, and waits until it has begun.
func (b *boxed) witness(arguments string) {
	b.t.Helper()
	b.run("witness %s </dev/null >/dev/null 2>&1 &", arguments)
	b.expectNote(`begin \d+`)
}

// expectNote waits for a note, and returns the numbers that its groups match.
func (b *boxed) expectNote(pattern string) []int64 {
	b.t.Helper()
	m, err := b.Notes.Expect(commandLimit, `(?m)^`+pattern+` (\d+)\n`)
	if err != nil {
		b.t.Fatal(err)
	}
	return numbers(b.t, m[1:])
}
