// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"io"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// direct returns a writer to the same file. A write to a regular file does not wait for
// another process, so Go's scheduler need not watch it: on a small router that takes longer
// than to write a line.
func direct(out io.Writer) io.Writer {
	file, ok := out.(*os.File)
	if !ok {
		return out
	}
	var st unix.Stat_t
	if fd := int(file.Fd()); unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFREG {
		return regular(fd)
	}
	return out
}

// regular is the descriptor of a regular file.
type regular int

func (f regular) Write(b []byte) (n int, err error) {
	for n < len(b) {
		done, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(f), uintptr(unsafe.Pointer(&b[n])), uintptr(len(b)-n))
		if errno == unix.EINTR {
			continue
		}
		if errno == 0 && done == 0 {
			return n, io.ErrShortWrite
		}
		if errno != 0 {
			return n, &os.PathError{Op: "write", Path: "standard output", Err: errno}
		}
		n += int(done)
	}
	return n, nil
}
