// SPDX-License-Identifier: GPL-2.0

package cli

import (
	"flag"
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

// trigger is "sigtrail trigger".
func (a *app) trigger(args []string) error {
	f := flag.NewFlagSet("trigger", flag.ContinueOnError)
	asJSON := f.Bool("json", false, "")
	offset := f.Uint("offset", 0, "")
	skip := f.Uint("skip", 0, "")
	per := f.String("per", event.PerProcess.String(), "")
	rate := f.Uint("rate", kernel.TRIGGER_RATE_DEFAULT, "")
	rest, helped, err := a.parse(f, args)
	if err != nil || helped {
		return err
	}
	if len(rest) == 0 {
		return &usageError{"trigger", "add, list or del is needed"}
	}
	what, rest := rest[0], rest[1:]
	if what != "add" {
		var given string
		f.Visit(func(option *flag.Flag) {
			if option.Name != "json" {
				given = option.Name
			}
		})
		if given != "" {
			return &usageError{"trigger", fmt.Sprintf("--%s is for add", given)}
		}
	}
	show := func(t event.Trigger) error {
		b := t.AppendLine(nil)
		if *asJSON {
			b = t.AppendJSON(nil)
		}
		_, err := a.out.Write(append(b, '\n'))
		return err
	}
	var do func(triggers) error
	switch what {
	case "add":
		t, err := parseTrigger(rest, *offset, *skip, *per, *rate)
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
		if err := none(f, rest); err != nil {
			return err
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
		return &usageError{"trigger", fmt.Sprintf("%q is none of add, list, del", what)}
	}
	module, err := a.module()
	if err != nil {
		return err
	}
	defer module.Close()
	return do(module)
}

// parseTrigger checks what makes a trigger, as far as that can be done here.
func parseTrigger(args []string, offset, skip uint, per string, rate uint) (t event.Trigger, err error) {
	if len(args) != 2 || args[0] == "" || args[1] == "" {
		return t, &usageError{"trigger", "add needs a SYMBOL and a NAME"}
	}
	if t.TargetName, err = event.Unescape(args[1]); err != nil {
		return t, &usageError{"trigger", "NAME: " + err.Error()}
	}
	t.Symbol = args[0]
	bound := func(name string, have, low, high uint) {
		if err == nil && (have < low || have > high) {
			err = &usageError{"trigger", fmt.Sprintf("%s is %d, allowed are %d to %d", name, have, low, high)}
		}
	}
	bound("SYMBOL's length", uint(len(t.Symbol)), 1, event.TRIGGER_SYMBOL_LEN-1)
	bound("NAME's length", uint(len(t.TargetName)), 1, event.NameMax)
	bound("--offset", offset, 0, kernel.TRIGGER_OFFSET_LIMIT)
	bound("--skip", skip, 0, kernel.TRIGGER_SKIP_LIMIT)
	bound("--rate", rate, 1, kernel.TRIGGER_RATE_LIMIT)
	if err != nil {
		return t, err
	}
	if t.Per, err = event.ParsePer(per); err != nil {
		return t, &usageError{"trigger", "--per: " + err.Error()}
	}
	t.Offset, t.Skip, t.Rate = uint32(offset), uint32(skip), uint32(rate)
	return t, nil
}

func parseIDs(args []string) (ids []uint32, err error) {
	for _, arg := range args {
		id, err := strconv.ParseUint(arg, 10, 32)
		if err != nil {
			return nil, &usageError{"trigger", fmt.Sprintf("%q is no ID, as list shows them", event.Escaped(arg))}
		}
		ids = append(ids, uint32(id))
	}
	if len(ids) == 0 {
		return nil, &usageError{"trigger", "del needs at least one ID"}
	}
	return ids, nil
}
