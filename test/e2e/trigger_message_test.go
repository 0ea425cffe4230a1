// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"strconv"
	"strings"
	"testing"
)

// message is a message of the family, as nlplay prints it: its command, then its
// attributes. ARG can be there several times.
type message struct {
	cmd  string
	attr map[string]string
	args []string
}

func parseMessage(t *testing.T, line string) message {
	t.Helper()
	words := strings.Fields(line)
	if len(words) == 0 {
		t.Fatalf("no message: %q", line)
	}
	m := message{cmd: words[0], attr: map[string]string{}}
	for _, word := range words[1:] {
		key, value, ok := strings.Cut(word, "=")
		switch {
		case !ok:
			t.Fatalf("no attribute: %q in %q", word, line)
		case key == "arg":
			m.args = append(m.args, value)
		default:
			m.attr[key] = value
		}
	}
	return m
}

func parseMessages(t *testing.T, cmd, text string) []message {
	t.Helper()
	var list []message
	for _, line := range lines(text) {
		if m := parseMessage(t, line); m.cmd == cmd {
			list = append(list, m)
		}
	}
	return list
}

// number returns an attribute's value.
func (m message) number(t *testing.T, key string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(m.attr[key], 10, 64)
	if err != nil {
		t.Fatalf("%s of %v: %v", key, m, err)
	}
	return n
}
