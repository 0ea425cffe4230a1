// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sigtrail/internal/event"
)

const panicText = "Panic#1 Part1\n<6>[  900.000000] br-lan: port 1(lan1) entered forwarding state\n" +
	"<0>[  901.500000] Kernel panic - not syncing: Fatal exception\n<0>[  901.600000] Rebooting in 3 seconds..\n"

var written = time.Date(2026, 11, 20, 10, 0, 0, 123e6, time.UTC)

// putRecord writes a file of pstore with the time at which the record was written.
func putRecord(t testing.TB, dir, name string, content []byte, at time.Time) {
	t.Helper()
	must(t, os.MkdirAll(dir, 0o700))
	must(t, os.WriteFile(path(dir, name), content, 0o400))
	must(t, os.Chtimes(path(dir, name), at, at))
}

func deflate(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, 9)
	must(t, err)
	w.Write([]byte(text))
	must(t, w.Close())
	return b.Bytes()
}

func readOne(t testing.TB, name string, content []byte) Record {
	t.Helper()
	dir := t.TempDir()
	putRecord(t, dir, name, content, written)
	list, err := readRecords(dir)
	if err != nil || len(list) != 1 {
		t.Fatalf("%s: %+v, %v", name, list, err)
	}
	return list[0]
}

// The forms in which kernels from 3.x to 7.2 store a record.
func TestReadRecord(t *testing.T) {
	long := "Panic#1 Part1\n"
	for i := range 400 {
		long += fmt.Sprintf("<6>[%5d.%06d] eth%d: some driver says so\n", i, i*i, i%7)
	}
	packed := deflate(t, long)
	var old bytes.Buffer
	w := zlib.NewWriter(&old)
	w.Write([]byte(panicText))
	must(t, w.Close())
	for _, c := range []struct {
		name    string
		content []byte
		has     string
		fault   string
	}{
		{"dmesg-ramoops-0", []byte(panicText), "Kernel panic", ""},
		{"dmesg-ramoops-1", []byte(panicText + "\nECC: No errors detected\n"), "Kernel panic", ""},
		{"dmesg-ramoops-1", []byte(panicText + "\nECC: 4 Corrected bytes, 2 unrecoverable blocks\n"), "Kernel panic", "2 unrecoverable blocks"},
		{"dmesg-efi_pstore-176362920001001", []byte(panicText), "Kernel panic", ""},
		{"dmesg-efi-176362920001001", []byte(panicText), "Kernel panic", ""},
		{"dmesg-erst-7094073262166147073", []byte(panicText), "Kernel panic", ""},
		{"dmesg-nvram-1", []byte(panicText), "Kernel panic", ""},
		{"dmesg-pstore_blk-0", []byte("Panic: Total 3 times\n" + panicText), "Kernel panic", ""},
		{"dmesg-mtdpstore-0", []byte("Oops: Total 1 times\nOops#1 Part1\nOops[#1]:\n"), "Oops[#1]:", ""},
		{"dmesg-ramoops-2", []byte("Panic#1 Part1\r\nKernel panic - not syncing: x\n"), "Kernel panic", ""},
		{"dmesg-ramoops-0.enc.z", deflate(t, panicText), "Kernel panic", ""},
		{"dmesg-ramoops-0.enc.z", append(deflate(t, panicText), "\nECC: No errors detected\n"...), "Kernel panic", ""},
		{"dmesg-efi-176362920001001.enc.z", old.Bytes(), "Kernel panic", ""},
		{"dmesg-ramoops-0.enc.z", packed[:len(packed)/2], "some driver", "cut short"},
		{"dmesg-ramoops-0.enc.z", append([]byte{0x28, 0xb5, 0x2f, 0xfd}, packed...), "", "zstd"},
		{"dmesg-ramoops-0.enc.z", []byte("\x1fPanic#1 Part1\nlzo"), "", "lzo"},
		{"dmesg-ramoops-0.enc.z", nil, "", "lzo"},
		{"dmesg-ramoops-0", nil, "", "empty"},
		{"dmesg-ramoops-0", make([]byte, 4096), "", "empty"},
	} {
		r := readOne(t, c.name, c.content)
		if r.Name != c.name || r.Wall != written.UnixNano() || !strings.Contains(string(r.Text), c.has) || strings.Contains(string(r.Text), "Part1") ||
			strings.Contains(string(r.Text), "ECC") || (r.Fault != "") != (c.fault != "") || !strings.Contains(r.Fault, c.fault) {
			t.Errorf("%s, %.30q: %+v, %.60q", c.name, c.content, r, r.Text)
		}
	}
	// What inflates to gigabytes, and what is too long, costs no memory.
	bomb := readOne(t, "dmesg-ramoops-0.enc.z", deflate(t, "Panic#1 Part1\n"+strings.Repeat("x", 8<<20)+"\nKernel panic\n"))
	if len(bomb.Text) > maxRecordText+1 {
		t.Errorf("%d bytes", len(bomb.Text))
	}
}

// A backend with small records has a file for each part, the newest part first.
func TestReadParts(t *testing.T) {
	dir := t.TempDir()
	at := written
	put := func(name, text string) {
		putRecord(t, dir, name, []byte(text), at)
	}
	put("dmesg-efi_pstore-176362920001001", "Oops#1 Part1\n[   10.000000] old oops end\n")
	put("dmesg-efi_pstore-176362920002001", "Oops#1 Part2\n[    9.000000] old oops\n")
	at = at.Add(time.Hour) // another boot counts again from 1
	put("dmesg-efi_pstore-176363280003001", "Oops#1 Part3\n[  100.000000] a\n")
	put("dmesg-efi_pstore-176363280002001", "Oops#1 Part2\n[  101.000000] b\n")
	put("dmesg-efi_pstore-176363280001001", "Oops#1 Part1\n[  102.000000] c\n")
	at = at.Add(time.Second)
	put("dmesg-efi_pstore-176363280001002", "Panic#2 Part1\n[  103.000000] d\n")
	list, err := readRecords(dir)
	var got []string
	for _, r := range list {
		got = append(got, r.Name+": "+strings.ReplaceAll(string(r.Text), "\n", "|"))
	}
	want := []string{
		"dmesg-efi_pstore-176362920001001: [    9.000000] old oops||[   10.000000] old oops end||",
		"dmesg-efi_pstore-176363280001001: [  100.000000] a||[  101.000000] b||[  102.000000] c||",
		"dmesg-efi_pstore-176363280001002: [  103.000000] d||",
	}
	if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%v, got\n%s\nwant\n%s", err, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A file without a time of its own has that of this boot, or of a clock that was not set.
func TestRecordTimes(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	putRecord(t, dir, "dmesg-ramoops-0", []byte(panicText), now)
	putRecord(t, dir, "dmesg-ramoops-1", []byte(panicText), time.Unix(12, 0))
	putRecord(t, dir, "dmesg-ramoops-2", []byte(panicText), written)
	putRecord(t, dir, "dmesg-ramoops-3", []byte(panicText), written.Add(time.Hour))
	putRecord(t, dir, "console-ramoops-0", []byte("x"), written.Add(time.Hour+time.Second))
	list, err := readRecords(dir)
	if err != nil || len(list) != 4 {
		t.Fatalf("%+v, %v", list, err)
	}
	for _, r := range list {
		if want := r.Name == "dmesg-ramoops-2"; (r.Wall != 0) != want {
			t.Errorf("%s is of %d", r.Name, r.Wall)
		}
	}
}

// leftOf returns what a start finds in pstore.
func leftOf(t testing.TB, dir string, console string) PstoreData {
	t.Helper()
	os.Remove(path(dir, consoleFile))
	if console != "" {
		putRecord(t, dir, consoleFile, []byte(console), time.Now())
	}
	left, err := ReadPstore(dir, console != "", false)
	must(t, err)
	return left
}

// describeSources returns what a trail says of pstore's files.
func describeSources(tr *event.Trail) string {
	var list []string
	for _, s := range tr.Sources {
		text := fmt.Sprintf("%s %v", s.Name, s.Boot)
		if s.Told {
			text += " told"
		}
		if s.Text != "" {
			text += fmt.Sprintf(" (%d.%d %s)", s.Time/1e9, s.Time/1e8%10, s.Text)
		}
		list = append(list, text)
	}
	return strings.Join(list, "; ")
}

const panicLine = "Kernel panic - not syncing: Fatal exception"

func TestRecoverRecords(t *testing.T) {
	const other = "(901.5 " + panicLine + ")"
	recovery := "[    0.000000] Linux version 6.6.93\n[   12.000000] br-lan: up\n[   95.000000] reboot: Restarting system\n"
	crashed := "[    1.000000] Linux version 6.6.93\n[  901.500000] " + panicLine + "\n"
	merged := fmt.Sprintf(`{"boot_id":"%s","merged_by":"%s","reset":"warm","pstore":"found"`, bootX, bootY)
	at := func(d time.Duration) string { return fmt.Sprintf(`,"merged_at":"%d"`, written.Add(d).UnixNano()) }
	// A shutdown at so many seconds of a boot that ran for up when the record was written.
	begunAt := func(seconds int, up time.Duration) string {
		return fmt.Sprintf(`{"boot_id":"%s","clock_local":"%d000000000","clock_realtime":"%d"}`, bootY, seconds,
			written.Add(time.Duration(seconds)*time.Second-up).UnixNano()) + "\n" + fmt.Sprintf(`{"seq":7,"time":"%d000000000",`, seconds) +
			`"kind":"signal","signal":15,"flags":["shutdown"],"sender_pid":8,"sender_name":"reboot","target_pid":1,"target_name":"procd"}`
	}
	begun := func(up time.Duration) string { return begunAt(900, up) }
	named := func(id string) string { return "[    9.000000] " + BootLine + id + "\n" }
	for _, c := range []struct {
		what, kept, console string
		started             time.Duration // of this boot, after the record; 0: unknown
		boot                string        // "": unknown
		events, sources     string
	}{
		{"a first start", "", "", 0, "", "", "dmesg-ramoops-0 unknown " + other},
		{"nothing shows whose it is", merged + "}", "", 0, bootY, "", "dmesg-ramoops-0 unknown " + other},
		{"its boot ran at the last merge", merged + at(-10*time.Minute) + "}", "", time.Minute, bootY,
			"(br-lan: port 1(lan1) entered forwarding state) (" + panicLine + ") (Rebooting in 3 seconds..)", "dmesg-ramoops-0 same"},
		{"its boot began after the last merge", merged + at(-16*time.Minute) + "}", "", time.Minute, bootY, "", "dmesg-ramoops-0 unknown " + other},
		{"it is older than the last merge", merged + at(time.Minute) + "}", "", time.Hour, bootY, "", "dmesg-ramoops-0 unknown " + other},
		{"this boot's clock is old", merged + at(-10*time.Minute) + "}", "", -time.Minute, bootY,
			"(br-lan: port 1(lan1) entered forwarding state) (" + panicLine + ") (Rebooting in 3 seconds..)", "dmesg-ramoops-0 same"},
		{"a recovery boot came after it", merged + "}", recovery, 0, bootY, "",
			"console-ramoops-0 unknown (95.0 reboot: Restarting system); dmesg-ramoops-0 unknown " + other},
		{"a recovery boot came after it, which is shown", merged + at(-10*time.Minute) + "}", recovery, time.Minute, bootY,
			"(br-lan: port 1(lan1) entered forwarding state) (" + panicLine + ") (Rebooting in 3 seconds..)",
			"console-ramoops-0 unknown (95.0 reboot: Restarting system); dmesg-ramoops-0 same"},
		{"the console has it", merged + "}", crashed, 0, "",
			"(Linux version 6.6.93) (br-lan: port 1(lan1) entered forwarding state) (" + panicLine + ") (Rebooting in 3 seconds..)",
			"console-ramoops-0 unknown; dmesg-ramoops-0 unknown"},
		{"the console has it, and its time shows whose both are", merged + at(-10*time.Minute) + "}", crashed, time.Minute, bootY,
			"(Linux version 6.6.93) (br-lan: port 1(lan1) entered forwarding state) (" + panicLine + ") (Rebooting in 3 seconds..)",
			"console-ramoops-0 same; dmesg-ramoops-0 same"},
		{"the console names its boot", merged + "}", named(bootY) + recovery[strings.Index(recovery, "\n")+1:], 0, bootY,
			"(" + BootLine + bootY + ") (br-lan: up) (reboot: Restarting system)", "console-ramoops-0 same; dmesg-ramoops-0 unknown " + other},
		{"the console names another boot", merged + "}", named(bootZ) + recovery[strings.Index(recovery, "\n")+1:], 0, bootY, "",
			"console-ramoops-0 other (95.0 reboot: Restarting system); dmesg-ramoops-0 unknown " + other},
		{"a panic in a shutdown", begun(901600 * time.Millisecond), "", time.Minute, bootY,
			"7 (br-lan: port 1(lan1) entered forwarding state) (" + panicLine + ") (Rebooting in 3 seconds..)", "dmesg-ramoops-0 same"},
		{"an oops that the boot survived", begunAt(1400, 901600*time.Millisecond), "", time.Hour, bootY,
			"(br-lan: port 1(lan1) entered forwarding state) (" + panicLine + ") (Rebooting in 3 seconds..) 7", "dmesg-ramoops-0 same"},
		{"a shutdown before the clock was set", strings.Replace(begun(901600*time.Millisecond), `"clock_realtime":"1`, `"clock_realtime":"`, 1), "",
			time.Minute, bootY, "7", "dmesg-ramoops-0 unknown " + other},
		{"a shutdown of another boot", begun(2000 * time.Second), "", time.Minute, bootY, "7", "dmesg-ramoops-0 unknown " + other},
		{"a record of a boot before", begun(-100 * time.Second), "", time.Hour, bootY, "7", "dmesg-ramoops-0 unknown " + other},
	} {
		s := newStore(t)
		must(t, os.MkdirAll(s.Dir, 0o700))
		if c.kept != "" {
			must(t, os.WriteFile(path(s.Dir, olderName(1)), []byte(c.kept+"\n"), 0o600))
		}
		dir := t.TempDir()
		putRecord(t, dir, "dmesg-ramoops-0", []byte(panicText), written)
		left := leftOf(t, dir, c.console)
		if c.started != 0 {
			left.Started = written.Add(c.started).UnixNano()
		}
		tr, err := s.Recover(bootZ, left)
		if err != nil || tr == nil {
			t.Fatalf("%s: %+v, %v", c.what, tr, err)
		}
		if tr.BootID != c.boot || describe(tr) != c.events || describeSources(tr) != c.sources {
			t.Errorf("%s: boot %.8s, %s; %s\nwant %.8s, %s; %s", c.what, tr.BootID, describe(tr), describeSources(tr), c.boot, c.events, c.sources)
		}

		// The record stays in pstore, and is told once.
		restart(t, &s)
		left = leftOf(t, dir, "")
		tr, err = s.Recover(boot, left)
		if err != nil || tr == nil || len(tr.Events) != 0 || tr.Sources[len(tr.Sources)-1].Text != "" || !tr.Sources[len(tr.Sources)-1].Told {
			t.Errorf("%s, the next time: %s; %s, %v", c.what, describe(tr), describeSources(tr), err)
		}
		// Another one in the same place is another one.
		restart(t, &s)
		must(t, os.Remove(path(dir, "dmesg-ramoops-0")))
		putRecord(t, dir, "dmesg-ramoops-0", []byte("Oops#1 Part1\n[   50.000000] Oops[#1]:\n"), written)
		tr, err = s.Recover(bootX, leftOf(t, dir, ""))
		if err != nil || describeSources(tr) != "dmesg-ramoops-0 unknown (50.0 Oops[#1]:)" {
			t.Errorf("%s, another one: %s, %v", c.what, describeSources(tr), err)
		}
	}
}

// The record names its boot: on a first start nothing else would.
func TestRecoverNamedRecord(t *testing.T) {
	for _, kept := range []string{"", fmt.Sprintf(`{"boot_id":"%s","merged_by":"%s"}`, bootX, bootY)} {
		s := newStore(t)
		must(t, os.MkdirAll(s.Dir, 0o700))
		if kept != "" {
			must(t, os.WriteFile(path(s.Dir, olderName(1)), []byte(kept+"\n"), 0o600))
		}
		dir := t.TempDir()
		text := strings.Replace(panicText, "<6>[  900", "<6>[  850.000000] "+BootLine+bootY+"\n<6>[  900", 1)
		putRecord(t, dir, "dmesg-ramoops-0", []byte(text), time.Now()) // without a time
		left := leftOf(t, dir, "[    0.000000] Linux version 6.6.93\n[   95.000000] reboot: Restarting system\n")
		tr, err := s.Recover(bootZ, left)
		if err != nil || tr.BootID != bootY || tr.Reset != event.ResetWarm || tr.Pstore != event.PstoreFound ||
			!strings.HasSuffix(describe(tr), "("+panicLine+") (Rebooting in 3 seconds..)") ||
			describeSources(tr) != "console-ramoops-0 unknown (95.0 reboot: Restarting system); dmesg-ramoops-0 same" {
			t.Errorf("%q: boot %s, %s; %s, %v", kept, tr.BootID, describe(tr), describeSources(tr), err)
		}
	}
}

// With room for one shutdown, a record is told once, too.
func TestRecoverKeepOne(t *testing.T) {
	s := newStore(t)
	s.Keep = 1
	dir := t.TempDir()
	putRecord(t, dir, "dmesg-ramoops-0", []byte(panicText), written)
	for i, id := range []string{bootX, bootY, bootZ} {
		tr, err := s.Recover(id, leftOf(t, dir, ""))
		if err != nil || len(tr.Sources) != 1 || tr.Sources[0].Told != (i > 0) {
			t.Errorf("%s: %s, %v", id, describeSources(tr), err)
		}
		shutDown(t, s, id, 1, 2)
		restart(t, &s)
	}
}

// A record is of the boot that ran at the last merge, not of another one's trail.
func TestRecoverSince(t *testing.T) {
	s := newStore(t)
	must(t, os.MkdirAll(s.Dir, 0o700))
	merged := fmt.Sprintf(`{"boot_id":"%s","merged_by":"%s","merged_at":"%d"}`+"\n", bootX, bootY, written.Add(-10*time.Minute).UnixNano())
	must(t, os.WriteFile(path(s.Dir, olderName(1)), []byte(merged), 0o600))
	noFlash := s
	noFlash.Dir = ""
	shutDown(t, noFlash, bootZ, 3, 4) // a boot that did not merge
	left := s.pmsgOf(t)
	dir := t.TempDir()
	putRecord(t, dir, "dmesg-ramoops-0", []byte(panicText), written)
	left.Records = leftOf(t, dir, "").Records
	if tr, err := s.Recover(boot, left); err != nil || tr.BootID != bootZ || tr.Sources[1].Boot == event.BelongsSame {
		t.Errorf("boot %s: %s, %v", tr.BootID, describeSources(tr), err)
	}
}

// A boot whose kernel has no pstore leaves the console of the one before.
func TestRecoverOldConsole(t *testing.T) {
	s := newStore(t)
	left := PstoreData{State: event.PstoreFound, Reset: event.ResetWarm, Console: []byte("[    7.000000] " + panicLine + "\n")}
	if tr, err := s.Recover(bootX, left); err != nil || describe(tr) != "("+panicLine+")" {
		t.Errorf("%s, %v", describe(tr), err)
	}
	restart(t, &s)
	if tr, err := s.Recover(bootY, left); err != nil || describe(tr) != "" || describeSources(tr) != "console-ramoops-0 unknown told" ||
		tr.BootID != bootX || tr.Pstore != event.PstoreOther {
		t.Errorf("the next time: %+v, %v", tr, err)
	}
}

// However many records there are, the trail has its header.
func TestManyRecords(t *testing.T) {
	s := newStore(t)
	dir := t.TempDir()
	for i := range 200 {
		text := fmt.Sprintf("Panic#1 Part1\n[%5d.000000] Kernel panic - not syncing: %s\n", i, strings.Repeat("\\\x1b\"", 300))
		putRecord(t, dir, fmt.Sprintf("dmesg-efi_pstore-%d001001", i), []byte(text), written.Add(time.Duration(i)*time.Hour))
	}
	for _, id := range []string{bootX, bootY, bootZ} {
		tr, err := s.Recover(id, leftOf(t, dir, ""))
		newest := tr.Sources[slices.IndexFunc(tr.Sources, func(o event.Source) bool { return o.Name == "dmesg-efi_pstore-199001001" })]
		if id == bootX != (newest.Text != "") || id == bootX == newest.Told || err != nil {
			t.Errorf("%s: %s, %v", id, describeSources(tr), err)
		}
		list, damaged, err := List(s.Dir)
		if len(list) == 0 || len(damaged) != 0 || err != nil || len(list[0].Header.Sources) == 0 {
			t.Fatalf("%s: kept %+v, damaged %v, %v", id, list, damaged, err)
		}
	}
}
