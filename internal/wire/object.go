// Package wire turns the API's bytes into values: the two envelopes, and scalars whose type may drift.
package wire

import (
	"encoding/json"
	"iter"
	"strings"
)

// Fields yields the members of a JSON object in order, keys in lower case; nothing when data is anything else. It
// looks only at the structure, so data must be valid JSON.
func Fields(data json.RawMessage) iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		rest := skipSpace(data)
		if len(rest) == 0 || rest[0] != '{' {
			return
		}
		rest = skipSpace(rest[1:])
		for len(rest) > 0 && rest[0] == '"' {
			key, afterKey := cutValue(rest)
			afterColon := skipSpace(afterKey)
			if len(afterColon) == 0 {
				return
			}
			value, afterValue := cutValue(skipSpace(afterColon[1:]))
			if !yield(strings.ToLower(unquote(key)), value) {
				return
			}
			rest = skipSpace(afterValue)
			if len(rest) == 0 || rest[0] != ',' {
				return
			}
			rest = skipSpace(rest[1:])
		}
	}
}

func skipSpace(data []byte) []byte {
	for len(data) > 0 && (data[0] == ' ' || data[0] == '\n' || data[0] == '\t' || data[0] == '\r') {
		data = data[1:]
	}
	return data
}

// cutValue splits valid JSON behind its first value.
func cutValue(data []byte) (value, rest []byte) {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
			if !quoted && depth == 0 {
				return data[:i+1], data[i+1:]
			}
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth == 0 {
				return data[:i], data[i:]
			}
			if depth--; depth == 0 {
				return data[:i+1], data[i+1:]
			}
		case depth == 0 && (c == ',' || c == ' ' || c == '\n' || c == '\t' || c == '\r'):
			return data[:i], data[i:]
		}
	}
	return data, nil
}
