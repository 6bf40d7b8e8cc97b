package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// ErrNotEnvelope means that a body is not one of the API's envelopes, nor a JSON value that could be the data itself.
var ErrNotEnvelope = errors.New("not a JSON answer of the API")

// ErrUnclear means that an envelope is [Envelope.Unclear].
var ErrUnclear = errors.New("neither data nor a clear success in the answer")

// Envelope is what a body says, whichever of the two envelopes it came in.
type Envelope struct {
	// Code is the "code" or numeric "status" of the body, 0 when it has none.
	Code int
	// Message is the "message" of the body.
	Message string
	// Detail is the prose in "error".
	Detail string
	// Data is the payload: "data", or the whole body where it is a bare value; nil when there is none or it is null.
	Data json.RawMessage
	// Failed means that the body itself reports a failure, whatever the HTTP status says.
	Failed bool
	// Contradictory means that the body reports a failure, and a success or a device beside it.
	Contradictory bool
	// Unclear means that the body neither reports a failure nor has data nor says that all is well.
	Unclear bool
	// MessageOnly means that a message stands in the place of data, and says more than that all is well.
	MessageOnly bool
}

// members are the keys of both envelopes, and the ID of a bare device, raw: what is missing is nil, what is null is not.
type members struct {
	code, status, success, message, detail, data, id json.RawMessage
	// others tells that there are more members than these, ambiguous that "data" came twice.
	others, ambiguous bool
}

// set keeps a member if it is one of an envelope's.
func (m *members) set(key string, value json.RawMessage) {
	switch key {
	case "code":
		m.code = value
	case "status":
		m.status = value
	case "success":
		m.success = value
	case "message":
		m.message = value
	case "error":
		m.detail = value
	case "data":
		m.ambiguous = m.data != nil
		m.data = value
	case "id":
		m.id, m.others = value, true
	default:
		m.others = true
	}
}

// bare tells an object that is no envelope. A device has a "status" too, but no number.
func (m *members) bare() bool {
	_, coded := number(m.code)
	_, stated := number(m.status)
	return m.data == nil && m.message == nil && m.detail == nil && !coded && !stated && !m.refused()
}

// refused reads a refusal in words or booleans, but not the word that may be a device's own status.
func (m *members) refused() bool {
	return m.unsuccessful() || refuses(m.status) && (!m.others || m.status[0] != '"')
}

func (m *members) unsuccessful() bool { return refuses(m.success) || Text(m.success) == "0" }

// Open reads a whole body. The error is [ErrNotEnvelope] where there is nothing to read in it.
func Open(contentType string, body []byte) (Envelope, error) {
	if isImage(contentType, body) {
		return image(body), nil
	}
	trimmed := bytes.Trim(body, " \t\r\n") // JSON's own white space, as in a stream
	if !json.Valid(trimmed) {
		return Envelope{}, ErrNotEnvelope
	}
	switch trimmed[0] {
	case '[':
		return Envelope{Data: trimmed}, nil
	case '{':
		var m members
		for key, value := range Fields(trimmed) {
			if m.set(key, value); m.ambiguous {
				return Envelope{}, ErrNotEnvelope
			}
		}
		return m.envelope(trimmed), nil
	default:
		return Envelope{}, ErrNotEnvelope
	}
}

func isImage(contentType string, body []byte) bool {
	return IsPNG(body) || strings.HasPrefix(contentType, "image/")
}

// image wraps a raw image body in the shape that the documented answer has, so that there is one shape from here on.
func image(body []byte) Envelope {
	uri := "data:image/png;base64," + base64.StdEncoding.EncodeToString(body)
	return Envelope{Data: json.RawMessage(`{"qr":"` + uri + `"}`)}
}

// IsPNG reports whether b starts like a PNG file.
func IsPNG(b []byte) bool { return bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")) }

func (m *members) envelope(body []byte) Envelope {
	if m.bare() {
		return Envelope{Data: body}
	}
	code, coded := number(m.code)
	status, _ := number(m.status)
	e := Envelope{Message: Text(m.message), Detail: prose(m.detail)}
	if !isNull(m.data) {
		e.Data = m.data
	}
	e.Code = code
	if !coded || isFailure(status) && !isFailure(code) {
		e.Code = status
	}
	switch {
	case m.failed(e):
		e.Failed, e.Contradictory = true, m.contradicts(e)
	case m.data != nil:
	case m.affirmed():
		e.MessageOnly = !isPlain(e.Message)
	default:
		e.Unclear = true
	}
	return e
}

func (m *members) failed(e Envelope) bool {
	return isFailure(e.Code) || refuses(m.status) || m.unsuccessful() || string(m.detail) == "true" ||
		e.Data == nil && e.Detail != "" || IsHollow(m.data) && isConnected(e.Message)
}

// contradicts finds a success, or what only a success has, in a failure. A plain 200 beside an outright "no" only repeats
// HTTP's, as it does in "Device connected".
func (m *members) contradicts(e Envelope) bool {
	if m.id != nil && ID(m.id) > 0 || holdsID(e.Data) {
		return true
	}
	if e.Code == http.StatusOK && (m.unsuccessful() || isConnected(e.Message)) {
		return false
	}
	return affirms(m.status) || affirms(m.success) || !isFailure(e.Code) && affirms(m.code)
}

// holdsID tells that there is something with an ID, alone, in a list, or under a name of its own.
func holdsID(data json.RawMessage) bool {
	for element := range Elements(data) {
		if hasID(element) {
			return true
		}
	}
	for _, value := range Fields(data) {
		if hasID(value) {
			return true
		}
	}
	return hasID(data)
}

func hasID(object json.RawMessage) bool {
	for key, value := range Fields(object) {
		if key == "id" {
			return ID(value) > 0
		}
	}
	return false
}

// affirmed tells that an envelope without data is one of success all the same. A "code" alone is that of a failure.
func (m *members) affirmed() bool {
	return (m.code == nil || affirms(m.code)) && (affirms(m.status) || affirms(m.success))
}

// IsHollow tells that there is nothing in a value: it is empty or null, or all its members are.
func IsHollow(raw json.RawMessage) bool {
	switch {
	case isNull(raw) || string(raw) == `""`:
		return true
	case raw[0] == '[':
		return len(skipSpace(raw[1:])) == len("]")
	case raw[0] != '{':
		return false
	}
	for _, value := range Fields(raw) {
		if !isNull(value) && string(value) != `""` {
			return false
		}
	}
	return true
}

// isPlain knows the messages that add nothing to a success.
func isPlain(message string) bool {
	switch Normalize(message) {
	case "", "ok", "success":
		return true
	default:
		return false
	}
}

// isConnected knows the one message that is a refusal although its code says 200.
func isConnected(message string) bool {
	return Normalize(message) == ConnectedMessage
}

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

func isFailure(code int) bool { return code >= http.StatusBadRequest }

// refuses reads the words and booleans that stand where the documented API has a number.
func refuses(raw json.RawMessage) bool {
	if string(raw) == "false" {
		return true
	}
	switch strings.ToLower(Text(raw)) {
	case "false", "error", "fail", "failed":
		return true
	default:
		return false
	}
}

// affirms reads the number, words and boolean that say that all is well.
func affirms(raw json.RawMessage) bool {
	if n, ok := number(raw); ok {
		return n == 1 || n >= http.StatusOK && n < http.StatusMultipleChoices
	}
	if string(raw) == "true" {
		return true
	}
	switch strings.ToLower(Text(raw)) {
	case "true", "ok", "success", "created":
		return true
	default:
		return false
	}
}

func number(raw json.RawMessage) (int, bool) {
	n, ok := parseInteger(Text(raw))
	if !ok || n < 0 || n > 999 {
		return 0, false
	}
	return int(n), true
}

// prose reads "error" as text, or finds the text inside an object. Some servers have a boolean there.
func prose(raw json.RawMessage) string {
	switch plain := Text(raw); strings.ToLower(plain) {
	case "", "true", "false", "0", "none", "null":
	default:
		return plain
	}
	for key, value := range Fields(raw) {
		if key == "message" {
			return Text(value)
		}
	}
	return ""
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }
