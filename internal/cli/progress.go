// SPDX-License-Identifier: GPL-2.0

package cli

import (
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// progress is a line on a terminal that is written over, and removed at the
// end. Without a terminal it is nowhere.
type progress struct {
	out   io.Writer // nil: nowhere
	width int       // of what stands there
}

func newProgress(out io.Writer) progress {
	if f, ok := out.(*os.File); ok && isTerminal(f) {
		return progress{out: f}
	}
	return progress{}
}

// isTerminal reports whether f has the settings of one, see ioctl_tty(2).
func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

func (p *progress) draw(line string) {
	if p.out != nil {
		// What is left of a longer one goes by blanks: no terminal is too
		// simple for them.
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
