package wire

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// ErrUnclear reports a body with neither data nor a clear success; see [Envelope.Unclear].
var ErrUnclear = errors.New("neither data nor a clear success in the response")

// Envelope is everything in a body except its data, in either of the API's two envelope formats.
type Envelope struct {
	// Code is the "code" or numeric "status" of the body, 0 when it has none.
	Code int
	// Message is the "message" of the body.
	Message string
	// Detail is the prose in "error".
	Detail string
	// Failed reports that the body itself contains a failure, whatever the HTTP status.
	Failed bool
	// Contradictory reports that the body contains both a failure and a success or device, or conflicting values
	// under one key. After [Open] it also reports a body with a success or device and no failure, which contradicts
	// the HTTP status.
	Contradictory bool
	// Unclear reports that the body contains no failure, no data and no success.
	Unclear bool
	// MessageOnly reports that the body has a message instead of data, and that it is not a plain success message.
	MessageOnly bool
	// Paging is set if the data is one page of several.
	Paging Paging
}

// Open reads the envelope of a complete body and skips its data. It is for responses with a failing HTTP status.
func Open(contentType string, body []byte) (Envelope, error) {
	around, err := Read(contentType, body, nil, (*Reader).Skip)
	if err == nil && !around.Failed {
		around.Contradictory = value{text: strconv.Itoa(around.Code)}.affirms() || holdsID(body)
	}
	return around, err
}

// Read reads a complete body. It calls data with the payload: "data", the whole body if it is a bare value, or null
// if there is neither. data is not called for a failure without data, and may be called twice. The error is
// [ErrNotEnvelope] or the one that data passed to [Reader.Fail].
func Read(contentType string, body []byte, notes *Notes, data func(*Reader)) (Envelope, error) {
	notes.reset()
	if IsPNG(body) || strings.HasPrefix(contentType, "image/") {
		return readImage(body, notes, data)
	}
	r := NewReader(body)
	r.notes = notes
	return r.envelope(data)
}

// Stream is Read for a body that is still arriving. It does not accept a bare object.
func Stream(body io.Reader, notes *Notes, data func(*Reader)) (Envelope, error) {
	notes.reset()
	r := &Reader{src: body, notes: notes}
	return r.envelope(data)
}

func (r *Reader) envelope(data func(*Reader)) (Envelope, error) {
	r.skipMark()
	var m members
	start := r.pos
	isList := false
	switch r.Kind() {
	case '{':
		m.read(r, data)
	case '[':
		isList = true
		r.NoteType()
		data(r)
	default:
		r.malformed()
	}
	if r.End() != nil { // reading to the end lets the connection be reused
		return Envelope{}, r.err
	}
	switch {
	case isList:
		return Envelope{}, nil
	case !m.isBare():
		return m.envelope(r, data)
	case r.src != nil:
		return Envelope{}, ErrNotEnvelope
	}
	r.pos = start
	r.notes.reset()
	r.NoteType()
	data(r)
	return Envelope{}, r.End()
}

// skipMark skips a byte order mark.
func (r *Reader) skipMark() {
	const mark = "\ufeff"
	if r.at(0) == mark[0] && r.at(1) == mark[1] && r.at(2) == mark[2] {
		r.pos += len(mark)
	}
}

// value is a scalar of the envelope: its first byte (0 if it is missing) and its text.
type value struct {
	kind byte
	text string
}

// members holds the members of both envelope formats.
type members struct {
	code, status, success, message value
	detail                         value
	// repeated reports a duplicate key among the members that decide the outcome.
	repeated bool
	// data is the first byte of "data" (0 if it is missing); dataFrom and dataTo are its offsets.
	data             byte
	dataFrom, dataTo int
	noElements       bool // "data" is an empty list
	// others reports members other than these.
	others bool
	paging Paging
}

func (m *members) read(r *Reader, data func(*Reader)) {
	for key := range r.Members() {
		switch string(key) {
		case "code":
			m.repeated = m.repeated || m.code.kind != 0
			m.code = r.code()
		case "status":
			m.repeated = m.repeated || m.status.kind != 0
			m.status = r.code()
		case "success":
			r.NoteUnknown()
			m.repeated = m.repeated || m.success.kind != 0
			m.success.kind, m.success.text = r.scalar()
		case "message":
			m.message = value{r.Kind(), r.message()}
		case "error":
			m.detail = r.detail()
		case "data":
			m.readData(r, data)
		default:
			m.others = true
			r.NoteUnknown()
			m.paging.read(string(key), r)
		}
	}
}

func (m *members) readData(r *Reader, data func(*Reader)) {
	if m.data != 0 {
		r.malformed() // a second "data" is ambiguous
		return
	}
	m.data = r.Kind()
	m.noElements = m.data == '[' && r.isHollowList()
	m.dataFrom = r.pos
	if m.data == 'n' {
		r.Skip()
	} else {
		data(r)
	}
	m.dataTo = r.pos
}

// isHollowList looks ahead without consuming the value.
func (r *Reader) isHollowList() bool {
	n := 1
	for isSpace(r.at(n)) {
		n++
	}
	return r.at(n) == ']'
}

func (r *Reader) plain() string {
	_, text := r.scalar()
	return text
}

// code reads a numeric member of the envelope.
func (r *Reader) code() value {
	kind, text := r.scalar("200")
	_, err := strconv.ParseInt(text, 10, 64)
	if kind == '"' && text != "" || kind != '"' && kind != 'n' && err != nil {
		r.NoteWrongType()
	}
	return value{kind, text}
}

// message reads "message" without allocating for the text that most responses share.
func (r *Reader) message() string {
	kind, text := r.scalar("OK")
	if kind != '"' && kind != 'n' {
		r.NoteWrongType()
	}
	return text
}

// detail reads "error" as text, or takes the text from an object.
func (r *Reader) detail() value {
	if kind := r.Kind(); kind != '{' {
		return value{kind, r.Text()}
	}
	r.NoteType()
	found := value{kind: '{'}
	for key := range r.Members() {
		if string(key) == "message" {
			found.text = r.plain()
		} else {
			r.Skip()
		}
	}
	return found
}

// isBare reports whether the object is a payload without an envelope. A device also has a "status", but not a numeric
// one.
func (m *members) isBare() bool {
	_, coded := m.code.number()
	_, stated := m.status.number()
	return m.data == 0 && m.message.kind == 0 && m.detail.kind == 0 && !coded && !stated && !m.refused()
}

// refused reports a failure expressed in words or booleans. It ignores words that may be a device's own status.
func (m *members) refused() bool {
	return m.unsuccessful() || m.status.refuses() && (!m.others || m.status.kind != '"')
}

func (m *members) unsuccessful() bool { return m.success.refuses() || m.success.text == "0" }

func (m *members) envelope(r *Reader, data func(*Reader)) (Envelope, error) {
	e := Envelope{Code: m.decidingCode(), Message: m.message.text, Detail: m.prose(), Paging: m.paging}
	switch e.Failed = m.reportsFailure(e, r); {
	case e.Failed:
		e.Contradictory = m.contradicts(e, r)
	case m.data == 'n' || m.data == 0 && m.affirmed():
		e.MessageOnly = !isPlain(e.Message)
	case m.data == 0:
		e.Unclear = true
	}
	if m.lacksData() && !e.Failed {
		data(NewReader([]byte("null")))
	}
	return e, nil
}

func (m *members) lacksData() bool { return m.data == 0 || m.data == 'n' }

// decidingCode is "code", or "status" if "code" is missing or only "status" is a failure.
func (m *members) decidingCode() int {
	code, coded := m.code.number()
	status, _ := m.status.number()
	if !coded || isFailure(status) && !isFailure(code) {
		return status
	}
	return code
}

func (m *members) reportsFailure(e Envelope, r *Reader) bool {
	switch {
	case isFailure(e.Code), m.status.refuses(), m.unsuccessful(), m.detail.kind == 't':
		return true
	case m.lacksData():
		return e.Detail != "" || isConnected(e.Message)
	default:
		return isConnected(e.Message) && (m.noElements || r.src == nil && NewReader(r.buf[m.dataFrom:m.dataTo]).isHollow())
	}
}

// contradicts reports whether a failure also contains a success, or members that only a success has. A 200 beside an
// explicit "no" is not a contradiction: it repeats the HTTP status, as in "Device connected".
func (m *members) contradicts(e Envelope, r *Reader) bool {
	if m.repeated || r.src == nil && holdsID(r.buf) {
		return true
	}
	if e.Code == http.StatusOK && (m.unsuccessful() || isConnected(e.Message)) {
		return false
	}
	return m.status.affirms() || m.success.affirms() || !isFailure(e.Code) && m.code.affirms()
}

// holdsID reports whether a body contains a device: at the top level, in "data" or another member, or one level
// below.
func holdsID(body []byte) bool {
	const levels = 3
	r := NewReader(body)
	r.skipMark()
	return r.holdsID(levels)
}

// holdsID skips a value and reports whether it has an ID, at most the given number of levels deep.
func (r *Reader) holdsID(levels int) (found bool) {
	switch kind := r.Kind(); {
	case levels > 0 && kind == '[':
		for range r.Elements() {
			found = r.holdsID(levels-1) || found
		}
	case levels > 0 && kind == '{':
		for key := range r.Members() {
			if string(key) == "id" {
				found = parseID(r.plain()) > 0 || found
			} else {
				found = r.holdsID(levels-1) || found
			}
		}
	default:
		r.Skip()
	}
	return found
}

// affirmed reports whether an envelope without data is a success. A "code" alone appears only in failures.
func (m *members) affirmed() bool {
	return (m.code.kind == 0 || m.code.affirms()) && (m.status.affirms() || m.success.affirms())
}
