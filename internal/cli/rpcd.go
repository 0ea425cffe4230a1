// SPDX-License-Identifier: GPL-2.0

package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"

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
	{"info", `{}`, func(a *app, _ arguments) error { return a.info([]string{"--json"}) }},
	{"last", `{"number":1}`, (*app).lastOf},
	{"events", `{"count":100,"sender":"","target":"","signal":""}`, (*app).events},
}

// rpcd is "sigtrail rpcd", the plugin of OpenWrt's rpcd that is behind the ubus
// object "sigtrail". As in plugin.c there, "list" prints the methods, and "call
// METHOD" reads arguments from stdin and prints one JSON object. The exit code
// is not looked at, nor is stderr, and no object at all would be "no data": so
// what went wrong is told as {"error": "..."}, too.
func (a *app) rpcd(args []string) error {
	f := flag.NewFlagSet("rpcd", flag.ContinueOnError)
	rest, helped, err := a.parse(f, args)
	if err != nil || helped {
		return err
	}
	switch {
	case len(rest) == 1 && rest[0] == "list":
		return a.rpcdList()
	case len(rest) == 2 && rest[0] == "call":
		return a.rpcdCall(rest[1])
	}
	return &usageError{"rpcd", "list or call METHOD is needed"}
}

func (a *app) rpcdList() error {
	b := []byte{'{'}
	for i, m := range methods {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `"%s":%s`, m.name, m.signature)
	}
	_, err := a.out.Write(append(b, '}', '\n'))
	return err
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
	if _, failed := a.out.Write(out.Bytes()); err == nil {
		err = failed
	}
	return err
}

func (a *app) callMethod(name string) error {
	for _, m := range methods {
		if m.name == name {
			args, err := a.arguments(m)
			if err != nil {
				return &usageError{"rpcd", err.Error()}
			}
			return m.call(a, args)
		}
	}
	return &usageError{"rpcd", fmt.Sprintf("%q is no method", name)}
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
	return a.last([]string{"--json", "--", number})
}

// events is the method of that name: the newest of the kernel's ring that pass
// the filters, which are those of watch.
func (a *app) events(args arguments) error {
	count := uint64(defaultEvents)
	if s, ok := args["count"]; ok {
		var err error
		if count, err = strconv.ParseUint(s, 10, 32); err != nil || count < 1 || count > maxEvents {
			return &usageError{"rpcd", fmt.Sprintf("count = %s: allowed are numbers from 1 to %d", s, maxEvents)}
		}
	}
	filter, err := parseFilter(args["sender"], args["target"], args["signal"])
	if err != nil {
		return &usageError{"rpcd", err.Error()}
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
	n := uint64(0)
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
	b = append(bytes.TrimSuffix(b, []byte{','}), "]}\n"...)
	_, err = a.out.Write(b)
	return err
}
