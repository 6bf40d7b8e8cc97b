// Package wire turns the API's bytes into values: the two envelopes, and scalars whose type may drift.
package wire

import (
	"bytes"
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
	end := 0
	switch {
	case len(data) == 0:
	case data[0] == '"':
		end = stringEnd(data)
	case data[0] == '{' || data[0] == '[':
		end = nestedEnd(data)
	default:
		if end = bytes.IndexAny(data, ",]} \n\t\r"); end < 0 {
			end = len(data)
		}
	}
	return data[:end], data[end:]
}

// stringEnd is the length of the string that data starts with.
func stringEnd(data []byte) int {
	for i := 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

// nestedEnd is the length of the object or array that data starts with.
func nestedEnd(data []byte) int {
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i += stringEnd(data[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(data)
}
