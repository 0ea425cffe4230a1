// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// progress is a line on a terminal that is overwritten, and removed at the end.
// Without a terminal nothing is written.
type progress struct {
	out   io.Writer // nil: no terminal
	width int       // of the present line
}

func newProgress(out io.Writer) progress {
	if f, ok := out.(*os.File); ok && isTerminal(f) {
		return progress{out: f}
	}
	return progress{}
}

// isTerminal reports whether f is a terminal, see ioctl_tty(2).
func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

func (p *progress) draw(line string) {
	if p.out != nil {
		// Blanks erase the rest of a longer line on every terminal.
		io.WriteString(p.out, "\r"+line+strings.Repeat(" ", max(0, p.width-len(line))))
		p.width = len(line)
	}
}

func (p *progress) clear() {
	if p.width > 0 {
		p.draw("")
		io.WriteString(p.out, "\r")
	}
}
