// SPDX-License-Identifier: GPL-2.0

package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"gopkg.in/ini.v1"
)

const (
	maxSize   = 64 << 10 // bytes. No configuration of ours is as long
	maxErrors = 50
	maxRules  = 32 // the kernel has no more triggers, SIGTRAIL_TRIGGER_LIMIT
)

// Load reads and checks a file. The error joins an *Error for each thing that is
// wrong: a line for each.
func Load(path string) (*Config, error) {
	data, err := read(path)
	if err != nil {
		return nil, err
	}
	// Of what the library can, this is left: a comment begins with "#" or ";", at
	// a line's beginning or after a blank; a value in double quotes or backquotes
	// has every byte between them. Sections are listed as often as they stand
	// there, options as often as they have a value.
	file, err := ini.LoadSources(ini.LoadOptions{
		KeyValueDelimiters:         "=",
		IgnoreContinuation:         true,
		SpaceBeforeInlineComment:   true,
		UnescapeValueDoubleQuotes:  true,
		AllowShadows:               true,
		AllowDuplicateShadowValues: true,
		AllowNonUniqueSections:     true,
	}, data)
	if err != nil {
		return nil, &Error{File: path, Text: "malformed: " + printable(strings.TrimSpace(err.Error())) +
			`; allowed are [section], option = value, and comments after "#"`}
	}
	l := loader{path: path, config: Default()}
	all := file.Sections()
	l.stray(all[0])
	// What is protected is to be known before the rules are.
	for _, s := range all[1:] {
		if name := strings.TrimSpace(s.Name()); !strings.HasPrefix(name, rulePrefix) {
			l.section(s, name)
		}
	}
	for _, s := range all[1:] {
		if name, ok := strings.CutPrefix(strings.TrimSpace(s.Name()), rulePrefix); ok {
			l.rule(s, name)
		}
	}
	if more := len(l.errs) - maxErrors; more > 0 {
		l.errs = append(l.errs[:maxErrors], &Error{File: path, Text: fmt.Sprintf("%d more options are wrong", more)})
	}
	if l.errs != nil {
		return nil, errors.Join(l.errs...)
	}
	return l.config, nil
}

const rulePrefix = "rule "

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Error{File: path, Text: "no such file; name one with --config, an empty one means all defaults"}
	}
	if err != nil {
		return nil, &Error{File: path, Text: reason(err)}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	switch {
	case err != nil:
		return nil, &Error{File: path, Text: reason(err)}
	case len(data) > maxSize:
		return nil, &Error{File: path, Text: fmt.Sprintf("larger than %d bytes", maxSize)}
	case bytes.IndexByte(data, 0) >= 0:
		return nil, &Error{File: path, Text: "not a text file: it has a NUL byte"}
	}
	return data, nil
}

// reason returns an error without the path, which the line names already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return err.Error()
}

// loader puts a file into a Config, and collects what is wrong with it.
type loader struct {
	path   string
	config *Config
	errs   []error
}

func (l *loader) wrong(what, text string) {
	l.errs = append(l.errs, &Error{l.path, what, text})
}

// stray refuses what stands before the first section.
func (l *loader) stray(s *ini.Section) {
	for _, k := range s.Keys() {
		l.wrong(printable(k.Name()), "stands in no section; allowed are "+allSections())
	}
}

func (l *loader) section(s *ini.Section, name string) {
	if !slices.ContainsFunc(options, func(o option) bool { return o.section == name }) || name == "rule" {
		l.wrong(printable(name), "no such section; allowed are "+allSections())
		return
	}
	l.take(s, name, name, nil)
}

func (l *loader) rule(s *ini.Section, name string) {
	c, section := l.config, rulePrefix+name
	switch {
	case !isWord(name, 32, '-'):
		section = printable(section)
		l.wrong(section, "allowed are names of at most 32 letters, digits, _ and -")
	case slices.ContainsFunc(c.Rules, func(r Rule) bool { return r.Name == name }):
		l.wrong(section, "stands there twice; a rule has a name of its own")
	case len(c.Rules) == maxRules:
		l.wrong(section, fmt.Sprintf("%d rules are allowed", maxRules))
	}
	r := defaultRule(name)
	given := l.take(s, "rule", section, &r)
	c.Rules = append(c.Rules, r)

	// This takes more than one option to tell.
	if given["target_name"] == "" {
		l.wrong(section, "target_name is missing: the process that it is for")
	} else if slices.Contains(c.Respond.Protect, r.TargetName) {
		l.wrong(section+".target_name = "+printable(r.TargetName), "respond.protect has it")
	}
	switch symbol, signal := given["symbol"] != "", given["signal"] != ""; {
	case symbol && signal:
		l.wrong(section, "symbol and signal exclude each other: a rule is for one event")
	case !symbol && !signal:
		l.wrong(section, "symbol or signal is missing: the event that it is for")
	case signal:
		for _, name := range []string{"offset", "skip", "per", "rate"} {
			if given[name] != "" {
				l.wrong(section+"."+name, "is for a rule with a symbol")
			}
		}
	}
}

// take takes the options of a section, whose name is what an error calls it and
// whose kind is what the table does. It returns them.
func (l *loader) take(s *ini.Section, kind, name string, r *Rule) (given map[string]string) {
	given = make(map[string]string)
	for _, k := range s.Keys() {
		v := k.Value()
		what := name + "." + printable(k.Name())
		i := slices.IndexFunc(options, func(o option) bool { return o.section == kind && o.name == k.Name() })
		if i < 0 {
			l.wrong(what, "no such option; allowed are "+optionsOf(kind))
			continue
		}
		if strings.Join(k.ValueWithShadows(), "\n") != v {
			l.wrong(what, "stands there twice")
			continue
		}
		given[k.Name()] = v
		what += " = " + printable(v)
		if strings.ContainsFunc(v, isSpecial) {
			l.wrong(what, "allowed are values without quotes and control characters")
		} else if allowed := options[i].in(l.config, r)(v); allowed != "" {
			l.wrong(what, "allowed "+allowed)
		}
	}
	return given
}

// isSpecial reports whether c is of a value that was not meant. A quote is left
// over from one that is not closed, or closed in the middle, and a newline is of
// one that is closed lines below.
func isSpecial(c rune) bool { return c < ' ' || c == 0x7f || strings.ContainsRune("\"'`", c) }

func optionsOf(section string) string {
	var list []string
	for _, o := range options {
		if o.section == section {
			list = append(list, o.name)
		}
	}
	return strings.Join(list, ", ")
}

func allSections() string {
	var list []string
	for _, o := range options {
		if o.section != "service" {
			list = append(list, "["+o.section+"]")
		}
	}
	return strings.Replace(strings.Join(slices.Compact(list), ", "), "[rule]", "[rule NAME]", 1)
}

// printable returns what the file holds in a form that fits into one line.
func printable(s string) string {
	if len(s) > 60 {
		s = s[:60] + "..."
	}
	q := fmt.Sprintf("%+q", s)
	if q[1:len(q)-1] == s {
		return s
	}
	return q
}
