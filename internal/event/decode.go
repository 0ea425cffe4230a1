// SPDX-License-Identifier: GPL-2.0

package event

import (
	"fmt"
	"strconv"
)

// DecodeJSON undoes AppendJSON, of an event or of a loss: exactly one of the two
// is returned, the other one is zero. A key that it does not know is skipped,
// so that a trail of a newer version can be read. It fails for a line that is
// cut short, and for one without a number, unless it is a note, or was read off
// the console.
func DecodeJSON(line []byte) (e Event, l Loss, err error) {
	isLoss := false
	err = scan(line, func(key string, v value) error {
		if key == "kind" && v.text == lost {
			isLoss = true
			return nil
		}
		if err := e.set(&l, key, v); err != nil {
			return fmt.Errorf("key %s: %w", key, err)
		}
		return nil
	})
	switch {
	case err != nil:
		return Event{}, Loss{}, err
	case isLoss && (l.From == 0 || l.To < l.From):
		return Event{}, Loss{}, fmt.Errorf("a loss from %d to %d", l.From, l.To)
	case isLoss:
		return Event{}, l, nil
	case e.Seq == 0 && e.Kind != KindNote && e.Origin != OriginConsole:
		return Event{}, Loss{}, fmt.Errorf("an event without number")
	}
	return e, Loss{}, nil
}

// DecodeStored undoes AppendStored in the same way: a thread's id that is not
// there is its process's, unless the event was read off the console, which does
// not tell.
func DecodeStored(line []byte) (e Event, l Loss, err error) {
	e, l, err = DecodeJSON(line)
	if e.Origin == OriginConsole {
		return e, l, err
	}
	for _, id := range []struct {
		tid *uint32
		pid uint32
	}{{&e.SenderTID, e.SenderPID}, {&e.ContextTID, e.ContextPID}, {&e.TargetTID, e.TargetPID}} {
		if *id.tid == 0 {
			*id.tid = id.pid
		}
	}
	return e, l, err
}

func (e *Event) set(l *Loss, key string, v value) (err error) {
	switch key {
	case "seq":
		return v.uint64(&e.Seq)
	case "time":
		return v.uint64(&e.Time)
	case "wall":
		var ok bool
		if e.Wall, ok = parseWall(v.text); !ok {
			return fmt.Errorf("%q is no time", v.text)
		}
	case "kind":
		if v.text == note {
			e.Kind = KindNote
			return nil
		}
		return setWord(&e.Kind, kinds, v)
	case "signal":
		return v.uint32(&e.Signal)
	case "code":
		var code int64
		code, err = strconv.ParseInt(v.text, 10, 32)
		e.Code = int32(code)
	case "outcome":
		return setWord(&e.Outcome, outcomes, v)
	case "scope":
		return setWord(&e.Scope, scopes, v)
	case "flags":
		e.Flags, err = parseFlags(v.list)
	case "sender_pid":
		return v.uint32(&e.SenderPID)
	case "sender_tid":
		return v.uint32(&e.SenderTID)
	case "sender_uid":
		return v.uint32(&e.SenderUID)
	case "sender_name":
		return v.name(&e.SenderName)
	case "parent_pid":
		return v.uint32(&e.ParentPID)
	case "parent_name":
		return v.name(&e.ParentName)
	case "context_pid":
		return v.uint32(&e.ContextPID)
	case "context_tid":
		return v.uint32(&e.ContextTID)
	case "context_name":
		return v.name(&e.ContextName)
	case "target_pid":
		return v.uint32(&e.TargetPID)
	case "target_tid":
		return v.uint32(&e.TargetTID)
	case "target_name":
		return v.name(&e.TargetName)
	case "exit_status":
		return v.uint32(&e.ExitStatus)
	case "since_first":
		return v.uint64(&e.SinceFirst)
	case "since_last":
		return v.uint64(&e.SinceLast)
	case "reboot_code":
		return setWord(&e.RebootCode, reboots, v)
	case "text":
		return v.name(&e.Text)
	case "origin":
		return setWord(&e.Origin, origins, v)
	case "from":
		return v.uint64(&l.From)
	case "to":
		return v.uint64(&l.To)
	}
	return err
}

func setWord[T ~uint32](p *T, words []string, v value) error {
	n, err := parseWord(words, v.text)
	*p = T(n)
	return err
}

func (v value) uint64(p *uint64) (err error) {
	*p, err = strconv.ParseUint(v.text, 10, 64)
	return err
}

func (v value) uint32(p *uint32) error {
	n, err := strconv.ParseUint(v.text, 10, 32)
	*p = uint32(n)
	return err
}

func (v value) name(p *string) (err error) {
	*p, err = Unescape(v.text)
	return err
}
