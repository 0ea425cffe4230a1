// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestAnswer(t *testing.T) {
	tests := []struct {
		name, data string
		out        string
		code       int
		left       string // what belongs to the next answer
		whole      bool
		err        error
	}{
		{name: "nothing yet"},
		{name: "no end yet", data: "@begin w\nout\n"},
		{name: "code not whole", data: "@begin w\nout\n@end w 12"},
		{name: "plain", data: "@begin w\nout\n@end w 3\n", out: "out\n", code: 3, whole: true},
		{name: "no output", data: "@begin w\n@end w 0\n", whole: true},
		{name: "no newline at the end", data: "@begin w\nout@end w 0\n", out: "out", whole: true},
		{name: "bytes as they are", data: "@begin w\n\x00\r\n\xff\n@end w 0\n", out: "\x00\r\n\xff\n", whole: true},
		{name: "looks like an end", data: "@begin w\n@end x 1\n@ready\n@end w 0\n", out: "@end x 1\n@ready\n", whole: true},
		{name: "late answer before it", data: "late\n@end x 1\n@begin w\nout\n@end w 0\n", out: "out\n", whole: true},
		{name: "more behind it", data: "@begin w\n@end w 0\nbackground\n", left: "background\n", whole: true},
		{name: "shell restarted", data: "@begin w\nou@ready\n", whole: true, err: ErrShellRestarted},
		{name: "shell restarted before", data: "@ready\n", whole: true, err: ErrShellRestarted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, code, n, err := answer([]byte(tt.data), "w")
			want := 0
			if tt.whole {
				want = len(tt.data) - len(tt.left)
			}
			if out != tt.out || code != tt.code || n != want || err != tt.err {
				t.Errorf("%q, %d, %d, %v; want %q, %d, %d, %v", out, code, n, err, tt.out, tt.code, want, tt.err)
			}
		})
	}
}

// fakeShell answers as test/rootfs/root/usr/libexec/command-port does.
func fakeShell(r io.Reader, w io.WriteCloser) {
	defer w.Close()
	io.WriteString(w, "\r\n@ready\n")
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		word, encoded, _ := strings.Cut(lines.Text(), " ")
		script, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			script = []byte(err.Error())
		}
		switch string(script) {
		case "die":
			io.WriteString(w, "@begin "+word+"\n@ready\n")
		case "exit":
			return
		default:
			fmt.Fprintf(w, "@begin %s\n%s\n@end %s 7\n", word, script, word)
		}
	}
}

func TestRun(t *testing.T) {
	toGuest, fromHost := io.Pipe()
	toHost, fromGuest := io.Pipe()
	go fakeShell(toGuest, fromGuest)
	p := commandPort{w: fromHost, out: newStream("command port", nil)}
	go p.out.fill(toHost)

	if err := p.awaitReady(soon); err != nil {
		t.Fatal(err)
	}
	if out, code, err := p.run(soon, "two\nlines"); out != "two\nlines\n" || code != 7 || err != nil {
		t.Errorf("%q, %d, %v", out, code, err)
	}
	if _, _, err := p.run(soon, "die"); !errors.Is(err, ErrShellRestarted) {
		t.Errorf("the shell died: %v", err)
	}
	if out, _, err := p.run(soon, "again"); out != "again\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
	if _, _, err := p.run(soon, "exit"); err == nil {
		t.Error("no error though the machine ended")
	}
}
