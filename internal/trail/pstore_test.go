// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"bytes"
	"os"
	"testing"

	"sigtrail/internal/event"
)

func TestReadPstore(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		dir             string
		console, pmsg   bool
		state           event.Pstore
		reset           event.Reset
		consoleB, pmsgB string
		records         bool
	}{
		{dir: "", state: event.PstoreNone},
		{dir: dir, state: event.PstoreNone},
		{dir: "", console: true, state: event.PstoreUnmounted},
		{dir: "", pmsg: true, state: event.PstoreUnmounted},
		{dir: dir, console: true, pmsg: true, state: event.PstoreEmpty, reset: event.ResetCold},
		{dir: dir, pmsg: true, state: event.PstoreEmpty}, // perhaps nothing was written to it
		// Of this or an earlier boot.
		{dir: dir, state: event.PstoreRecords, records: true},
		{dir: dir, console: true, pmsg: true, state: event.PstoreRecords, records: true},
		{dir: dir, state: event.PstoreFound, reset: event.ResetWarm, pmsgB: "b", records: true},
		{dir: dir, state: event.PstoreFound, reset: event.ResetWarm, pmsgB: "b"},
		{dir: dir, console: true, state: event.PstoreFound, reset: event.ResetWarm, consoleB: "a", pmsgB: "b"},
	} {
		must(t, os.RemoveAll(dir))
		must(t, os.Mkdir(dir, 0o700))
		if c.records {
			must(t, os.WriteFile(path(dir, "dmesg-ramoops-0"), []byte("Panic#1 Part1\n"), 0o400))
		}
		if c.consoleB != "" {
			must(t, os.WriteFile(path(dir, "console-ramoops-0"), []byte(c.consoleB), 0o400))
		}
		if c.pmsgB != "" {
			must(t, os.WriteFile(path(dir, "pmsg-ramoops-0"), []byte(c.pmsgB), 0o400))
		}
		p, err := ReadPstore(c.dir, c.console, c.pmsg)
		if err != nil || p.State != c.state || p.Reset != c.reset || string(p.Console) != c.consoleB || string(p.Pmsg) != c.pmsgB {
			t.Errorf("%+v: %+v, %v", c, p, err)
		}
	}
	// Of a long file the end is read. The old name works, too.
	must(t, os.Remove(path(dir, "console-ramoops-0")))
	must(t, os.WriteFile(path(dir, "console-ramoops"), append(bytes.Repeat([]byte("a"), maxPstore), "end"...), 0o400))
	if p, err := ReadPstore(dir, true, true); err != nil || len(p.Console) != maxPstore || !bytes.HasSuffix(p.Console, []byte("aend")) {
		t.Errorf("%d bytes, %v", len(p.Console), err)
	}
	// A file without text does not mean that nothing was there.
	for content, fault := range map[string]string{"": "the file is empty", "\x00\x00": "the file has only zero bytes"} {
		must(t, os.RemoveAll(dir))
		must(t, os.Mkdir(dir, 0o700))
		must(t, os.WriteFile(path(dir, consoleFile), []byte(content), 0o400))
		p, err := ReadPstore(dir, true, true)
		if err != nil || p.State != event.PstoreOther || p.Reset != event.ResetUnknown || len(p.Faulty) != 1 || p.Faulty[0].Fault != fault {
			t.Errorf("%q: %+v, %v", content, p, err)
		}
	}
	must(t, os.WriteFile(path(dir, "console-ramoops"), nil, 0o400))
	must(t, os.WriteFile(path(dir, "pmsg-ramoops-0"), nil, 0o400))
	must(t, os.Remove(path(dir, consoleFile)))
	// Other backends have other names, and keep them without power.
	must(t, os.RemoveAll(dir))
	must(t, os.Mkdir(dir, 0o700))
	must(t, os.WriteFile(path(dir, "console-pstore_blk-0"), []byte("a"), 0o400))
	if p, err := ReadPstore(dir, true, true); err != nil || string(p.Console) != "a" || p.State != event.PstoreFound || p.Reset != event.ResetUnknown {
		t.Errorf("%+v, %v", p, err)
	}
	// A file that is not read is no empty pstore.
	must(t, os.Remove(path(dir, "console-pstore_blk-0")))
	must(t, os.WriteFile(path(dir, "mce-erst-1"), []byte("a"), 0o400))
	if p, err := ReadPstore(dir, true, true); err != nil || p.State != event.PstoreOther || p.Reset != event.ResetUnknown {
		t.Errorf("%+v, %v", p, err)
	}
	must(t, os.Remove(path(dir, "mce-erst-1")))
	must(t, os.WriteFile(path(dir, "console-ramoops"), nil, 0o400))
	must(t, os.WriteFile(path(dir, "pmsg-ramoops-0"), nil, 0o400))
	// A file that cannot be read does not mean a cold reset.
	must(t, os.Remove(path(dir, "console-ramoops")))
	must(t, os.Remove(path(dir, "pmsg-ramoops-0")))
	must(t, os.Mkdir(path(dir, "console-ramoops-0"), 0o700))
	if p, err := ReadPstore(dir, true, true); err == nil || p.Reset != event.ResetUnknown {
		t.Errorf("%+v, %v", p, err)
	}
}
