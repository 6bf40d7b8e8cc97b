// Package wire turns the API's bytes into values: JSON, scalars whose type may drift, and the two envelopes.
package wire

import (
	"errors"
	"io"
	"iter"
)

// ErrNotEnvelope means that a body is not one of the API's envelopes, nor a JSON value that could be the data itself.
var ErrNotEnvelope = errors.New("not a JSON response of the API")

// Reader reads JSON in one pass: it validates, converts scalars of unexpected types, and notes drift. It works on a
// complete value and on a stream.
//
// Kind, IsEmpty and Left look at what comes next without moving. The methods that return or skip a value (Members,
// Elements, Skip, SkipUnknown, Raw, Text, Enum, ID, Quota, Integer and Time) read the next value and move past it,
// whatever its type. The methods that start with Note record drift without moving.
//
//	for key := range r.Members() {
//		switch string(key) {
//		case "id":
//			id = r.ID()
//		default:
//			r.SkipUnknown()
//		}
//	}
//
// After an error the reader is at its end: Kind returns 0, and [Reader.End] returns the error.
type Reader struct {
	buf   []byte // unread bytes start at pos
	pos   int
	depth int
	err   error

	isStream bool      // buf does not hold the whole value
	src      io.Reader // the bytes after buf; nil if there are none
	srcErr   error

	notes *notes // nil if drift is not collected
	// shared holds the strings of the previous list element in order, so that equal strings of the next element share
	// their memory. nextShared is the index of the next string.
	shared     []string
	nextShared int
}

// maxDepth is the limit of encoding/json.
const maxDepth = 10_000

// NewReader reads a complete value.
func NewReader(value []byte) *Reader { return &Reader{buf: value} }

// Fail stops the reader with an error. A later error does not replace it.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.buf, r.src = r.buf[:r.pos], nil
}

func (r *Reader) malformed() { r.Fail(ErrNotEnvelope) }

// Err returns the error so far.
func (r *Reader) Err() error { return r.err }

// End returns the error so far. It is an error if anything but white space follows the value.
func (r *Reader) End() error {
	r.Kind()
	if r.pos < len(r.buf) || r.srcErr != nil && !errors.Is(r.srcErr, io.EOF) {
		r.malformed()
	}
	return r.err
}

// Kind returns the first byte of the next value: '{', '[', '"', 't', 'f', 'n', or the first byte of a number; 0 at the
// end.
func (r *Reader) Kind() byte {
	if i := r.pos; i < len(r.buf) && r.buf[i] > ' ' {
		return r.buf[i]
	}
	return r.skipSpace()
}

// IsEmpty reports whether the next value is null or an empty string.
func (r *Reader) IsEmpty() bool {
	switch r.Kind() {
	case 'n':
		return true // only null starts with n
	case '"':
		return r.at(1) == '"'
	default:
		return false
	}
}

// isEmptyList reports whether the next value, which starts with a bracket, is a list without elements.
func (r *Reader) isEmptyList() bool {
	n := 1
	for isSpace(r.at(n)) {
		n++
	}
	return r.at(n) == ']'
}

// Left returns the number of buffered bytes that have not been read.
func (r *Reader) Left() int { return len(r.buf) - r.pos }

// Members reads an object. It yields the key of each member in lower case; the loop body must read the value, and the
// key is valid until then. Leaving the loop early stops the reader with an error.
func (r *Reader) Members() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if !r.enter('{') {
			return
		}
		outer := r.notes.enter()
		for first := true; r.more('}', first); first = false {
			if key := r.key(); r.err == nil {
				r.notes.setMember(key, r.isStream)
				if !yield(key) {
					r.malformed()
				}
			}
		}
		r.notes.leave(outer)
	}
}

// Elements reads an array. It yields once per element; the loop body must read the element. Leaving the loop early
// stops the reader with an error.
func (r *Reader) Elements() func(func() bool) {
	return func(yield func() bool) {
		if !r.enter('[') {
			return
		}
		if r.shared == nil {
			r.shared = make([]string, 0, maxShared)
		}
		outer := r.notes.enter()
		for first := true; r.more(']', first); first = false {
			r.notes.setElement()
			r.nextShared = 0
			if !yield() {
				r.malformed()
			}
		}
		r.notes.leave(outer)
	}
}

// enter consumes an opening bracket. A value of another type is skipped and noted as drift.
func (r *Reader) enter(bracket byte) bool {
	if r.Kind() != bracket {
		r.NoteNextType()
		r.Skip()
		return false
	}
	r.open()
	return true
}

func (r *Reader) open() {
	r.pos++
	if r.depth++; r.depth > maxDepth {
		r.malformed()
	}
}

// more reports whether another member or element follows. If none does, it consumes the closing bracket.
func (r *Reader) more(bracket byte, first bool) bool {
	switch c := r.Kind(); {
	case c == bracket:
		r.pos++
		r.depth--
		return false
	case first && c != 0:
		return true
	case !first && c == ',':
		r.pos++
		return true
	default:
		r.malformed()
		return false
	}
}

// Skip skips the next value.
func (r *Reader) Skip() {
	switch r.Kind() {
	case '{':
		r.open()
		for first := true; r.more('}', first); first = false {
			r.key()
			r.Skip()
		}
	case '[':
		r.open()
		for first := true; r.more(']', first); first = false {
			r.Skip()
		}
	case '"':
		r.quoted()
	case 't':
		r.literal("true")
	case 'f':
		r.literal("false")
	case 'n':
		r.literal("null")
	default:
		r.number()
	}
}

// Raw skips the next value and returns its bytes. It works only on a complete value, not on a stream.
func (r *Reader) Raw() []byte {
	r.Kind()
	start := r.pos
	r.Skip()
	return r.buf[start:r.pos]
}

func (r *Reader) literal(word string) {
	for i := range len(word) {
		if r.at(i) != word[i] {
			r.malformed()
			return
		}
	}
	r.pos += len(word)
}
