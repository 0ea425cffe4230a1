// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/golden"
)

const day = 24 * 3600 * 1e9

// afterReset returns a kernel part whose black box had records, without 103 and 104.
func afterReset() *fakeKernel {
	k := newKernel()
	k.info.Box = event.Box{Place: event.BoxName, Found: event.FoundRecords, Address: 0x7ff00000, Size: 320 << 10}
	k.info.Previous = event.Previous{Records: event.CountOf(8), Damaged: event.CountOf(2), BootID: "2f1c7b1e-3f2a-4c56-9c49-0d3d0c4f7a11",
		Seq: 108, Local: 20e9, Boottime: 21e9, Realtime: wall}
	k.previous = []event.Event{
		{Seq: 100, Time: 1e9, Kind: event.KindClaim, SenderPID: 812, SenderName: "sigtrail", ParentPID: 1, ParentName: "procd"},
		{Seq: 101, Time: 2e9, Wall: wall - day, Kind: event.KindSwitch, SenderPID: 900, SenderName: "sh", Text: "enable=1"},
		{Seq: 102, Wall: wall - day + 1000, Signal: 15, Flags: event.FlagDefault, SenderPID: 1, SenderName: "procd", TargetPID: 123, TargetTID: 123,
			TargetName: "dd"},
		{Seq: 105, Wall: wall, Kind: event.KindClaimEnd, SenderPID: 812, SenderName: "sigtrail"},
		{Seq: 106, Wall: wall + 1000, Kind: event.KindReboot, SenderPID: 1, SenderName: "procd", RebootCode: event.RebootRestart,
			Survivors: event.CountOf(1)},
		{Seq: 107, Wall: wall + 2000, Kind: event.KindSurvivor, TargetPID: 123, TargetTID: 123, TargetName: "dd", State: 'D',
			Text: "percpu_rwsem_wait", Flags: event.FlagKillPending},
		{Seq: 108, Wall: wall + 3000, Kind: event.KindOops, Flags: event.FlagKernel, ContextPID: 900, ContextName: "sh", Text: "Oops: 0002 [#1]"},
		{Seq: 109, Time: 23e9, Wall: wall + 4000, Kind: event.KindPanic, Flags: event.FlagKernel, Text: "Fatal exception in interrupt"},
	}
	return k
}

func TestWatchPrevious(t *testing.T) {
	for name, args := range map[string][]string{
		"previous":          nil,
		"previous-json":     {"--json"},
		"previous-filtered": {"--target", "dd"},
		"previous-count":    {"--count", "3"},
	} {
		out, err := run(t, afterReset(), append([]string{"watch", "--once", "--previous"}, args...)...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		golden.Check(t, name+".golden", []byte(out))
	}
}

// Damaged records are told also where there is no whole one after them.
func TestWatchPreviousDamaged(t *testing.T) {
	k := afterReset()
	k.info.Previous.Damaged, k.info.Previous.Seq = event.CountOf(7), 112
	out, err := run(t, k, "watch", "--once", "--previous")
	const last, others = "Lost :: 3 records, 110 to 112, torn or damaged in the black box\n", "Lost :: 2 records, torn or damaged in the black box: before 100, or after 112\n"
	if err != nil || !strings.HasSuffix(out, "\n"+last+others) {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = run(t, k, "watch", "--once", "--previous", "--json")
	if err != nil || !strings.HasSuffix(out, `{"kind":"lost","from":110,"to":112,"records":3,"damaged":true}
`) {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err = run(t, k, "watch", "--once", "--previous", "--count", "8"); err != nil || strings.Contains(out, "110") {
		t.Errorf("more than --count: %v\n%s", err, out)
	}
}

// The rest is shown also if the records of the boot before cannot be read.
func TestInfoWithoutPrevious(t *testing.T) {
	k := afterReset()
	k.broken = errors.New("dump of the records before: no buffer space")
	out, err := run(t, k, "info", "--dir", t.TempDir())
	if err != nil || !strings.Contains(out, `
            last known to be alive at 20.000000 s of its kernel's clock, 2025-11-22 04:25:12 UTC
            later records are not read: dump of the records before: no buffer space
losses `) {
		t.Errorf("%v\n%s", err, out)
	}
	k.info.Previous.Local = 0
	out, err = run(t, k, "info", "--dir", t.TempDir())
	if err != nil || !strings.Contains(out, `
            when that boot was last alive is unknown
            later records are not read: dump`) {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err = run(t, k, "info", "--json", "--dir", t.TempDir()); err != nil || !json.Valid([]byte(out)) {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err = run(t, k, "watch", "--once", "--previous"); err == nil {
		t.Error("watch --previous does not fail")
	}
}

func TestWatchPreviousNeedsOnce(t *testing.T) {
	for _, args := range []string{"watch --previous", "watch --once --backlog --previous", "watch --once --previous --service cron"} {
		if _, err := run(t, afterReset(), strings.Fields(args)...); exitCode(err) != exitUsage || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", args, err)
		}
	}
}

// boxes are the states of a black box, by what info says of them.
var boxes = []struct {
	box      event.Box
	previous event.Previous
	watch    string // the error of watch --once --previous
}{
	{event.Box{}, event.Previous{}, "no black box: the ring is in ordinary memory, which does not outlive a reset; see docs/blackbox.md"},
	{event.Box{Place: event.BoxFailed, Size: 1 << 16}, event.Previous{},
		"no black box: the memory for it could not be used; see dmesg | grep sigtrail"},
	{event.Box{Place: event.BoxAddress, Address: 1 << 28, Size: 1 << 16}, event.Previous{},
		"no record of the boot before: at boot the black box had nothing: the memory had lost its content, or was not used before; see sigtrail last"},
	{event.Box{Place: event.BoxDeviceTree, Found: event.FoundDamaged, Address: 1 << 28, Size: 1 << 16}, event.Previous{},
		"no record of the boot before: at boot the black box had a damaged header, so that nothing is believed; see sigtrail last"},
	{event.Box{Place: event.BoxName, Found: event.FoundForeign, Address: 1 << 28, Size: 1 << 16}, event.Previous{},
		"no record of the boot before: at boot the black box had another layout, byte order or size, so that nothing is believed; see sigtrail last"},
	{event.Box{Place: event.BoxName, Found: event.FoundRecords, Address: 1 << 28, Size: 1 << 16}, event.Previous{},
		"no longer there: stored by the service (sigtrail last --trail), or no memory for them at boot (dmesg)"},
	{event.Box{Place: event.BoxName, Found: event.FoundRecords, Address: 1 << 28, Size: 1 << 16},
		event.Previous{Records: event.CountOf(0), Damaged: event.CountOf(7), Local: 5e9, Boottime: 6e9, Realtime: 7e9},
		"no record of the boot before: all 7 in the black box are torn or damaged; see sigtrail last"},
	{event.Box{Place: 8, Found: event.FoundRecords, Address: 1 << 28, Size: 1 << 16},
		event.Previous{Records: event.CountOf(0), Damaged: event.CountOf(0)},
		"no record of the boot before: its black box was empty; see sigtrail last"},
	{event.Box{Place: event.BoxName, Found: 9, Address: 1 << 28, Size: 1 << 16}, event.Previous{},
		"no record of the boot before: at boot the black box had 9; see sigtrail last"},
}

func TestWatchPreviousNone(t *testing.T) {
	for _, c := range boxes {
		k := newKernel()
		k.info.Box, k.info.Previous = c.box, c.previous
		out, err := run(t, k, "watch", "--once", "--previous")
		if out != "" || err == nil || err.Error() != c.watch || exitCode(err) != exitFailure {
			t.Errorf("%+v: %q, %v\nwant %s", c.box, out, err, c.watch)
		}
	}
}

func TestInfoOfBox(t *testing.T) {
	k := afterReset()
	all := append(boxes, struct {
		box      event.Box
		previous event.Previous
		watch    string
	}{k.info.Box, k.info.Previous, ""})
	var b, raw []byte
	previous := k.previous
	for _, c := range all {
		k.info.Box, k.info.Previous, k.previous = c.box, c.previous, nil
		if n, _ := c.previous.Records.Known(); n > 0 {
			k.previous = previous
		}
		out, err := run(t, k, "info", "--dir", t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		b = append(b, out[strings.Index(out, "ring"):strings.Index(out, "losses")]...)
		out, err = run(t, k, "info", "--json", "--dir", t.TempDir())
		if err != nil || !json.Valid([]byte(out)) {
			t.Errorf("%v: %s", err, out)
		}
		raw = append(append(raw, out[strings.Index(out, `"box_place"`):strings.Index(out, `,"console_level"`)]...), '\n')
	}
	golden.Check(t, "info-box.golden", b)
	golden.Check(t, "info-box-json.golden", raw)
}
