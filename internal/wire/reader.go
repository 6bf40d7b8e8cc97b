// Package wire turns the API's bytes into values: JSON, scalars whose type may drift, and the two envelopes.
package wire

import (
	"errors"
	"io"
	"iter"
)

// ErrNotEnvelope means that a body is not one of the API's envelopes, nor a JSON value that could be the data itself.
var ErrNotEnvelope = errors.New("not a JSON answer of the API")

// Reader reads JSON in one pass: it validates, converts values of unexpected types, and notes the drift. It works on
// a complete value and on a stream. Every read method consumes exactly one value; a value of the wrong type is
// skipped.
//
//	for key := range r.Members() {
//		switch string(key) {
//		case "id":
//			id = r.ID()
//		default:
//			r.Unknown()
//		}
//	}
//
// After a failure nothing more is read; [Reader.End] returns the error.
type Reader struct {
	buf   []byte // unread bytes start at pos
	pos   int
	depth int
	err   error

	src    io.Reader // nil if buf is complete
	srcErr error

	notes *Notes // nil if drift is not collected
	// shared holds the strings of the previous list element in order, so that equal ones share memory; turn is the
	// next one.
	shared []string
	turn   int
}

const (
	maxDepth     = 10_000 // as in encoding/json
	firstBuffer  = 8 << 10
	growthFactor = 2
	mostIdle     = 100 // consecutive reads of zero bytes
)

// NewReader reads a complete value.
func NewReader(value []byte) *Reader { return &Reader{buf: value} }

// Fail stops the reader with an error.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.buf, r.src = r.buf[:r.pos], nil
}

func (r *Reader) malformed() { r.Fail(ErrNotEnvelope) }

// Err returns the error so far.
func (r *Reader) Err() error { return r.err }

// End returns the error, or one for anything but white space after the value.
func (r *Reader) End() error {
	r.Kind()
	if r.pos < len(r.buf) || r.srcErr != nil && !errors.Is(r.srcErr, io.EOF) {
		r.malformed()
	}
	return r.err
}

// Left returns the number of buffered bytes that have not been read.
func (r *Reader) Left() int { return len(r.buf) - r.pos }

// Kind returns the first byte of the next value: '{', '[', '"', 't', 'f', 'n', or the first of a number; 0 at the
// end.
func (r *Reader) Kind() byte {
	if i := r.pos; i < len(r.buf) && r.buf[i] > ' ' {
		return r.buf[i]
	}
	return r.skipSpace()
}

func (r *Reader) skipSpace() byte {
	for {
		if r.pos = spaceEnd(r.buf, r.pos); r.pos < len(r.buf) {
			return r.buf[r.pos]
		}
		if !r.fill() {
			return 0
		}
	}
}

// at returns the byte at an offset from pos, 0 at the end.
func (r *Reader) at(offset int) byte {
	if i := r.pos + offset; i < len(r.buf) {
		return r.buf[i]
	}
	return r.arriving(offset)
}

func (r *Reader) arriving(offset int) byte {
	for r.pos+offset >= len(r.buf) {
		if !r.fill() {
			return 0
		}
	}
	return r.buf[r.pos+offset]
}

// fill reads more bytes behind the unread ones, and reports whether there were any.
func (r *Reader) fill() bool {
	if r.src == nil || r.srcErr != nil {
		return false
	}
	if r.pos == len(r.buf) || len(r.buf) == cap(r.buf) {
		r.makeRoom()
	}
	for range mostIdle {
		end := len(r.buf)
		n, err := r.src.Read(r.buf[end:cap(r.buf)])
		r.buf, r.srcErr = r.buf[:end+n], err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	r.srcErr = io.ErrNoProgress
	return false
}

// makeRoom moves the unread bytes to the front of the buffer, or of a larger one if they take more than half.
func (r *Reader) makeRoom() {
	left, room := r.buf[r.pos:], r.buf[:0]
	if len(left) > cap(room)/growthFactor || cap(room) == 0 {
		room = make([]byte, 0, max(firstBuffer, growthFactor*cap(room)))
	}
	room = append(room, left...)
	r.buf, r.pos = room, 0
}

// Members yields the lower-cased key of each member of an object; the loop body reads the value. The key is valid
// until then. Leaving the loop early stops the reader.
func (r *Reader) Members() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if !r.enter('{') {
			return
		}
		inside := r.notes.enter()
		for first := true; r.more('}', first); first = false {
			if key := r.key(); r.err == nil {
				r.notes.at(key, r.src != nil)
				if !yield(key) {
					r.malformed()
				}
			}
		}
		r.notes.leave(inside)
	}
}

// Elements yields once per element of an array; the loop body reads it. Leaving the loop early stops the reader.
func (r *Reader) Elements() func(func() bool) {
	return func(yield func() bool) {
		if !r.enter('[') {
			return
		}
		if r.shared == nil {
			r.shared = make([]string, 0, mostShared)
		}
		inside := r.notes.enter()
		for first := true; r.more(']', first); first = false {
			r.notes.atElement()
			r.turn = 0
			if !yield() {
				r.malformed()
			}
		}
		r.notes.leave(inside)
	}
}

// enter consumes an opening bracket. A value of another type is skipped and noted as drift.
func (r *Reader) enter(bracket byte) bool {
	if r.Kind() != bracket {
		r.NoteType()
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

// more reports whether another member or element follows, and consumes the closing bracket otherwise.
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
