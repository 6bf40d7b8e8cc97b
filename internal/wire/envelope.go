package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// ErrAlien means that a body is not one of the API's envelopes, nor a JSON value that could be the data itself.
var ErrAlien = errors.New("not a JSON answer of the API")

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
}

// fields are the keys of both envelopes. Pointers and raw messages tell what is missing from what is null.
type fields struct {
	Code    json.RawMessage `json:"code"`
	Status  json.RawMessage `json:"status"`
	Success json.RawMessage `json:"success"`
	Message *String         `json:"message"`
	Error   json.RawMessage `json:"error"`
	Data    json.RawMessage `json:"data"`
}

// Open reads a whole body. The error is [ErrAlien] where there is nothing to read in it.
func Open(contentType string, body []byte) (Envelope, error) {
	if IsPNG(body) || strings.HasPrefix(contentType, "image/") {
		return image(body), nil
	}
	trimmed := bytes.TrimSpace(body)
	if !json.Valid(trimmed) {
		return Envelope{}, ErrAlien
	}
	switch trimmed[0] {
	case '[':
		return Envelope{Data: trimmed}, nil
	case '{':
		var f fields
		if err := json.Unmarshal(trimmed, &f); err != nil {
			return Envelope{}, ErrAlien
		}
		return f.envelope(trimmed), nil
	default:
		return Envelope{}, ErrAlien
	}
}

// image wraps a raw image body in the shape that the documented answer has, so that there is one shape from here on.
func image(body []byte) Envelope {
	uri := "data:image/png;base64," + base64.StdEncoding.EncodeToString(body)
	return Envelope{Data: json.RawMessage(`{"qr":"` + uri + `"}`)}
}

// IsPNG reports whether b starts like a PNG file.
func IsPNG(b []byte) bool { return bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")) }

func (f fields) envelope(body []byte) Envelope {
	code, coded := number(f.Code)
	status, stated := number(f.Status)
	e := Envelope{Detail: detail(f.Error)}
	if f.Message != nil {
		e.Message = string(*f.Message)
	}
	if !isNull(f.Data) {
		e.Data = f.Data
	}
	if !f.wrapped(coded, stated) {
		return Envelope{Data: body}
	}
	e.Code = code
	if !coded || isFailure(status) && !isFailure(code) {
		e.Code = status
	}
	e.Failed = isFailure(e.Code) || refuses(f.Status) || refuses(f.Success) ||
		e.Data == nil && (e.Detail != "" || isConnected(e.Message))
	return e
}

// wrapped tells an envelope from a bare value: a bare device has a "status" too, but one that is not a number.
func (f fields) wrapped(coded, stated bool) bool {
	return f.Data != nil || coded || stated || f.Message != nil || f.Error != nil
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
	switch strings.ToLower(text(raw)) {
	case "false", "error", "fail", "failed":
		return true
	default:
		return false
	}
}

func number(raw json.RawMessage) (int, bool) {
	n, ok := parseInt(text(raw))
	if !ok || n < 0 || n > 999 {
		return 0, false
	}
	return int(n), true
}

// detail reads "error" as prose, or finds the prose inside an object.
func detail(raw json.RawMessage) string {
	if prose := text(raw); prose != "" {
		return prose
	}
	var nested struct {
		Message String `json:"message"`
	}
	if json.Unmarshal(raw, &nested) != nil {
		return ""
	}
	return string(nested.Message)
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }
