// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/procfs"
	"sigtrail/test/golden"
	"sigtrail/test/ring"
)

// call does what rpcd does: it runs the plugin, writes the arguments to it, and
// reads the object.
func call(t *testing.T, k kernelPart, input string, args ...string) (object string, err error) {
	t.Helper()
	var b bytes.Buffer
	a := &app{in: strings.NewReader(input), out: &b, proc: procfs.Root("testdata/proc"),
		dial: func() (kernelPart, error) { return k, nil }, running: noTrail,
		kept: func(...string) ([]keptTrail, error) { return kept, nil }}
	err = a.run(append([]string{"rpcd"}, args...))
	var any map[string]any
	if failed := json.Unmarshal(b.Bytes(), &any); failed != nil {
		t.Errorf("%q with %q: %v in %s", args, input, failed, b.Bytes())
	}
	return b.String(), err
}

// indented makes an object readable for a golden file.
func indented(object string) []byte {
	var b bytes.Buffer
	json.Indent(&b, []byte(object), "", "\t")
	return b.Bytes()
}

func TestRPCD(t *testing.T) {
	for name, c := range map[string]struct {
		input string
		args  []string
	}{
		"rpcd-list":     {"", []string{"list"}},
		"rpcd-events":   {"", []string{"call", "events"}},
		"rpcd-newest":   {`{ "count": "2", "ubus_rpc_session": "0123456789abcdef" }`, []string{"call", "events"}},
		"rpcd-filtered": {`{"target":"legacyd","signal":"TERM","sender":"kill\u0061ll"}`, []string{"call", "events"}},
		"rpcd-none":     {`{"signal":"WINCH","sender":"nobody"}`, []string{"call", "events"}},
	} {
		k := newKernel()
		k.live = name != "rpcd-newest"
		object, err := call(t, k, c.input, c.args...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		golden.Check(t, name+".golden", indented(object))
	}
}

func TestRPCDInfo(t *testing.T) {
	object, err := call(t, newKernel(), "{}", "call", "info")
	if want, _ := run(t, newKernel(), "info", "--json"); object != want || err != nil {
		t.Errorf("%v, %s; want what info --json prints: %s", err, object, want)
	}
}

func TestRPCDLast(t *testing.T) {
	for input, args := range map[string][]string{`{}`: {"last", "--json"}, `{"number":2}`: {"last", "2", "--json"}} {
		object, err := call(t, newKernel(), input, "call", "last")
		if want, _ := runTrails("", kept, nil, args...); object != want || err != nil {
			t.Errorf("%s: %v, %s; want what %q prints: %s", input, err, object, args, want)
		}
	}
}

// An error is also printed as an object, the only thing that rpcd reads.
func TestRPCDRefuses(t *testing.T) {
	for _, c := range []struct{ method, input, want string }{
		{"dance", `{}`, `unknown method "dance"; see: sigtrail rpcd --help`},
		{"info", `{"count":1}`, `unknown argument "count" of info; see: sigtrail rpcd --help`},
		{"info", `{`, "arguments: not a JSON object; see: sigtrail rpcd --help"},
		{"info", `[]`, "arguments: not a JSON object; see: sigtrail rpcd --help"},
		{"info", "\x00", "arguments: not a JSON object; see: sigtrail rpcd --help"},
		{"events", `{"count":5}}`, "arguments: not a JSON object; see: sigtrail rpcd --help"},
		{"events", `{"count":{"a":1}}`, `argument "count": allowed are a string and a number; see: sigtrail rpcd --help`},
		{"events", `{"signal":["TERM"]}`, `argument "signal": allowed are a string and a number; see: sigtrail rpcd --help`},
		{"last", `{"number":0}`, `"0" is not N: use 1 for the last shutdown, 2 for the one before; see: sigtrail last --help`},
		{"last", `{"number":"--plot=/x"}`, `"--plot=/x" is not N: use 1 for the last shutdown, 2 for the one before; see: sigtrail last --help`},
		{"events", `{"count":0}`, "count = 0: allowed are numbers from 1 to 500; see: sigtrail rpcd --help"},
		{"events", `{"count":501}`, "count = 501: allowed are numbers from 1 to 500; see: sigtrail rpcd --help"},
		{"events", `{"count":-1}`, "count = -1: allowed are numbers from 1 to 500; see: sigtrail rpcd --help"},
		{"events", `{"count":null}`, "count = null: allowed are numbers from 1 to 500; see: sigtrail rpcd --help"},
		{"events", `{"signal":"FOO"}`,
			fmt.Sprintf(`signal = FOO: "FOO" is not a signal: use a name such as TERM, or a number from 1 to %d; see: sigtrail rpcd --help`, lastSignal)},
		{"events", `{"sender":"` + strings.Repeat("x", maxArguments) + `"}`,
			fmt.Sprintf("arguments: more than %d bytes; see: sigtrail rpcd --help", maxArguments)},
	} {
		object, err := call(t, newKernel(), c.input, "call", c.method)
		var answer struct{ Error string }
		json.Unmarshal([]byte(object), &answer)
		if answer.Error != c.want || err == nil || err.Error() != c.want || exitCode(err) != exitUsage {
			t.Errorf("%s with %.40q: got %s and %v, want %s", c.method, c.input, object, err, c.want)
		}
	}
	for _, args := range [][]string{{}, {"call"}, {"list", "x"}, {"dance"}} {
		var out bytes.Buffer
		a := &app{in: strings.NewReader(""), out: &out}
		if err := a.run(append([]string{"rpcd"}, args...)); exitCode(err) != exitUsage || out.Len() > 0 {
			t.Errorf("rpcd %q: %v, %q", args, err, out.String())
		}
	}
}

// fullKernel has a ring of n signals. The dump ends with the error fail.
type fullKernel struct {
	fakeKernel
	n    uint64
	fail error
}

func (k *fullKernel) Ring(from uint64) (kernel.Batches, error) {
	var list []event.Event
	for seq := from; seq <= k.n; seq++ {
		list = append(list, event.Event{Seq: seq, Time: seq << 40, Wall: wall, Signal: 15, SenderPID: 1 << 30, SenderUID: 1 << 31,
			SenderTID: 1 << 29, SenderName: "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
			ParentPID: 1 << 30, ParentName: "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80",
			ContextPID: 1 << 30, ContextTID: 1 << 30, ContextName: "fifteen-bytes-x",
			TargetPID: 1 << 30, TargetTID: 1 << 31, TargetName: "fifteen-bytes-x", Flags: 0xffff})
	}
	return ring.From(list, from, k.fail), nil
}

// The answer has the newest events, oldest first, and even the longest fit into a
// ubus message. libubus takes 1 MiB: a member has a header of four bytes, its name
// with a length of two bytes and a NUL, and its value, each padded to four.
func TestRPCDEventsAreBounded(t *testing.T) {
	k := &fullKernel{n: 131072}
	k.info = event.Info{SeqFirst: 1, SeqLast: k.n}
	k.closed = make(chan struct{})
	object, err := call(t, k, `{"count":500}`, "call", "events")
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		First  uint64 `json:"seq_first"`
		Last   uint64 `json:"seq_last"`
		Events []map[string]any
	}
	if err := json.Unmarshal([]byte(object), &answer); err != nil {
		t.Fatal(err)
	}
	if len(answer.Events) != maxEvents || answer.First != 1 || answer.Last != k.n {
		t.Fatalf("%d events of %d to %d", len(answer.Events), answer.First, answer.Last)
	}
	size := 0
	for i, e := range answer.Events {
		if seq := e["seq"].(float64); seq != float64(k.n-maxEvents+1+uint64(i)) {
			t.Fatalf("event %d has the number %v", i, seq)
		}
		for name, value := range e {
			size += 4 + (2+len(name)+1+3)&^3
			switch v := value.(type) {
			case string:
				size += (len(v) + 1 + 3) &^ 3
			case []any:
				for _, word := range v {
					size += 8 + (len(word.(string))+1+3)&^3
				}
			default:
				size += 8
			}
		}
	}
	if size > 1<<20 {
		t.Errorf("%d bytes of ubus message", size)
	}
}

// A partial dump of the ring is an error.
func TestRPCDFailure(t *testing.T) {
	k := &fullKernel{n: 3, fail: errors.New("the ring is \"gone\"\n")}
	k.info = event.Info{SeqFirst: 1, SeqLast: 3}
	k.closed = make(chan struct{})
	object, err := call(t, k, "{}", "call", "events")
	if want := `{"error":"the ring is \"gone\"\n"}` + "\n"; object != want || err == nil {
		t.Errorf("%v, %s; want %s", err, object, want)
	}
}
