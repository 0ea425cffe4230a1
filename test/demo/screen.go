// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
)

const (
	consoleMark = "console |"
	logMark     = "logread |"
)

// screen shows lines from several sources, each as a whole.
type screen struct {
	mu sync.Mutex
	w  io.Writer
}

func newScreen(w io.Writer) *screen { return &screen{w: w} }

// say shows a text of the demo's own.
func (s *screen) say(format string, args ...any) {
	text := strings.TrimRight(fmt.Sprintf(format, args...), "\n")
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintln(s.w, text)
}

// column returns a writer whose lines are shown after a mark, except for lines that
// contain without, unless that is empty.
func (s *screen) column(mark, without string) io.Writer {
	return &column{screen: s, mark: mark, without: without}
}

type column struct {
	screen  *screen
	mark    string
	without string
	rest    []byte // an incomplete line
}

func (c *column) Write(p []byte) (int, error) {
	c.rest = append(c.rest, p...)
	for {
		line, rest, whole := bytes.Cut(c.rest, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		if c.without == "" || !bytes.Contains(line, []byte(c.without)) {
			c.screen.say("%s %s", c.mark, printable(line))
		}
		c.rest = rest
	}
}

// control matches sequences that move the cursor, or query its position, as the
// guest's shell does before each prompt: no line may overwrite another one.
var control = regexp.MustCompile(`\x1b\[[0-9;?]*[@-~]|[\x00-\x08\x0a-\x1f\x7f]`)

func printable(line []byte) []byte {
	return control.ReplaceAll(line, nil)
}
