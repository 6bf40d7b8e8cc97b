package wire

import (
	"net/http"
	"strings"
)

// ConnectedMessage is what the API answers, normalized, when a paired device is asked for a QR code.
const ConnectedMessage = "device connected"

// Normalize prepares a message for comparison: lower case, single spaces, no full stop, no "already" or "is".
func Normalize(message string) string {
	words := strings.Fields(strings.ToLower(message))
	kept := words[:0]
	for _, word := range words {
		if word = strings.Trim(word, ".!"); word != "already" && word != "is" {
			kept = append(kept, word)
		}
	}
	return strings.Join(kept, " ")
}

// isPlain knows the messages that add nothing to a success.
func isPlain(message string) bool {
	if message == "OK" {
		return true
	}
	switch Normalize(message) {
	case "", "ok", "success":
		return true
	default:
		return false
	}
}

// isConnected knows the one message that is a refusal although its code says 200.
func isConnected(message string) bool {
	return len(message) >= len(ConnectedMessage) && Normalize(message) == ConnectedMessage
}

func isFailure(code int) bool { return code >= http.StatusBadRequest }

// refuses reads the words and booleans that stand where the documented API has a number.
func (v value) refuses() bool {
	switch strings.ToLower(v.text) {
	case "false", "error", "fail", "failed":
		return true
	default:
		return v.kind == 'f'
	}
}

// affirms reads the number, words and boolean that say that all is well.
func (v value) affirms() bool {
	if n, ok := v.number(); ok {
		return n == 1 || n >= http.StatusOK && n < http.StatusMultipleChoices
	}
	switch strings.ToLower(v.text) {
	case "true", "ok", "success", "created":
		return true
	default:
		return v.kind == 't'
	}
}

func (v value) number() (int, bool) {
	if v.text == "200" {
		return http.StatusOK, true
	}
	n, ok := parseInteger(v.text)
	if !ok || n < 0 || n > 999 {
		return 0, false
	}
	return int(n), true
}

// prose is the text of "error". Some servers have a boolean there.
func (m *members) prose() string {
	if m.detail.kind == '{' {
		return m.detail.text
	}
	switch strings.ToLower(m.detail.text) {
	case "true", "false", "0", "none", "null":
		return ""
	default:
		return m.detail.text
	}
}

// isHollow passes over a value and reports whether there is nothing in it: it is empty or null, or all its members are.
func (r *Reader) isHollow() bool {
	hollow := r.IsEmpty()
	switch r.Kind() {
	case '[':
		hollow = r.isHollowList()
		r.Skip()
	case '{':
		hollow = true
		for range r.Members() {
			hollow = hollow && r.IsEmpty()
			r.Skip()
		}
	default:
		r.Skip()
	}
	return hollow
}
