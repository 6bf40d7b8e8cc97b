package wire

import (
	"errors"
	"io"
	"strings"
)

// ErrUnclear reports a body with neither data nor a clear success; see [Envelope.Unclear].
var ErrUnclear = errors.New("neither data nor a clear success in the response")

// Envelope is everything in a body except its data, in either of the API's two envelope formats. At most one of Failed,
// Unclear and MessageOnly is set.
type Envelope struct {
	// Code is the "code" or numeric "status" of the body, 0 if it has none.
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
	// Notes are the drift of the whole body; nil if it was not to be noted.
	Notes []Note
}

// Open reads the envelope of a complete body and skips its data. It is for responses with a failing HTTP status.
func Open(contentType string, body []byte) (Envelope, error) {
	envelope, err := Read(contentType, body, false, (*Reader).Skip)
	if err == nil && !envelope.Failed {
		envelope.Contradictory = isSuccess(envelope.Code) || containsID(body)
	}
	return envelope, err
}

// Read reads a complete body. It calls data with the payload: "data", the whole body if there is no envelope, or null
// if there is neither. data is not called for a failure without data, and may be called twice. The error is
// [ErrNotEnvelope] or the one that data passed to [Reader.Fail]; the envelope is then empty but for the Notes.
func Read(contentType string, body []byte, noteDrift bool, data func(*Reader)) (Envelope, error) {
	r := NewReader(body)
	r.notes = newNotes(noteDrift)
	if IsPNG(body) || strings.HasPrefix(contentType, "image/") {
		r.buf = imageObject(body)
		return r.withNotes(Envelope{}, r.readBare(data))
	}
	return r.withNotes(r.readEnvelope(data))
}

// Stream is Read for a body that is still arriving. It does not accept an object without an envelope.
func Stream(body io.Reader, noteDrift bool, data func(*Reader)) (Envelope, error) {
	r := &Reader{isStream: true, src: body, notes: newNotes(noteDrift)}
	return r.withNotes(r.readEnvelope(data))
}

func (r *Reader) withNotes(envelope Envelope, err error) (Envelope, error) {
	if r.notes != nil {
		envelope.Notes = r.notes.found
	}
	return envelope, err
}

func (r *Reader) readEnvelope(data func(*Reader)) (Envelope, error) {
	r.skipByteOrderMark()
	var m members
	start := r.pos
	isList := false
	switch r.Kind() {
	case '{':
		m.read(r, data)
	case '[':
		isList = true
		r.NoteNextType()
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
	case m.hasEnvelope():
		envelope := m.envelope(r)
		if !envelope.Failed && !m.hasData() {
			data(NewReader([]byte("null")))
		}
		return envelope, nil
	case r.isStream:
		return Envelope{}, ErrNotEnvelope
	}
	r.pos = start
	r.notes.reset()
	return Envelope{}, r.readBare(data)
}

// readBare reads data that has no envelope.
func (r *Reader) readBare(data func(*Reader)) error {
	r.NoteNextType()
	data(r)
	return r.End()
}

func (r *Reader) skipByteOrderMark() {
	const mark = "\ufeff"
	if r.at(0) == mark[0] && r.at(1) == mark[1] && r.at(2) == mark[2] {
		r.pos += len(mark)
	}
}

// members holds the members of both envelope formats.
type members struct {
	code, status, success, message, detail value
	// repeated reports a duplicate "code", "status" or "success".
	repeated bool
	// dataKind is the first byte of "data" (0 if it is missing); dataStart and dataEnd are its offsets.
	dataKind           byte
	dataStart, dataEnd int
	// isEmptyList reports that "data" is a list without elements.
	isEmptyList bool
	// hasOthers reports members other than these.
	hasOthers bool
	paging    Paging
}

func (m *members) read(r *Reader, data func(*Reader)) {
	for key := range r.Members() {
		switch string(key) {
		case "code":
			m.repeated = m.repeated || m.code.kind != 0
			m.code = r.readCode()
		case "status":
			m.repeated = m.repeated || m.status.kind != 0
			m.status = r.readCode()
		case "success":
			r.NoteUnknown()
			m.repeated = m.repeated || m.success.kind != 0
			m.success.kind, m.success.text = r.scalar()
		case "message":
			m.message = value{r.Kind(), r.readMessage()}
		case "error":
			m.detail = r.readDetail()
		case "data":
			m.readData(r, data)
		default:
			m.hasOthers = true
			r.NoteUnknown()
			m.paging.read(string(key), r)
		}
	}
}

func (m *members) readData(r *Reader, data func(*Reader)) {
	if m.dataKind != 0 {
		r.malformed() // a second "data" is ambiguous
		return
	}
	m.dataKind = r.Kind()
	m.isEmptyList = m.dataKind == '[' && r.isEmptyList()
	m.dataStart = r.pos
	if m.dataKind == 'n' {
		r.Skip()
	} else {
		data(r)
	}
	m.dataEnd = r.pos
}

// readCode reads "code" or "status", which are documented as numbers.
func (r *Reader) readCode() value {
	kind, text := r.scalar("200")
	r.noteUnlessInteger(kind, text)
	return value{kind, text}
}

// readMessage reads "message" without allocating for the text that most responses share.
func (r *Reader) readMessage() string {
	kind, text := r.scalar("OK")
	if kind != '"' && kind != 'n' {
		r.NoteLastType()
	}
	return text
}

// readDetail reads "error" as text, or takes the text from the "message" of an object.
func (r *Reader) readDetail() value {
	if kind := r.Kind(); kind != '{' {
		return value{kind, r.Text()}
	}
	r.NoteNextType()
	detail := value{kind: '{'}
	for key := range r.Members() {
		if string(key) == "message" {
			detail.text = r.scalarText()
		} else {
			r.Skip()
		}
	}
	return detail
}
