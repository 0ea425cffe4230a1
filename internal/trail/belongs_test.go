// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"sigtrail/internal/event"
)

// shutdownOf is a shutdown at 100 s as the daemon stores it, until it is killed.
func shutdownOf(left bool) event.Trail {
	t := event.Trail{BootID: bootX, BootLine: left, ClockLocal: 1e9, ClockRealtime: uint64(written.UnixNano())}
	for i, name := range []string{"dnsmasq", "sigtrail", "logd"} {
		t.Events = append(t.Events, event.Event{Seq: uint64(i + 1), Time: 100e9 + uint64(i)*1e9, Signal: 15, Origin: event.OriginFlash,
			Flags: event.FlagShutdown | event.FlagPrinted, SenderPID: 1, SenderName: "procd", TargetPID: uint32(130 + i), TargetName: name})
	}
	return t
}

// Early process ids are alike in every boot.
func TestConsoleBelongs(t *testing.T) {
	const (
		same, other, unknown = event.BelongsSame, event.BelongsOther, event.BelongsUnknown

		begins  = "[    0.000000] Linux version 6.6.93\n[    9.000000] procd: - preinit -\n"
		logd    = "Signal :: (procd 1) --[9]--> (logd 132)\n"
		dnsmasq = "Signal :: (procd 1) --[9]--> (dnsmasq 130)\n"
		ends    = "reboot: Restarting system\n"
	)
	bare := regexp.MustCompile(`(?m)^\[ *[0-9.]+\] `)
	for _, c := range []struct {
		what, text string
		want, left event.Belongs // without and with a daemon that left the boot's line
	}{
		{"the daemon was killed, and its lines go on", "[  104.000000] " + logd + "[  104.100000] " + dnsmasq + "[  105.000000] " + ends, same, same},
		{"and it hung then", "[  104.000000] " + logd + "[  104.100000] " + dnsmasq + "[  190.000000] " + ends, same, same},
		{"the boot's line", begins + "[   20.000000] " + BootLine + bootX + "\n[  185.000000] " + ends, same, same},
		{"another boot's line", begins + "[   20.000000] " + BootLine + bootZ + "\n[  104.000000] " + logd + "[  104.100000] " + dnsmasq, other, other},
		// If the level showed the boot's line, it shows signals.
		{"a level that hides signals", "[   29.000000] platform: deferred probe\n[  104.883434] " + ends, same, unknown},
		{"a service that is disabled, for a day", begins + "[86400.000000] " + logd + "[86400.100000] " + dnsmasq + "[86402.000000] " + ends, unknown, other},
		{"the same, its beginning overwritten", "[86400.000000] " + logd + "[86400.100000] " + dnsmasq + "[86402.000000] " + ends, unknown, unknown},
		{"a recovery boot that ends somewhat later", begins + "[  130.000000] " + ends, unknown, other},
		{"its beginning overwritten", "[   90.000000] a\n[  130.000000] " + ends, unknown, unknown},
		{"a recovery boot with one process of the same id", begins + "[  130.000000] " + logd + "[  131.000000] " + ends, unknown, other},
		{"a panic of it", begins + "[  103.000000] Kernel panic - not syncing: VFS\n", unknown, other},
		{"its line may be damaged", begins + "\x81\x82\n[  130.000000] " + ends, unknown, unknown},
		{"its line may be dropped", begins + "** 12 printk messages dropped **\n[  130.000000] " + ends, unknown, unknown},
		{"no stamps, one process", bare.ReplaceAllString(begins, "") + logd + ends, unknown, other},
		{"no stamps, one process, cut", logd + ends, unknown, unknown},
		{"no stamps, two", logd + dnsmasq + ends, same, same},
	} {
		for i, want := range []event.Belongs{c.want, c.left} {
			flash := shutdownOf(i > 0)
			m := merging{Store: Store{Size: 1 << 20}, left: PstoreData{State: event.PstoreFound, Reset: event.ResetWarm, Console: []byte(c.text)}}
			merged := m.combine(&flash)
			if got := merged.Sources[0].Boot; got != want || (len(merged.Events) > 3) != (want == same) {
				t.Errorf("%s, line left: %v: %v, %s; want %v", c.what, i > 0, got, describe(merged), want)
			}
		}
	}
}

// A line without a stamp is like that of any boot.
func TestConsoleMatchWithoutStamp(t *testing.T) {
	flash := shutdownOf(false)
	for text, want := range map[string]event.Belongs{
		"Signal :: (procd 1) --[15]--> (logd 132)\nreboot: Restarting system\n":                                                 event.BelongsUnknown,
		"Signal :: (procd 1) --[15]--> (logd 132)\nSignal :: (procd 1) --[9]--> (logd 132)\n":                                   event.BelongsSame,
		"[  102.000100] Signal :: (procd 1) --[15]--> (logd 132)\n[  160.000000] Kernel panic - not syncing: Fatal exception\n": event.BelongsSame,
	} {
		m := merging{Store: Store{Size: 1 << 20}, left: PstoreData{Console: []byte(text)}}
		tr := flash
		if got := m.combine(&tr).Sources[0].Boot; got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// A router without a clock of its own starts with an old date, and may get the right one
// at any time.
func TestRecordBelongs(t *testing.T) {
	at := func(seconds int) time.Duration { return time.Duration(seconds) * time.Second }
	const bare = "Panic#1 Part1\nKernel panic - not syncing: x\n"
	begun := shutdownOf(true) // the boot began at written-1s
	for _, c := range []struct {
		what, text            string
		written, started, now int // the record's date, that of the running boot and of now, in s after the shutdown's boot
		want                  event.Belongs
		running               bool
	}{
		{"a panic in the shutdown", panicAt(103), 103, 200, 220, event.BelongsSame, false},
		{"before the clock was set", panicAt(12), -18000, 200, 220, event.BelongsUnknown, false},
		{"of this boot", panicAt(10), 210, 200, 220, event.BelongsUnknown, true},
		{"of this boot, whose time is unknown", panicAt(10), 210, 200, 0, event.BelongsUnknown, false},
		{"this boot's clock is old", panicAt(3650), 5000, 200, 220, event.BelongsUnknown, false},
		{"both clocks began with the same old date", panicAt(3650), 3850, 200, 220, event.BelongsUnknown, false},
		{"no stamps, soon after", bare, 110, 200, 220, event.BelongsSame, false},
		{"no stamps, much later", bare, 50000, 60000, 60020, event.BelongsUnknown, false},
		{"no stamps, after the start by an old clock", bare, 50000, 200, 220, event.BelongsUnknown, false},
	} {
		dir := t.TempDir()
		zero := written.Add(-time.Second)
		putRecord(t, dir, "dmesg-ramoops-0", []byte(c.text), zero.Add(at(c.written)))
		left := leftOf(t, dir, "")
		left.Started = zero.Add(at(c.started)).UnixNano()
		if c.now != 0 {
			left.Now = zero.Add(at(c.now)).UnixNano()
		}
		m := merging{Store: Store{Size: 1 << 20}, boot: bootZ, left: left}
		m.findTold()
		tr := begun
		merged := m.combine(&tr)
		if c.running {
			if len(merged.Sources) != 0 {
				t.Errorf("%s: %s", c.what, describeSources(merged))
			}
		} else if len(merged.Sources) != 1 || merged.Sources[0].Boot != c.want {
			t.Errorf("%s: %s, want %v", c.what, describeSources(merged), c.want)
		}
	}
}

func panicAt(seconds int) string {
	at := string(event.AppendSeconds(nil, uint64(seconds)*1e9))
	return "Panic#1 Part1\n<0>[" + strings.Repeat(" ", 12-len(at)) + at + "] Kernel panic - not syncing: x\n"
}

// A record of the running boot is told at the next start, also after the daemon itself
// has left its line there.
func TestRecordOfRunningBoot(t *testing.T) {
	s := newStore(t)
	dir := t.TempDir()
	putRecord(t, dir, "dmesg-ramoops-0", []byte(panicAt(10)), written)
	left := leftOf(t, dir, "")
	left.Started, left.Now = written.Add(-10*time.Second).UnixNano(), written.Add(5*time.Second).UnixNano()
	if tr, err := s.Recover(bootX, left); tr != nil || err != nil { // a first start
		t.Errorf("%+v, %v", tr, err)
	}
	shutDown(t, s, bootX, 1, 2)
	restart(t, &s)
	if tr, err := s.Recover(bootY, left); err != nil || len(tr.Sources) != 0 || tr.Pstore != event.PstoreRecords {
		t.Errorf("%s, %v", describeSources(tr), err)
	}
	restart(t, &s)
	left.Started, left.Now = written.Add(time.Hour).UnixNano(), written.Add(time.Hour+time.Minute).UnixNano()
	if tr, err := s.Recover(bootZ, left); err != nil || describeSources(tr) != "dmesg-ramoops-0 unknown (10.0 Kernel panic - not syncing: x)" {
		t.Errorf("%s, %v", describeSources(tr), err)
	}

	named := strings.Replace(panicText, "<6>[  900", "<6>[  850.000000] "+BootLine+bootZ+"\n<6>[  900", 1)
	putRecord(t, dir, "dmesg-ramoops-1", []byte(named), time.Now()) // without a time
	m := merging{boot: bootZ, left: leftOf(t, dir, "")}
	m.findTold()
	if len(m.records) != 1 || m.records[0].Name != "dmesg-ramoops-0" {
		t.Errorf("%+v", m.records)
	}
}
