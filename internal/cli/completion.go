// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"

	"sigtrail/internal/event"
)

// firstWords matches the words of a usage that are typed as they are, such as
// "add" and "list".
var firstWords = regexp.MustCompile(`(?m)(?:^|\| )([a-z]+)`)

// offers returns what bash is to offer for an option's argument, as arguments of
// compgen; "" for nothing.
func (o *option) offers() string {
	switch {
	case o.arg == "FILE":
		return "-f"
	case o.arg == "DIR":
		return "-d"
	case o.names == "--per":
		return `-W "process name"`
	case o.arg == "SIGNAL", o.names == "--signal":
		return `-W "$signals"`
	}
	return ""
}

// WriteCompletion writes the completion for bash, made from the table of
// commands. It needs nothing of the package bash-completion.
func WriteCompletion(w io.Writer) error {
	var b bytes.Buffer
	var names []string
	for _, c := range commands {
		names = append(names, c.name)
	}
	b.WriteString(`# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Completion of sigtrail's commands and options. Made by make docs from the table
# of commands in internal/cli: do not edit.

_sigtrail() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} offer
	local signals="` + strings.Join(signalNames(), " ") + `"

	if [ "$COMP_CWORD" = 1 ] || { [ "$COMP_CWORD" = 2 ] && [ "$before" = help ]; }; then
		mapfile -t COMPREPLY < <(compgen -W "` + strings.Join(names, " ") + ` help --version" -- "$word")
		return
	fi
	case ${COMP_WORDS[1]}$before in
`)
	for _, c := range commands {
		options, _ := c.setup()
		for _, o := range options {
			if o.arg == "" {
				continue
			}
			var patterns []string
			for _, name := range strings.Split(o.names, ", ") {
				patterns = append(patterns, c.name+name)
			}
			body := ""
			if how := o.offers(); how != "" {
				body = fmt.Sprintf(`mapfile -t COMPREPLY < <(compgen %s -- "$word"); `, how)
			}
			fmt.Fprintf(&b, "\t%s) %sreturn ;;\n", strings.Join(patterns, " | "), body)
		}
	}
	b.WriteString("\tesac\n\tcase ${COMP_WORDS[1]} in\n")
	for _, c := range commands {
		var words []string
		options, _ := c.setup()
		for _, o := range options {
			words = append(words, strings.Split(o.names, ", ")...)
		}
		for _, m := range firstWords.FindAllStringSubmatch(c.usage, -1) {
			words = append(words, m[1])
		}
		fmt.Fprintf(&b, "\t%s) offer=\"%s --help\" ;;\n", c.name, strings.Join(words, " "))
	}
	b.WriteString(`	*) return ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$offer" -- "$word")
}
complete -F _sigtrail sigtrail
`)
	_, err := w.Write(b.Bytes())
	return err
}

// signalNames lists the signals that have a name, without the real-time ones.
func signalNames() (names []string) {
	for n := uint32(1); n < 32; n++ {
		if name, ok := strings.CutPrefix(event.SignalName(n), "SIG"); ok {
			names = append(names, name)
		}
	}
	return names
}
