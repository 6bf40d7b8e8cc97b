package wire

import (
	"net/http"
	"strings"
)

// ConnectedMessage is the normalized message of a QR request for a device that is already paired.
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

// isPlain reports whether the message is a plain success.
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

// isConnected reports the one message that is a failure although its code is 200.
func isConnected(message string) bool {
	return len(message) >= len(ConnectedMessage) && Normalize(message) == ConnectedMessage
}

func isFailure(code int) bool { return code >= http.StatusBadRequest }

// refuses reports a word or boolean that means failure, in a member that is documented as a number.
func (v value) refuses() bool {
	switch strings.ToLower(v.text) {
	case "false", "error", "fail", "failed":
		return true
	default:
		return v.kind == 'f'
	}
}

// affirms reports a number, word or boolean that means success.
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

// prose returns the text of "error", which is a boolean on some servers.
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

// isHollow skips a value and reports whether it is null, empty, or has only such members.
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
