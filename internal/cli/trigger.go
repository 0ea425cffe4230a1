// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"
	"strconv"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
)

// triggers is the trigger module as the commands use it.
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
	summary: "watch for a process that calls a kernel function",
	usage: `add SYMBOL NAME [OPTION...]
list [--json]
del ID... [--json]`,
	operands: true,
	about: `Adds, lists and deletes triggers of the kernel module sigtrail_trigger. A
trigger watches processes called NAME. Each call of the kernel function or
syscall SYMBOL, such as write, is a hit, and the kernel prints it. After
--skip hits each further one acts: the kernel sends a notice. For the triggers
of its own rules, the daemon ends the process.

Adding and deleting needs CAP_SYS_ADMIN, listing CAP_NET_ADMIN. An offset is
allowed only on x86, or if the module was loaded with unchecked_offset=1.
`,
	more: `  sigtrail trigger add write toy --skip 2
`,
	setup: func() ([]option, action) {
		t, json := defaultTrigger, false
		return []option{
			{"--offset", "N", "probe N bytes into the function; default 0", number(&t.Offset, 0, kernel.TRIGGER_OFFSET_LIMIT)},
			{"--skip", "N", "only count the first N hits; default 0", number(&t.Skip, 0, kernel.TRIGGER_SKIP_LIMIT)},
			{"--per", "WHAT", `count hits per process, or per name: one count for all
processes called NAME; default process`, parsed(&t.Per, event.ParsePer)},
			{"--rate", "N", "act at most N times a second; default 100", number(&t.Rate, 1, kernel.TRIGGER_RATE_LIMIT)},
			{"--json", "", "print one JSON object for each trigger", on(&json)},
		}, func(a *app, args []string) error { return a.trigger(args, t, json) }
	},
}

var defaultTrigger = event.Trigger{Per: event.PerProcess, Rate: kernel.TRIGGER_RATE_DEFAULT}

// trigger does what the first argument says. t has the values of the options.
func (a *app) trigger(args []string, t event.Trigger, json bool) error {
	if len(args) == 0 {
		return wrong("trigger", "needs add, list or del")
	}
	what, rest := args[0], args[1:]
	if what != "add" && t != defaultTrigger {
		return wrong("trigger", "--offset, --skip, --per and --rate are only for add")
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
			return wrong("trigger", "unexpected argument %q: list takes none", rest[0])
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
		return wrong("trigger", "unknown action %q: use add, list or del", what)
	}
	module, err := a.module()
	if err != nil {
		return err
	}
	defer module.Close()
	return do(module)
}

// parseTrigger sets t from the arguments of add.
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
		return t, wrong("trigger", "SYMBOL has %d bytes, at most %d are allowed", len(t.Symbol), event.TRIGGER_SYMBOL_LEN-1)
	case len(t.TargetName) > event.NameMax:
		return t, wrong("trigger", "NAME has %d bytes, at most %d are allowed", len(t.TargetName), event.NameMax)
	}
	return t, nil
}

func parseIDs(args []string) (ids []uint32, err error) {
	for _, arg := range args {
		id, err := strconv.ParseUint(arg, 10, 32)
		if err != nil {
			return nil, wrong("trigger", "%q is not an ID: use one from sigtrail trigger list", event.Escaped(arg))
		}
		ids = append(ids, uint32(id))
	}
	if len(ids) == 0 {
		return nil, wrong("trigger", "del needs at least one ID")
	}
	return ids, nil
}
