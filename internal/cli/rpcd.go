// SPDX-License-Identifier: GPL-2.0

package cli

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
)

const (
	// What "events" gives, unless told otherwise, and at most: 1 MiB of ubus
	// message (UBUS_MAX_MSGLEN of libubus) has room for three times as many.
	defaultEvents = 100
	maxEvents     = 500

	maxArguments = 4 << 10 // bytes

	// uhttpd adds the caller's session to the arguments of a call.
	session = "ubus_rpc_session"
)

// arguments are those of a call over ubus, by name.
type arguments map[string]string

// A method is one of the ubus object. signature is the JSON object of its
// arguments; each value shows the type.
type method struct {
	name, signature string
	call            func(a *app, args arguments) error
}

// methods are in the order of the list.
var methods = []method{
	{"info", `{}`, func(a *app, _ arguments) error { return infoCommand.run(a, []string{"--json"}) }},
	{"last", `{"number":1}`, (*app).lastOf},
	{"events", `{"count":100,"sender":"","target":"","signal":""}`, (*app).events},
}

// As in plugin.c of rpcd, "list" prints the methods, and "call METHOD" reads
// arguments from stdin and prints one JSON object. The exit code is not looked
// at, nor is stderr, and no object at all would be "no data": so what went wrong
// is told as {"error": "..."}, too.
var rpcdCommand = command{
	name:     "rpcd",
	summary:  "answer calls over ubus",
	usage:    "list | call METHOD",
	operands: true,
	about: `OpenWrt's rpcd runs it, for the ubus object "sigtrail". "list" prints its
methods; "call" reads arguments from stdin, as JSON, and prints what METHOD
answers, or {"error": "..."}:

  info     what sigtrail info --json prints
  last     what sigtrail last --json prints; "number" is its N
  events   the newest events of the kernel's ring: at most "count" of them,
           and only those that "sender", "target" and "signal" let pass, each
           a LIST as sigtrail watch has it
`,
	setup: func() ([]option, action) { return nil, (*app).rpcd },
}

func (a *app) rpcd(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "list":
		return a.rpcdList()
	case len(args) == 2 && args[0] == "call":
		return a.rpcdCall(args[1])
	}
	return wrong("rpcd", "list or call METHOD is needed")
}

func (a *app) rpcdList() error {
	b := []byte{'{'}
	for i, m := range methods {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `"%s":%s`, m.name, m.signature)
	}
	return a.write(append(b, '}', '\n'))
}

// rpcdCall holds back what the method prints until it is known to be all: half
// an object is no object.
func (a *app) rpcdCall(name string) error {
	var out bytes.Buffer
	inner := *a
	inner.out = &out
	err := inner.callMethod(name)
	if err != nil {
		out.Reset()
		json.NewEncoder(&out).Encode(map[string]string{"error": err.Error()})
	}
	return cmp.Or(err, a.write(out.Bytes()))
}

func (a *app) callMethod(name string) error {
	for _, m := range methods {
		if m.name == name {
			args, err := a.arguments(m)
			if err != nil {
				return wrong("rpcd", "%v", err)
			}
			return m.call(a, args)
		}
	}
	return wrong("rpcd", "%q is no method", name)
}

// arguments reads what the method is called with: nothing at all is no
// arguments.
func (a *app) arguments(m method) (arguments, error) {
	b, err := io.ReadAll(io.LimitReader(a.in, maxArguments+1))
	if err != nil {
		return nil, fmt.Errorf("arguments: %w", err)
	}
	if len(b) > maxArguments {
		return nil, fmt.Errorf("arguments: more than %d bytes", maxArguments)
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return nil, nil
	}
	var members, allowed map[string]json.RawMessage
	if json.Unmarshal(b, &members) != nil {
		return nil, errors.New("arguments: no JSON object")
	}
	json.Unmarshal([]byte(m.signature), &allowed)
	args := make(arguments)
	for name, value := range members {
		if _, ok := allowed[name]; !ok && name != session {
			return nil, fmt.Errorf("%q is no argument of %s", name, m.name)
		}
		text := string(value) // of a number, as it stands
		switch text[0] {
		case '{', '[':
			return nil, fmt.Errorf("%q is an object or a list: allowed are a string and a number", name)
		case '"':
			json.Unmarshal(value, &text)
		}
		args[name] = text
	}
	return args, nil
}

// lastOf is the method "last": what sigtrail last --json prints. A number is an
// argument there, whatever it looks like.
func (a *app) lastOf(args arguments) error {
	number, ok := args["number"]
	if !ok {
		number = "1"
	}
	return lastCommand.run(a, []string{"--json", "--", number})
}

// events is the method of that name: the newest of the kernel's ring that pass
// the filters, which are those of watch.
func (a *app) events(args arguments) error {
	var filter event.Filter
	count := uint32(defaultEvents)
	for _, o := range append(filterOptions(&filter), option{names: "--count", set: number(&count, 1, maxEvents)}) {
		name := strings.TrimPrefix(o.names, "--")
		if value, ok := args[name]; ok {
			if err := o.set(value); err != nil {
				return wrong("rpcd", "%s = %s: %v", name, value, err)
			}
		}
	}
	k, err := a.dial()
	if err != nil {
		return err
	}
	defer k.Close()
	info, err := k.Info()
	if err != nil {
		return err
	}
	newest := make([][]byte, count) // of event number i, at i % count
	n := uint32(0)
	for e, err := range kernel.Records(k, info.SeqFirst) {
		if err != nil {
			return err
		}
		if filter.Match(e) {
			newest[n%count] = e.AppendJSON(newest[n%count][:0])
			n++
		}
	}
	b := fmt.Appendf(nil, `{"seq_first":%d,"seq_last":%d,"events":[`, info.SeqFirst, info.SeqLast)
	for i := n - min(n, count); i < n; i++ {
		b = append(append(b, newest[i%count]...), ',')
	}
	return a.write(append(bytes.TrimSuffix(b, []byte{','}), "]}\n"...))
}
