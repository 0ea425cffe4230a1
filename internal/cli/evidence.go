// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"sigtrail/internal/config"
	"sigtrail/internal/trail"
)

// Evidence is a directory with all that is known of earlier boots, as "last --pack"
// writes it and "last --from" reads it:
//
//	pstore/      the files of pstore
//	flash/       the shutdowns that are kept
//	kernel.json  what the kernel had
const (
	pstoreDir  = "pstore"
	flashDir   = "flash"
	kernelFile = "kernel.json"
)

// had is what the kernel had that the evidence is from.
type had struct {
	BootID  string `json:"boot_id"` // of the running boot; "": unknown
	Console bool   `json:"console"` // it prints into pstore
	Pmsg    bool   `json:"pmsg"`    // it has /dev/pmsg0
}

// No file of the evidence is larger: a kept shutdown has at most 4 MiB.
const maxEvidence = 4 << 20

// pack writes the evidence on this machine as a tar file.
func (a *app) pack(name string, dirs []string) error {
	k := had{}
	k.BootID, _ = a.proc.BootID()
	k.Console, _ = a.proc.PstoreConsole()
	_, err := os.Stat(trail.PmsgDevice)
	k.Pmsg = err == nil
	_, pstore, _ := a.proc.Pstore()

	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	w := tar.NewWriter(f)
	about, _ := json.Marshal(k)
	err = addFile(w, kernelFile, append(about, '\n'))
	packed := 0
	add := func(as, dir, pattern string) {
		if err == nil {
			var n int
			n, err = eachFile(dir, pattern, func(name string, b []byte) error { return addFile(w, as+"/"+name, b) })
			packed += n
		}
	}
	if pstore != "" {
		add(pstoreDir, pstore, "*")
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

// eachFile calls f with the base name and content of each file of dir that matches.
// It returns the number of files.
func eachFile(dir, pattern string, f func(name string, b []byte) error) (int, error) {
	names, err := filepath.Glob(filepath.Join(dir, pattern))
	for _, name := range names {
		b, err := readFile(name)
		if err == nil {
			err = f(filepath.Base(name), b)
		}
		if err != nil {
			return 0, err
		}
	}
	return len(names), err
}

func addFile(w *tar.Writer, name string, b []byte) error {
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(b))}); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	_, err := w.Write(b)
	return err
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxEvidence))
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
		if e.dir != "" || len(args) > 0 || *v != (view{}) {
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
	dirs, done, err := e.gather()
	if err != nil {
		return fmt.Errorf("--from %s: %w", e.dir, err)
	}
	defer done()
	return a.lastOf(dirs, e.dir, n, v)
}

// gather does with the evidence what the daemon does at its start, on a copy of the
// kept shutdowns. It returns the directories in which the result is, which done
// removes.
func (e *evidence) gather() (dirs []string, done func(), err error) {
	if !isDir(filepath.Join(e.dir, pstoreDir)) && !isDir(filepath.Join(e.dir, flashDir)) {
		return nil, nil, fmt.Errorf("has no directory %s and no directory %s", pstoreDir, flashDir)
	}
	work, err := os.MkdirTemp("", "sigtrail-from-")
	if err != nil {
		return nil, nil, err
	}
	done = func() { os.RemoveAll(work) }
	defer func() {
		if err != nil {
			done()
		}
	}()
	dirs = []string{filepath.Join(work, flashDir), filepath.Join(work, "fallback")}
	if err := copyDir(dirs[0], filepath.Join(e.dir, flashDir)); err != nil {
		return nil, nil, err
	}
	k, err := e.had()
	if err != nil {
		return nil, nil, err
	}
	var left trail.PstoreData // unknown
	if pstore := filepath.Join(e.dir, pstoreDir); isDir(pstore) {
		if left, err = trail.ReadPstore(pstore, k.Console, k.Pmsg); err != nil {
			return nil, nil, err
		}
	}
	store := trail.Store{Dir: dirs[0], Fallback: dirs[1], Keep: 1 << 20, Size: int64(config.Default().Shutdown.Size) << 10,
		Writes: new(atomic.Uint64)}
	if _, err := store.Recover(k.BootID, left); err != nil {
		return nil, nil, err
	}
	return dirs, done, nil
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// had returns what the kernel had. Evidence that was gathered by hand does not say:
// then the boot is one that nobody has seen, and the kernel had everything.
func (e *evidence) had() (had, error) {
	k := had{BootID: "ffffffff-ffff-4fff-bfff-ffffffffffff", Console: true, Pmsg: true}
	b, err := readFile(filepath.Join(e.dir, kernelFile))
	switch {
	case err == nil:
		if err := json.Unmarshal(b, &k); err != nil {
			return k, fmt.Errorf("%s: %w", filepath.Join(e.dir, kernelFile), err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return k, err
	}
	k.Console = k.Console && !e.noConsole
	k.Pmsg = k.Pmsg && !e.noPmsg
	return k, nil
}

// copyDir copies the files of a directory; one that is missing is empty.
func copyDir(to, from string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	_, err := eachFile(from, trail.KeptPattern, func(name string, b []byte) error {
		return os.WriteFile(filepath.Join(to, name), b, 0o600)
	})
	return err
}
