// SPDX-License-Identifier: GPL-2.0

package cli

import (
	"fmt"
	"strconv"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
)

// triggers is the trigger module, as the commands use it.
type triggers interface {
	Add(event.Trigger) (event.Trigger, error)
	Del(id uint32) (event.Trigger, error)
	List() ([]event.Trigger, error)
	Close() error
}

func dialTriggers() (triggers, error) {
	t, err := kernel.DialTriggers()
	if err != nil {
		return nil, err
	}
	return t, nil
}

var triggerCommand = command{
	name:    "trigger",
	summary: "have the kernel tell when a process does a thing in it",
	usage: `add SYMBOL NAME [OPTION...]
list [--json]
del ID... [--json]`,
	operands: true,
	about: `Adds, lists and deletes triggers of the kernel module sigtrail_trigger. One acts
when a process of the name NAME comes by a function of the kernel, SYMBOL, or
makes a syscall, such as write. The kernel then prints a line, and whoever
listens is told; the daemon, for the triggers of its rules, ends the process.
`,
	more: `  sigtrail trigger add write toy --skip 2
`,
	setup: func() ([]option, action) {
		t, json := defaultTrigger, false
		return []option{
			{"--offset", "N", "bytes into the function; 0 if not given", number(&t.Offset, 0, kernel.TRIGGER_OFFSET_LIMIT)},
			{"--skip", "N", "hits that are counted without acting; 0 if not given", number(&t.Skip, 0, kernel.TRIGGER_SKIP_LIMIT)},
			{"--per", "WHAT", `process: each has its own count, as if not given; or name: one
count for all processes of the name`, parsed(&t.Per, event.ParsePer)},
			{"--rate", "N", "how often it may act in a second; 100 if not given", number(&t.Rate, 1, kernel.TRIGGER_RATE_LIMIT)},
			{"--json", "", "one JSON object for each trigger", on(&json)},
		}, func(a *app, args []string) error { return a.trigger(args, t, json) }
	},
}

var defaultTrigger = event.Trigger{Per: event.PerProcess, Rate: kernel.TRIGGER_RATE_DEFAULT}

// trigger does what the first argument says. Options have set what t has.
func (a *app) trigger(args []string, t event.Trigger, json bool) error {
	if len(args) == 0 {
		return wrong("trigger", "add, list or del is needed")
	}
	what, rest := args[0], args[1:]
	if what != "add" && t != defaultTrigger {
		return wrong("trigger", "--offset, --skip, --per and --rate are for add")
	}
	show := func(t event.Trigger) error {
		b := t.AppendLine(nil)
		if json {
			b = t.AppendJSON(nil)
		}
		return a.write(append(b, '\n'))
	}
	var do func(triggers) error
	switch what {
	case "add":
		t, err := parseTrigger(t, rest)
		if err != nil {
			return err
		}
		do = func(module triggers) error {
			t, err := module.Add(t)
			if err != nil {
				return err
			}
			return show(t)
		}
	case "list":
		if len(rest) > 0 {
			return wrong("trigger", "%q is one too many: list takes none", rest[0])
		}
		do = func(module triggers) error {
			list, err := module.List()
			for i := 0; i < len(list) && err == nil; i++ {
				err = show(list[i])
			}
			return err
		}
	case "del":
		ids, err := parseIDs(rest)
		if err != nil {
			return err
		}
		do = func(module triggers) error {
			for _, id := range ids {
				t, err := module.Del(id)
				if err == nil {
					err = show(t)
				}
				if err != nil {
					return fmt.Errorf("trigger %d: %w", id, err)
				}
			}
			return nil
		}
	default:
		return wrong("trigger", "%q is none of add, list, del", what)
	}
	module, err := a.module()
	if err != nil {
		return err
	}
	defer module.Close()
	return do(module)
}

// parseTrigger puts the arguments of add into t.
func parseTrigger(t event.Trigger, args []string) (event.Trigger, error) {
	if len(args) != 2 || args[0] == "" || args[1] == "" {
		return t, wrong("trigger", "add needs a SYMBOL and a NAME")
	}
	var err error
	if t.TargetName, err = event.Unescape(args[1]); err != nil {
		return t, wrong("trigger", "NAME: %v", err)
	}
	t.Symbol = args[0]
	switch {
	case len(t.Symbol) >= event.TRIGGER_SYMBOL_LEN:
		return t, wrong("trigger", "SYMBOL has %d bytes, %d are allowed", len(t.Symbol), event.TRIGGER_SYMBOL_LEN-1)
	case len(t.TargetName) > event.NameMax:
		return t, wrong("trigger", "NAME has %d bytes, %d are allowed", len(t.TargetName), event.NameMax)
	}
	return t, nil
}

func parseIDs(args []string) (ids []uint32, err error) {
	for _, arg := range args {
		id, err := strconv.ParseUint(arg, 10, 32)
		if err != nil {
			return nil, wrong("trigger", "%q is no ID, as list shows them", event.Escaped(arg))
		}
		ids = append(ids, uint32(id))
	}
	if len(ids) == 0 {
		return nil, wrong("trigger", "del needs at least one ID")
	}
	return ids, nil
}
