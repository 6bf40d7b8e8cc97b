package wire

import (
	"net/http"
	"strings"
)

// envelope decides what a body with an envelope reports. The first row that matches decides. An empty cell matches
// anything.
//
//	code       status     success  error  message           data     outcome
//	>= 400                                                           failure
//	           >= 400, no                                            failure
//	                      no                                         failure
//	                               true                              failure
//	                               prose                    none     failure
//	                                      device connected  empty    failure
//	                                                        present  success
//	                                      plain success     null     success
//	                                                        null     message only
//	yes, none  yes                        plain success     missing  success
//	yes, none             yes             plain success     missing  success
//	yes, none  yes                                          missing  message only
//	yes, none             yes                               missing  message only
//	                                                        missing  unclear
//
// Yes and no are what isYes and isNo report; in "success", 0 is a no as well. Prose is what errorText returns. For data,
// none is missing or null, and empty is what hasEmptyData reports, which includes none. A code of none is missing.
//
// For which failures are contradictory, see isContradictory.
func (m *members) envelope(r *Reader) Envelope {
	e := Envelope{Code: m.decidingCode(), Message: m.message.text, Detail: m.errorText(), Paging: m.paging}
	switch {
	case isFailure(e.Code), m.status.isNo(), m.isSuccessNo(), m.detail.kind == 't',
		e.Detail != "" && !m.hasData(),
		isConnected(e.Message) && m.hasEmptyData(r):
		e.Failed = true
		e.Contradictory = m.isContradictory(e, r)
	case m.hasData(): // success
	case m.dataKind == 'n' || m.isConfirmed():
		e.MessageOnly = !isPlainSuccess(e.Message)
	default:
		e.Unclear = true
	}
	return e
}

// isContradictory reports whether a failure also contains signs of a success or of data:
//
//   - "code", "status" or "success" occurs twice.
//   - There is an ID in the body, unless the body was streamed.
//   - "status" or "success" is a yes, or "code" is one and "status" is below 400. The exception is a code of 200 beside
//     a "success" of no or the message "device connected": that 200 only repeats the HTTP status.
func (m *members) isContradictory(e Envelope, r *Reader) bool {
	if m.repeated || !r.isStream && containsID(r.buf) {
		return true
	}
	if e.Code == http.StatusOK && (m.isSuccessNo() || isConnected(e.Message)) {
		return false
	}
	return m.status.isYes() || m.success.isYes() || m.code.isYes() && !isFailure(e.Code)
}

// hasEnvelope reports whether the object is an envelope, and not the data itself. A device has a "status" as well: it
// is a word, and may be one that means no.
func (m *members) hasEnvelope() bool {
	return m.dataKind != 0 || m.message.kind != 0 || m.detail.kind != 0 || m.code.isNumber() || m.status.isNumber() ||
		m.isSuccessNo() || m.status.isNo() && (m.status.kind != '"' || !m.hasOthers)
}

// decidingCode is "code", or "status" if "code" is missing or only "status" is a failure.
func (m *members) decidingCode() int {
	code, isNumber := m.code.number()
	status, _ := m.status.number()
	if !isNumber || isFailure(status) && !isFailure(code) {
		return status
	}
	return code
}

// isSuccessNo reports whether "success" is a no.
func (m *members) isSuccessNo() bool { return m.success.isNo() || m.success.text == "0" }

// isConfirmed reports whether an envelope without data is a success. A "code" alone is not enough: it is documented for
// failures only.
func (m *members) isConfirmed() bool {
	return (m.code.kind == 0 || m.code.isYes()) && (m.status.isYes() || m.success.isYes())
}

// errorText returns the prose in "error", which is a boolean on some servers.
func (m *members) errorText() string {
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

// hasData reports whether there is data other than null.
func (m *members) hasData() bool { return m.dataKind != 0 && m.dataKind != 'n' }

// hasEmptyData reports whether there is no data, or only data without content. A stream recognizes only an empty list.
func (m *members) hasEmptyData(r *Reader) bool {
	return !m.hasData() || m.isEmptyList || !r.isStream && isBlank(r.buf[m.dataStart:m.dataEnd])
}

// isBlank reports whether a value is null, an empty string or list, or an object whose members are null or empty
// strings.
func isBlank(data []byte) bool {
	r := NewReader(data)
	switch r.Kind() {
	case '[':
		return r.isEmptyList()
	case '{':
		blank := true
		for range r.Members() {
			blank = blank && r.IsEmpty()
			r.Skip()
		}
		return blank
	default:
		return r.IsEmpty()
	}
}

// containsID reports whether a body contains a device: at the top level, in "data" or another member, or one level
// below.
func containsID(body []byte) bool {
	const levels = 3
	r := NewReader(body)
	r.skipByteOrderMark()
	return r.containsID(levels)
}

// containsID skips a value and reports whether it has an ID, at most the given number of levels deep.
func (r *Reader) containsID(levels int) (found bool) {
	switch kind := r.Kind(); {
	case levels > 0 && kind == '[':
		for range r.Elements() {
			found = r.containsID(levels-1) || found
		}
	case levels > 0 && kind == '{':
		for key := range r.Members() {
			if string(key) == "id" {
				found = parseID(r.scalarText()) > 0 || found
			} else {
				found = r.containsID(levels-1) || found
			}
		}
	default:
		r.Skip()
	}
	return found
}

// value is a scalar of the envelope: its first byte (0 if it is missing) and its text.
type value struct {
	kind byte
	text string
}

// isNo reports whether the value is false, or a word that means failure.
func (v value) isNo() bool {
	switch strings.ToLower(v.text) {
	case "false", "error", "fail", "failed":
		return true
	default:
		return v.kind == 'f'
	}
}

// isYes reports whether the value is true, a number that means success, or a word that does.
func (v value) isYes() bool {
	if n, isNumber := v.number(); isNumber {
		return isSuccess(n)
	}
	switch strings.ToLower(v.text) {
	case "true", "ok", "success", "created":
		return true
	default:
		return v.kind == 't'
	}
}

func (v value) isNumber() bool {
	_, isNumber := v.number()
	return isNumber
}

// number returns a number from 0 to 999, which may be in a string.
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

// isSuccess reports whether a number means success: a 2xx, or 1, which stands for true.
func isSuccess(code int) bool {
	return code == 1 || code >= http.StatusOK && code < http.StatusMultipleChoices
}

func isFailure(code int) bool { return code >= http.StatusBadRequest }
