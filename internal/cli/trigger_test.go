// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"bytes"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
)

// fakeModule keeps triggers as the module does.
type fakeModule struct {
	list   []event.Trigger
	closed bool
}

func (m *fakeModule) Add(t event.Trigger) (event.Trigger, error) {
	if t.Symbol == "nowhere" {
		return t, fmt.Errorf("netlink add trigger: %w: no such function", syscall.ENOENT)
	}
	t.ID, t.Function = uint32(len(m.list)+1), "sys_"+t.Symbol
	m.list = append(m.list, t)
	return t, nil
}

func (m *fakeModule) Del(id uint32) (event.Trigger, error) {
	if id > uint32(len(m.list)) {
		return event.Trigger{}, fmt.Errorf("netlink delete trigger: %w", syscall.ENOENT)
	}
	return m.list[id-1], nil
}

func (m *fakeModule) List() ([]event.Trigger, error) { return m.list, nil }
func (m *fakeModule) Close() error                   { m.closed = true; return nil }

func TestTrigger(t *testing.T) {
	m := &fakeModule{}
	trigger := func(line string) string {
		var b bytes.Buffer
		m.closed = false
		a := &app{out: &b, module: func() (triggers, error) { return m, nil }}
		if err := a.run(append([]string{"trigger"}, strings.Fields(line)...)); err != nil {
			fmt.Fprintf(&b, "%d: %v\n", exitCode(err), err)
		} else if !m.closed {
			t.Errorf("%s: the socket is left open", line)
		}
		return b.String()
	}
	const counts = ": hits 0, acted 0, rate_limited 0, dropped 0, missed 0, forgotten 0, held_back 0\n"
	first := "1: write (sys_write) of (toy), skip 2 per process, 100 a second" + counts
	second := `2: do_exit+16 (sys_do_exit) of (a\x20b), skip 0 per name, 5 a second` + counts
	second = strings.Replace(second, `\x20`, " ", 1)
	for _, c := range []struct{ line, want string }{
		{"list", ""},
		{"add write toy --skip 2", first},
		{`--per name add --rate 5 do_exit a\x20b --offset=16`, second},
		{"list", first + second},
		{"del 1 2", first + second},
		{"del 2 3", second + "1: trigger 3: netlink delete trigger: no such file or directory\n"},
		{"add nowhere toy", "1: netlink add trigger: no such file or directory: no such function\n"},
		{"", "2: needs add, list or del; see: sigtrail trigger --help\n"},
		{"remove 1", `2: unknown action "remove": use add, list or del; see: sigtrail trigger --help` + "\n"},
		{"add write", "2: add needs a SYMBOL and a NAME; see: sigtrail trigger --help\n"},
		{"add write sixteen-bytes-xx", "2: NAME has 16 bytes, at most 15 are allowed; see: sigtrail trigger --help\n"},
		{"add write toy --offset 1048577", "2: --offset 1048577: allowed are numbers from 0 to 1048576; see: sigtrail trigger --help\n"},
		{"add write toy --rate 0", "2: --rate 0: allowed are numbers from 1 to 10000; see: sigtrail trigger --help\n"},
		{"add write toy --per thread", "2: --per thread: allowed are process, name; see: sigtrail trigger --help\n"},
		{"list 1", `2: unexpected argument "1": list takes none; see: sigtrail trigger --help` + "\n"},
		{"list --skip 1", "2: --offset, --skip, --per and --rate are only for add; see: sigtrail trigger --help\n"},
		{"del", "2: del needs at least one ID; see: sigtrail trigger --help\n"},
		{"del write", `2: "write" is not an ID: use one from sigtrail trigger list; see: sigtrail trigger --help` + "\n"},
	} {
		if got := trigger(c.line); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.line, got, c.want)
		}
	}
	if got := trigger("list --json"); strings.Count(got, "\n") != 2 || !strings.HasPrefix(got, `{"id":1,"symbol":"write",`) {
		t.Errorf("JSON: %s", got)
	}
	a := &app{module: func() (triggers, error) { return nil, kernel.ErrNoModule }}
	if err := a.run([]string{"trigger", "list"}); exitCode(err) != 3 || !strings.Contains(err.Error(), "not loaded") {
		t.Errorf("no module: %v", err)
	}
}
