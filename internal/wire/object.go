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

// Elements yields the elements of a JSON array in order; nothing when data is anything else. It looks only at the
// structure, so data must be valid JSON.
func Elements(data json.RawMessage) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		rest := skipSpace(data)
		if len(rest) == 0 || rest[0] != '[' {
			return
		}
		for rest = skipSpace(rest[1:]); len(rest) > 0; rest = skipSpace(rest[1:]) {
			element, after := cutValue(rest)
			if len(element) == 0 || !yield(element) {
				return
			}
			rest = skipSpace(after)
			if len(rest) == 0 || rest[0] != ',' {
				return
			}
		}
	}
}

func skipSpace(data []byte) []byte {
	for len(data) > 0 && isSpace(data[0]) {
		data = data[1:]
	}
	return data
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// cutValue splits valid JSON behind its first value.
func cutValue(data []byte) (value, rest []byte) {
	var f frame
	end := f.end(data)
	if end < 0 {
		end = len(data)
	}
	return data[:end], data[end:]
}

// frame finds the end of a JSON value that may come in pieces.
type frame struct {
	depth           int
	quoted, escaped bool
}

// end is how much of the piece belongs to the value, -1 where it may go on behind it.
func (f *frame) end(piece []byte) int {
	for i, c := range piece {
		switch {
		case f.escaped:
			f.escaped = false
		case f.quoted:
			f.escaped = c == '\\'
			if f.quoted = c != '"'; !f.quoted && f.depth == 0 {
				return i + 1
			}
		case c == '"':
			f.quoted = true
		case c == '{' || c == '[':
			f.depth++
		case c == '}' || c == ']':
			if f.depth--; f.depth <= 0 {
				return i + f.depth + 1 // a bracket too many is not part of a number or word
			}
		case f.depth == 0 && (c == ',' || c == ':' || isSpace(c)):
			return i
		}
	}
	return -1
}
