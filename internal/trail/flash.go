// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

var errFull = errors.New("the file has its maximum size (shutdown.size)")

// flash is the file on flash that grows during a shutdown.
//
// For each batch the file is opened, written and closed. If it stayed open for
// writing, the root file system could not be remounted read-only
// (sb_prepare_remount_readonly() in fs/namespace.c). The sync may take long, so it
// uses a descriptor for reading, which does not block the remount.
type flash struct {
	path string
	head []byte // its header, until that is written
	size int64  // up to the end of its last whole frame; 0: no file yet
	max  int64
	torn bool // the file has bytes after size
}

// append appends frames and syncs them. It returns how many are in the file. With errFull
// these are those that still fitted, with another error 0.
func (f *flash) append(list []piece) (n int, full error) {
	b := f.head[:len(f.head):len(f.head)]
	for i := range list {
		if f.size+int64(len(b)+len(list[i].bytes)) > f.max {
			full = errFull
			break
		}
		b = append(b, list[i].bytes...)
		n++
	}
	if n == 0 {
		return 0, full
	}
	if err := f.write(b); err != nil {
		return 0, reason(err)
	}
	created := f.size == 0
	err := syncFile(f.path)
	if err == nil && created {
		err = syncDir(filepath.Dir(f.path))
	}
	if err != nil {
		f.undo()
		return 0, reason(err)
	}
	f.size += int64(len(b))
	f.head = nil
	return n, full
}

// write writes all of b after size, or nothing.
func (f *flash) write(b []byte) error {
	flags := os.O_WRONLY | os.O_APPEND | syscall.O_NOFOLLOW
	if f.size == 0 {
		if err := makeDir(filepath.Dir(f.path)); err != nil {
			return err
		}
		flags |= os.O_CREATE | os.O_EXCL
	}
	file, err := os.OpenFile(f.path, flags, 0o600)
	if err != nil {
		return err
	}
	if f.torn {
		err = file.Truncate(f.size)
	}
	if err == nil {
		f.torn = false
		_, err = file.Write(b)
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		f.undo()
	}
	return err
}

// undo tries to make the file end at size again.
func (f *flash) undo() {
	if f.size == 0 {
		os.Remove(f.path)
	} else {
		os.Truncate(f.path, f.size)
	}
}

// reason returns an error without the path, which the reader knows.
func reason(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// syncFile syncs a file that is not open. fsync(2) accepts any descriptor.
func syncFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// syncDir syncs the entries of a directory, if the file system supports that.
func syncDir(name string) error {
	err := syncFile(name)
	if errors.Is(err, syscall.EINVAL) {
		return nil
	}
	return err
}

// makeDir makes a directory and its parents, so that they survive a power cut.
func makeDir(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if os.IsNotExist(err) {
		if err := makeDir(filepath.Dir(dir)); err != nil {
			return err
		}
		err = os.Mkdir(dir, 0o700)
	}
	if err == nil {
		err = syncDir(filepath.Dir(dir))
	}
	if os.IsExist(err) {
		return nil
	}
	return err
}
