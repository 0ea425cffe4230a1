// SPDX-License-Identifier: GPL-2.0-only

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
	"sigtrail/internal/service"
)

const (
	// A ubus message of 1 MiB (UBUS_MAX_MSGLEN of libubus) has room for three
	// times maxEvents.
	defaultEvents = 100
	maxEvents     = 500
	maxWhy        = 100 // ends

	maxArguments = 4 << 10 // bytes

	// uhttpd adds this argument with the caller's session.
	session = "ubus_rpc_session"
)

// arguments are the arguments of a ubus call, by name.
type arguments map[string]string

// A method is a method of the ubus object. signature is the JSON object of its
// arguments; the values show the types.
type method struct {
	name, signature string
	call            func(a *app, args arguments) error
}

// methods are in the order of the list.
var methods = []method{
	{"info", `{}`, func(a *app, _ arguments) error { return infoCommand.run(a, []string{"--json"}) }},
	{"last", `{"number":1}`, (*app).lastByNumber},
	{"why", `{"name":"","since":"","count":10}`, (*app).whyByName},
	{"events", `{"count":100,"sender":"","target":"","signal":"","service":""}`, (*app).events},
}

// rpcdCommand follows plugin.c of rpcd: "list" prints the methods, "call METHOD"
// reads arguments from stdin and prints one JSON object. rpcd ignores the exit code
// and stderr, and reports missing output as "no data", so an error is also printed
// as {"error": "..."}.
var rpcdCommand = command{
	name:     "rpcd",
	summary:  "answer ubus calls (run by rpcd)",
	usage:    "list | call METHOD",
	operands: true,
	about: `OpenWrt's rpcd runs this command for the ubus object "sigtrail". "list" prints
the methods. "call" reads arguments as JSON from standard input, and prints the
answer of METHOD, or {"error": "..."}:

  info     the output of sigtrail info --json
  last     the output of sigtrail last --json; "number" is N, 1 for the newest
  why      the output of sigtrail why --json; "name" is NAME or PID, "since"
           TIME, and "count" N
  events   the newest events of the kernel's ring, at most "count"; "sender",
           "target", "signal" and "service" are filters, each a LIST as in
           sigtrail watch
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
	return wrong("rpcd", "needs list or call METHOD")
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

// rpcdCall buffers the method's output, so that an error replaces a partial
// object.
func (a *app) rpcdCall(name string) error {
	var out bytes.Buffer
	inner := *a
	inner.out = &out
	err := inner.callMethod(name)
	if err != nil {
		out.Reset()
		out.Write(append(event.AppendValue(nil, map[string]string{"error": err.Error()}), '\n'))
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
	return wrong("rpcd", "unknown method %q", name)
}

// arguments reads the method's arguments. An empty input means no arguments.
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
		return nil, errors.New("arguments: not a JSON object")
	}
	json.Unmarshal([]byte(m.signature), &allowed)
	args := make(arguments)
	for name, value := range members {
		if _, ok := allowed[name]; !ok && name != session {
			return nil, fmt.Errorf("unknown argument %q of %s", name, m.name)
		}
		text := string(value) // a number stays as it is
		switch text[0] {
		case '{', '[':
			return nil, fmt.Errorf("argument %q: allowed are a string and a number", name)
		case '"':
			json.Unmarshal(value, &text)
		}
		args[name] = text
	}
	return args, nil
}

// lastByNumber is the method "last": the output of sigtrail last --json. After "--" the
// number is never taken for an option.
func (a *app) lastByNumber(args arguments) error {
	number, ok := args["number"]
	if !ok {
		number = "1"
	}
	return lastCommand.run(a, []string{"--json", "--", number})
}

// whyByName is the method "why": the output of sigtrail why --json. A message has room for
// maxWhy ends.
func (a *app) whyByName(args arguments) error {
	count := uint32(defaultEnds)
	if value, ok := args["count"]; ok {
		if err := number(&count, 1, maxWhy)(value); err != nil {
			return wrong("rpcd", "count = %s: %v", value, err)
		}
	}
	line := []string{"--json", "--count", fmt.Sprint(count), "--since", args["since"], "--"}
	if name := args["name"]; name != "" {
		line = append(line, name)
	}
	return whyCommand.run(a, line)
}

// events is the method "events": the newest events of the kernel's ring that pass
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
	newest := make([][]byte, count) // event i is at i % count
	n := uint32(0)
	services := service.NewNames(a.proc)
	for e, err := range kernel.Records(a.withDates(k, services), info.SeqFirst) {
		if err != nil {
			return err
		}
		services.Fill(e)
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
