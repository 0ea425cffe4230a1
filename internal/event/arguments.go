// SPDX-License-Identifier: GPL-2.0

package event

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Arguments reads a flat JSON object of strings and numbers, such as ubus has
// for the arguments of a call, into their texts by name.
func Arguments(object []byte) (map[string]string, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) != nil || members == nil {
		return nil, errors.New("no flat JSON object")
	}
	args := make(map[string]string)
	for key, raw := range members {
		var text string
		switch {
		case raw[0] == '[':
			return nil, fmt.Errorf("%q is a list: allowed are a string and a number", key)
		case raw[0] == '{':
			return nil, errors.New("no flat JSON object")
		case raw[0] != '"':
			text = string(raw)
		case json.Unmarshal(raw, &text) != nil:
			return nil, errors.New("no flat JSON object")
		}
		args[key] = text
	}
	return args, nil
}
