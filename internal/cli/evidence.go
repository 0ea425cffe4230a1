// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"sigtrail/internal/config"
	"sigtrail/internal/event"
	"sigtrail/internal/trail"
)

// Evidence is a directory with all that is known of earlier boots, as "last --pack"
// writes it and "last --from" reads it:
//
//	pstore/      the files of pstore: console, pmsg, records of the kernel's log
//	flash/       the shutdowns that are kept
//	kernel.json  what the kernel had
const (
	pstoreDir  = "pstore"
	flashDir   = "flash"
	kernelFile = "kernel.json"
)

// had is what the kernel had that the evidence is from.
type had struct {
	BootID  string     `json:"boot_id"`           // of the running boot; "": unknown
	Console bool       `json:"console"`           // it prints into pstore
	Pmsg    bool       `json:"pmsg"`              // it has /dev/pmsg0
	Started *time.Time `json:"started,omitempty"` // when the running boot began; nil: unknown
	Packed  *time.Time `json:"packed,omitempty"`  // when --pack wrote this; nil: unknown
}

// pack writes the evidence on this machine as a tar file.
func (a *app) pack(name string, dirs []string) error {
	p := a.proc.PstoreState(trail.PmsgDevice)
	k := had{Console: p.Console, Pmsg: p.Pmsg}
	k.BootID, _ = a.proc.BootID()
	if !p.Started.IsZero() {
		now := time.Now()
		k.Started, k.Packed = &p.Started, &now
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	w := tar.NewWriter(f)
	err = addFile(w, kernelFile, time.Now(), bytes.NewReader(append(event.AppendValue(nil, k), '\n')))
	packed := 0
	add := func(as, dir, pattern string) {
		if err == nil {
			var n int
			n, err = eachFile(dir, pattern, func(name string, at time.Time, f io.ReadSeeker) error { return addFile(w, as+"/"+name, at, f) })
			packed += n
		}
	}
	if p.Dir != "" {
		for _, source := range []string{"console-*", "pmsg-*", "dmesg-*"} {
			add(pstoreDir, p.Dir, source)
		}
	}
	for i := len(dirs) - 1; i >= 0; i-- { // of two with one name the first is read last
		add(flashDir, dirs[i], trail.KeptPattern)
	}
	if err == nil && packed == 0 {
		err = fmt.Errorf("nothing to pack: pstore has no file, and no shutdown is kept in %s", strings.Join(dirs, " or "))
	}
	if err = errors.Join(err, w.Close(), f.Close()); err != nil {
		os.Remove(name)
	}
	return err
}

// eachFile calls f for each file of dir that matches, with its base name and time. It
// returns the number of files.
func eachFile(dir, pattern string, f func(name string, at time.Time, content io.ReadSeeker) error) (int, error) {
	names, err := filepath.Glob(filepath.Join(dir, pattern))
	for _, name := range names {
		if err := withFile(name, f); err != nil {
			return 0, err
		}
	}
	return len(names), err
}

func withFile(name string, f func(name string, at time.Time, content io.ReadSeeker) error) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return f(filepath.Base(name), info.ModTime(), file)
}

// addFile adds a file, whole, with its time: a record in pstore is dated by it.
func addFile(w *tar.Writer, name string, at time.Time, content io.ReadSeeker) error {
	size, err := content.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = content.Seek(0, io.SeekStart)
	}
	if err == nil {
		err = w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: at})
	}
	if err == nil {
		_, err = io.CopyN(w, content, size)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// evidence says which evidence is to be read or written.
type evidence struct {
	dir, pack         string // "": none
	noConsole, noPmsg bool
}

func (e *evidence) options() []option {
	return []option{
		{"--from", "DIR", "report what DIR/pstore and DIR/flash hold, copied from\nanother router", text(&e.dir)},
		{"--no-console", "", "with --from: its kernel did not print into pstore", on(&e.noConsole)},
		{"--no-pmsg", "", "with --from: its kernel had no /dev/pmsg0", on(&e.noPmsg)},
		{"--pack", "FILE", "write such a directory of this router as a tar file", text(&e.pack)},
	}
}

// lastEvidence is "last" with --from or --pack.
func (a *app) lastEvidence(args []string, v *view, where *place, e *evidence) error {
	if e.pack != "" {
		if e.dir != "" || len(args) > 0 || v.set() {
			return wrong("last", "--pack writes a tar file and shows nothing: leave out the other options")
		}
		dirs, err := where.shutdowns()
		if err != nil {
			return err
		}
		return a.pack(e.pack, dirs)
	}
	if *where != (place{}) {
		return wrong("last", "--from names all directories: leave out --dir and --config")
	}
	n, err := v.nth(args)
	if err != nil {
		return err
	}
	dirs, done, failed, err := e.gather()
	if err != nil {
		return fmt.Errorf("--from %s: %w", e.dir, err)
	}
	defer done()
	if list, err := a.kept(dirs...); len(list) == 0 {
		return errors.Join(fmt.Errorf("--from %s: no shutdown is kept there, and pstore has nothing", e.dir), failed, err)
	}
	return errors.Join(a.lastOf(dirs, e.dir, "sigtrail last --from "+e.dir, n, v), failed)
}

// gather does with the evidence what the daemon does at its start, on a copy of the
// kept shutdowns. It returns the directories in which the result is, which done
// removes; failed says what could not be read.
func (e *evidence) gather() (dirs []string, done func(), failed, err error) {
	if !isDir(filepath.Join(e.dir, pstoreDir)) && !isDir(filepath.Join(e.dir, flashDir)) {
		return nil, nil, nil, fmt.Errorf("has no directory %s and no directory %s", pstoreDir, flashDir)
	}
	work, err := os.MkdirTemp("", "sigtrail-from-")
	if err != nil {
		return nil, nil, nil, err
	}
	done = func() { os.RemoveAll(work) }
	defer func() {
		if err != nil {
			done()
		}
	}()
	dirs = []string{filepath.Join(work, flashDir), filepath.Join(work, "fallback")}
	if err := copyDir(dirs[0], filepath.Join(e.dir, flashDir)); err != nil {
		return nil, nil, nil, err
	}
	k, packed, err := e.had()
	if err != nil {
		return nil, nil, nil, err
	}
	var left trail.PstoreData // unknown
	if pstore := filepath.Join(e.dir, pstoreDir); isDir(pstore) {
		left, failed = trail.ReadPstore(pstore, k.Console, k.Pmsg)
	} else if merged(dirs[0]) {
		return dirs, done, nil, nil // nothing shows that a boot has ended since
	}
	if k.Started != nil && k.Packed != nil {
		left.SetTimes(*k.Packed, *k.Started)
	}
	for i := range left.Records {
		left.Records[i].Copy = !packed
	}
	store := trail.Store{Dir: dirs[0], Fallback: dirs[1], Keep: 1 << 20, Size: int64(config.Default().Shutdown.Size) << 10,
		Writes: new(atomic.Uint64)}
	_, err = store.Recover(k.BootID, left)
	return dirs, done, errors.Join(failed, err), nil
}

// merged reports whether the newest shutdown in dir is merged.
func merged(dir string) bool {
	kept, damaged, _ := trail.List(dir)
	return len(kept) > 0 && kept[0].Header.MergedBy != "" &&
		(len(damaged) == 0 || damaged[0].Header.Number < kept[0].Header.Number)
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// had returns what the kernel had, as --pack wrote it. Evidence that was gathered by hand
// does not say: then the boot is one that nobody has seen, and the kernel had everything.
func (e *evidence) had() (k had, packed bool, err error) {
	k = had{BootID: "ffffffff-ffff-4fff-bfff-ffffffffffff", Console: true, Pmsg: true}
	b, err := os.ReadFile(filepath.Join(e.dir, kernelFile))
	switch {
	case err == nil:
		if err := json.Unmarshal(b, &k); err != nil {
			return k, false, fmt.Errorf("%s: %w", filepath.Join(e.dir, kernelFile), err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return k, false, err
	}
	k.Console = k.Console && !e.noConsole
	k.Pmsg = k.Pmsg && !e.noPmsg
	return k, err == nil, nil
}

// copyDir copies the files of a directory; one that is missing is empty.
func copyDir(to, from string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	_, err := eachFile(from, trail.KeptPattern, func(name string, _ time.Time, content io.ReadSeeker) error {
		f, err := os.OpenFile(filepath.Join(to, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			_, err = io.Copy(f, content)
			err = errors.Join(err, f.Close())
		}
		return err
	})
	return err
}
