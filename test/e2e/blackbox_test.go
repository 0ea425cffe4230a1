// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"sigtrail/internal/event"
	"sigtrail/test/blackbox"
	"sigtrail/test/vm"
)

// boxed is a guest whose kernel part has a black box. At each boot it keeps what was
// set aside, before the daemon has the kernel free it.
type boxed struct {
	*guest
	info boxInfo // of this boot, before the daemon has started
	from int     // where this boot's notes begin
}

// boxInfo is what "sigtrail info --json" says about the black box.
type boxInfo struct {
	Place   string `json:"box_place"`
	Found   string `json:"box_found"`
	Address uint64 `json:"box_address"`
	Size    int    `json:"box_size"`

	Records *int   `json:"previous_records"`
	Damaged *int   `json:"previous_damaged"`
	BootID  string `json:"previous_boot_id"`
	Seq     uint64 `json:"previous_seq"`

	Local    event.Nanos `json:"previous_local"`
	Boottime event.Nanos `json:"previous_boottime"`
	Realtime event.Nanos `json:"previous_realtime"`
}

// placeOfBox returns how the kernel is told of its black box: by name, if it has
// reserve_mem=.
func placeOfBox(t *testing.T) string {
	t.Helper()
	var major, minor int
	if _, err := fmt.Sscanf(os.Getenv("SIGTRAIL_LINUX"), "%d.%d", &major, &minor); err != nil {
		t.Fatalf("SIGTRAIL_LINUX: %v: make sets it", err)
	}
	if major < 6 || major == 6 && minor < 12 {
		return vm.ByAddress
	}
	return vm.ByName
}

// early runs at each boot before the daemon starts. The root directory may be shut
// off from writes by then: /tmp is not.
const early = `
sigtrail info --json >/tmp/box.json
sigtrail watch --once --previous --json >/tmp/previous.jsonl 2>/tmp/previous.said || :
grep -c sigtrail_ /proc/vmallocinfo >/tmp/kernel.memory
`

// bootBoxed boots a guest with a black box.
func bootBoxed(t *testing.T, cfg vm.Config) *boxed {
	t.Helper()
	if cfg.BlackBox == "" && cfg.DeviceTree == "" {
		cfg.BlackBox = placeOfBox(t)
	}
	return box(boot(t, cfg))
}

// box installs what keeps the records that are set aside, for the next boots.
func box(g *guest) *boxed {
	g.t.Helper()
	g.run("grep -q box.json /etc/init.d/rcS || echo '%s' >>/etc/init.d/rcS; sync; %s", early, early)
	b := &boxed{guest: g}
	b.expectConsole(vm.Booting) // so that the next one is of the next boot
	b.readInfo()
	return b
}

func (b *boxed) readInfo() {
	b.t.Helper()
	b.info, b.from = boxInfo{}, len(b.Notes.Bytes())
	if out := b.run("cat /tmp/box.json"); json.Unmarshal([]byte(out), &b.info) != nil {
		b.t.Fatalf("no JSON: %s", out)
	}
	if b.info.Address == 0 || b.info.Size != vm.BoxSize {
		b.t.Fatalf("no black box: %+v; the console:\n%s", b.info, tail(b.Console.Bytes(), 200))
	}
}

// evidence is what witnesses beside sigtrail have of a boot that has ended.
type evidence struct {
	bootID string
	box    blackbox.Box // QEMU's dump of the memory
	notes  acts         // of a guest program
}

// endBy ends the boot by a command that resets the guest, and lets the next boot
// begin.
func (b *boxed) endBy(command string) evidence {
	b.t.Helper()
	id := b.bootID()
	if err := b.StopAtReset(); err != nil {
		b.t.Fatal(err)
	}
	b.typed(command)
	return b.endAtReset(id)
}

// endAtReset waits for a reset by the guest, after StopAtReset.
func (b *boxed) endAtReset(id string) evidence {
	b.t.Helper()
	if err := b.AwaitStop(commandLimit); err != nil {
		b.t.Fatal(err)
	}
	return b.seize(id)
}

// endNow resets the machine in the middle of what it does, and lets the next boot
// begin.
func (b *boxed) endNow(id string) evidence {
	b.t.Helper()
	if err := b.Stop(); err != nil {
		b.t.Fatal(err)
	}
	return b.seize(id)
}

func (b *boxed) bootID() string {
	b.t.Helper()
	return strings.TrimSpace(b.run("cat /proc/sys/kernel/random/boot_id"))
}

// seize reads the black box of a machine that is stopped, resets it, and reads again
// what the next boot finds.
func (b *boxed) seize(id string) evidence {
	b.t.Helper()
	before := b.dump()
	notes := parseActs(b.t, b.Notes.Bytes()[b.from:])
	if err := b.Reset(); err != nil {
		b.t.Fatal(err)
	}
	if !bytes.Equal(before, b.dump()) {
		b.t.Error("the reset has changed the memory")
	}
	if err := b.Continue(); err != nil {
		b.t.Fatal(err)
	}
	return evidence{id, blackbox.Decode(before, binary.LittleEndian), notes}
}

// dump is QEMU's image of the black box.
func (b *boxed) dump() []byte {
	b.t.Helper()
	image, err := b.ReadMemory(b.info.Address, b.info.Size)
	if err != nil {
		b.t.Fatal(err)
	}
	return image
}

// awaitBoot waits until the guest has booted again, and reads what was set aside.
func (b *boxed) awaitBoot() (previous []event.Event) {
	b.t.Helper()
	b.expectConsole(vm.Booting)
	b.guest.awaitBoot()
	b.readInfo()
	return parseTrail(b.t, b.run("cat /tmp/previous.jsonl")).events
}

// check boots the guest again, and compares what it has set aside with the evidence. At
// most torn records were being written at the moment of the reset.
func (b *boxed) check(ev evidence, torn int) {
	b.t.Helper()
	start := time.Now()
	previous := b.awaitBoot()
	b.checkInfo(ev, torn)
	want := ev.box.Records
	if f := ev.box.Fault; f != nil {
		last := uint64(0)
		if len(want) > 0 {
			last = want[len(want)-1].Seq
		}
		want = append(want, blackbox.Record{Seq: last + 1, Time: f.Time, Kind: f.Kind, Flags: uint16(event.FlagKernel),
			SenderPID: f.PID, SenderTID: f.TID, SenderName: f.Name, Text: f.Text})
	}
	for i := range min(len(want), len(previous)) {
		if got := recordOf(&previous[i]); got != onWire(want[i]) {
			b.t.Errorf("record %d of %d:\nset aside: %+v\nin memory: %+v", i, len(want), got, want[i])
			break
		}
	}
	if len(previous) != len(want) {
		b.t.Errorf("%d records set aside, %d in memory", len(previous), len(want))
	}
	ev.notes.check(b.t, ev.box)
	if n := len(want); n > 0 && len(previous) > 0 {
		last := previous[len(previous)-1]
		b.t.Logf("%d records, %d damaged, %d notes, booted in %v; the last: %v", n, ev.box.Damaged, len(ev.notes.all), time.Since(start).Round(time.Second), &last)
	}
}

// checkInfo compares "sigtrail info" with the evidence.
func (b *boxed) checkInfo(ev evidence, torn int) {
	b.t.Helper()
	found := []string{"nothing", "records", "damaged", "foreign"}[ev.box.Found]
	if b.info.Found != found {
		b.t.Errorf("info says that %s was found, QEMU's dump has %s", b.info.Found, found)
	}
	if ev.box.Found != blackbox.Records {
		if b.info.Records != nil || b.info.Damaged != nil || b.info.BootID != "" {
			b.t.Errorf("info believes %+v", b.info)
		}
		return
	}
	if b.info.Damaged == nil || *b.info.Damaged != ev.box.Damaged || ev.box.Damaged > torn {
		b.t.Errorf("%d records damaged in memory, at most %d expected; info: %+v", ev.box.Damaged, torn, b.info)
	}
	if n := len(ev.box.Records); b.info.Records == nil || *b.info.Records != n && (ev.box.Fault == nil || *b.info.Records != n+1) {
		b.t.Errorf("%d records in memory; info: %+v", n, b.info)
	}
	if b.info.BootID != ev.box.BootID || ev.bootID != "" && ev.bootID != ev.box.BootID {
		b.t.Errorf("boot %q: the memory has %q, info %q", ev.bootID, ev.box.BootID, b.info.BootID)
	}
	if a := ev.box.Alive; a == nil {
		b.t.Error("the memory says nothing of when the kernel was alive")
	} else if b.info.Seq != a.Seq || uint64(b.info.Local) != a.Local || uint64(b.info.Boottime) != a.Boottime || uint64(b.info.Realtime) != a.Realtime {
		b.t.Errorf("last alive: %+v in memory; info: %+v", *a, b.info)
	}
}

// onWire returns a record without what is not sent: cgroups of parent and ancestors; user, cgroup and
// parent of the process in whose context the kernel made a signal; the name of what is no process; and that a count is
// unknown.
func onWire(r blackbox.Record) blackbox.Record {
	if r.Kind == blackbox.Signal || r.Kind == blackbox.Summary {
		r.Count = max(r.Count, 1)
	}
	r.ParentCgroup = 0
	for i := range r.Ancestors {
		r.Ancestors[i].Cgroup = 0
	}
	if r.Flags&uint16(event.FlagKernel) != 0 {
		r.SenderCgroup, r.SenderUID = 0, 0
	}
	if r.Flags&uint16(event.FlagKernel) != 0 || r.ParentPID == 0 {
		r.ParentName, r.ParentPID = "", 0
		clear(r.Ancestors[:])
	}
	return r
}

// recordOf returns an event as the memory has it.
func recordOf(e *event.Event) blackbox.Record {
	survivors, _ := e.Survivors.Known()
	r := blackbox.Record{
		Seq: e.Seq, Time: e.Time, Kind: blackbox.Kind(e.Kind),
		Signal: uint8(e.Signal), Outcome: uint8(e.Outcome), Scope: uint8(e.Scope), Flags: uint16(e.Flags),
		Value:      uint32(e.Code) | e.ExitStatus | uint32(e.RebootCode) | uint32(min(survivors, 65535))<<16,
		SenderName: e.SenderName, SenderPID: e.SenderPID, SenderTID: e.SenderTID, SenderUID: e.SenderUID,
		ParentName: e.ParentName, ParentPID: e.ParentPID,
		TargetName: e.TargetName, TargetPID: e.TargetPID, TargetTID: e.TargetTID,
		SenderCgroup: uint32(e.SenderCgroup), TargetCgroup: uint32(e.TargetCgroup),
		RunTime: e.RunTime / 1e6, SinceFirst: e.SinceFirst, SinceLast: e.SinceLast, Text: e.Text,
		Count: uint32(e.Signals()), TimeLast: e.TimeLast, FaultAddress: e.FaultAddress, FaultPC: e.FaultPC, PeakRSS: uint32(e.PeakRSS),
	}
	i := 0
	for name, pid := range e.Ancestors.All() {
		r.Ancestors[i] = blackbox.Ancestor{PID: pid, Name: name}
		i++
	}
	if e.FromKernel() {
		r.SenderName, r.SenderPID, r.SenderTID = e.ContextName, e.ContextPID, e.ContextTID
	}
	if e.Kind == event.KindSurvivor {
		r.Signal, r.Wait, r.Text = uint8(e.State), e.Text, ""
	}
	return r
}
